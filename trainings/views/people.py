"""Pages on which coordinators find, see and change people, contacts rename colleagues, and accounts end."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit, second_factor, sign_ins
from accounts.models import User
from accounts.requests import SignedInRequest, key_in, safe_next
from trainings import agency_choice, people
from trainings.acts import Act, Channel
from trainings.additions import Place, additions
from trainings.forms.agency import ColleagueNameForm
from trainings.forms.coordination import ReasonForm
from trainings.forms.people import NAMES, AddressForm, FindPersonForm, LeavingForm, PersonForm
from trainings.forms.refusing import show
from trainings.models import AccountMerge
from trainings.permissions import agency_contact_required, coordinator_required, people_entered_by_agencies
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask


def _act(request: SignedInRequest, reason: str = "") -> Act:
    return Act(request.user, Channel.COORDINATION, reason)


def _to(person: User) -> str:
    return reverse("trainings:person", args=[person.pk])


@coordinator_required
def find(request: SignedInRequest) -> HttpResponse:
    """One hit is shown at once."""
    form = FindPersonForm(request.GET or None)
    found = form.people()
    if len(found) == 1:
        return redirect(_to(found[0]))
    context = {"form": form, "people": found, "is_cut": len(found) == people.MOST, "q": request.GET.get("q", "")}
    return render(request, "trainings/people/find.html", context)


@coordinator_required
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User.objects.select_related("agency", "merged_into"), pk=pk, erased_at=None)
    audit.record(audit.What.PERSON_VIEWED, by=request.user, person=shown)
    known = people.overview(shown)
    context = {
        "person": shown,
        "overview": known,
        "actions": people.what_to_do_with(shown, request.user, known.merges),
        "path": people.path_of(shown) if shown.is_active else None,
        "additions": additions(Place.PERSON, shown),
    }
    return render(request, "trainings/people/person.html", context)


@coordinator_required
def new_person(request: SignedInRequest) -> HttpResponse:
    form = PersonForm(request.POST if request.method == "POST" else None, User(language="de", group="staff"))

    def make(values: dict[str, Any]) -> User:
        must_be_sure(request, form.person, values)
        return people.new_person(_with_agency(values), _act(request))

    return _save(request, form, make)


def must_be_sure(request: SignedInRequest, person: User, values: Mapping[str, Any]) -> None:
    """Who makes somebody a coordinator, or ends or moves one, shows first that it is them; then it goes on."""
    if people.concerns_coordinators(person, values) and not second_factor.just_given(request):
        raise ReauthenticationRequired


def _with_agency(values: dict[str, Any]) -> dict[str, Any]:
    """Empty, it follows from the address."""
    return {name: value for name, value in values.items() if name != "agency" or value is not None}


@coordinator_required
def edit_person(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk, erased_at=None)
    form = PersonForm(request.POST if request.method == "POST" else None, shown)

    def change(values: dict[str, Any]) -> User:
        must_be_sure(request, shown, form.changed)
        act = _act(request, form.cleaned_data["reason"])
        return people.change_person(shown, form.changed, act, since=form.cleaned_data["since"])

    return _save(request, form, change)


def _save(request: SignedInRequest, form: PersonForm, save: Callable[[dict[str, Any]], User]) -> HttpResponse:
    """Whoever was quicker is not overwritten without a word."""
    reasons: list[Reason] = []
    exists = form.person.pk is not None
    if (
        request.method == "POST"
        and form.is_valid()
        and not (exists and form.find_collisions(_last_editor(form.person)))
    ):
        values = {name: value for name, value in form.cleaned_data.items() if name not in form.not_stored}
        try:
            saved = save(values)
        except Refused as refused:
            reasons = show(form, refused)
        else:
            sign_ins.go_on_as_nobody(request)
            messages.success(request, _("Die Angaben zu %(person)s sind gespeichert.") % {"person": saved})
            return HttpResponseRedirect(safe_next(request) or _to(saved))
    back = safe_next(request) or (_to(form.person) if exists else reverse("trainings:find_people"))
    context = {"form": form, "person": form.person, "exists": exists, "reasons": reasons, "back": back}
    return render(request, "trainings/people/person_form.html", context, status=409 if reasons else 200)


def _last_editor(person: User) -> str:
    event = audit.last_change_of(person)
    return str(event.by) if event and event.by else _("Jemand")


@coordinator_required
def add_address(request: SignedInRequest, pk: int) -> HttpResponse:
    """Of somebody a trainer entered without one. If there is an account of that address, both are merged."""
    shown = get_object_or_404(User.objects.without_address().select_related("agency"), pk=pk)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (known := people.known_at(form.cleaned_data["email"], shown)):
        text = _("Zu dieser Adresse gibt es schon ein Konto. Ist es dieselbe Person, führen Sie die beiden zusammen.")
        messages.info(request, text)
        return redirect(f"{reverse('trainings:merge_people', args=[known.pk])}?{urlencode({'mit': shown.pk})}")

    def act() -> str:
        done = people.add_address(shown, form.cleaned_data["email"], _act(request))
        return _("%(person)s hat jetzt eine E-Mail-Adresse und wird angeschrieben.") % {"person": done}

    def context() -> dict[str, object]:
        known = people.overview(shown)
        return {"person": shown, "overview": known}

    return ask(request, "trainings/people/add_address.html", form, act, safe_next(request) or _to(shown), context)


@coordinator_required
def end_account(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk, erased_at=None)
    return _leave(request, shown, _to(shown))


@agency_contact_required
def end_account_of_colleague(request: SignedInRequest, pk: int) -> HttpResponse:
    colleague = get_object_or_404(User.objects.filter(agency__in=request.user.spoken_for()), pk=pk)
    back = reverse("trainings:agency") + agency_choice.query_of(request.user, colleague.agency_id)
    return _leave(request, colleague, back)


@agency_contact_required
def rename_colleague(request: SignedInRequest, pk: int) -> HttpResponse:
    colleague = get_object_or_404(people_entered_by_agencies(request.user), pk=pk)
    initial = {name: getattr(colleague, name) for name in NAMES}
    form = ColleagueNameForm(request.POST if request.method == "POST" else None, initial=initial)
    query = agency_choice.query_of(request.user, colleague.agency_id)
    back = safe_next(request) or reverse("trainings:agency") + query

    def act() -> str:
        renamed = people.rename_colleague(colleague, _act(request), **form.cleaned_data)
        return _("Der Name ist geändert: %(person)s.") % {"person": renamed}

    context = {"person": colleague, "choice": {"query": query}}
    return ask(request, "trainings/people/rename_colleague.html", form, act, back, context)


def end_own_account(request: SignedInRequest) -> HttpResponse:
    return _leave(request, User.objects.get(pk=request.user.pk), reverse("trainings:my_data"))


def _leave(request: SignedInRequest, leaver: User, back: str) -> HttpResponse:
    """Show what follows, then do it; or why it cannot be done here."""
    does_it = request.method == "POST"
    form = LeavingForm(request.POST if does_it else None, leaver, teaches=people.teaches_on(leaver))
    is_own = leaver == request.user

    def act() -> str:
        given = form.cleaned_data
        must_be_sure(request, leaver, {"is_active": False})
        people.leave(leaver, _act(request, given["reason"]), trainer=given.get("trainer"))
        if is_own:
            sign_ins.go_on_as_nobody(request)
            return _("Ihr Konto ist beendet. Sie sind ausgeloggt.")
        return _("Das Konto von %(person)s ist beendet.") % {"person": leaver}

    def context() -> dict[str, object]:
        of_coordinator = back.startswith(reverse("trainings:coordination"))
        shown: dict[str, object] = {"person": leaver, "is_own": is_own, "of_coordinator": of_coordinator}
        try:
            shown["left"] = people.what_leaving_does(leaver, _act(request))
        except Refused as refused:
            shown["stands_against"] = list(refused.reasons)
        return shown

    after = reverse("trainings:catalogue") if is_own and does_it and form.is_valid() else back
    return ask(request, "trainings/people/end_account.html", form, act, after, context)


@coordinator_required
def reopen_account(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk, is_active=False, erased_at=None)
    form = ReasonForm(request.POST or None)

    def act() -> str:
        people.reopen(shown, _act(request, form.cleaned_data["reason"]))
        return _("Das Konto von %(person)s ist wieder offen.") % {"person": shown}

    return ask(request, "trainings/people/reopen_account.html", form, act, _to(shown), {"person": shown})


@coordinator_required
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """First find the other account, then see what comes together, then do it."""
    kept = get_object_or_404(User.objects.select_related("agency"), pk=pk, erased_at=None)
    chosen = key_in(request.POST.get("other") or request.GET.get("mit"))
    if not chosen:
        search = FindPersonForm(request.GET if "q" in request.GET else None)
        found = [one for one in search.people() if one != kept]
        context = {"person": kept, "form": search, "found": found, "namesakes": people.overview(kept).namesakes}
        return render(request, "trainings/people/merge_choose.html", context)
    other = get_object_or_404(User.objects.select_related("agency"), pk=chosen, erased_at=None)
    form = ReasonForm(request.POST or None, initial={"reason": _("Zwei Konten derselben Person")})

    def act() -> str:
        people.merge(kept, other, _act(request, form.cleaned_data["reason"]))
        return _("Die Konten sind zusammengeführt. 30 Tage lang können Sie das zurücknehmen.")

    def context_of() -> dict[str, object]:
        shown: dict[str, object] = {"person": kept, "other": other}
        try:
            shown["merged"] = people.what_merging_does(kept, other, _act(request))
        except Refused as refused:
            shown["stands_against"] = list(refused.reasons)
        swapped = f"{reverse('trainings:merge_people', args=[other.pk])}?{urlencode({'mit': kept.pk})}"
        return shown | {"swapped": swapped}

    return ask(request, "trainings/people/merge.html", form, act, _to(kept), context_of)


@coordinator_required
def undo_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    done = get_object_or_404(AccountMerge.objects.select_related("kept", "gone"), pk=pk, undone_at=None)
    form = ReasonForm(request.POST or None)
    act = partial(_undo, request, done, form)
    return ask(request, "trainings/people/undo_merge.html", form, act, _to(done.kept), {"merge": done})


def _undo(request: SignedInRequest, done: AccountMerge, form: ReasonForm) -> str:
    people.undo_merge(done, _act(request, form.cleaned_data["reason"]))
    return _("Es sind wieder zwei Konten.")
