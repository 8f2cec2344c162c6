"""Pages on which coordinators see what became of each mail, send one again, and write to the people of a run."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.models import User
from accounts.requests import SignedInRequest
from trainings import bounces, mails
from trainings.acts import Act
from trainings.forms.messages import AnnouncementForm, MessageFilter, SendAgainForm
from trainings.forms.refusing import show_within
from trainings.models import CourseRun, Message
from trainings.permissions import coordinator_required
from trainings.refusals import Refused
from trainings.views.newest import newest

AT_ONCE = 50


@coordinator_required
def all_messages(request: SignedInRequest) -> HttpResponse:
    form = MessageFilter(request.GET)
    page = newest(request, form.found(), "queued_at", AT_ONCE)
    return render(request, "trainings/mails/messages.html", {"form": form, "page": page})


@coordinator_required
def message(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(mails.messages_to_read(), pk=pk)
    audit.record(audit.What.MAIL_VIEWED, by=request.user, person=found.recipient, about=f"{found.kind} {found.pk}")
    repetitions = list(found.repetitions.select_related("queued_by").order_by("pk"))
    why_not = mails.no_longer_true(found)
    is_unwritten = found.status in mails.UNWRITTEN
    context = {
        "found": found,
        "run": found.run_told_of,
        "text": mails.shorten_links(found.text),
        "shows_text": bool(found.text) or found.is_sent,
        "why_not": why_not,
        "may_send_again": not found.is_queued and not why_not,
        "preview": mails.preview_message(found) if is_unwritten else None,
        "is_unwritten": is_unwritten,
        "repetitions": repetitions,
        "is_unreachable": found.recipient is not None and bounces.unreachable().filter(pk=found.recipient.pk).exists(),
        "form": SendAgainForm(initial={"seen": len(repetitions)}),
    }
    return render(request, "trainings/mails/message.html", context)


@coordinator_required
@require_POST
def send_again(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message, pk=pk)
    form = SendAgainForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else 0
    try:
        again = mails.send_again(found, Act(request.user), seen=seen)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("trainings:message", pk=found.pk)
    messages.success(request, _("Die E-Mail ist vorgemerkt und geht gleich hinaus."))
    return redirect("trainings:message", pk=again.pk)


@coordinator_required
@require_POST
def address_works(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(correspondence__bounced_at__isnull=False), pk=pk)
    bounces.clear_mark(person, Act(request.user))
    messages.success(request, _("Die Adresse von %(person)s gilt wieder als zustellbar.") % {"person": person})
    return redirect("trainings:coordination")


@coordinator_required
def announce(request: SignedInRequest, pk: int) -> HttpResponse:
    """Three steps: write, preview, send; „Ändern“ goes back from preview to writing."""
    run = get_object_or_404(CourseRun.objects.for_lists().select_related("funding"), pk=pk)
    form = AnnouncementForm(run, request.POST or None)
    context = {"run": run, "form": form}
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        if "send" in request.POST:
            return _send(request, run, form)
        people = mails.recipients(run, form.draft)
        if people:
            first = mails.preview_announcement(run, form.draft, people[0], Act(request.user))
            context |= {"people": people, "first": people[0], "mail": mails.preview_message(first)}
            return render(request, "trainings/mails/announce_preview.html", context)
        form.add_error("audience", _("Diese Nachricht würde niemand erhalten."))
    return render(request, "trainings/mails/announce.html", context)


def _send(request: SignedInRequest, run: CourseRun, form: AnnouncementForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        announcement = mails.announce(run, form.draft, Act(request.user), to=data["to"], key=data["key"])
    except Refused as refused:
        show_within(form, refused)
        return render(request, "trainings/mails/announce.html", {"run": run, "form": form}, status=409)
    number = announcement.messages.count()
    text = ngettext("Die Nachricht geht an %(number)d Person.", "Die Nachricht geht an %(number)d Personen.", number)
    messages.success(request, text % {"number": number})
    return redirect("trainings:coordination_run", pk=run.pk)
