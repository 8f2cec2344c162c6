"""May this person register for this run, and if not, why? One small function per reason.

Pages, lists of colleagues, imports and the booking itself ask the same functions, so nobody hears two different
answers. FACTS bind everybody, a coordinator passes over RULES with a reason, CAUTIONS only warn.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agency, TargetGroup, User
from trainings.dates import date_long, date_short
from trainings.models import AttendanceRecord, Course, CourseRun, Registration, Session
from trainings.refusals import Reason


@dataclass(frozen=True)
class Case:
    """The question: may ``by`` register ``person`` for ``run`` at this moment?

    ``gives_up`` is a place in another run of the course that is to end for this one. ``course_groups`` are the course's
    target groups where they have been read already, outside of the lock.
    """

    run: CourseRun
    person: User
    at: dt.datetime
    by: User | None = None
    supervisor_email: str = ""
    gives_up: Registration | None = None
    course_groups: list[TargetGroup] | None = None

    @property
    def by_themselves(self) -> bool:
        return self.by is None or self.by.pk == self.person.pk

    @cached_property
    def all_own(self) -> list[Registration]:
        """What the person has, or had and attended, in whatever run."""
        return list(Registration.objects.active().filter(person=self.person).select_related("run"))

    @property
    def own(self) -> list[Registration]:
        """What the person has in the runs of this course."""
        return [row for row in self.all_own if row.run.course_id == self.run.course_id]

    @cached_property
    def groups(self) -> list[TargetGroup]:
        """For whom the run is."""
        if self.run.only_for_group:
            return [TargetGroup(self.run.only_for_group)]
        return self.run.course.target_groups if self.course_groups is None else self.course_groups

    @property
    def is_for_other_groups(self) -> bool:
        return bool(self.groups) and self.person.group not in self.groups

    @cached_property
    def missing_prerequisites(self) -> list[Course]:
        """Courses the person should have attended, or have a place in, before this run."""
        prerequisites = list(self.run.course.prerequisites.all())
        if not prerequisites:
            return []
        has = Registration.objects.confirmed().filter(person=self.person, run__ends_at__lte=self.run.starts_at)
        absent = has.filter(run__ends_at__lte=self.at).exclude(
            attendance_records__status__in=[AttendanceRecord.Status.PRESENT, AttendanceRecord.Status.PARTIAL]
        )
        done = has.exclude(pk__in=absent.values("pk"))
        attended = set(done.values_list("run__course", flat=True))
        return [course for course in prerequisites if course.pk not in attended]


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
    active = next((row for row in case.own if row.run_id == case.run.pk), None)
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
    if case.person.pk and case.run.invitations.filter(person=case.person).exists():
        return None
    return Reason("invitation", _("Zu diesem Termin lädt die Koordination ein."))


def for_other_agencies(case: Case) -> Reason | None:
    if case.run.visibility != CourseRun.Visibility.AGENCIES:
        return None
    if case.person.agency_id and case.run.agencies.filter(pk=case.person.agency_id).exists():
        return None
    return Reason("agency", _("Dieser Termin ist anderen Behörden vorbehalten."))


def for_other_groups(case: Case) -> Reason | None:
    if case.run.group_rule != CourseRun.Strictness.BINDING:
        return None
    return _about_groups(case)


def has_a_place_in_this_course(case: Case) -> Reason | None:
    given_up = case.gives_up.pk if case.gives_up else None
    elsewhere = (row for row in case.own if row.takes_a_place and row.run_id != case.run.pk and row.pk != given_up)
    for row in elsewhere:
        if not row.run.is_finished(case.at):
            return Reason(
                "same_course",
                _("Für einen anderen Termin dieser Schulung besteht schon ein Platz: %(number)s, %(day)s.")
                % {"number": row.run.number, "day": date_short(row.run.starts_at) if row.run.starts_at else "–"},
            )
    return None


def prerequisites_are_missing(case: Case) -> Reason | None:
    if case.run.prerequisite_rule != CourseRun.Strictness.BINDING:
        return None
    return _about_prerequisites(case)


def not_their_agency(case: Case) -> Reason | None:
    """Who registers others speaks for their agency, or is the coordination."""
    if case.by_themselves or case.by is None or case.by.is_coordinator:
        return None
    if case.by.is_agency_contact and case.by.agency_id == case.person.agency_id:
        return None
    return Reason("other_agency", _("Diese Person gehört nicht zu Ihrer Behörde."))


def supervisor_is_unfit(case: Case) -> Reason | None:
    return unfit_supervisor(case.person, case.supervisor_email) if case.supervisor_email else None


def supervisor_is_missing(case: Case) -> Reason | None:
    if case.run.approval == CourseRun.Approval.NONE or case.supervisor_email:
        return None
    if not case.by_themselves:
        return _supervisor_passed_over(case)
    if case.person.agency_id is None:
        return None  # nobody could check the address: the coordination decides
    return Reason("supervisor", _("Bitte geben Sie die E-Mail-Adresse Ihrer vorgesetzten Person an."))


def _supervisor_passed_over(case: Case) -> Reason | None:
    """The agency's contact speaks for the agency; the coordination needs a reason."""
    if case.run.approval != CourseRun.Approval.REQUIRED or case.by is None or not case.by.is_coordinator:
        return None
    return Reason("supervisor", _("Dieser Termin braucht die Zustimmung der vorgesetzten Person."))


