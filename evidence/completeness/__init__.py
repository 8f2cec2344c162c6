"""What is still missing of the evidence of a grant and a period, where is it mended, and by whom?"""

from evidence.completeness.account import completeness_of
from evidence.completeness.ended import ended_periods
from evidence.completeness.files import write_lacks_csv, write_lacks_xlsx
