"""Who writes what: every test runs under a guard that reads each statement and asks which of our files sent it.

A test may write what it likes while it builds its world; the product writes a row that has consequences in one file
alone, and never without its ``changed_at``, which Django forgets in ``update()`` and ``update_fields``. The guard sees
a write whatever its shape, also by Django's admin; ``test_writing`` reads the source as well.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ["accounts", "certificates", "config", "demo", "evidence", "trainings"]
_OURS = tuple(str(ROOT / app) + "/" for app in PRODUCT)
_TESTS = str(ROOT / "tests") + "/"
_APPEND_ONLY = str(ROOT / "accounts/models/append_only.py")  # asks only whether the row is new

_STATEMENT = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"(?: SET (.*?)(?: WHERE |$))?', re.DOTALL)
_SET = re.compile(r'(?<!\.)"(\w+)" = ')


@dataclass(frozen=True)
class Writer:
    """``columns`` of a model, all of them but ``but`` if empty, and new and deleted ``rows``: in ``file`` alone.

    A model has several writers where each writes other columns. ``also``: further files, such as one that fills an
    empty database.
    """

    model: str
    columns: frozenset[str]
    file: str
    instead: str
    but: frozenset[str] = frozenset()
    rows: bool = True
    also: frozenset[str] = frozenset()

    def concerned(self, verb: str, columns: frozenset[str]) -> set[str]:
        """What of a statement only this one writes."""
        if verb == "UPDATE":
            return set(columns & (self.columns or columns) - self.but)
        return {"a row"} if self.rows else set()


SPAN = frozenset({"starts_at", "ends_at"})
DEMO = frozenset({"demo/world.py"})
UNUSED = frozenset({"accounts/people.py"})  # deletes accounts that were never used, with what hangs on them
WRITERS = [
    Writer(
        "trainings.Registration",
        frozenset({"status", "status_changed_at", "held_until"}),
        "trainings/booking/transitions.py",
        "call transitions.change, under the lock, and save other fields by update_fields",
    ),
    Writer(
        "trainings.Session",
        frozenset(),
        "trainings/planning/scheduling.py",
        "call planning.change_run",
    ),
    Writer(
        "trainings.CourseRun",
        frozenset(),
        "trainings/history.py",
        "call planning.change_run, or write within history.recorded, so that the history says who, what and why",
        but=SPAN,
        also=DEMO,
    ),
    Writer(
        "trainings.CourseRun",
        SPAN,
        "trainings/planning/scheduling.py",
        "it follows from the sessions",
        rows=False,
    ),
    Writer("trainings.RunEvent", frozenset(), "trainings/history.py", "change the run within history.recorded"),
    *(
        Writer(
            model,
            frozenset(),
            "trainings/planning/master_data.py",
            "call planning.save_…",
            also=DEMO,
        )
        for model in ("trainings.Course", "trainings.Venue", "trainings.Funding", "accounts.Agency")
    ),
    Writer(
        "trainings.Agreement",
        frozenset(),
        "trainings/planning/master_data.py",
        "call planning.save_agreement",
        also=frozenset({"trainings/people/details.py"}),
    ),
    Writer(
        "accounts.User",
        frozenset(),
        "accounts/people.py",
        "call people.change, so that it is on record who did it and what follows does follow",
        but=frozenset({"last_login", "password", "found_by"}),
        also=DEMO | {"accounts/models/user.py"},
    ),
    Writer(
        "accounts.ContactDuty",
        frozenset(),
        "accounts/people.py",
        "call people.appoint_contact or dismiss_contact, so that it is on record and what follows does follow",
    ),
    Writer(
        "accounts.AuditEvent",
        frozenset(),
        "accounts/audit.py",
        "call audit.record",
        also=UNUSED | {"accounts/models/audit_event.py"},
    ),
    Writer(
        "accounts.Affiliation",
        frozenset(),
        "accounts/affiliation.py",
        "call affiliation.change",
        also=UNUSED,
    ),
    Writer(
        "trainings.MasterDataEvent",
        frozenset(),
        "trainings/planning/master_data.py",
        "write within master_data.recorded",
    ),
]

ENDS = frozenset(
    {f"trainings/people/{name}.py" for name in ("details", "ending", "erasing")} | {"trainings/retention.py"}
)
# Every other table of ours: who writes it, besides what ends data about people (ENDS, UNUSED). A page, a command or an
# import that writes one past these goes past an operation.
OTHERS = {
    "accounts.AgencyMailDomain": {"trainings/planning/agencies.py", "trainings/planning/master_data.py"},
    "accounts.SearchWord": {"accounts/finding.py"},
    "accounts.SignIn": {"accounts/sign_ins.py"},
    "accounts.SignInMail": {"accounts/models/leases.py", "accounts/sign_in_mails.py"},
    "certificates.Certificate": {
        "certificates/issuing/ending.py", "certificates/issuing/issuing.py", "certificates/issuing/retention.py",
        "certificates/paper/rendering.py", "certificates/proof/surnames.py", "accounts/models/leases.py",
    },
    "certificates.Wording": {"certificates/issuing/retention.py", "trainings/versions.py"},
    "evidence.DefinitionEvent": {"evidence/history.py", "evidence/retention.py"},
    "evidence.ExportFormat": {"evidence/formats/changing.py", "evidence/history.py"},
    "evidence.Indicator": {"evidence/history.py", "evidence/indicators/changing.py"},
    "evidence.PeriodTarget": {
        "evidence/indicators/changing.py", "evidence/indicators/targets.py", "evidence/periods.py",
    },
    "evidence.Dossier": {
        "accounts/models/leases.py", "evidence/dossiers/asking.py", "evidence/dossiers/ending.py",
        "evidence/dossiers/frozen.py", "evidence/dossiers/making.py", "evidence/models/dossier.py",
    },
    "evidence.DossierFile": {
        "evidence/dossiers/ending.py", "evidence/dossiers/making.py", "evidence/models/dossier.py",
    },
    "evidence.ReportingPeriod": {"evidence/periods.py"},
    "evidence.ReportingPeriodEvent": {"evidence/periods.py", "evidence/retention.py"},
    "evidence.AuditorDoor": {"evidence/doors/opening.py", "evidence/retention.py"},
    "evidence.DoorLook": {"evidence/doors/looking.py", "evidence/retention.py"},
    "evidence.DoorQuestion": {"evidence/doors/questions.py", "evidence/retention.py"},
    "trainings.AccountMerge": {"trainings/people/merging.py"},
    "trainings.Announcement": {"trainings/mails/announcements.py"},
    "trainings.AttendanceChange": {"trainings/attendance/marks.py"},
    "trainings.AttendanceRecord": {"trainings/attendance/marks.py"},
    "trainings.CalendarEntry": {"trainings/calendars/by_mail.py", "trainings/people/merging.py"},
    "trainings.CalendarSubscription": {"trainings/calendars/subscriptions.py"},
    "trainings.CheckIn": {"trainings/attendance/check_ins.py"},
    "trainings.Contingent": {"trainings/booking/contingents.py"},
    "trainings.Correspondence": {"trainings/bounces/mailbox.py", "trainings/models/correspondence.py"},
    "trainings.CourseTargetGroup": {"trainings/planning/courses.py", "trainings/planning/master_data.py"},
    "trainings.DataRequest": {"trainings/people/requesting.py"},
    "trainings.DatabaseHome": {"trainings/holding.py"},
    "trainings.HeldPlace": {
        "trainings/booking/contingents.py", "trainings/booking/deadlines.py", "trainings/booking/held_places.py",
        "trainings/planning/cancelling.py",
    },
    "trainings.Interest": {
        "trainings/mails/unsubscribing.py", "trainings/people/leaving.py", "trainings/people/merging.py",
        "trainings/people/voluntary.py", "trainings/planning/invitations.py", "trainings/planning/master_data.py",
    },
    "trainings.Invitation": {"trainings/planning/invitations.py", "trainings/people/merging.py"},
    "trainings.Message": {
        "trainings/bounces/mailbox.py", "trainings/mails/announcements.py", "trainings/mails/outbox.py",
        "trainings/mails/sending_again.py", "accounts/models/leases.py", "trainings/people/merging.py",
        "trainings/planning/telling.py", "trainings/calendars/by_mail.py", "demo/world.py",
    },
    "trainings.MessageText": {"trainings/versions.py"},
    "trainings.PageText": {"trainings/versions.py"},
    "trainings.PeriodicJob": {"trainings/models/schedule.py"},
    "trainings.Discrepancy": {"trainings/health/verifying.py"},
    "trainings.UnsettledRuns": {"trainings/unsettled.py"},
    "trainings.WorkerBeat": {"trainings/health/beats.py"},
    "trainings.RegistrationEvent": {"trainings/booking/transitions.py"},
    "trainings.SheetEntry": {"trainings/attendance/signed_sheets.py"},
    "trainings.SheetScan": {"trainings/attendance/scans.py"},
    "trainings.Submission": {"trainings/attendance/closing.py"},
    "trainings.CourseRun_trainers": {"trainings/planning/changing.py", "trainings/planning/publishing.py"},
    "trainings.CourseRun_agencies": {
        "trainings/planning/changing.py", "trainings/planning/master_data.py", "trainings/planning/publishing.py",
    },
    "trainings.Course_prerequisites": {"trainings/planning/courses.py", "trainings/planning/master_data.py"},
}  # fmt: skip
WRITERS += [
    Writer(model, frozenset(), min(files - DEMO), "call the operation", also=frozenset(files) | ENDS | UNUSED | DEMO)
    for model, files in OTHERS.items()
]
WRITERS.append(
    Writer(
        "trainings.Registration",
        frozenset(),
        "trainings/booking/transitions.py",
        "call booking",
        but=frozenset({"status", "status_changed_at", "held_until"}),
        rows=False,
        also=ENDS
        | {"trainings/booking/approvals.py", "trainings/booking/registering.py", "trainings/people/merging.py"},
    )
)

# What may be left to do of a run follows from these; each writer leaves a row by which ``trainings.unsettled`` knows
# that the run is to be asked about again, or takes away from what is left. See tests/trainings/test_unsettled.py.
SETTLING = {
    "trainings.CourseRun": (
        frozenset({"closed_at", "cancelled_at", "required_attendance_percent", "published_at", "funding_id", "format"}),
        {"trainings/history.py": "a RunEvent"},
    ),
    "trainings.Session": (
        frozenset({"starts_at", "ends_at", "teaching_minutes", "cancelled_at", "run_id"}),
        {"trainings/planning/scheduling.py": "called within history.recorded: a RunEvent; a Session that ends"},
    ),
    "trainings.Registration": (
        frozenset({"status", "run_id"}),
        {"trainings/booking/transitions.py": "a RegistrationEvent"},
    ),
    "trainings.AttendanceRecord": (
        frozenset({"minutes", "session_id", "registration_id"}),
        {"trainings/attendance/marks.py": "an AttendanceChange"},
    ),
    "trainings.AttendanceChange": (
        frozenset({"registration_id", "session_id", "at"}),
        {"trainings/attendance/marks.py": "is such a row"},
    ),
    "trainings.RunEvent": (frozenset({"run_id", "at"}), {"trainings/history.py": "is such a row"}),
    "trainings.SheetScan": (
        frozenset({"session_id", "covers_day"}),
        {"trainings/attendance/scans.py": "takes away; or refiles within history.recorded: a RunEvent"},
    ),
    "certificates.Certificate": (
        frozenset({"registration_id", "issued_at", "revoked_at", "replaced_at"}),
        {
            "certificates/issuing/issuing.py": "takes away: who has one needs none, and a new one is right",
            "certificates/issuing/ending.py": "takes away: nobody is asked for another, and what ended is not asked of",
        },
    ),
}
# Besides, for what is shown of those that are found; and by which they are found.
SHOWN_ONLY = {"trainings_course", "accounts_user", "trainings_unsettledruns", "trainings_registrationevent"}

# By changed_at feeds know that something is new. These columns of such rows no feed shows.
NOT_SHOWN = {
    "trainings.CourseRun": {"starts_at", "ends_at", "decided_at", "closed_at", "closed_by_id"},
    "trainings.CalendarSubscription": {"fetched_at", "fetched_by"},
}


class WrittenElsewhere(AssertionError):
    """The message says where the write belongs."""


class WrittenWithoutMoment(AssertionError):
    """The message says what is missing."""


class WrittenUnheard(AssertionError):
    """The message says who would not hear of it."""


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """For ``connection.execute_wrapper``."""
    if found := _STATEMENT.match(sql):
        verb, table, values = found.groups()
        columns = frozenset(_SET.findall(values or ""))
        check_writer(verb, table, columns)
        check_settling(verb, table, columns)
        if verb == "UPDATE" and "changed_at" not in columns:
            check_moment(table, columns)
    return execute(sql, params, many, context)


@cache
def table_of(model: str) -> str:
    return str(apps.get_model(model)._meta.db_table)


@cache
def moved_by(table: str) -> str:
    """The label of the table's model, if its rows say when they were changed."""
    found = (model for model in apps.get_models() if model._meta.db_table == table)
    return next((one._meta.label for one in found if "changed_at" in {of.name for of in one._meta.fields}), "")


