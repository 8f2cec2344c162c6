"""Where does each fact of a report come from? Numbers from ``reporting`` alone; nothing is counted here."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.names import by_name
from certificates.models import Certificate
from evidence.facts.corrections import corrections_of, name_in_reports
from evidence.facts.nouns import (
    CalledOffEvidence,
    CertificateEvidence,
    GrantEvidence,
    ListEvidence,
    PartEvidence,
    ParticipantEvidence,
    PeriodEvidence,
    RunEvidence,
    ScanEvidence,
    SessionEvidence,
)
from trainings.models import (
    Agreement,
    CourseRun,
    Funding,
    Registration,
    RegistrationEvent,
    Session,
    SheetScan,
    Submission,
    agreements_of,
    in_active_language,
    minutes_by_session,
)
from trainings.reporting import (
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
    Figures,
    Outcome,
    PartFigures,
    Period,
    figures_of,
    outcomes,
)


def period_evidence(funding: Funding, period: Period, at: dt.datetime | None = None) -> PeriodEvidence:
    """Everything about the runs a grant paid that were held, or called off, on these days.

    A fixed number of queries, and four for each run (three where nobody has an agency). Written in the active language.
    """
    at = at or timezone.now()
    total = figures_of(period, funding=funding, at=at)
    runs = _runs([one.pk for one in total.runs])
    of_runs = _Rows(runs, at)
    return PeriodEvidence(
        grant=grant_evidence(funding),
        first_on=period.first,
        last_on=period.last,
        at=at,
        numbers=dict(zip(OF_EVERYTHING, total.numbers, strict=True)),
        agencies=_parts(total.agencies),
        groups=_parts(total.groups),
        runs=[_run_evidence(run, figures_of(period, run=run, at=at), of_runs) for run in runs],
        called_off=[_called_off(run) for run in runs_called_off(funding, period)],
        agreements=_agreements(total.agencies, period),
    )


def grant_evidence(funding: Funding) -> GrantEvidence:
    return GrantEvidence(
        pk=funding.pk,
        fund=str(funding.display_fund),
        project_title=funding.project_title,
        grant_number=funding.grant_number,
        beneficiary=funding.beneficiary,
        starts_on=funding.starts_on,
        ends_on=funding.ends_on,
        names_in_reports=funding.names_in_reports,
    )


class _Rows:
    """What hangs on the runs, read at once."""

    def __init__(self, runs: Sequence[CourseRun], at: dt.datetime) -> None:
        keys = [run.pk for run in runs]
        self.outcomes = outcomes(runs, at)
        self.registrations = defaultdict[int, list[Registration]](list)
        confirmed = Registration.objects.confirmed().filter(run__in=keys).select_related("person", "agency")
        for registration in by_name(confirmed.prefetch_related("attendance_records")):
            self.registrations[registration.run_id].append(registration)
        self.scans = defaultdict[int, list[SheetScan]](list)
        for scan in SheetScan.objects.filter(session__run__in=keys).without_bytes().select_related("session"):
            self.scans[scan.session.run_id].append(scan)
        self.submissions: dict[int, Submission] = {}
        submissions = Submission.objects.filter(session__run__in=keys).select_related("submitted_by")
        for submission in submissions.order_by("submitted_at", "pk"):
            self.submissions[submission.session_id] = submission  # the last one counts
        self.certificates = defaultdict[int, list[Certificate]](list)
        held = Certificate.objects.held().filter(registration__run__in=keys).defer("pdf", "badge")
        for certificate in held.select_related("registration").order_by("number"):
            self.certificates[certificate.registration.run_id].append(certificate)
        self.corrections = corrections_of(runs)


def _runs(keys: Iterable[int]) -> list[CourseRun]:
    """By their first day, as the figures list them."""
    place = {key: number for number, key in enumerate(keys)}
    runs = CourseRun.objects.filter(pk__in=place).select_related("course", "venue", "funding")
    return sorted(runs.prefetch_related("sessions", "trainers"), key=lambda run: place[run.pk])


def _run_evidence(run: CourseRun, figures: Figures, rows: _Rows) -> RunEvidence:
    [of_run] = figures.runs
    sessions = run.sessions_taking_place
    return RunEvidence(
        pk=run.pk,
        number=run.number,
        course=str(run.course.display_title),
        level=run.course.get_level_display(),
        format=run.get_format_display(),
        place=run.venue.address if run.venue else "",
        language=run.get_language_display(),
        trainers=[str(person) for person in by_name(run.trainers.all())],
        first_day=of_run.first_day,
        last_day=of_run.last_day,
        grant_number=run.funding.grant_number if run.funding else "",
        closed_on=timezone.localdate(run.closed_at) if run.closed_at else None,
        is_counted=of_run.is_counted,
        numbers=dict(zip(OF_A_RUN, of_run.numbers, strict=True)),
        agencies=_parts(figures.agencies),
        groups=_parts(figures.groups),
        lists=[_list(session, rows.submissions.get(session.pk), rows.scans[run.pk]) for session in sessions],
        participants=[_participant(one, sessions, rows.outcomes.get(one.pk)) for one in rows.registrations[run.pk]],
        certificates=[_certificate(one) for one in rows.certificates[run.pk]],
        corrections=rows.corrections.get(run.pk, []),
    )


def _parts(parts: list[PartFigures]) -> list[PartEvidence]:
    return [PartEvidence(part.name, dict(zip(OF_PEOPLE, part.numbers, strict=True))) for part in parts]


def _agreements(agencies: list[PartFigures], period: Period) -> dict[str, str]:
    names = {int(part.key): part.name for part in agencies if part.key}
    if not Agreement.objects.exists():
        return {}
    found = agreements_of(list(names))
    return {
        name: "; ".join(
            _agreement(one)
            for one in found[key]
            if one.starts_on <= period.last and (one.ends_on is None or one.ends_on >= period.first)
        )
        for key, name in names.items()
    }


def _agreement(agreement: Agreement) -> str:
    said = {"first": f"{agreement.starts_on:%d.%m.%Y}", "signed": f"{agreement.signed_on:%d.%m.%Y}"}
    if agreement.ends_on is None:
        return _("ab %(first)s, unterschrieben am %(signed)s") % said
    text = _("%(first)s–%(last)s, unterschrieben am %(signed)s")
    return text % {**said, "last": f"{agreement.ends_on:%d.%m.%Y}"}


def session_evidence(session: Session) -> SessionEvidence:
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return SessionEvidence(
        pk=session.pk,
        day=starts.date(),
        starts=f"{starts:%H:%M}",
        ends=f"{ends:%H:%M}",
        minutes=session.teaching_minutes,
        room=session.room,
    )


def _list(session: Session, submission: Submission | None, scans: list[SheetScan]) -> ListEvidence:
    said = session_evidence(session)
    of_list = [
        scan
        for scan in scans
        if scan.session_id == session.pk or (scan.covers_day and timezone.localdate(scan.session.starts_at) == said.day)
    ]
    return ListEvidence(
        session=said,
        submitted_on=timezone.localdate(submission.submitted_at) if submission else None,
        submitted_by=str(submission.submitted_by) if submission else "",
        scans=[
            ScanEvidence(
                pk=scan.pk,
                sha256=scan.sha256,
                content_type=scan.content_type,
                size=scan.size,
                page=scan.page,
                original_at=scan.original_at,
                filed_on=timezone.localdate(scan.uploaded_at),
            )
            for scan in sorted(of_list, key=lambda scan: (scan.uploaded_at, scan.page, scan.pk))
        ],
    )


def _participant(registration: Registration, sessions: list[Session], came_to: Outcome | None) -> ParticipantEvidence:
    minutes = {session.pk: recorded for session, recorded in minutes_by_session(registration, sessions).items()}
    last_name, first_name = name_in_reports(registration.person)
    return ParticipantEvidence(
        registration=registration.pk,
        person=registration.person_id,
        last_name=last_name,
        first_name=first_name,
        agency=registration.agency.name if registration.agency else "",
        group=registration.get_group_display(),
        source=registration.get_source_display(),
        minutes=sum(recorded or 0 for recorded in minutes.values()),
        minutes_by_session=minutes,
        outcome=came_to.value if came_to else "",
    )


def _certificate(certificate: Certificate) -> CertificateEvidence:
    state = "failed" if certificate.failure else "valid"
    if certificate.revoked_at:
        state = "revoked"
    elif certificate.replaced_at:
        state = "replaced"
    return CertificateEvidence(
        pk=certificate.pk,
        number=certificate.number,
        registration=certificate.registration_id,
        issued_on=timezone.localdate(certificate.issued_at),
        minutes=certificate.minutes_certified,
        state=state,
        sha256=certificate.sha256,
        reason=certificate.ending_reason,
    )


def runs_called_off(funding: Funding, period: Period) -> list[CourseRun]:
    """By the first of its sessions; one without a day belongs to that on which it was called off."""
    planned = Q(sessions__starts_at__gte=period.begins_at, sessions__starts_at__lt=period.ends_before)
    dayless = Q(sessions=None, cancelled_at__gte=period.begins_at, cancelled_at__lt=period.ends_before)
    runs = CourseRun.objects.filter(funding=funding, published_at__isnull=False, cancelled_at__isnull=False).order_by()
    found = runs.filter(planned | dayless).distinct().select_related("course").prefetch_related("sessions")
    return sorted(found, key=lambda run: (_planned_for(run) or timezone.localdate(run.cancelled_at), run.number))


def _planned_for(run: CourseRun) -> dt.date | None:
    starts = [session.starts_at for session in run.sessions.all()]
    return timezone.localdate(min(starts)) if starts else None


def _called_off(run: CourseRun) -> CalledOffEvidence:
    assert run.cancelled_at is not None  # noqa: S101  those are asked for
    had_a_place = RegistrationEvent.objects.filter(
        registration__run=run, from_status=Registration.Status.CONFIRMED, at=run.cancelled_at
    )
    return CalledOffEvidence(
        pk=run.pk,
        number=run.number,
        course=in_active_language(run.course.title, run.course.title_en),
        planned_for=_planned_for(run),
        called_off_on=timezone.localdate(run.cancelled_at),
        reason=run.cancellation_reason,
        registered=run.registrations.confirmed().count() or had_a_place.count(),
    )
