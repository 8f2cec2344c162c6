"""What can be missing? Each check asks the rule of the room it is about for all runs at once, in a few queries.

One more kind is one more function in ``CHECKS``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Affiliation, Agency
from accounts.names import by_name
from certificates import issuing
from certificates.models import Certificate
from evidence.completeness.nouns import Lack, LackKind
from evidence.completeness.scope import Scope, coordinator_of, page, with_what_is_shown
from trainings import attendance, booking, completeness, health, planning
from trainings.dates import date_short
from trainings.models import Agreement, CourseRun, Funding, Registration, Session, SheetScan, agreements_of, covering

Check = Callable[[Scope], Iterator[Lack]]

# What every page, mail and list of a grant has to say (``trainings.models.Funding``).
_STATEMENT = ("fund", "project_title", "grant_number", "beneficiary")


# --- The grant ---------------------------------------------------------------------------------------


def statement(scope: Scope) -> Iterator[Lack]:
    for name in _STATEMENT:
        if not str(getattr(scope.grant, name)).strip():
            label = Funding._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            text = _("„%(field)s“ ist leer und fehlt damit im Förderhinweis.") % {"field": label}
            yield Lack(LackKind.STATEMENT, text, f"{scope.edit_grant()}#id_{name}", coordinator_of(None))


def no_grant(scope: Scope) -> Iterator[Lack]:
    """With the grants that cover all of its days, as a proposal."""
    for run in scope.runs_without_grant:
        held = [timezone.localdate(one.starts_at) for one in run.sessions_taking_place]
        fitting = [one.grant_number for one in scope.grants if _covers(one, held)]
        text = _("Keine Förderung deckt alle Tage.")
        if len(fitting) == 1:
            text = _("Vorschlag: %(grant)s") % {"grant": fitting[0]}
        elif fitting:
            text = _("In Frage kommen: %(grants)s") % {"grants": ", ".join(fitting)}
        yield _of_planning(scope, LackKind.NO_GRANT, run, text, "funding")


def outside(scope: Scope) -> Iterator[Lack]:
    """A run on no day of its grant is missed in the period next to it: the first one of the grant, or the last."""
    begun = planning.runs_outside(scope.grant).filter(starts_at__lte=scope.at, published_at__isnull=False)
    grant = scope.grant
    for run in with_what_is_shown(begun.values_list("pk", flat=True)):
        held = [timezone.localdate(one.starts_at) for one in run.sessions_taking_place if one.ends_at <= scope.at]
        is_before = bool(held) and max(held) < grant.starts_on and scope.days.first <= grant.starts_on
        is_after = bool(held) and min(held) > grant.ends_on and scope.days.last >= grant.ends_on
        if run.pk in scope.runs or is_before or is_after:
            beyond = [date_short(day) for day in held if not _covers(grant, [day])]
            if beyond:
                shown = {
                    "days": ", ".join(beyond),
                    "start": date_short(grant.starts_on),
                    "end": date_short(grant.ends_on),
                }
                text = _("%(days)s: die Förderung gilt vom %(start)s bis zum %(end)s.") % shown
                yield _of_planning(scope, LackKind.OUTSIDE, run, text, "funding")


def two_grants(scope: Scope) -> Iterator[Lack]:
    for run in scope.runs.values():
        days = scope.days_of(run)
        others = [one for one in scope.grants if one != scope.grant and any(_covers(one, [day]) for day in days)]
        if others:
            text = _("An diesem Tag gilt auch %(others)s. Ist %(grant)s richtig?")
            shown = {"others": ", ".join(one.grant_number for one in others), "grant": scope.grant.grant_number}
            yield _of_planning(scope, LackKind.TWO_GRANTS, run, text % shown, "funding")


def _covers(grant: Funding, days: list[dt.date]) -> bool:
    return bool(days) and grant.starts_on <= min(days) and max(days) <= grant.ends_on


def _of_planning(scope: Scope, kind: LackKind, run: CourseRun, text: str, field: str) -> Lack:
    text = _if_open(run, text)
    return Lack(kind, text, scope.edit(run, field), coordinator_of(run), run, _first_day(run))


def _if_open(run: CourseRun, text: str) -> str:
    """What is mended only once the run is open again says so."""
    if not run.is_closed:
        return text
    return f"{text.rstrip('.')}. {_('Der Termin ist abgeschlossen: bitte öffnen Sie ihn dafür wieder.')}"


def _first_day(run: CourseRun) -> dt.date | None:
    return timezone.localdate(run.starts_at) if run.starts_at else None


# --- The programme -----------------------------------------------------------------------------------


def not_published(scope: Scope) -> Iterator[Lack]:
    """Held, as far as anybody can tell from people with a place, and in no figure of any report."""
    held = Session.objects.filter(
        run=OuterRef("pk"), cancelled_at=None, ends_at__lte=scope.at,
        starts_at__gte=scope.days.begins_at, starts_at__lt=scope.days.ends_before,
    )  # fmt: skip
    people = Registration.objects.confirmed().filter(run=OuterRef("pk"))
    drafts = CourseRun.objects.taking_place().filter(
        Q(funding=scope.grant) | Q(funding=None), Exists(held), Exists(people), published_at=None
    )
    text = _("Ist noch ein Entwurf und zählt in keinem Nachweis.")
    for run in with_what_is_shown(drafts.values_list("pk", flat=True)):
        address = scope.page_and_back("trainings:publish", run)
        yield Lack(LackKind.NOT_PUBLISHED, text, address, coordinator_of(run), run, _first_day(run))
    text = _("Die Schulung ist nicht veröffentlicht, ihre Termine sieht niemand.")
    for run in scope.runs.values():
        if not run.course.is_published:
            address = scope.page_and_back("trainings:publish", run)
            yield Lack(LackKind.NOT_PUBLISHED, text, address, coordinator_of(run), run, _first_day(run))


def published_late(scope: Scope) -> Iterator[Lack]:
    for run in scope.runs.values():
        if run.published_at and run.starts_at and run.published_at > run.starts_at:
            text = _("Veröffentlicht am %(day)s. Bitte halten Sie fest, wie der Termin beworben wurde.")
            address, shown = page("trainings:coordination_run", run), text % {"day": date_short(run.published_at)}
            yield Lack(LackKind.PUBLISHED_LATE, shown, address, coordinator_of(run), run, _first_day(run))


# --- The lists ---------------------------------------------------------------------------------------


def records(scope: Scope) -> Iterator[Lack]:
    missing = completeness.lists_to_record(scope.at).filter(pk__in=list(scope.sessions)).order_by()
    for key, number in missing.values_list("pk", "unrecorded"):  # type: ignore[misc]
        text = ngettext("%(number)d Person nicht erfasst", "%(number)d Personen nicht erfasst", number)
        yield _of_list(scope, LackKind.RECORDS, key, text % {"number": number}, "trainings:attendance")


def paper(scope: Scope) -> Iterator[Lack]:
    for key, number in attendance.number_of_differences(scope.sessions.values()).items():
        text = ngettext(
            "Bei %(number)d Person sagt das Papier etwas anderes",
            "Bei %(number)d Personen sagt das Papier etwas anderes",
            number,
        )
        yield _of_list(scope, LackKind.PAPER, key, text % {"number": number}, "trainings:paper")


def submissions(scope: Scope) -> Iterator[Lack]:
    missing = completeness.lists_to_submit(scope.at).filter(pk__in=list(scope.sessions)).order_by()
    for key in missing.values_list("pk", flat=True):
        yield _of_list(scope, LackKind.SUBMISSION, key, _("Liste abgeben"), "trainings:submit")


def scans(scope: Scope) -> Iterator[Lack]:
    missing = completeness.lists_to_scan(scope.at, list(scope.runs)).filter(pk__in=list(scope.sessions)).order_by()
    for key in missing.values_list("pk", flat=True):
        yield _of_list(scope, LackKind.SCAN, key, _("Unterschriebene Liste einscannen"), "trainings:paper", closed=True)


def _of_list(scope: Scope, kind: LackKind, key: int, text: str, name: str, *, closed: bool = False) -> Lack:
    """``closed``: trainers may still do it once the run is closed."""
    session = scope.sessions[key]
    trainers = scope.trainers(session.run, also_closed=closed)
    who = ", ".join(map(str, trainers)) or coordinator_of(session.run)
    day = timezone.localdate(session.starts_at)
    return Lack(kind, text, page(name, session), who, session.run, day, trainers)


def changed_scans(scope: Scope) -> Iterator[Lack]:
    """As the nightly look found them: to read all files takes minutes."""
    keys, number = health.keys_found("scans")
    text = _("Eine Datei ist nicht mehr die, die hochgeladen wurde. Bitte holen Sie sie aus der Sicherung zurück.")
    found = SheetScan.objects.filter(pk__in=keys, session__in=list(scope.sessions)).order_by("pk")
    for session_key in found.values_list("session", flat=True):
        session = scope.sessions[session_key]
        address, day = page("trainings:paper", session), timezone.localdate(session.starts_at)
        yield Lack(LackKind.CHANGED_SCAN, text, address, _("Technischer Betrieb"), session.run, day)
    if number > len(keys):
        text = _("%(number)d weitere Dateien sind verändert. Welche, sagt das Protokoll der nächtlichen Prüfung.")
        shown = text % {"number": number - len(keys)}
        yield Lack(LackKind.CHANGED_SCAN, shown, reverse("trainings:coordination"), _("Technischer Betrieb"))


# --- People and certificates ---------------------------------------------------------------------------


def belonging(scope: Scope) -> Iterator[Lack]:
    """Agency and group of the day, as the figures count them. An organisation that somebody has checked is known.

    Somebody whose agency was found out after the run belonged there all along, unless they have changed since.
    """
    has_changed = Exists(Affiliation.objects.filter(person=OuterRef("person")))
    found_out = Q(person__agency__isnull=False) & ~has_changed
    unknown = Q(organisation="") | Q(person__affiliation_checked_at=None) | found_out
    rows = Registration.objects.confirmed().filter(
        Q(group="") | (Q(agency=None) & unknown), run__in=scope.counted, person__erased_at=None
    )
    for row in rows.select_related("person__agency", "agency"):
        run, person = scope.runs[row.run_id], row.person
        said = []
        if not row.agency and person.agency:
            said.append(_("zählt ohne Behörde, gehört aber zu „%(agency)s“") % {"agency": person.agency})
        elif not row.agency and row.organisation:
            said.append(_("angegeben ist „%(said)s“, das ist nicht geprüft") % {"said": row.organisation})
        elif not row.agency:
            said.append(_("ohne Behörde"))
        if not row.group:
            said.append(_("ohne Gruppe"))
        text = _if_open(run, f"{person.list_name}: {', '.join(said)}")
        ask = _("Ansprechperson von %(agency)s") % {"agency": row.agency} if row.agency else str(person)
        who = _("%(coordinator)s, nach Auskunft von: %(who)s") % {"coordinator": coordinator_of(run), "who": ask}
        yield Lack(LackKind.BELONGING, text, scope.edit_person(run, person), who, run, _first_day(run))


def agreements(scope: Scope) -> Iterator[Lack]:
    """Agencies that sent somebody to a run and had no agreement when it began; nothing where nobody uses agreements."""
    if not (booking.agreements_are_asked_for() or Agreement.objects.exists()):
        return
    came = Registration.objects.confirmed().filter(run__in=scope.counted, agency__isnull=False).order_by()
    sent = defaultdict[int, set[int]](set)
    for run_key, agency_key in came.values_list("run", "agency"):
        sent[agency_key].add(run_key)
    of_agencies = agreements_of(list(sent))
    for agency in by_name(Agency.objects.filter(pk__in=sent)):
        days = [_first_day(scope.runs[key]) for key in sent[agency.pk]]
        without = sorted(day for day in days if day and covering(of_agencies[agency.pk], day) is None)
        if without:
            text = _("%(agency)s: keine Vereinbarung am %(days)s")
            shown = ", ".join(date_short(day) for day in dict.fromkeys(without))
            address = scope.new_agreement(agency)
            yield Lack(LackKind.AGREEMENT, text % {"agency": agency, "days": shown}, address, coordinator_of(None))


def closing(scope: Scope) -> Iterator[Lack]:
    missing = completeness.to_close(CourseRun.objects.filter(pk__in=scope.counted)).order_by()
    for key in missing.values_list("pk", flat=True):
        run = scope.runs[key]
        address = page("trainings:close", run)
        yield Lack(LackKind.CLOSING, _("Termin abschließen"), address, coordinator_of(run), run, _first_day(run))


def certificates_to_issue(scope: Scope) -> Iterator[Lack]:
    for found, number in issuing.to_issue_among(scope.counted).items():
        text = ngettext("%(number)d Bescheinigung ausstellen", "%(number)d Bescheinigungen ausstellen", number)
        yield _of_certificates(LackKind.TO_ISSUE, scope.runs[found.pk], text % {"number": number})


def outdated_certificates(scope: Scope) -> Iterator[Lack]:
    for found in issuing.outdated_among(scope.counted):
        says = _("nennt andere Tage")
        if found.has_other_minutes:  # type: ignore[attr-defined]
            minutes = {"certified": found.minutes_certified, "now": found.minutes_now}  # type: ignore[attr-defined]
            says = _("bescheinigt %(certified)s Minuten, erfasst %(now)s") % minutes
        run = scope.runs[found.registration.run_id]
        yield _of_certificates(LackKind.OUTDATED, run, f"{_named(found)}: {says}")


def unprintable_certificates(scope: Scope) -> Iterator[Lack]:
    counted = set(scope.counted)
    for found in issuing.unprintable():
        if found.registration.run_id in counted:
            run = scope.runs[found.registration.run_id]
            yield _of_certificates(LackKind.UNPRINTABLE, run, f"{_named(found)}: {found.failure}")


def _named(certificate: Certificate) -> str:
    return f"{certificate.number}, {certificate.registration.person.list_name}"


def _of_certificates(kind: LackKind, run: CourseRun, text: str) -> Lack:
    return Lack(kind, text, page("certificates:issue", run), coordinator_of(run), run, _first_day(run))


CHECKS: list[Check] = [
    statement,
    no_grant,
    outside,
    not_published,
    records,
    paper,
    submissions,
    scans,
    changed_scans,
    belonging,
    agreements,
    closing,
    certificates_to_issue,
    outdated_certificates,
    unprintable_certificates,
    two_grants,
    published_late,
]