def check_writer(verb: str, table: str, columns: frozenset[str]) -> None:
    for writer in WRITERS:
        if table_of(writer.model) != table or not (file := sender()) or file in {writer.file, *writer.also}:
            continue
        if "/migrations/" in file:  # what was stored before the rule, once
            continue
        if concerned := writer.concerned(verb, columns):
            what = ", ".join(sorted(concerned))
            raise WrittenElsewhere(f"{file} writes {what} of {writer.model}: only {writer.file} may; {writer.instead}.")


def check_settling(verb: str, table: str, columns: frozenset[str]) -> None:
    for label, (settling, files) in SETTLING.items():
        if table_of(label) != table or (verb == "UPDATE" and not columns & settling):
            continue
        if (file := sender()) and file not in files | dict.fromkeys(DEMO) and "/migrations/" not in file:
            raise WrittenUnheard(
                f"{file} writes {label}, and the desk would not hear of it: leave a row that trainings.unsettled looks "
                "for, and say so in SETTLING of tests/writing.py."
            )


def settling_tables() -> set[str]:
    return {apps.get_model(label)._meta.db_table for label in SETTLING}


def tables_in(sql: str) -> set[str]:
    return set(re.findall(r'(?:FROM|JOIN) "(\w+)"', sql))


def check_moment(table: str, columns: frozenset[str]) -> None:
    if label := moved_by(table):
        shown = columns - NOT_SHOWN.get(label, set())
        if shown and (file := sender()) and not file.startswith("demo/"):  # which fills an empty database
            raise WrittenWithoutMoment(
                f"{file} writes {', '.join(sorted(shown))} of {label} without changed_at, and feeds take it as "
                "unchanged: write changed_at as well, or name in NOT_SHOWN of tests/writing.py what no feed shows."
            )


def sender() -> str:
    """The file of ours that sent the statement, or a page of Django's, its admin for example; "" for a test."""
    frame = sys._getframe(1)
    while frame := frame.f_back:
        name = frame.f_code.co_filename
        if name.startswith(_OURS) and name != _APPEND_ONLY:
            return name.removeprefix(f"{ROOT}/")
        if name.endswith("django/core/handlers/base.py"):
            return "a page of Django's"
        if name.startswith(_TESTS) and name != __file__:
            return ""
    return ""
