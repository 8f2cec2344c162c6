"""Pages on which a person takes a place, waits, and gives it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest
from trainings import attendance, booking
from trainings.eligibility import Reason, reasons_against
from trainings.forms.registration import CancellationForm, RegistrationForm
from trainings.models import Registration
from trainings.permissions import registrations_of, runs_open_to


def register(request: SignedInRequest, pk: int) -> HttpResponse:
    runs = runs_open_to(request.user)
    form = RegistrationForm(request.POST or None)
    refusal: list[Reason] = []
    if request.method == "POST" and form.is_valid():
        run = get_object_or_404(runs, pk=pk)
        try:
            registration = booking.register(run, request.user, by=request.user, needs=form.cleaned_data["needs"])
        except booking.Refused as refused:
            refusal = list(refused.reasons)
        else:
            messages.success(request, _outcome(registration))
            return redirect("trainings:my_registrations")
    run = get_object_or_404(runs.for_lists(), pk=pk)
    reasons = refusal or reasons_against(run, request.user)
    context = {"run": run, "course": run.course, "form": form, "reasons": reasons}
    return render(request, "trainings/register.html", context, status=409 if refusal else 200)


def _outcome(registration: Registration) -> str:
    title = registration.run.course.display_title
    if registration.is_confirmed:
        return _("Sie haben einen Platz: %(title)s. Eine Bestätigung kommt per E-Mail.") % {"title": title}
    return _(
        "Sie stehen auf der Warteliste, Position %(position)d: %(title)s. "
        "Wird ein Platz frei, rücken Sie automatisch nach."
    ) % {
        "position": registration.position,
        "title": title,
    }


def my_registrations(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    rows = registrations_of(request.user).for_lists().with_position().prefetch_related("attendance_records")
    registrations = list(rows.order_by("run__starts_at", "pk"))
    places = [registration for registration in registrations if registration.is_active and not registration.is_waiting]
    waiting = [
        registration
        for registration in registrations
        if registration.is_waiting and not registration.run.is_finished(now)
    ]
    ended = [registration for registration in reversed(registrations) if registration not in [*places, *waiting]]
    context = {
        "coming": [registration for registration in places if not registration.run.is_finished(now)],
        "waiting": waiting,
        "past": [(row, attendance.minutes_if_complete(row)) for row in reversed(places) if row.run.is_finished(now)],
        "ended": ended[:20],
    }
    return render(request, "trainings/my_registrations.html", context)


def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(registrations_of(request.user).for_lists(), pk=pk)
    form = CancellationForm(request.POST or None)
    reasons: list[object] = []
    if request.method == "POST" and form.is_valid():
        try:
            booking.cancel(registration, by=request.user, reason=form.cleaned_data["reason"])
        except booking.Refused as refused:
            reasons = list(refused.reasons)
        else:
            title = registration.run.course.display_title
            messages.success(request, _("Sie sind abgemeldet: %(title)s.") % {"title": title})
            return redirect("trainings:my_registrations")
    context = {"registration": registration, "run": registration.run, "form": form, "reasons": reasons}
    return render(request, "trainings/cancel.html", context, status=409 if reasons else 200)
