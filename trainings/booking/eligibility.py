"""May this person register for this run, and if not, why? One small function per reason, declared beside its function.

Pages, lists of colleagues, imports and the booking itself ask the same table with the same ``Case``, so nobody hears
two different answers. Each declaration says what the reason is and in which contexts it counts; there is no other place
to enter it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.models import Agency, TargetGroup, User
from trainings.acts import Act
from trainings.booking import agreements
from trainings.booking.supervisors import unfit_supervisor
from trainings.dates import date_long, date_short
from trainings.models import AttendanceRecord, Course, CourseRun, Registration, Session
from trainings.refusals import Reason


class Kind(Enum):
    """Nobody can override a fact; a coordinator can override a rule with a reason; a caution only warns."""

    FACT = auto()
    RULE = auto()
    CAUTION = auto()


class Context(Enum):
    """In which situation it is asked."""

    REGISTERING = auto()  # registering oneself or somebody else, a list, moving to another run
    NAMING = auto()  # the agency has taken the place before, in time; who waits for the run may have it
    TAKING_OVER = auto()  # a colleague's confirmed place; who waits for the run may
    HOLDING = auto()  # places for people the agency names later: ``person`` is who takes them
    CATALOGUE = auto()  # what the page of a course says to everybody, without asking the database again


THERE = (AttendanceRecord.Status.PRESENT, AttendanceRecord.Status.PARTIAL)
PEOPLE = (Context.REGISTERING, Context.NAMING, Context.TAKING_OVER)


@dataclass(frozen=True)
class Case:
    """The question: may this act register ``person`` for ``run``? Built once, by the caller.

    ``has_no_supervisor``: the person says so. ``gives_up`` is a place in another run of the course that is to end for
    this one. ``course_groups`` are the course's target groups where they have been read already, outside of the lock.
    ``holds_for``: of places to be named later, the agency they are for, and how many ``places`` it takes.
    """

    run: CourseRun
    person: User
    act: Act
    context: Context = Context.REGISTERING
    supervisor_email: str = ""
    has_no_supervisor: bool = False
    gives_up: Registration | None = None
    course_groups: list[TargetGroup] | None = None
    holds_for: Agency | None = None
    places: int = 1

    @cached_property
    def at(self) -> dt.datetime:
        _act, at = self.act.begin()
        return at

    @property
    def by_themselves(self) -> bool:
        return self.act.by is None or self.act.by.pk == self.person.pk

    @property
    def passes_over_rules(self) -> bool:
        """A coordinator does, with a reason that is kept; who holds places for an agency has it from the agency."""
        if self.context == Context.HOLDING:
            return self.act.is_by_coordinator
        return self.act.is_by_coordinator and not self.by_themselves and self.act.has_reason

    @cached_property
    def all_own(self) -> list[Registration]:
        """What the person has, or had and attended, in whatever run."""
        rows = Registration.objects.active().filter(person=self.person).select_related("run")
        return list(rows.only("person", "status", "substitute_for", "run__course", "run__starts_at", "run__ends_at"))

    @property
    def own(self) -> list[Registration]:
        """What the person has in the runs of this course."""
        return [row for row in self.all_own if row.run.course_id == self.run.course_id]

    @cached_property
    def outside_agreement(self) -> dict[str, Reason]:
        """What the agency's agreement does not allow, by code; the agency is that of the run's day.

        A place an agency has taken before, or that a colleague gives, is none beyond its number.
        """
        if not agreements.are_asked_for():
            return {}
        of_day = affiliation.on(self.person, timezone.localdate(self.run.starts_at or self.at))
        agency, group = of_day.agency_id, of_day.group
        if self.holds_for is not None:
            agency, group = self.holds_for.pk, ""
        places = self.places if self.context in {Context.REGISTERING, Context.HOLDING} else 0
        found = agreements.outside(self.run, agency, group, self.at, places=places)
        return {reason.code: reason for reason in found}

    @cached_property
    def groups(self) -> list[TargetGroup]:
        """The target groups of the run."""
        if self.run.only_for_group:
            return [TargetGroup(self.run.only_for_group)]
        return self.run.course.target_groups if self.course_groups is None else self.course_groups

    @property
    def is_for_other_groups(self) -> bool:
        if self.context == Context.CATALOGUE and not getattr(self.person, "group", ""):
            return False  # not signed in, or no profile yet
        return bool(self.groups) and self.person.group not in self.groups

    @cached_property
    def missing_prerequisites(self) -> list[Course]:
        """Courses the person should have attended, or have a place in, before this run."""
        prerequisites = list(self.run.course.prerequisites.all())
        return missing(prerequisites, self.run, done_by(self.person, self.at)) if prerequisites else []


def done_by(person: User, at: dt.datetime) -> dict[int, dt.datetime]:
    """By the key of each course the person has attended, or has a place in, from when on it counts as done."""
    was_there = Exists(AttendanceRecord.objects.filter(registration=OuterRef("pk"), status__in=THERE))
    has = Registration.objects.confirmed().filter(Q(run__ends_at__gt=at) | was_there, person=person)
    rows = has.order_by("-run__ends_at").values_list("run__course", "run__ends_at")
    return {course: ends_at for course, ends_at in rows if ends_at}  # of several the first, which comes last


def missing(prerequisites: Iterable[Course], run: CourseRun | None, done: Mapping[int, dt.datetime]) -> list[Course]:
    """Which of them are not done when the run begins; without a run, which are not even booked."""
    begins = run.starts_at if run else None
    in_time = {course for course, ends_at in done.items() if begins is None or ends_at <= begins}
    return [course for course in prerequisites if course.pk not in in_time]


Check = Callable[[Case], Reason | None]


@dataclass(frozen=True)
class Rule:
    check: Check
    kind: Kind
    contexts: frozenset[Context]


RULES: list[Rule] = []


def declare(kind: Kind, *contexts: Context) -> Callable[[Check], Check]:
    """Add the decorated function to the table; reasons are shown in the order of declaration."""
    if not contexts:
        raise ValueError("Say in which contexts this counts.")

    def enter(check: Check) -> Check:
        RULES.append(Rule(check, kind, frozenset(contexts)))
        return check

    return enter


def reasons_against(case: Case) -> list[Reason]:
    """Every reason why not; empty if there is none. Facts first, then the rules the act does not override."""
    return _told(case, Kind.FACT) + ([] if case.passes_over_rules else _told(case, Kind.RULE))


def passed_over(case: Case) -> str:
    """The codes of the rules a coordinator's reason passes over here, with spaces between; for the history."""
    return " ".join(reason.code for reason in _told(case, Kind.RULE)) if case.passes_over_rules else ""


