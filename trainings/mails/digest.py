"""What do coordinators read in the morning? What is new and what is waiting: numbers and links, no names."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trainings import bounces
from trainings.completeness import incomplete
from trainings.dates import date_long, day_range, moment, run_when
from trainings.models import Course, CourseRun, CourseRunQuerySet, Interest, Message, Registration

AHEAD = dt.timedelta(days=7)  # how long before its day of decision an under-filled run is listed
EXPIRING = dt.timedelta(days=2)
MOST = 30  # lines of a section; the rest is on the page

Status = Registration.Status


@dataclass(frozen=True)
class DigestLine:
    text: str
    url: str


@dataclass(frozen=True)
class DigestSection:
    title: str
    lines: list[DigestLine]


def sections(since: dt.datetime, until: dt.datetime, at: dt.datetime | None = None) -> list[DigestSection]:
    """The digest in the active language: what is new between the two moments, and what is waiting now."""
    at = at or timezone.now()
    found = [
        DigestSection(_("Neue Anmeldungen"), _new_registrations(since, until)),
        DigestSection(_("Freigaben, auf die gewartet wird"), _approvals(at)),
        DigestSection(_("Angebote, die bald verfallen"), _offers(at)),
        DigestSection(_("Unter der Mindestzahl, Entscheidung steht an"), _under_filled(at)),
        DigestSection(_("Anwesenheit fehlt"), _incomplete(at)),
        DigestSection(_("Nachrichten, die nicht ankommen"), _undelivered()),
        DigestSection(_("Neues Interesse"), _interest(since, until)),
    ]
    return [section for section in found if section.lines]


def _new_registrations(since: dt.datetime, until: dt.datetime) -> list[DigestLine]:
    new = Registration.objects.filter(registered_at__gt=since, registered_at__lte=until)
    new = new.exclude(source=Registration.Source.WALK_IN)
    return [
        DigestLine(
            ngettext("%(number)d neue Anmeldung", "%(number)d neue Anmeldungen", number) % {"number": number}
            + f": {_name(run)}",
            _page("coordination_run", run.pk),
        )
        for run, number in _counted(new)
    ]


def _approvals(at: dt.datetime) -> list[DigestLine]:
    waiting = Registration.objects.of_active_people().filter(status=Status.REQUESTED, run__starts_at__gt=at)
    return _held(
        waiting,
        lambda number: ngettext(
            "%(number)d offene Freigabe, bis %(until)s",
            "%(number)d offene Freigaben, die erste bis %(until)s",
            number,
        ),
    )


def _offers(at: dt.datetime) -> list[DigestLine]:
    open_offers = Registration.objects.of_active_people().filter(
        status=Status.OFFERED, run__starts_at__gt=at, held_until__lt=at + EXPIRING
    )
    return _held(
        open_offers,
        lambda number: ngettext(
            "%(number)d offenes Angebot, bis %(until)s",
            "%(number)d offene Angebote, das erste bis %(until)s",
            number,
        ),
    )


def _held(registrations: models.QuerySet[Registration], text: Callable[[int], str]) -> list[DigestLine]:
    """How many of a run, and until when the first is held."""
    first = dict(registrations.order_by().values_list("run").annotate(models.Min("held_until")))
    lines = []
    for run, number in _counted(registrations):
        said = text(number) % {"number": number, "until": moment(first[run.pk])}
        lines.append(DigestLine(f"{said}: {_name(run)}", _page("queue", run.pk)))
    return lines


def _under_filled(at: dt.datetime) -> list[DigestLine]:
    runs = CourseRun.objects.to_decide(timezone.localdate(at + AHEAD), at)
    return [
        DigestLine(
            _("%(taken)d von mindestens %(minimum)d, Entscheidung bis %(day)s")
            % {
                "taken": run.places_taken,
                "minimum": run.minimum_number,
                "day": date_long(run.decide_on),  # type: ignore[arg-type]
            }
            + f": {_name(run)}",
            _page("coordination_run", run.pk),
        )
        for run in _listed(runs)
    ]


def _incomplete(at: dt.datetime) -> list[DigestLine]:
    finished = CourseRun.objects.published(at).taking_place().finished(at)
    # Found before they are put in order: looking for the first thirty, PostgreSQL would go through all of the past.
    pks = list(incomplete(finished).order_by().values_list("pk", flat=True))
    return [
        DigestLine(
            f"{run.number} {run.course.display_title}, {day_range(run.starts_at, run.ends_at)}",  # type: ignore[arg-type]
            _page("coordination_run", run.pk),
        )
        for run in _listed(CourseRun.objects.filter(pk__in=pks))
    ]


def _undelivered() -> list[DigestLine]:
    dead = Message.objects.dead().count()
    bounced = bounces.unreachable().count()
    lines = []
    if dead:
        text = ngettext("%(number)d nicht zustellbare Nachricht", "%(number)d nicht zustellbare Nachrichten", dead)
        lines.append(text % {"number": dead})
    if bounced:
        text = ngettext("%(number)d unzustellbare Adresse", "%(number)d unzustellbare Adressen", bounced)
        lines.append(text % {"number": bounced})
    return [DigestLine(text, _page("coordination")) for text in lines]


def _interest(since: dt.datetime, until: dt.datetime) -> list[DigestLine]:
    new = Interest.objects.open().filter(person__is_active=True, noted_at__gt=since, noted_at__lte=until)
    counted = dict(new.order_by().values_list("course").annotate(n=models.Count("pk")))
    return [
        DigestLine(
            ngettext("%(number)d Person", "%(number)d Personen", counted[course.pk]) % {"number": counted[course.pk]}
            + f": {course.display_title}",
            _page("interest"),
        )
        for course in Course.objects.filter(pk__in=counted).order_by("number")
    ]


def _counted(registrations: models.QuerySet[Registration]) -> list[tuple[CourseRun, int]]:
    """How many of them belong to which run, the next run first."""
    counted = dict(registrations.order_by().values_list("run").annotate(n=models.Count("pk")))
    return [(run, counted[run.pk]) for run in _listed(CourseRun.objects.filter(pk__in=counted))]


def _listed(runs: CourseRunQuerySet) -> Iterable[CourseRun]:
    return runs.select_related("course").prefetch_related("sessions").order_by("starts_at", "number")[:MOST]


def _name(run: CourseRun) -> str:
    return f"{run.number} {run.course.display_title}, {run_when(run)}"


def _page(name: str, *args: int) -> str:
    return settings.PUBLIC_URL + reverse(f"trainings:{name}", args=args)
