"""May this person register for this run, and if not, why? One small function per reason.

Pages, imports and the booking itself ask the same list, so nobody hears two different answers.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.dates import date_long
from trainings.models import CourseRun


@dataclass(frozen=True)
class Reason:
    """Why not: a word for code, a sentence for the person."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Case:
    """The question: may ``person`` register for ``run`` at this moment?"""

    run: CourseRun
    person: User
    at: dt.datetime


def run_is_a_draft(case: Case) -> Reason | None:
    if case.run.is_published and case.run.course.is_published and case.run.starts_at is not None:
        return None
    return Reason("draft", _("Dieser Termin ist noch nicht veröffentlicht."))


def run_is_cancelled(case: Case) -> Reason | None:
    if not case.run.is_cancelled:
        return None
    return Reason("cancelled", _("Dieser Termin ist abgesagt: %(reason)s") % {"reason": case.run.cancellation_reason})


def run_has_started(case: Case) -> Reason | None:
    if not case.run.has_started(case.at):
        return None
    return Reason("started", _("Dieser Termin hat bereits begonnen."))


def already_registered(case: Case) -> Reason | None:
    active = case.run.registrations.active().of(case.person).first()  # type: ignore[attr-defined]
    if active is None:
        return None
    if active.is_waiting:
        return Reason("already_registered", _("Für diesen Termin besteht bereits ein Platz auf der Warteliste."))
    return Reason("already_registered", _("Für diesen Termin besteht bereits eine Anmeldung."))


def person_is_inactive(case: Case) -> Reason | None:
    return None if case.person.is_active else Reason("inactive", _("Dieses Konto ist nicht mehr aktiv."))


def profile_is_incomplete(case: Case) -> Reason | None:
    if case.person.has_completed_profile:
        return None
    return Reason("profile", _("Es fehlen noch Name und Gruppe."))


def registration_not_open_yet(case: Case) -> Reason | None:
    if not case.run.is_before_opening(case.at) or case.run.registration_opens_on is None:
        return None
    return Reason(
        "not_open", _("Die Anmeldung beginnt am %(day)s.") % {"day": date_long(case.run.registration_opens_on)}
    )


def registration_is_closed(case: Case) -> Reason | None:
    if not case.run.is_after_closing(case.at) or case.run.registration_closes_on is None:
        return None
    return Reason(
        "closed",
        _("Anmeldeschluss war am %(day)s. Bitte wenden Sie sich an die Koordination.")
        % {"day": date_long(case.run.registration_closes_on)},
    )


def by_invitation_only(case: Case) -> Reason | None:
    if case.run.visibility != CourseRun.Visibility.INVITATION:
        return None
    return Reason("invitation", _("Zu diesem Termin lädt die Koordination ein."))


def for_other_agencies(case: Case) -> Reason | None:
    if case.run.visibility != CourseRun.Visibility.AGENCIES:
        return None
    if case.person.agency_id and case.run.agencies.filter(pk=case.person.agency_id).exists():
        return None
    return Reason("agency", _("Dieser Termin ist anderen Behörden vorbehalten."))


def for_other_groups(case: Case) -> Reason | None:
    groups = case.run.course.target_groups
    if not groups or case.person.group in groups:
        return None
    return Reason(
        "target_group",
        _("Diese Schulung richtet sich an: %(groups)s. Angegeben ist: %(own)s.")
        % {"groups": ", ".join(str(group.label) for group in groups), "own": case.person.get_group_display()},
    )


Check = Callable[[Case], Reason | None]

# No one may pass over these.
FACTS: list[Check] = [
    run_is_a_draft,
    run_is_cancelled,
    run_has_started,
    person_is_inactive,
    profile_is_incomplete,
    already_registered,
]
# A coordinator who registers somebody may, with a reason.
RULES: list[Check] = [
    registration_not_open_yet,
    registration_is_closed,
    by_invitation_only,
    for_other_agencies,
    for_other_groups,
]


def reasons_against(
    run: CourseRun, person: User, *, by: User | None = None, reason: str = "", at: dt.datetime | None = None
) -> list[Reason]:
    """Every reason why ``person`` cannot be registered by ``by`` (by default themselves); empty if there is none.

    A coordinator who registers somebody else passes over the RULES by giving a ``reason``, which is kept.
    """
    case = Case(run, person, at or timezone.now())
    passes_over = by is not None and by.is_coordinator and by != person and bool(reason.strip())
    checks = FACTS if passes_over else FACTS + RULES
    return [against for check in checks if (against := check(case)) is not None]