def cautions(case: Case) -> list[Reason]:
    """What to tell the person before registering."""
    return _told(case, Kind.CAUTION)


def cautions_about_agreement(case: Case) -> tuple[Reason, ...]:
    """Of the cautions those that whoever registers somebody else has to know."""
    return tuple(case.outside_agreement.values()) if agreements.are_wanted() else ()


def _told(case: Case, kind: Kind) -> list[Reason]:
    rules = [rule for rule in RULES if rule.kind == kind and case.context in rule.contexts]
    return [told for rule in rules if (told := rule.check(case)) is not None]


# --- facts: no one may pass over these ---------------------------------------------------------


@declare(Kind.FACT, *PEOPLE, Context.HOLDING)
def run_is_a_draft(case: Case) -> Reason | None:
    if case.run.is_published and case.run.course.is_published and case.run.starts_at is not None:
        return None
    return Reason("draft", _("Dieser Termin ist noch nicht veröffentlicht."))


@declare(Kind.FACT, *PEOPLE, Context.HOLDING)
def run_is_cancelled(case: Case) -> Reason | None:
    if not case.run.is_cancelled:
        return None
    return Reason("cancelled", _("Dieser Termin ist abgesagt: %(reason)s") % {"reason": case.run.cancellation_reason})


@declare(Kind.FACT, *PEOPLE, Context.HOLDING, Context.CATALOGUE)
def run_has_started(case: Case) -> Reason | None:
    if not case.run.has_started(case.at):
        return None
    return Reason("started", _("Dieser Termin hat bereits begonnen."))


