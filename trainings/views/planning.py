"""Pages on which coordinators plan: contingents, whether a run takes place, invitations, demand."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.names import by_name
from accounts.requests import SignedInRequest
from trainings import actions, booking, planning
from trainings.acts import Act
from trainings.forms.coordination import PersonSearchForm
from trainings.forms.planning import AudienceForm, ContingentForm, InterestForm, InvitationForm, OfferForm, PlanForm
from trainings.forms.refusing import show, show_within
from trainings.models import Contingent, Course, CourseRun
from trainings.permissions import coordinator_required
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask, ticked_doubts


@coordinator_required
def run_contingents(request: SignedInRequest, pk: int) -> HttpResponse:
    """The contingents of a run, and a form for another one."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    return _edit_contingent(request, Contingent(run=run))


@coordinator_required
def change_contingent(request: SignedInRequest, pk: int) -> HttpResponse:
    contingent = get_object_or_404(Contingent.objects.select_related("run__course", "run__venue", "agency"), pk=pk)
    return _edit_contingent(request, contingent)


def _edit_contingent(request: SignedInRequest, contingent: Contingent) -> HttpResponse:
    run = contingent.run
    form = ContingentForm(request.POST or None, contingent=contingent)

    def act() -> str:
        agency = contingent.agency if contingent.pk else form.cleaned_data.pop("agency")
        booking.set_contingent(run, agency, Act(request.user), **form.cleaned_data)
        return _("Das Kontingent ist gespeichert.")

    known = by_name(Contingent.objects.filter(run=run).select_related("agency"))
    context = {"run": run, "contingent": contingent, "contingents": known}
    back = reverse("trainings:run_contingents", args=[run.pk])
    return ask(request, "trainings/booking/contingents.html", form, act, back, context)


@coordinator_required
@require_POST
def remove_contingent(request: SignedInRequest, pk: int) -> HttpResponse:
    contingent = get_object_or_404(Contingent.objects.select_related("run"), pk=pk)
    run_pk = contingent.run_id
    booking.remove_contingent(contingent, Act(request.user))
    messages.success(request, _("Das Kontingent ist gelöscht. Was frei wurde, bekommt die Warteliste."))
    return redirect("trainings:run_contingents", pk=run_pk)


@coordinator_required
@require_POST
def hold_anyway(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.published().taking_place(), pk=pk)
    planning.decide_to_hold(run, Act(request.user))
    messages.success(request, _("Der Termin findet statt."))
    return redirect("trainings:coordination")


@coordinator_required
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Search for somebody, and invite them."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    search = PersonSearchForm(request.GET or None)
    form = InvitationForm(request.POST or None)

    def act() -> str:
        person = form.cleaned_data["person"]
        planning.invite(run, [person], Act(request.user, reason=form.cleaned_data["reason"]))
        return _("%(person)s ist eingeladen.") % {"person": person}

    def context() -> dict[str, object]:
        invited = run.invitations.select_related("person__agency", "invited_by")
        return {
            "run": run,
            "search": search,
            "people": search.people(),
            "invitations": invited,
            "groups": AudienceForm(run=run, auto_id="groups_%s"),
        }

    return ask(
        request, "trainings/planning/invite.html", form, act, reverse("trainings:invite", args=[run.pk]), context
    )


@coordinator_required
def invite_groups(request: SignedInRequest, pk: int) -> HttpResponse:
    """Tick whole groups, see who gets a mail, and invite them."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    form = AudienceForm(request.POST if request.method == "POST" else None, run=run)
    people: list[User] = []
    reasons: list[Reason] = []
    if request.method == "POST" and form.is_valid():
        people = by_name(planning.people_of(form.audience, run).select_related("agency"))
        if not people:
            form.add_error(None, _("Bitte wählen Sie, wen Sie einladen."))
        elif "confirmed" in request.POST:
            try:
                invited = planning.invite(run, people, Act(request.user, reason=form.cleaned_data["reason"]))
            except Refused as refused:
                reasons = show(form, refused)
            else:
                messages.success(request, _invited(len(invited)))
                return redirect("trainings:invite", pk=run.pk)
    context = {"run": run, "form": form, "people": people, "reasons": reasons}
    return render(request, "trainings/planning/invite_groups.html", context, status=409 if reasons else 200)


@coordinator_required
def offer_other_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Invite all whose run was called off to another run of the course."""
    run = get_object_or_404(CourseRun.objects.for_lists().exclude(cancelled_at=None), pk=pk)
    form = OfferForm(request.POST if request.method == "POST" else None, run=run)

    def act() -> str:
        other = form.chosen
        reason = _("statt %(run)s") % {"run": run}
        invited = planning.invite(other, planning.people_to_offer(run, other), Act(request.user, reason=reason))
        return _invited(len(invited))

    context = {"run": run, "number": planning.people_called_off(run).count(), "runs": form.runs}
    return ask(request, "trainings/planning/offer_other_run.html", form, act, actions.page_of(run), context)


def _invited(number: int) -> str:
    text = ngettext("%(number)d Person ist eingeladen.", "%(number)d Personen sind eingeladen.", number)
    return text % {"number": number}


@coordinator_required
def interest(request: SignedInRequest) -> HttpResponse:
    return render(request, "trainings/catalogue/interest.html", {"demand": planning.demand()})


@coordinator_required
def plan(request: SignedInRequest, slug: str) -> HttpResponse:
    """A run for everybody who is interested in the course."""
    course = get_object_or_404(Course, slug=slug)
    form = PlanForm(request.POST or None, initial={"teaching_minutes": course.teaching_units * 45})
    number = planning.people_interested(course).count()
    doubts: tuple[Reason, ...] = ()
    if request.method == "POST" and form.is_valid():
        names = [
            "starts_at",
            "ends_at",
            "teaching_minutes",
            "capacity",
            "venue",
            "online_link",
            "registration_closes_on",
            "preparation",
            "reminders",
        ]
        data = {name: form.cleaned_data[name] for name in names}
        act = Act(request.user, overrides=ticked_doubts(request))
        try:
            run, invited = planning.plan_and_invite(course, act, **data)
        except planning.Unconfirmed as unconfirmed:
            doubts = unconfirmed.reasons
        except Refused as refused:
            show_within(form, refused)
        else:
            text = ngettext(
                "Der Termin ist veröffentlicht, %(number)d Person ist eingeladen.",
                "Der Termin ist veröffentlicht, %(number)d Personen sind eingeladen.",
                len(invited),
            )
            messages.success(request, text % {"number": len(invited)})
            return redirect("trainings:coordination_run", pk=run.pk)
    context = {"course": course, "form": form, "number": number, "doubts": doubts}
    return render(request, "trainings/planning/plan.html", context, status=409 if doubts else 200)


@require_POST
def note_interest(request: SignedInRequest, slug: str) -> HttpResponse:
    """A person tells from the course's page that no run fits, or withdraws it."""
    course = get_object_or_404(Course.objects.published(), slug=slug)
    form = InterestForm(request.POST)
    if "withdraw" in request.POST:
        planning.withdraw_interest(course, request.user)
        messages.success(request, _("Ihr Interesse ist nicht mehr vorgemerkt."))
    elif form.is_valid():
        planning.note_interest(course, request.user, wish=form.cleaned_data["wish"])
        messages.success(request, _("Ihr Interesse ist vorgemerkt. Gibt es einen neuen Termin, laden wir Sie ein."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["wish"]))
    return redirect(course)
