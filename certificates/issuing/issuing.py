"""Who gets a certificate, and how is it issued?

Issued to confirmed participants whose recorded attendance reaches the run's percentage of the teaching minutes held.
While a record is missing nothing is issued to that person: a paper that is kept for ever must not tell less than was.
Below the percentage a coordinator may issue with a reason, for the minutes attended. Nobody whose certificate was
revoked gets another with all the others: only who is chosen by name.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.names import by_name
from certificates import paper, proof
from certificates.models import Certificate, CertificateQuerySet, extent
from trainings import dates, unsettled
from trainings.acts import Act
from trainings.locking import lock
from trainings.models import (
    AttendanceChange,
    AttendanceRecord,
    CourseRun,
    CourseRunQuerySet,
    Registration,
    RunEvent,
    Session,
    minutes_attended_of,
    minutes_by_session,
    minutes_held,
    minutes_required,
    rows_if_any,
)
from trainings.refusals import Reason, Refused
from trainings.unsettled import narrow

_RUN = "registration__run"
NUMBERING_TRIES = 5


@dataclass(frozen=True)
class Assessment:
    """Whether one participant gets a certificate. Minutes are teaching minutes."""

    registration: Registration
    minutes_by_session: dict[Session, int]
    required_percent: int
    missing: list[Session]
    certificate: Certificate | None
    minutes_certified: int | None = None
    was_revoked: bool = False
    override_reason: str = ""

    @property
    def minutes_attended(self) -> int:
        return sum(self.minutes_by_session.values())

    @property
    def minutes_held(self) -> int:
        return minutes_held(self.minutes_by_session)

    @property
    def percent(self) -> int:
        """Whole percent, rounded down, so that it never shows a threshold that was not reached."""
        return self.minutes_attended * 100 // self.minutes_held if self.minutes_held else 0

    @property
    def minutes_required(self) -> int:
        return minutes_required(self.minutes_held, self.required_percent)

    @property
    def code(self) -> str:
        """One of: issued, failed, not_recorded, too_little, revoked, eligible."""
        if self.certificate is not None and not self.certificate.failure:
            return "issued"
        if self.missing:
            return "not_recorded"
        if not self.minutes_attended or (self.is_below and not self.override_reason):
            return "too_little"
        if self.certificate is not None:
            return "failed"
        return "revoked" if self.was_revoked else "eligible"

    @property
    def is_below(self) -> bool:
        """Whether the minutes do not reach the run's rule."""
        return self.minutes_attended < self.minutes_required

    @property
    def is_eligible(self) -> bool:
        """Gets one at the next issuing; so does somebody whose certificate could not be printed."""
        return self.code in {"eligible", "failed"}

    @property
    def can_be_chosen(self) -> bool:
        """Gets one if a coordinator selects this person, with a reason if the minutes are not enough."""
        return self.is_eligible or self.code == "revoked" or (self.code == "too_little" and self.minutes_attended > 0)

    @property
    def name_is_unsure(self) -> bool:
        """Whoever chooses this person is told that the spelling is not confirmed."""
        return self.can_be_chosen and self.registration.person.has_unconfirmed_name

    @property
    def shortfall(self) -> str:
        """The attended and required minutes, if they are not enough."""
        return _("Zu wenig: %(attended)d von %(held)d Minuten, nötig sind %(required)d.") % {
            "attended": self.minutes_attended,
            "held": self.minutes_held,
            "required": self.minutes_required,
        }

    @property
    def reason(self) -> str:
        """Why this person gets one, or does not, in the active language."""
        if self.code == "issued" and self.certificate is not None:
            if self.minutes_certified != self.minutes_attended:
                return _("%(number)s bescheinigt %(certified)d Minuten, erfasst sind jetzt %(attended)d.") % {
                    "number": self.certificate.number,
                    "certified": self.minutes_certified,
                    "attended": self.minutes_attended,
                }
            return _("Bereits ausgestellt: %(number)s") % {"number": self.certificate.number}
        if self.code == "not_recorded":
            days = ", ".join(dates.date_short(session.starts_at) for session in self.missing)
            return _("Anwesenheit nicht erfasst: %(days)s") % {"days": days}
        if self.code == "too_little":
            return self.shortfall
        if self.code == "failed" and self.certificate is not None:
            why = self.certificate.failure
            return _("Konnte nicht gedruckt werden und wird neu ausgestellt: %(why)s") % {"why": why}
        if self.code == "revoked":
            return _("Widerrufen. Neu ausgestellt wird nur, wenn Sie diese Person auswählen.")
        return _("Erhält eine Bescheinigung über %(extent)s.") % {"extent": extent(self.minutes_attended)}