@declare(Kind.FACT, *PEOPLE)
def person_is_inactive(case: Case) -> Reason | None:
    return None if case.person.is_active else Reason("inactive", _("Dieses Konto ist nicht mehr aktiv."))


@declare(Kind.FACT, *PEOPLE)
def profile_is_incomplete(case: Case) -> Reason | None:
    if case.person.has_completed_profile:
        return None
    return Reason("profile", _("Es fehlen noch Name und Gruppe."))


@declare(Kind.FACT, *PEOPLE)
def not_their_agency(case: Case) -> Reason | None:
    """Only an agency's contact or a coordinator registers others."""
    if case.by_themselves or case.act.is_by_coordinator:
        return None
    if case.act.user.speaks_for(case.person.agency_id):
        return None
    return Reason("other_agency", _("Diese Person gehört nicht zu Ihrer Behörde."))


@declare(Kind.FACT, *PEOPLE)
def already_registered(case: Case) -> Reason | None:
    active = next((row for row in case.own if row.run_id == case.run.pk), None)
    if active is None or (active.is_waiting and case.context in {Context.NAMING, Context.TAKING_OVER}):
        return None
    if active.is_waiting:
        return Reason("already_registered", _("Für diesen Termin besteht bereits ein Platz auf der Warteliste."))
    return Reason("already_registered", _("Für diesen Termin besteht bereits eine Anmeldung."))


@declare(Kind.FACT, *PEOPLE)
def supervisor_is_unfit(case: Case) -> Reason | None:
    return unfit_supervisor(case.person, case.supervisor_email) if case.supervisor_email else None


def _about_supervisor(text: str) -> Reason:
    return Reason("supervisor", text, field="supervisor_email")


# --- rules: a coordinator who registers somebody may pass over these, with a reason ----------------


@declare(Kind.RULE, Context.REGISTERING, Context.HOLDING, Context.CATALOGUE)
def registration_not_open_yet(case: Case) -> Reason | None:
    if not case.run.is_before_opening(case.at) or case.run.registration_opens_on is None:
        return None
    return Reason(
        "not_open", _("Die Anmeldung beginnt am %(day)s.") % {"day": date_long(case.run.registration_opens_on)}
    )


@declare(Kind.RULE, Context.REGISTERING, Context.HOLDING, Context.CATALOGUE)
def registration_is_closed(case: Case) -> Reason | None:
    if not case.run.is_after_closing(case.at) or case.run.registration_closes_on is None:
        return None
    return Reason(
        "closed",
        _("Anmeldeschluss war am %(day)s. Bitte wenden Sie sich an die Koordination.")
        % {"day": date_long(case.run.registration_closes_on)},
    )


@declare(Kind.RULE, Context.REGISTERING, Context.HOLDING, Context.CATALOGUE)
def by_invitation_only(case: Case) -> Reason | None:
    if case.run.visibility != CourseRun.Visibility.INVITATION:
        return None
    if case.context != Context.HOLDING and case.person.pk and case.run.invitations.filter(person=case.person).exists():
        return None
    return Reason("invitation", _("Zu diesem Termin lädt die Koordination ein."))


@declare(Kind.RULE, *PEOPLE, Context.HOLDING)
def for_other_agencies(case: Case) -> Reason | None:
    if case.run.visibility != CourseRun.Visibility.AGENCIES:
        return None
    agency = case.person.agency_id if case.holds_for is None else case.holds_for.pk
    if agency and case.run.agencies.filter(pk=agency).exists():
        return None
    return Reason("agency", _("Dieser Termin ist anderen Behörden vorbehalten."))


@declare(Kind.RULE, *PEOPLE, Context.CATALOGUE)
def for_other_groups(case: Case) -> Reason | None:
    if case.run.group_rule != CourseRun.Strictness.BINDING:
        return None
    return _about_groups(case)


@declare(Kind.RULE, *PEOPLE)
def prerequisites_are_missing(case: Case) -> Reason | None:
    if case.run.prerequisite_rule != CourseRun.Strictness.BINDING:
        return None
    return _about_prerequisites(case)


