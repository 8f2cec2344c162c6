"""The nouns of the domain; docs/glossary.md explains them."""

from trainings.models.announcement import Announcement
from trainings.models.attendance import AttendanceChange, AttendanceRecord, Submission
from trainings.models.calendar_entry import CalendarEntry
from trainings.models.catalogue import Course, CourseTargetGroup, Funding, Venue
from trainings.models.check_in import CheckIn
from trainings.models.contingent import Contingent, HeldPlace
from trainings.models.interest import Interest, Invitation
from trainings.models.message import Message
from trainings.models.message_text import MessageText
from trainings.models.registration import Registration, RegistrationEvent
from trainings.models.run import CourseRun
from trainings.models.schedule import PeriodicJob
from trainings.models.session import Session
from trainings.models.sheet import SheetEntry, SheetScan
from trainings.models.subscription import CalendarSubscription

__all__ = [
    "Announcement",
    "AttendanceChange",
    "AttendanceRecord",
    "CalendarEntry",
    "CalendarSubscription",
    "CheckIn",
    "Contingent",
    "Course",
    "CourseRun",
    "CourseTargetGroup",
    "Funding",
    "HeldPlace",
    "Interest",
    "Invitation",
    "Message",
    "MessageText",
    "PeriodicJob",
    "Registration",
    "RegistrationEvent",
    "Session",
    "SheetEntry",
    "SheetScan",
    "Submission",
    "Venue",
]
