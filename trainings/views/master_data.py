"""Pages on which coordinators keep what runs are made of: courses, venues, grants and agencies."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import Agency, User
from accounts.names import by_name
from accounts.requests import SignedInRequest, key_in, safe_next, words_in
from trainings import planning
from trainings.acts import Act, Channel
from trainings.forms.master_data import (
    AgencyForm,
    ContactForm,
    CourseForm,
    FundingForm,
    MasterDataForm,
    VenueForm,
    empty_course,
)
from trainings.forms.refusing import show, show_within
from trainings.models import (
    Course,
    CourseRun,
    CourseRunQuerySet,
    Funding,
    MasterDataEvent,
    Venue,
    agreements_of,
    in_active_language,
    last_covering,
)
from trainings.permissions import coordinator_required
from trainings.planning import MasterData
from trainings.refusals import Reason, Refused
from trainings.views.asking import ticked_doubts

_PLURAL = {Course: "courses", Venue: "venues", Funding: "grants", Agency: "agencies"}
PER_PAGE = 50
RUNS_SHOWN = 10


@dataclass(frozen=True)
class MasterDataPages:
    """``name`` is its word in addresses. ``runs``: the lookup by which runs have it; empty where they do not."""

    name: str
    model: type[Any]
    form: type[MasterDataForm]
    save: Callable[[Any, Mapping[str, Any], Act], Any]
    heading: Any
    new: Any
    searched: tuple[str, ...]
    runs: str = ""
    start: Callable[[], dict[str, Any]] = dict

    @property
    def list_url(self) -> str:
        return reverse("trainings:master_data_list", args=[self.name])

    @property
    def new_url(self) -> str:
        return reverse("trainings:new_master_data", args=[self.name])

    @property
    def table(self) -> str:
        return f"trainings/planning/_table_of_{_PLURAL[self.model]}.html"

    def runs_of(self, row: MasterData) -> CourseRunQuerySet:
        return CourseRun.objects.filter(**{self.runs: row}) if self.runs and row.pk else CourseRun.objects.none()


KINDS = {
    kind.name: kind
    for kind in (
        MasterDataPages(
            "schulungen", Course, CourseForm, planning.save_course, gettext_lazy("Schulungen"),
            gettext_lazy("Neue Schulung"), ("title", "title_en", "number"), "course", empty_course,
        ),
        MasterDataPages(
            "orte", Venue, VenueForm, planning.save_venue, gettext_lazy("Veranstaltungsorte"),
            gettext_lazy("Neuer Veranstaltungsort"), ("name", "town", "street"), "venue",
        ),
        MasterDataPages(
            "foerderungen", Funding, FundingForm, planning.save_funding, gettext_lazy("Förderungen"),
            gettext_lazy("Neue Förderung"), ("project_title", "grant_number", "fund"), "funding",
        ),
        MasterDataPages(
            "behoerden", Agency, AgencyForm, planning.save_agency, gettext_lazy("Behörden und Einrichtungen"),
            gettext_lazy("Neue Behörde oder Einrichtung"), ("name", "short_name", "seat", "mail_domains__domain"),
        ),
    )
}  # fmt: skip


def _kind(name: str) -> MasterDataPages:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


@coordinator_required
def master_data(request: SignedInRequest) -> HttpResponse:
    kinds = [(kind, kind.model._default_manager.count()) for kind in KINDS.values()]
    return render(request, "trainings/planning/master_data.html", {"kinds": kinds})


@coordinator_required
def master_data_list(request: SignedInRequest, kind: str) -> HttpResponse:
    of = _kind(kind)
    words = words_in(request.GET.get("q", ""))
    rows = _for_list(of)
    for word in words:
        found = Q()
        for field in of.searched:
            found |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(pk__in=of.model._default_manager.filter(found).values("pk"))
    page = Paginator(by_name(rows) if of.model is Agency else rows, PER_PAGE).get_page(request.GET.get("page"))
    if of.model is Agency:
        contacts = User.objects.contacts_by_agency()
        signed, today = agreements_of(list(page)), timezone.localdate()
        for agency in page:
            agency.contacts = contacts.get(agency.pk, [])
            agency.agreement = last_covering(signed[agency.pk], today)
    else:
        number = _runs_to_come(of)
        for row in page:
            row.runs_to_come = number[row.pk]
    context = {"kind": of, "page_obj": page, "q": " ".join(words)}
    return render(request, "trainings/planning/master_data_list.html", context)


def _for_list(of: MasterDataPages) -> "QuerySet[Any]":
    rows: QuerySet[Any] = of.model._default_manager.all()
    return rows if of.runs else rows.prefetch_related("mail_domains")


def _runs_to_come(of: MasterDataPages) -> Counter[int]:
    """How many take place, by what has them. Counted here: databases read all past runs to group them."""
    to_come = CourseRun.objects.taking_place().filter(ends_at__gt=timezone.now()).order_by()
    return Counter(to_come.values_list(of.runs, flat=True))


@coordinator_required
def new_master_data(request: SignedInRequest, kind: str) -> HttpResponse:
    of = _kind(kind)
    return _edit(request, of, of.model(), of.form(_typed(request), of.model(), of.start()))


@coordinator_required
def edit_master_data(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    of = _kind(kind)
    row = get_object_or_404(of.model, pk=pk)
    return _edit(request, of, row, of.form(_typed(request), row))


def _typed(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _edit(request: SignedInRequest, of: MasterDataPages, row: MasterData, form: MasterDataForm) -> HttpResponse:
    complete = request.method == "POST" and "back" not in request.POST and form.is_valid()
    if complete and (row.pk is None or not form.find_collisions(last_editor(row))):
        return _carry_out(request, of, row, form)
    return _form(request, of, row, form)


def last_editor(row: MasterData) -> str:
    events = MasterDataEvent.objects.filter(of=row._meta.model_name, key=row.pk).select_related("actor")
    event = events.order_by("at", "pk").last()
    return str(event.actor) if event and event.actor else _("Jemand")


def _carry_out(request: SignedInRequest, of: MasterDataPages, row: MasterData, form: MasterDataForm) -> HttpResponse:
    """Show what follows, if it concerns anybody else, then do it."""
    reason = form.cleaned_data.get("reason", "")
    act = Act(request.user, Channel.COORDINATION, reason, ticked_doubts(request))
    operation = partial(of.save, row, form.values)
    if row.pk is None and is_just_made(request, _as_typed(row, form)):
        return redirect(of.list_url)
    try:
        if row.pk is not None and "confirmed" not in request.POST:
            follows, touched = planning.consequences_for(of.runs_of(row), operation, act)
            if follows.are_to_be_seen:
                return _preview(request, of, row, follows, touched)
        saved = operation(act)
    except planning.Unconfirmed as unconfirmed:
        follows, touched = planning.consequences_for(of.runs_of(row), operation, act)
        return _preview(request, of, row, follows, touched, unconfirmed.reasons)
    except Refused as refused:
        return _form(request, of, row, form, refused)
    messages.success(request, _("„%(name)s“ ist gespeichert.") % {"name": saved})
    return HttpResponseRedirect(safe_next(request) or of.list_url)


def _as_typed(row: MasterData, form: MasterDataForm) -> MasterData:
    plain = {one.name for one in row._meta.concrete_fields}
    return type(row)(**{name: value for name, value in form.values.items() if name in plain})


def is_just_made(request: SignedInRequest, typed: MasterData) -> bool:
    """Whether this person has made the same a moment ago: a button pressed twice."""
    since = timezone.now() - dt.timedelta(minutes=2)
    made = MasterDataEvent.objects.filter(of=typed._meta.model_name, what="created", name=str(typed)[:300])
    return made.filter(actor=request.user, at__gt=since).exists()


def _form(
    request: SignedInRequest, of: MasterDataPages, row: MasterData, form: MasterDataForm, refused: Refused | None = None
) -> HttpResponse:
    reasons = show(form, refused) if refused else []
    runs = of.runs_of(row)
    context = {
        "kind": of,
        "row": row if row.pk else None,
        "name": in_active_language(str(row), "") if row.pk else "",
        "form": form,
        "reasons": reasons,
        "next": safe_next(request),
        "has_errors": bool(form.errors),
        "runs": runs.for_lists().upcoming().taking_place()[:RUNS_SHOWN] if row.pk else [],
        "number_of_runs": runs.count(),
        "history": planning.history_of_master_data(row) if row.pk else [],
        "remarks": planning.remarks_on(runs) if row.pk else [],
        "contacts": by_name(planning.contacts_of(row)) if isinstance(row, Agency) and row.pk else [],
        "agreements": agreements_of([row])[row.pk][::-1] if isinstance(row, Agency) and row.pk else [],
        "hangs_on": planning.hangs_on(row) if row.pk else [],
    }
    return render(request, "trainings/planning/master_data_form.html", context, status=409 if refused else 200)


def _preview(
    request: SignedInRequest,
    of: MasterDataPages,
    row: MasterData,
    follows: planning.Consequences,
    touched: int,
    reasons: tuple[Reason, ...] = (),
) -> HttpResponse:
    """Everything that was typed travels along."""
    left_out = {"csrfmiddlewaretoken", "doubts", "confirmed", "back"}
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in left_out]
    context = {
        "kind": of, "row": row, "follows": follows, "touched": touched, "typed": typed, "reasons": reasons,
    }  # fmt: skip
    return render(request, "trainings/planning/master_data_preview.html", context, status=409 if reasons else 200)


@coordinator_required
@require_POST
def remove_master_data(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    of = _kind(kind)
    row = get_object_or_404(of.model, pk=pk)
    try:
        planning.remove(row, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        return _form(request, of, row, of.form(None, row), refused)
    messages.success(request, _("„%(name)s“ ist gelöscht.") % {"name": row})
    return redirect(of.list_url)


@coordinator_required
def agency_contacts(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who speaks for the agency."""
    agency = get_object_or_404(Agency, pk=pk)
    removes = "remove" in request.POST
    form = ContactForm(request.POST if request.method == "POST" and not removes else None)
    act = Act(request.user, Channel.COORDINATION)
    reasons: list[Reason] = []
    try:
        if removes:
            contacts = planning.contacts_of(agency)
            person = get_object_or_404(contacts, pk=key_in(request.POST["remove"]))
            planning.dismiss_contact(agency, person, act)
            messages.success(request, _("%(person)s ist keine Ansprechperson mehr.") % {"person": person})
            return redirect("trainings:agency_contacts", pk=agency.pk)
        if form.is_valid():
            given = form.cleaned_data
            person = planning.appoint_contact(agency, cast(User, given["email"]), act, of_another=given["of_another"])
            messages.success(request, _("%(person)s ist jetzt Ansprechperson.") % {"person": person})
            return redirect("trainings:agency_contacts", pk=agency.pk)
    except Refused as refused:
        if removes:
            reasons = list(refused.reasons)
        else:
            if any(reason.field == "of_another" for reason in refused.reasons):
                form.ask_about_other_agency()
            show_within(form, refused)
    contacts = planning.contacts_of(agency).select_related("agency")
    context = {
        "kind": KINDS["behoerden"],
        "agency": agency,
        "contacts": [(one, "" if one.agency == agency else one.agency_name) for one in by_name(contacts)],
        "form": form,
        "reasons": reasons,
    }
    return render(request, "trainings/planning/agency_contacts.html", context, status=409 if reasons else 200)
