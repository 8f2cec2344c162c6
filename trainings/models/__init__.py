"""The nouns of the domain; docs/glossary.md explains them."""

from trainings.models.account_merge import REVERSIBLE_FOR, AccountMerge
from trainings.models.agreement import (
    Agreement,
    AgreementQuerySet,
    agreement_of,
    agreements_of,
    covering,
    last_covering,
)
from trainings.models.announcement import Announcement
from trainings.models.attendance import AttendanceChange, AttendanceRecord, Submission
from trainings.models.calendar_entry import CalendarEntry
from trainings.models.catalogue import (
    Course,
    CourseQuerySet,
    CourseTargetGroup,
    Funding,
    German,
    Venue,
    in_active_language,
    lines,
    load_target_groups,
)
from trainings.models.check_in import CheckIn
from trainings.models.contingent import Contingent, HeldPlace, HeldPlaceQuerySet
from trainings.models.correspondence import CalendarChoice, Correspondence
from trainings.models.data_request import DataRequest, one_month_after
from trainings.models.database_home import DatabaseHome
from trainings.models.interest import Interest, Invitation
from trainings.models.loading import OF_A_SESSION, load_prerequisites, load_sessions, load_trainers, rows_if_any
from trainings.models.master_data_event import MasterDataEvent
from trainings.models.message import (
    Ending,
    MailKind,
    Message,
    MessageQuerySet,
    Words,
    declare_kind,
    kind_choices,
    mail_kind,
    mail_kinds,
)
from trainings.models.message_text import MessageText
from trainings.models.minutes import (
    attended_enough,
    minutes_attended,
    minutes_attended_of,
    minutes_by_session,
    minutes_held,
    minutes_required,
)
from trainings.models.occupancy import Counted, Occupancy, occupancy_of, people_waiting, places_taken, what_counts
from trainings.models.page_text import PageText
from trainings.models.policies import RunPolicies
from trainings.models.registration import AGENCY_OF_DAY, Registration, RegistrationEvent, RegistrationQuerySet
from trainings.models.run import CourseRun, CourseRunQuerySet, teaching
from trainings.models.run_event import PlanningEvent, RunEvent
from trainings.models.run_messages import EARLIEST_REMINDER, validate_reminders
from trainings.models.run_state import Availability, RunState
from trainings.models.schedule import Discrepancy, PeriodicJob, WorkerBeat
from trainings.models.session import KEPT_FOR, Session, SessionQuerySet
from trainings.models.sheet import SheetEntry, SheetScan
from trainings.models.subscription import CalendarSubscription, CalendarSubscriptionQuerySet, sha256_of_token
from trainings.models.units import MINUTES_PER_UNIT
from trainings.models.unsettled_runs import UnsettledRuns
from trainings.models.version import Version
