"""Pages about mails: who hears of what, what a run's own mails say, and the link that ends a mail."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.requests import SignedInRequest
from trainings import holding, mails, planning
from trainings.acts import Act, Channel
from trainings.forms.planning import RunMailsForm
from trainings.forms.refusing import show_within
from trainings.models import CourseRun
from trainings.permissions import coordinator_required
from trainings.refusals import Refused
from trainings.views.asking import ask
from trainings.views.links import behind_a_link


@coordinator_required
def notices(request: SignedInRequest) -> HttpResponse:
    """The table itself."""
    return render(
        request, "trainings/mails/notices.html", {"lines": mails.notices_in_words(), "columns": mails.Who.labels}
    )


@coordinator_required
def run_reminders(request: SignedInRequest, pk: int) -> HttpResponse:
    """When a run reminds, what to bring, and what follows afterwards."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    form = RunMailsForm(request.POST or None, instance=run)
    if request.method == "POST" and form.is_valid():
        edit = planning.Edit({name: form.cleaned_data[name] for name in form.changed_data})
        try:
            planning.change_run(run, edit, Act(request.user, Channel.COORDINATION))
        except Refused as refused:
            show_within(form, refused)
        else:
            messages.success(request, _("Gespeichert."))
            return redirect("trainings:coordination_run", pk=run.pk)
    to_come = (
        [mails.reminder_due_at(run, days) for days in run.reminder_days] if run.starts_at and not form.errors else []
    )
    to_come = [due for due in to_come if due > timezone.now()]
    return render(request, "trainings/mails/run_reminders.html", {"run": run, "form": form, "to_come": to_come})


@coordinator_required
def release_mails(request: SignedInRequest) -> HttpResponse:
    """Asks before mails leave that are held because the database runs elsewhere than it did."""

    def act() -> str:
        released = holding.release(Act(request.user, Channel.COORDINATION))
        return _("Die E-Mails sind freigegeben.") if released else ""

    context = {"hold": holding.hold()}
    form = Form(request.POST if request.method == "POST" else None)
    return ask(request, "trainings/mails/release.html", form, act, reverse("trainings:coordination"), context)


@csrf_exempt  # mail programs POST without cookie (RFC 8058, section 3.2); the signed address is the authority
@behind_a_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST acts, whoever sends it. The answer is the page itself: mail programs follow no redirect."""
    subscription = mails.read_unsubscribing(token)
    if subscription is None:
        raise Http404
    if request.method == "POST":
        mails.unsubscribe(subscription)
    is_on = request.method != "POST" and mails.is_subscribed(subscription)
    context = {"course": subscription.course, "of_refreshers": subscription.of_refreshers, "is_on": is_on}
    return render(request, "trainings/mails/unsubscribe.html", context)
