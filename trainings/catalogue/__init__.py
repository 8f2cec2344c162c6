"""What does the public see of courses and runs?"""

from trainings.catalogue.alternatives import free_instead
from trainings.catalogue.cards import CourseCard, CourseLine, Door, FilterShown, RunCard, RunFacts, RunLine
from trainings.catalogue.filters import CatalogueFilter
from trainings.catalogue.listing import CatalogueRun, as_runs, counted, listed
from trainings.catalogue.rules import rules_of
from trainings.catalogue.schema_org import course_data
from trainings.catalogue.signing_in import before_registering
