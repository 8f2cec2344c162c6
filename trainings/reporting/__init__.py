"""What is reported: figures, charts, files, periods?"""

from trainings.reporting.behind import NUMBERS_OF, runs_behind
from trainings.reporting.definitions import (
    ATTRIBUTIONS,
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
)
from trainings.reporting.figure_files import write_figures_csv, write_figures_xlsx
from trainings.reporting.figures import (
    CountedPart,
    Dimension,
    Figures,
    PartFigures,
    figures_of,
    outcomes,
    runs_held,
    turnouts,
)
from trainings.reporting.narrowing import Narrowing
from trainings.reporting.paper import figures_pdf
from trainings.reporting.periods import Period, usual_periods
from trainings.reporting.refreshers import write_refreshers_csv, write_refreshers_xlsx
from trainings.reporting.registrations import write_registrations_csv, write_registrations_xlsx
from trainings.reporting.reports import Report, report_of
from trainings.reporting.sections import Section, columns, sections_of
from trainings.reporting.tallies import CAME, Number, Outcome, teaching_units