def assess(run: CourseRun) -> list[Assessment]:
    """Everybody with a confirmed place, by surname, in a fixed number of queries."""
    sessions = list(run.sessions.filter(cancelled_at=None))
    registrations = (
        Registration.objects.confirmed()
        .filter(run=run)
        .select_related("person", "agency")
        .prefetch_related("attendance_records")
    )
    rows = Certificate.objects.filter(registration__run=run).defer("pdf", "snapshot", "badge")
    certificates: dict[int, Certificate] = {}
    revoked = set()
    for certificate in rows.annotate(certified=F("snapshot__minutes_attended")):
        if certificate.is_valid:
            certificates[certificate.registration_id] = certificate
        elif certificate.revoked_at is not None:
            revoked.add(certificate.registration_id)
    return [
        _assessment(run, sessions, registration, certificates.get(registration.pk), registration.pk in revoked)
        for registration in by_name(registrations)
    ]


def number_to_issue(run: CourseRun) -> int:
    """How many people get one at the next issuing."""
    return sum(assessment.is_eligible for assessment in assess(run))


def to_issue() -> list[tuple[CourseRun, int]]:
    """Closed runs in which people have earned a certificate and never got one, and how many they are."""
    return list(_waiting(unsettled.candidates()).items())


def runs_left(among: unsettled.Keys, _at: dt.datetime) -> set[int]:
    """Those with something of ``to_issue`` or ``outdated``."""
    late = {row.registration.run_id for row in _outdated(narrow(Certificate.objects.all(), among, _RUN))}
    return late | {run.pk for run in _waiting(among)}


def to_issue_among(runs: Collection[int]) -> dict[CourseRun, int]:
    """``to_issue`` of the runs with these keys."""
    return _waiting(runs)


def _waiting(among: unsettled.Keys) -> dict[CourseRun, int]:
    found = (
        Registration.objects.confirmed()
        .filter(~Exists(Certificate.objects.filter(registration=OuterRef("pk"))), run__closed_at__isnull=False)
        .filter(Exists(AttendanceRecord.objects.filter(registration=OuterRef("pk"), minutes__gt=0)))
        .select_related("run__course", "person")
        .prefetch_related("run__sessions", "attendance_records")
        .order_by("run__starts_at", "run__pk")
    )
    waiting: dict[CourseRun, int] = {}
    for row in narrow(found, among, "run"):
        if _assessment(row.run, row.run.sessions_taking_place, row, None, was_revoked=False).is_eligible:
            waiting[row.run] = waiting.get(row.run, 0) + 1
    return waiting


def outdated(run: CourseRun | None = None) -> list[Certificate]:
    """Valid certificates that assert other minutes (``has_other_minutes``) or days than hold now, as ``minutes_now``.

    They stay as they were issued until somebody replaces or revokes them.
    """
    return _outdated(narrow(Certificate.objects.all(), [run.pk] if run else unsettled.candidates(), _RUN))


def outdated_among(runs: Collection[int]) -> list[Certificate]:
    """``outdated`` of the runs with these keys."""
    return _outdated(Certificate.objects.filter(registration__run__in=runs))


