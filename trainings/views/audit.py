"""Who did what: the pages on which coordinators read it and take it out. Nobody deletes it."""

import datetime as dt
from collections.abc import Iterator

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.models import AuditEvent, AuditEventQuerySet
from accounts.requests import SignedInRequest, key_in
from accounts.tables import Cell, write_csv, write_xlsx
from trainings import people
from trainings.forms.people import AuditFilterForm
from trainings.permissions import coordinator_required
from trainings.views import files
from trainings.views.newest import newest

PER_PAGE = 100
MOST_IN_A_FILE = 200_000  # entries; they take some seconds, and gunicorn ends a request after thirty


@coordinator_required
@require_safe
def events(request: SignedInRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    page = newest(request, _found(form), "at", PER_PAGE)
    return render(request, "trainings/people/audit.html", {"form": form, "page": page})


@coordinator_required
@require_safe
def file_of_events(request: SignedInRequest, extension: str) -> HttpResponse:
    """What the page shows. Where its address is wrong, or a server would not wait for the file, the page says so."""
    form = AuditFilterForm(request.GET)
    page = f"{reverse('trainings:audit')}?{request.GET.urlencode()}"
    if not form.is_valid():
        return redirect(page)
    found = _found(form)
    if found.order_by()[: MOST_IN_A_FILE + 1].count() > MOST_IN_A_FILE:
        text = _("Eine Datei fasst %(number)s Einträge, Ihre Auswahl hat mehr. Bitte wählen Sie weniger Tage.")
        messages.error(request, text % {"number": formats.number_format(MOST_IN_A_FILE, force_grouping=True)})
        return redirect(page)
    headings = [_("Zeit"), _("Durch"), _("Was"), _("Betrifft"), _("Gegenstand"), _("Änderungen"), _("Grund")]
    writers = {
        "csv": lambda rows, file: write_csv(headings, rows, file),
        "xlsx": lambda rows, file: write_xlsx(headings, rows, file),
    }
    return files.table(_lines(found), f"protokoll-{timezone.localdate():%Y-%m-%d}", extension, writers)


def _found(form: AuditFilterForm) -> AuditEventQuerySet:
    found: AuditEventQuerySet = AuditEvent.objects.select_related("by", "person")
    if not form.is_valid():
        return found
    given = form.cleaned_data
    if given["q"]:
        number = key_in(given["q"].removeprefix("#"))  # also of somebody whom no search shows any more
        whom = [number] if number else [person.pk for person in people.find_people(given["q"])]
        found = found.filter(Q(person__in=whom) | Q(by__in=whom))
    if given["what"]:
        found = found.filter(what=given["what"])
    if given["since"]:
        found = found.filter(at__gte=_midnight(given["since"]))
    if given["until"]:
        found = found.filter(at__lt=_midnight(given["until"] + dt.timedelta(days=1)))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _lines(found: AuditEventQuerySet) -> Iterator[list[Cell]]:
    for event in found.iterator():
        yield [
            timezone.localtime(event.at).replace(microsecond=0, tzinfo=None),
            str(event.by or ""),
            event.label,
            str(event.person or ""),
            event.about,
            "; ".join(f"{name}: {old} → {new}" for name, old, new in audit.said(event)),
            event.reason,
        ]