def unfit_supervisor(person: User, email: str) -> Reason | None:
    """Why that address cannot decide about the person: it must be of the agency's domains or one of its contacts."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return Reason("supervisor", _("Bitte geben Sie eine gültige E-Mail-Adresse an."))
    if email == person.email:
        return Reason("supervisor", _("Bitte geben Sie die Adresse Ihrer vorgesetzten Person an, nicht Ihre eigene."))
    if person.agency_id is None:
        return Reason("supervisor", _("Ihre Behörde ist noch nicht geklärt. Bitte lassen Sie das Feld leer."))
    of_domain = Agency.objects.for_email(email)
    if of_domain is not None and of_domain.pk == person.agency_id:
        return None
    contacts = User.objects.filter(role=User.Role.AGENCY_CONTACT, agency=person.agency_id, is_active=True)
    if contacts.filter(email=email).exists():
        return None
    return Reason(
        "supervisor",
        _("Diese Adresse gehört nicht zu %(agency)s. Bitte geben Sie eine dienstliche Adresse an.")
        % {"agency": person.agency_name},
    )


# --- what to say beforehand, without standing in the way ---------------------------------------


def overlaps_with_another(case: Case) -> Reason | None:
    """Sessions at the same time as those of another run the person has a place in, or waits for."""
    given_up = case.gives_up.run_id if case.gives_up else None
    runs = {row.run_id for row in case.all_own if not row.run.is_finished(case.at)} - {case.run.pk, given_up}
    if not runs:
        return None
    others = list(
        Session.objects.taking_place().filter(run__in=runs).select_related("run__course").order_by("starts_at")
    )
    for session in Session.objects.taking_place().filter(run=case.run):
        for other in others:
            if other.starts_at < session.ends_at and other.ends_at > session.starts_at:
                return Reason(
                    "overlap",
                    _("Zur gleichen Zeit sind Sie schon angemeldet: %(title)s (%(number)s).")
                    % {"title": other.run.course.display_title, "number": other.run.number},
                )
    return None


def attended_before(case: Case) -> Reason | None:
    if not any(row.run.has_started(case.at) for row in case.own):
        return None
    attended = AttendanceRecord.objects.filter(
        registration__person=case.person,
        registration__run__course=case.run.course_id,
        status__in=[AttendanceRecord.Status.PRESENT, AttendanceRecord.Status.PARTIAL],
    )
    last = attended.order_by("-session__starts_at").values_list("session__starts_at", flat=True).first()
    if last is None:
        return None
    return Reason(
        "attended", _("An dieser Schulung haben Sie schon teilgenommen, zuletzt am %(day)s.") % {"day": date_long(last)}
    )


def other_groups_are_meant(case: Case) -> Reason | None:
    return _about_groups(case) if case.run.group_rule == CourseRun.Strictness.ADVICE else None


def prerequisites_are_advised(case: Case) -> Reason | None:
    return _about_prerequisites(case) if case.run.prerequisite_rule == CourseRun.Strictness.ADVICE else None


def _about_groups(case: Case) -> Reason | None:
    if not case.is_for_other_groups:
        return None
    return Reason(
        "target_group",
        _("Diese Schulung richtet sich an: %(groups)s. Angegeben ist: %(own)s.")
        % {"groups": ", ".join(str(group.label) for group in case.groups), "own": case.person.get_group_display()},
    )


def _about_prerequisites(case: Case) -> Reason | None:
    if not case.missing_prerequisites:
        return None
    titles = ", ".join(course.display_title for course in case.missing_prerequisites)
    if case.run.prerequisite_rule == CourseRun.Strictness.BINDING:
        return Reason("prerequisites", _("Vorausgesetzt wird: %(titles)s.") % {"titles": titles})
    return Reason("prerequisites", _("Empfohlen ist, vorher teilzunehmen an: %(titles)s.") % {"titles": titles})


Check = Callable[[Case], Reason | None]

# No one may pass over these.
FACTS: list[Check] = [
    run_is_a_draft,
    run_is_cancelled,
    run_has_started,
    person_is_inactive,
    profile_is_incomplete,
    not_their_agency,
    already_registered,
    supervisor_is_unfit,
]
# A coordinator who registers somebody may, with a reason.
DATES: list[Check] = [registration_not_open_yet, registration_is_closed, by_invitation_only]
RULES: list[Check] = [
    *DATES,
    for_other_agencies,
    for_other_groups,
    prerequisites_are_missing,
    has_a_place_in_this_course,
    supervisor_is_missing,
]
# These are said, and do not stand in the way.
CAUTIONS: list[Check] = [
    overlaps_with_another,
    attended_before,
    other_groups_are_meant,
    prerequisites_are_advised,
]


# What does not count for a place the agency has taken already: the dates, and the supervisor it speaks for.
TAKEN_BEFORE: list[Check] = [*DATES, supervisor_is_missing]


def reasons_against(
    run: CourseRun,
    person: User,
    *,
    by: User | None = None,
    reason: str = "",
    supervisor_email: str = "",
    gives_up: Registration | None = None,
    in_time: bool = False,
    course_groups: list[TargetGroup] | None = None,
    at: dt.datetime | None = None,
) -> list[Reason]:
    """Every reason why ``person`` cannot be registered by ``by`` (by default themselves); empty if there is none.

    A coordinator who registers somebody else passes over the RULES by giving a ``reason``, which is kept. ``in_time``
    leaves out what was settled when the agency took the place: the dates of registration, and the supervisor.
    """
    case = Case(run, person, at or timezone.now(), by, supervisor_email, gives_up, course_groups)
    settled = TAKEN_BEFORE if in_time else []
    rules = [] if _passes_over(person, by, reason) else [rule for rule in RULES if rule not in settled]
    return _told_by(FACTS + rules, case)


def overridden(
    run: CourseRun,
    person: User,
    *,
    by: User,
    reason: str,
    supervisor_email: str = "",
    gives_up: Registration | None = None,
    at: dt.datetime,
) -> str:
    """The codes of the rules a coordinator's reason passes over here, with spaces between; for the history."""
    if not _passes_over(person, by, reason):
        return ""
    return " ".join(told.code for told in _told_by(RULES, Case(run, person, at, by, supervisor_email, gives_up)))


