"""What is reported: figures, files, periods?"""

from trainings.reporting.figure_files import write_figures_csv, write_figures_xlsx
from trainings.reporting.figures import (
    ATTRIBUTIONS,
    CAME,
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
    Figures,
    Number,
    Outcome,
    PartFigures,
    figures_of,
    outcomes,
    teaching_units,
    turnouts,
)
from trainings.reporting.narrowing import Narrowing
from trainings.reporting.periods import Period, usual_periods
from trainings.reporting.registrations import write_registrations_csv, write_registrations_xlsx
