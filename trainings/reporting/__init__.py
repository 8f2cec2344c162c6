"""What is reported: figures, files, periods?"""

from trainings.reporting.figure_files import write_figures_csv, write_figures_xlsx
from trainings.reporting.figures import (
    ATTRIBUTIONS,
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
    Figures,
    figures_of,
    teaching_units,
    turnouts,
)
from trainings.reporting.periods import Period, usual_periods
from trainings.reporting.refreshers import write_refreshers_csv, write_refreshers_xlsx
from trainings.reporting.registrations import write_registrations_csv, write_registrations_xlsx
