"""What is reported: figures, files, periods?"""

from trainings.reporting.definitions import ATTRIBUTIONS, DEFINITIONS, OF_A_RUN, OF_EVERYTHING, OF_PEOPLE
from trainings.reporting.figure_files import write_figures_csv, write_figures_xlsx
from trainings.reporting.figures import Figures, figures_of, turnouts
from trainings.reporting.periods import Period, usual_periods
from trainings.reporting.registrations import write_registrations_csv, write_registrations_xlsx
from trainings.reporting.tallies import teaching_units