def _outdated(certificates: CertificateQuerySet) -> list[Certificate]:
    corrected = AttendanceChange.objects.filter(registration=OuterRef("registration"), at__gt=OuterRef("issued_at"))
    replanned = RunEvent.objects.filter(run=OuterRef("registration__run"), at__gt=OuterRef("issued_at"))
    valid = certificates.valid().order_by()
    # One after the other: as an OR, both would be looked up for each certificate there ever was.
    late = [valid.filter(Exists(change)).values_list("pk", flat=True) for change in (corrected, replanned)]
    keys = {pk for keys in late for pk in keys}
    if not keys:
        return []
    found = (
        Certificate.objects.filter(pk__in=keys)
        .without_bytes()
        .annotate(minutes_now=Coalesce(minutes_attended_of("registration"), 0))
        .select_related("registration__person", "registration__run__course")
        .prefetch_related("registration__attendance_records__session")
    )
    rows = []
    for row in found:
        row.has_other_minutes = row.minutes_certified != row.minutes_now  # type: ignore[attr-defined]
        if row.has_other_minutes or row.days_certified != _days_attended(row.registration):  # type: ignore[attr-defined]
            rows.append(row)
    return rows


def _days_attended(registration: Registration) -> list[dt.date]:
    records = registration.attendance_records.all()
    came = [record.session for record in records if record.minutes and not record.session.is_cancelled]
    return sorted(timezone.localdate(session.starts_at) for session in came)


def remark_on_change(run: CourseRun) -> str:
    """What planning says of a change before it is made: how many certificates would no longer be right."""
    number = len(outdated(run))
    text = ngettext(
        "%(number)d Bescheinigung stimmt danach nicht mehr und erscheint unter den Aufgaben.",
        "%(number)d Bescheinigungen stimmen danach nicht mehr und erscheinen unter den Aufgaben.",
        number,
    )
    return text % {"number": number} if number else ""


# What stands on the paper of a course, a venue and a grant, by the names of their fields.
_PRINTED = {
    "title", "title_en", "contents", "contents_en", "name", "town", "fund", "fund_en", "project_title", "grant_number",
    "beneficiary",
}  # fmt: skip


def remark_on_master_data(fields: set[str], runs: CourseRunQuerySet) -> str:
    """The same of what many runs have. Certificates that were issued go on saying what was true then."""
    number = Certificate.objects.valid().filter(registration__run__in=runs).count() if fields & _PRINTED else 0
    text = ngettext(
        "%(number)d ausgestellte Bescheinigung zeigt weiter, was bei ihrer Ausstellung galt.",
        "%(number)d ausgestellte Bescheinigungen zeigen weiter, was bei ihrer Ausstellung galt.",
        number,
    )
    return text % {"number": number} if number else ""


def is_certified() -> Exists:
    """Whether the registration ``pk`` of a query has a certificate that holds: also one issued below the rule."""
    return Exists(Certificate.objects.valid().filter(registration=OuterRef("pk")))


def unprintable() -> list[Certificate]:
    """Those whose PDF could not be made."""
    failed = Certificate.objects.failed().without_bytes()
    return rows_if_any(failed.select_related("registration__person", "registration__run__course"))


@transaction.atomic
def issue(
    run: CourseRun,
    act: Act,
    *,
    registrations: Iterable[Registration] | None = None,
) -> list[Certificate]:
    """Issue to everybody who is eligible, or to ``registrations``. Again, it issues nothing twice.

    Of those chosen who attended too little, everybody with at least one minute gets one for the act's reason; it is
    kept and never printed. Who has a certificate or lacks a record is passed over. The PDF files follow in the worker.
    Raises Refused; then nothing is issued.
    """
    run = locked_with_facts(run.pk)
    act, at = act.begin()
    if run.is_cancelled or not run.is_finished(at):
        text = _("Bescheinigungen gibt es erst, wenn der Termin stattgefunden hat.")
        raise Refused(Reason("not_finished", text))
    assessments = assess(run)
    if registrations is None:
        chosen = [assessment for assessment in assessments if assessment.is_eligible]
    else:
        wanted = {registration.pk for registration in registrations}
        chosen = [one for one in assessments if one.registration.pk in wanted and one.can_be_chosen]
    if not act.has_reason and any(assessment.code == "too_little" for assessment in chosen):
        raise Refused(Reason("reason_missing", _("Bitte nennen Sie den Grund."), field="override_reason"))
    return create(run, [_with_reason(assessment, act.reason.strip()) for assessment in chosen], act)