def reasons_and_cautions(
    run: CourseRun, person: User, *, gives_up: Registration | None = None, at: dt.datetime | None = None
) -> tuple[list[Reason], list[Reason]]:
    """What stands against ``person`` registering, and what they should know beforehand; each fact is read once."""
    case = Case(run, person, at or timezone.now(), gives_up=gives_up)
    return _told_by(FACTS + RULES, case), _told_by(CAUTIONS, case)


def reasons_against_substitute(
    registration: Registration, colleague: User, *, waits: bool, at: dt.datetime | None = None
) -> list[Reason]:
    """Why the place cannot go to that colleague. Dates of registration do not count; waiting for the run is no bar."""
    case = Case(registration.run, colleague, at or timezone.now(), by=colleague)
    if registration.person_id == colleague.pk:
        return [Reason("same_person", _("Das ist Ihr eigener Platz."))]
    if registration.agency_id is None or colleague.agency_id != registration.agency_id:
        return [Reason("other_agency", _("Den Platz kann nur jemand aus derselben Behörde übernehmen."))]
    without = {already_registered} if waits else set()
    rules: list[Check] = [for_other_agencies, for_other_groups, prerequisites_are_missing, has_a_place_in_this_course]
    return _told_by([check for check in FACTS + rules if check not in without], case)


def reasons_against_holding(run: CourseRun, agency: Agency, *, by: User, at: dt.datetime) -> list[Reason]:
    """Why an agency cannot take places to be named later."""
    case = Case(run, by, at, by=by)
    checks: list[Check] = [run_is_a_draft, run_is_cancelled, run_has_started]
    if not by.is_coordinator:
        checks += [registration_not_open_yet, registration_is_closed, for_other_agencies]
        if run.visibility == CourseRun.Visibility.INVITATION:
            return [Reason("invitation", _("Zu diesem Termin lädt die Koordination ein."))]
    return _told_by(checks, case)


def _passes_over(person: User, by: User | None, reason: str) -> bool:
    return by is not None and by.is_coordinator and by.pk != person.pk and bool(reason.strip())


def _told_by(checks: list[Check], case: Case) -> list[Reason]:
    return [told for check in checks if (told := check(case)) is not None]
