"""Pages on which people see everything held about them, take it with them, change it, and ask for its end."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.models import User
from accounts.requests import SignedInRequest, safe_next
from trainings import booking, people
from trainings.acts import Act
from trainings.additions import Place, additions
from trainings.dates import date_long
from trainings.forms.my_data import DataRequestForm, NeedsForm, NewSupervisorForm
from trainings.models import CourseRun, DataRequest, Registration
from trainings.permissions import registrations_of
from trainings.refusals import Refused
from trainings.views import files
from trainings.views.asking import ask

Kind = DataRequest.Kind
MOST_SHOWN = 100  # rows of a table; the file has them all


@require_safe
def my_data(request: SignedInRequest) -> HttpResponse:
    requested = list(request.user.data_requests.all())
    to_come = CourseRun.objects.not_finished()
    still_open = {asked.kind for asked in requested if asked.is_open}
    context = {
        "parts": people.copy_of(request.user, MOST_SHOWN),
        "most_shown": MOST_SHOWN,
        "voluntary": people.voluntary(request.user),
        "active": registrations_of(request.user).active().filter(run__in=to_come).select_related("run__course"),
        "requests": requested,
        "kinds": [kind for kind in Kind if kind.value not in still_open],
        "additions": additions(Place.MY_DATA, request.user),
    }
    return render(request, "trainings/people/my_data.html", context)


@require_safe
def data_copy(request: SignedInRequest, extension: str) -> HttpResponse:
    """The same as a file: for people, or for programs."""
    if extension not in ("html", "json"):
        raise Http404
    parts = people.copy_of(request.user)
    if extension == "json":
        written = people.as_json(parts)
    else:
        context = {"parts": parts, "person": request.user, "made_at": timezone.now()}
        written = render_to_string("trainings/people/copy.html", context, request)
    audit.record(audit.What.DATA_COPIED, by=request.user, about=f"meine-daten.{extension}")
    return files.file(written.encode(), f"meine-daten.{extension}")


@require_POST
def take_back(request: SignedInRequest) -> HttpResponse:
    """What was said voluntarily is gone at once."""
    person = get_object_or_404(User, pk=request.user.pk)
    try:
        taken = people.take_back(person, request.POST.get("what", ""), Act(person))
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Gelöscht: %(what)s.") % {"what": taken.label})
    return redirect("trainings:my_data")


def change_needs(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(registrations_of(request.user).active().for_lists(), pk=pk)
    form = NeedsForm(request.POST or None, instance=Registration(needs=registration.needs))

    def act() -> str:
        booking.change_needs(registration, form.cleaned_data["needs"], Act(request.user))
        return _("Ihr Bedarf ist gespeichert.") if form.cleaned_data["needs"] else _("Ihr Bedarf ist gelöscht.")

    context = {"registration": registration, "run": registration.run}
    back = safe_next(request) or reverse("trainings:my_data")
    return ask(request, "trainings/people/change_needs.html", form, act, back, context)


def change_supervisor(request: SignedInRequest, pk: int) -> HttpResponse:
    asked = registrations_of(request.user).filter(status=Registration.Status.REQUESTED)
    registration = get_object_or_404(asked.for_lists(), pk=pk)
    form = NewSupervisorForm(request.POST or None, initial={"supervisor_email": registration.supervisor_email})

    def act() -> str:
        email = form.cleaned_data["supervisor_email"]
        booking.change_supervisor(registration, email, Act(request.user))
        return _("Die Anfrage ist jetzt an %(email)s gegangen.") % {"email": email}

    context = {"registration": registration, "run": registration.run}
    return ask(request, "trainings/people/change_supervisor.html", form, act, reverse("trainings:my_data"), context)


def request_about_data(request: SignedInRequest, kind: str) -> HttpResponse:
    if kind not in Kind.values:
        raise Http404
    wanted = Kind(kind)
    form = DataRequestForm(request.POST or None, kind=wanted)

    def act() -> str:
        asked = people.request_about_data(request.user, wanted, Act(request.user), words=form.cleaned_data["words"])
        return _("Ihr Antrag ist eingegangen. Sie hören bis zum %(day)s von uns.") % {"day": date_long(asked.due_on)}

    context = {
        "kind": wanted,
        "preview": people.preview_erasure(request.user, Act(request.user)) if wanted == Kind.ERASURE else None,
    }
    return ask(request, "trainings/people/request.html", form, act, reverse("trainings:my_data"), context)


@require_POST
def withdraw_request(request: SignedInRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(DataRequest.objects.open(), pk=pk, person=request.user)
    people.withdraw_request(asked)
    messages.success(request, _("Ihr Antrag ist zurückgenommen."))
    return redirect("trainings:my_data")