def locked_with_facts(run_pk: int) -> CourseRun:
    """The run with what a snapshot says of it, under its lock."""
    lock(run_pk)
    return CourseRun.objects.select_related("course", "venue", "funding").prefetch_related("trainers").get(pk=run_pk)


def create(run: CourseRun, assessments: list[Assessment], act: Act, *, reason: str = "") -> list[Certificate]:
    """The certificates for these, in place of those they still have; the caller holds the lock of the run.

    ``reason``: why the old ones end, if not because they could not be printed.
    """
    act, at = act.begin()
    before = {one.registration.pk: one.certificate for one in assessments if one.certificate is not None}
    Certificate.objects.filter(pk__in=[old.pk for old in before.values()]).update(replaced_at=at)
    created = _create(run, assessments, by=act.user, at=at)
    for certificate in created:
        if old := before.get(certificate.registration_id):
            Certificate.objects.filter(pk=old.pk).update(
                replaced_by=certificate, ended_by=act.by, ending_reason=reason or old.failure
            )
    return created


def _with_reason(assessment: Assessment, reason: str) -> Assessment:
    return replace(assessment, override_reason=reason) if assessment.code == "too_little" else assessment


def _assessment(
    run: CourseRun,
    sessions: list[Session],
    registration: Registration,
    certificate: Certificate | None,
    was_revoked: bool,
) -> Assessment:
    minutes = minutes_by_session(registration, sessions)
    return Assessment(
        registration=registration,
        minutes_by_session={session: recorded or 0 for session, recorded in minutes.items()},
        required_percent=run.required_attendance_percent,
        missing=[session for session, recorded in minutes.items() if recorded is None],
        certificate=certificate,
        minutes_certified=int(certificate.certified) if certificate else None,  # type: ignore[attr-defined]
        was_revoked=was_revoked,
        override_reason=certificate.override_reason if certificate else "",
    )


def _create(run: CourseRun, eligible: list[Assessment], *, by: User, at: dt.datetime) -> list[Certificate]:
    """The certificates with their numbers.

    Who issues for another run at this moment waits for the oldest certificate, whose lock stands for the numbers.
    Only before there is any can two take the same number; then the second tries again.
    """
    for _try in range(NUMBERING_TRIES - 1):
        list(Certificate.objects.select_for_update().order_by("pk").values_list("pk")[:1])
        try:
            with transaction.atomic():
                return _create_numbered(run, eligible, by=by, at=at)
        except IntegrityError:
            continue
    return _create_numbered(run, eligible, by=by, at=at)


def _create_numbered(run: CourseRun, eligible: list[Assessment], *, by: User, at: dt.datetime) -> list[Certificate]:
    year = timezone.localtime(at).year
    first = _next_running_number(year)
    created = []
    for running_number, assessment in enumerate(eligible, start=first):
        registration = assessment.registration
        registration.run = run
        certificate = Certificate(
            registration=registration,
            number=f"{settings.CERTIFICATE_PREFIX}-{year}-{running_number:06d}",
            language=registration.person.language,
            issued_at=at,
            issued_by=by,
            override_reason=assessment.override_reason if assessment.is_below else "",
        )
        certificate.snapshot = paper.take_snapshot(certificate, assessment.minutes_by_session)
        certificate.template_version = certificate.snapshot["template_version"]
        certificate.surname_key = proof.surname_key(certificate.code, certificate.snapshot["surname"])
        certificate.save(force_insert=True)
        created.append(certificate)
    return created


def _next_running_number(year: int) -> int:
    prefix = f"{settings.CERTIFICATE_PREFIX}-{year}-"
    last = Certificate.objects.filter(number__startswith=prefix).aggregate(number=Max("number"))["number"]
    return int(last.removeprefix(prefix)) + 1 if last else 1
