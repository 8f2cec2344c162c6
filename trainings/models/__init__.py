"""The nouns of the domain; docs/glossary.md explains them."""

from trainings.models.attendance import AttendanceChange, AttendanceRecord
from trainings.models.catalogue import Course, CourseTargetGroup, Funding, Venue
from trainings.models.message import Message
from trainings.models.registration import Registration, RegistrationEvent
from trainings.models.run import CourseRun, Session
from trainings.models.schedule import PeriodicJob
from trainings.models.subscription import CalendarSubscription

__all__ = [
    "AttendanceChange",
    "AttendanceRecord",
    "CalendarSubscription",
    "Course",
    "CourseRun",
    "CourseTargetGroup",
    "Funding",
    "Message",
    "PeriodicJob",
    "Registration",
    "RegistrationEvent",
    "Session",
    "Venue",
]
