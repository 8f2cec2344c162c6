"""Who gets a certificate, and when does it end?"""

from certificates.issuing.bulk import as_zip, certificates_of, certificates_of_run, to_print
from certificates.issuing.collective import confirmation, confirmation_pdf
from certificates.issuing.ending import Name, correct_name, replace, revoke
from certificates.issuing.issuing import (
    Assessment,
    assess,
    is_certified,
    issue,
    number_to_issue,
    outdated,
    outdated_among,
    remark_on_change,
    remark_on_master_data,
    runs_left,
    to_issue,
    to_issue_among,
    unprintable,
)
from certificates.issuing.record import (
    TrainingRecord,
    people_on_record_of,
    people_with_records,
    training_record,
    training_record_pdf,
    whose_record_there_is,
)
from certificates.issuing.retention import EVIDENCE, clean_up, erase
