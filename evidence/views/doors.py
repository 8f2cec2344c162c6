"""Pages on which coordinators open doors for auditors, see who looked at what, and answer."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from evidence import doors
from evidence.forms.doors import DoorAnswerForm, DoorForm, ProlongForm
from evidence.models import AuditorDoor, DoorQuestion, ReportingPeriod
from trainings.acts import Act, Channel
from trainings.dates import date_short
from trainings.permissions import coordinator_required
from trainings.views.asking import ask

MOST_LOOKS = 200
_NEW_LINK = "new_auditor_link"  # in the session, until it has been shown


@coordinator_required
def new_door(request: SignedInRequest, pk: int) -> HttpResponse:
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    form = DoorForm(request.POST or None, period=period)
    opened: list[AuditorDoor] = []

    def act() -> str:
        door, link = doors.open_door(period, form.cleaned_data, _act(request))
        opened.append(door)
        request.session[_NEW_LINK] = [door.pk, link]
        return _("Der Zugang ist eingerichtet, der Link geht gleich per E-Mail hinaus.")

    context = {"period": period, "most_days": doors.most_days()}
    response = ask(request, "evidence/doors/new_door.html", form, act, period.get_absolute_url(), context)
    return redirect(opened[0]) if opened else response


@coordinator_required
@require_safe
def door(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the auditor may see, what they looked at and asked; for once the link."""
    found = _door(pk)
    looks, number = doors.looks_at(found, MOST_LOOKS)
    of, link = request.session.get(_NEW_LINK, (0, ""))
    if of == found.pk and request.method == "GET":
        del request.session[_NEW_LINK]
    context = {
        "door": found,
        "period": found.period,
        "is_open": found.is_open(),
        "link": link if of == found.pk else "",
        "mail": doors.last_mail_of(found),
        "questions": doors.questions_of(found),
        "looks": looks,
        "number_of_others": number - len(looks),
    }
    return render(request, "evidence/doors/door.html", context)


@coordinator_required
def prolong_door(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _door(pk)
    form = ProlongForm(request.POST or None, initial={"ends_on": doors.usual_end()})

    def act() -> str:
        prolonged = doors.prolong(found, form.cleaned_data["ends_on"], _act(request))
        return _("Der Zugang ist offen bis %(day)s; die Prüfung hat eine E-Mail bekommen.") % {
            "day": date_short(prolonged.ends_on)
        }

    context = _about(found) | {"most_days": doors.most_days()}
    return ask(request, "evidence/doors/prolong_door.html", form, act, found.get_absolute_url(), context)


@coordinator_required
def renew_door_link(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _door(pk)

    def act() -> str:
        _renewed, link = doors.renew_link(found, _act(request))
        request.session[_NEW_LINK] = [found.pk, link]
        return _("Der neue Link geht gleich per E-Mail hinaus; der bisherige öffnet nichts mehr.")

    form = _sure(request)
    return ask(request, "evidence/doors/renew_door_link.html", form, act, found.get_absolute_url(), _about(found))


@coordinator_required
def close_door(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _door(pk)

    def act() -> str:
        doors.close(found, _act(request))
        return _("Der Zugang ist beendet.")

    form = _sure(request)
    return ask(request, "evidence/doors/close_door.html", form, act, found.get_absolute_url(), _about(found))


@coordinator_required
def answer_question(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = DoorQuestion.objects.select_related("door__period__funding", "run__course", "answered_by")
    question = get_object_or_404(rows, pk=pk)
    form = DoorAnswerForm(request.POST or None)

    def act() -> str:
        doors.answer(question, form.cleaned_data["text"], _act(request))
        return _("Die Antwort ist gespeichert und geht gleich per E-Mail hinaus.")

    context = _about(question.door) | {"question": question}
    return ask(request, "evidence/doors/answer_question.html", form, act, question.door.get_absolute_url(), context)


def _door(pk: int) -> AuditorDoor:
    rows = AuditorDoor.objects.select_related("period__funding", "opened_by", "closed_by")
    return get_object_or_404(rows, pk=pk)


def _about(door: AuditorDoor) -> dict[str, object]:
    return {"door": door, "period": door.period}


def _sure(request: SignedInRequest) -> forms.Form:
    """Nothing but the button is asked."""
    return forms.Form({} if request.method == "POST" else None)


def _act(request: SignedInRequest) -> Act:
    return Act(request.user, Channel.COORDINATION)