@declare(Kind.RULE, *PEOPLE)
def has_a_place_in_this_course(case: Case) -> Reason | None:
    given_up = case.gives_up.pk if case.gives_up else None
    elsewhere = (row for row in case.own if row.takes_a_place and row.run_id != case.run.pk and row.pk != given_up)
    for row in elsewhere:
        if row.is_asked_to_take_over:
            continue  # it is still a colleague's
        if not row.run.is_finished(case.at):
            return Reason(
                "same_course",
                _("Für einen anderen Termin dieser Schulung besteht schon ein Platz: %(day)s.")
                % {"day": date_short(row.run.starts_at) if row.run.starts_at else "–"},
            )
    return None


@declare(Kind.RULE, Context.REGISTERING)
def supervisor_is_missing(case: Case) -> Reason | None:
    if case.run.approval == CourseRun.Approval.NONE or case.supervisor_email:
        return None
    if not case.by_themselves:
        return _supervisor_passed_over(case)
    if case.person.agency_id is None or (case.has_no_supervisor and case.run.needs_approval):
        return None  # nobody could tell a supervisor apart: a coordinator decides
    return _about_supervisor(_("Bitte geben Sie die E-Mail-Adresse Ihrer vorgesetzten Person an."))


def _supervisor_passed_over(case: Case) -> Reason | None:
    """The agency's contact speaks for the agency; a coordinator needs a reason."""
    if not case.run.needs_approval or not case.act.is_by_coordinator:
        return None
    return _about_supervisor(_("Dieser Termin braucht die Zustimmung der vorgesetzten Person."))


@declare(Kind.RULE, *PEOPLE, Context.HOLDING)
def agreement_is_missing(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement") if agreements.are_needed() else None


@declare(Kind.RULE, *PEOPLE)
def agreement_is_for_other_groups(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement_group") if agreements.are_needed() else None


@declare(Kind.RULE, Context.REGISTERING, Context.HOLDING)
def agreement_has_no_place_left(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement_places") if agreements.are_needed() else None


# --- cautions: said beforehand, without standing in the way ----------------------------------------


@declare(Kind.CAUTION, Context.REGISTERING)
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
                    _("Zur gleichen Zeit sind Sie schon angemeldet: %(title)s (%(day)s).")
                    % {"title": other.run.course.display_title, "day": date_short(other.starts_at)},
                )
    return None


@declare(Kind.CAUTION, Context.REGISTERING)
def attended_before(case: Case) -> Reason | None:
    if not any(row.run.has_started(case.at) for row in case.own):
        return None
    attended = AttendanceRecord.objects.filter(
        registration__person=case.person,
        registration__run__course=case.run.course_id,
        status__in=THERE,
    )
    last = attended.order_by("-session__starts_at").values_list("session__starts_at", flat=True).first()
    if last is None:
        return None
    return Reason(
        "attended", _("An dieser Schulung haben Sie schon teilgenommen, zuletzt am %(day)s.") % {"day": date_long(last)}
    )


@declare(Kind.CAUTION, Context.REGISTERING)
def other_groups_are_meant(case: Case) -> Reason | None:
    return _about_groups(case) if case.run.group_rule == CourseRun.Strictness.ADVICE else None


@declare(Kind.CAUTION, Context.REGISTERING)
def prerequisites_are_advised(case: Case) -> Reason | None:
    return _about_prerequisites(case) if case.run.prerequisite_rule == CourseRun.Strictness.ADVICE else None


@declare(Kind.CAUTION, *PEOPLE, Context.HOLDING)
def agreement_is_wanted(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement") if agreements.are_wanted() else None


@declare(Kind.CAUTION, *PEOPLE)
def agreement_means_other_groups(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement_group") if agreements.are_wanted() else None


@declare(Kind.CAUTION, Context.REGISTERING, Context.HOLDING)
def agreement_means_fewer_places(case: Case) -> Reason | None:
    return case.outside_agreement.get("agreement_places") if agreements.are_wanted() else None


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
