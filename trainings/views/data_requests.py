"""Pages on which coordinators answer requests about data: with a preview of what goes, and of what stays until when."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import sign_ins
from accounts.models import User
from accounts.names import by_name
from accounts.requests import SignedInRequest, safe_next
from trainings import people
from trainings.acts import Act
from trainings.forms.my_data import AnswerForm, RestrictionForm, SureForm
from trainings.models import DataRequest
from trainings.permissions import coordinator_required
from trainings.views.asking import ask
from trainings.views.people import must_be_sure


@coordinator_required
@require_safe
def data_requests(request: SignedInRequest) -> HttpResponse:
    restricted = User.objects.filter(erased_at=None, restricted_at__isnull=False)
    context = {
        "requests": DataRequest.objects.open().select_related("person"),
        "restricted": by_name(restricted.order_by("restricted_at")),  # by that index
    }
    return render(request, "trainings/people/data_requests.html", context)


@coordinator_required
def answer_request(request: SignedInRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(DataRequest.objects.select_related("person"), pk=pk)
    form = AnswerForm(request.POST or None)

    def act() -> str:
        people.answer_request(asked, form.cleaned_data["words"], Act(request.user))
        return _("Der Antrag ist beantwortet.")

    return ask(request, "trainings/people/answer.html", form, act, reverse("trainings:data_requests"), {"asked": asked})


@coordinator_required
def erase_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(erased_at=None), pk=pk)
    form = SureForm(request.POST or None)

    def act() -> str:
        must_be_sure(request, person, {"is_active": False})
        name = str(person)
        erased = people.erase(person, Act(request.user))
        sign_ins.go_on_as_nobody(request)
        if erased.erased_at:
            return _("%(person)s ist gelöscht und nur noch eine Zahl.") % {"person": name}
        return _("Gelöscht ist, was kein Nachweis ist; der Rest ist gesperrt: %(person)s.") % {"person": name}

    return _ask(request, "trainings/people/erase.html", form, act, person, after=reverse("trainings:data_requests"))


@coordinator_required
def restrict_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(erased_at=None, restricted_at=None), pk=pk)
    form = RestrictionForm(request.POST or None)

    def act() -> str:
        must_be_sure(request, person, {"is_active": False})
        people.restrict(person, Act(request.user, reason=form.cleaned_data["reason"]))
        sign_ins.go_on_as_nobody(request)
        return _("Die Daten von %(person)s werden nur noch aufbewahrt.") % {"person": person}

    return _ask(request, "trainings/people/restrict.html", form, act, person)


@coordinator_required
def end_restriction(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(erased_at=None).exclude(restricted_at=None), pk=pk)
    form = RestrictionForm(request.POST or None)

    def act() -> str:
        people.end_restriction(person, Act(request.user, reason=form.cleaned_data["reason"]))
        return _("%(person)s kann sich wieder einloggen.") % {"person": person}

    return _ask(request, "trainings/people/end_restriction.html", form, act, person)


def _ask(  # type: ignore[no-untyped-def]
    request: SignedInRequest, template: str, form, act, person: User, *, after: str = ""
) -> HttpResponse:
    """``after``: where it leads once done, if the page of the person may be gone by then."""

    def context() -> dict[str, object]:
        return {"person": person, "preview": people.preview_erasure(person, Act(request.user))}

    back = safe_next(request) or reverse("trainings:person", args=[person.pk])
    return ask(request, template, form, act, after if after and form.is_valid() else back, context)
