"""Pages that tell coordinators who gets the next place and why, and let them override the queue with a reason."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest
from trainings import actions, booking
from trainings.acts import Act
from trainings.booking import explain_queue
from trainings.forms.coordination import ReasonForm
from trainings.models import CourseRun, Registration
from trainings.permissions import coordinator_required
from trainings.views.asking import ask

Status = Registration.Status


Operation = Callable[[Registration, Act], Registration]


@coordinator_required
def queue(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    explanation = explain_queue(run)
    context = {
        "run": run,
        "explanation": explanation,
        "held": [(row, actions.of_coordinator_in_queue(row, request.user)) for row in explanation.held],
        "queue": [(row, actions.of_coordinator_in_queue(row.registration, request.user)) for row in explanation.queue],
    }
    return render(request, "trainings/booking/queue.html", context)


@coordinator_required
def move_up(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = _with_status(pk, Status.WAITLISTED)
    texts = {
        "title": _("Vorziehen"),
        "text": _("Die Person steht danach am Anfang der Warteliste. Den nächsten freien Platz bekommt sie."),
        "button": _("Vorziehen"),
        "done": _("%(person)s steht jetzt am Anfang der Warteliste."),
    }
    return _act(request, registration, booking.move_up, texts)


@coordinator_required
def give_now(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = _with_status(pk, Status.WAITLISTED, Status.OFFERED, Status.REQUESTED)
    texts = {
        "title": _("Platz geben"),
        "text": _("Die Person bekommt sofort einen Platz, auch wenn keiner frei ist, und wird benachrichtigt."),
        "button": _("Platz geben"),
        "done": _("%(person)s hat einen Platz."),
    }
    return _act(request, registration, booking.give_now, texts)


@coordinator_required
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = _with_status(pk, Status.REQUESTED)
    texts = {
        "title": _("Freigabe eintragen"),
        "text": _("Die vorgesetzte Person hat zugestimmt, zum Beispiel am Telefon. Der Platz ist damit bestätigt."),
        "button": _("Zustimmung eintragen"),
        "done": _("%(person)s hat einen Platz."),
    }
    return _act(request, registration, booking.approve, texts)


@coordinator_required
def decline(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = _with_status(pk, Status.REQUESTED)
    texts = {
        "title": _("Ablehnung eintragen"),
        "text": _("Die vorgesetzte Person hat abgelehnt. Die Person erfährt den Grund, der Platz wird frei."),
        "button": _("Ablehnung eintragen"),
        "done": _("Die Anfrage von %(person)s ist abgelehnt."),
    }
    return _act(request, registration, booking.decline_request, texts)


def _with_status(pk: int, *statuses: Status) -> Registration:
    return get_object_or_404(Registration.objects.filter(status__in=statuses).for_lists(), pk=pk)


def _act(
    request: SignedInRequest, registration: Registration, operation: Operation, texts: dict[str, str]
) -> HttpResponse:
    """Ask for the reason, do it, say so, and return to the queue."""
    form = ReasonForm(request.POST or None)

    def act() -> str:
        done = operation(registration, Act(request.user, reason=form.cleaned_data["reason"]))
        return _done(done, texts["done"])

    back = reverse("trainings:queue", args=[registration.run_id])
    context = {"registration": registration, "run": registration.run, "texts": texts}
    return ask(request, "trainings/booking/queue_act.html", form, act, back, context)


def _done(registration: Registration, text: str) -> str:
    """Moving up may have given the person a place at once."""
    if registration.is_confirmed:
        text = _("%(person)s hat einen Platz.")
    elif registration.is_offered:
        text = _("%(person)s hat das Angebot für einen Platz bekommen.")
    return str(text) % {"person": registration.person}
