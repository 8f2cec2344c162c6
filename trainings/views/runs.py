"""Pages on which coordinators plan runs: a new one, a copy, a change, publishing and taking back."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest, safe_next, words_in
from trainings import actions, attendance, planning
from trainings.acts import Act, Channel
from trainings.forms.coordination import ReasonForm
from trainings.forms.refusing import show
from trainings.forms.runs import RunForms
from trainings.history import What
from trainings.models import Course, CourseRun
from trainings.permissions import coordinator_required
from trainings.planning import Consequences, Edit
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask, ticked_doubts

A_YEAR = 364  # days, so that the weekday stays


@coordinator_required
def choose_course(request: SignedInRequest) -> HttpResponse:
    """The first step of a new run, perhaps on a day (``tag``) that was chosen in the plan."""
    words = words_in(request.GET.get("q", ""))
    courses = Course.objects.all()
    for word in words:
        courses = courses.filter(Q(title__icontains=word) | Q(number__iexact=word))
    day, back = _wished_day(request), safe_next(request)
    carried = {"tag": day.isoformat() if day else "", "next": back}
    query = urlencode({name: value for name, value in carried.items() if value})
    context = {"courses": courses, "q": " ".join(words), "day": day, "query": query}
    return render(request, "trainings/planning/choose_course.html", context)


def _wished_day(request: SignedInRequest) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET.get("tag", ""))
    except ValueError:
        return None


@coordinator_required
def new_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """With the settings of the course's last run, and on the day of the plan if there is one."""
    course = get_object_or_404(Course, pk=pk)
    day = _wished_day(request)
    return _plan(request, course, planning.usual_of(course, day), What.CREATED, with_days=day is not None)


@coordinator_required
def copy_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same in a year's time, to be corrected where it is not."""
    run = get_object_or_404(CourseRun.objects.select_related("course", "funding"), pk=pk)
    return _plan(request, run.course, planning.copy_of(run, days=A_YEAR), What.COPIED)


def _plan(request: SignedInRequest, course: Course, start: Edit, what: What, *, with_days: bool = True) -> HttpResponse:
    year = timezone.localdate().year
    start_values = {"number": planning.next_run_number(year), **start.values}
    start_values["coordinator"] = start_values.get("coordinator") or request.user
    forms = RunForms(
        request.POST or None,
        CourseRun(course=course, capacity=15),
        Edit(start_values, added=start.added),
        with_days=with_days,
    )
    if _is_complete(request, forms):
        publishes = "publish" in request.POST

        @transaction.atomic  # no draft is left where it cannot be published
        def operation(act: Act) -> CourseRun:
            run = planning.new_run(course, forms.edit, act, what)
            return planning.publish(run, act) if publishes else run

        if twin := _just_made(request, course, forms.edit):
            return redirect("trainings:coordination_run", pk=twin.pk)
        done = _("Der Termin ist veröffentlicht.") if publishes else _("Der Termin ist als Entwurf angelegt.")
        return _carry_out(request, forms, None, operation, done, heading=_("Neuer Termin"), course=course)
    return _form(request, forms, heading=_("Neuer Termin"), course=course)


def _just_made(request: SignedInRequest, course: Course, edit: Edit) -> CourseRun | None:
    """The run of the same course with the same first session which this person has made: a button pressed twice."""
    if not edit.added:
        return None
    first = min(meeting.starts_at for meeting in edit.added)
    since = timezone.now() - dt.timedelta(minutes=2)
    made = CourseRun.objects.filter(course=course, starts_at=first, events__actor=request.user, events__at__gt=since)
    return made.filter(events__what__in=[What.CREATED, What.COPIED]).first()


@coordinator_required
def edit_run(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course", "venue", "funding"), pk=pk)
    forms = RunForms(request.POST or None, run)
    heading = _("Termin bearbeiten")
    if _is_complete(request, forms) and not forms.find_collisions(_last_editor(run)):
        operation = partial(planning.change_run, run, forms.edit)
        return _carry_out(request, forms, run, operation, _("Der Termin ist gespeichert."), heading=heading)
    return _form(request, forms, heading=heading)


def _last_editor(run: CourseRun) -> str:
    event = run.events.select_related("actor").last()
    return str(event.actor) if event and event.actor else _("Jemand")


def _is_complete(request: SignedInRequest, forms: RunForms) -> bool:
    return request.method == "POST" and not {"more", "back"} & request.POST.keys() and forms.is_valid()


def _carry_out(
    request: SignedInRequest,
    forms: RunForms,
    run: CourseRun | None,
    operation: Callable[[Act], CourseRun],
    done: str,
    *,
    heading: str,
    course: Course | None = None,
) -> HttpResponse:
    """Show what follows, if it concerns anybody else, then do it."""
    reason = forms.fields.cleaned_data.get("reason", "")
    act = Act(request.user, Channel.COORDINATION, reason, ticked_doubts(request))
    try:
        if "confirmed" not in request.POST:
            follows = planning.consequences_of(run, operation, act)
            if follows.are_to_be_seen:
                return _preview(request, forms.run, follows, heading)
        saved = operation(act)
    except planning.Unconfirmed as unconfirmed:
        follows = planning.consequences_of(run, operation, act)
        return _preview(request, forms.run, follows, heading, reasons=unconfirmed.reasons)
    except Refused as refused:
        if run and "overtaken" in refused.codes:  # in this very moment: show what stands there now
            forms = RunForms(request.POST, run)
            forms.is_valid()
            forms.find_collisions(_last_editor(run))
        return _form(request, forms, heading=heading, course=course, refused=refused)
    messages.success(request, done)
    return HttpResponseRedirect(safe_next(request) or reverse("trainings:coordination_run", args=[saved.pk]))


def _form(
    request: SignedInRequest,
    forms: RunForms,
    *,
    heading: str,
    course: Course | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    reasons = show(forms.fields, refused) if refused else []
    context = {
        "forms": forms,
        "run": forms.run if forms.run.pk else None,
        "course": course or forms.run.course,
        "heading": heading,
        "reasons": reasons,
        "next": safe_next(request),
        "back": safe_next(request) or _page_of(forms.run),
        "has_errors": request.method == "POST" and any(form.errors for form in forms.all),
    }
    return render(request, "trainings/planning/run_form.html", context, status=409 if refused else 200)


def _page_of(run: CourseRun) -> str:
    return actions.page_of(run) if run.pk else reverse("trainings:coordination")


def _preview(
    request: SignedInRequest,
    run: CourseRun,
    follows: Consequences,
    heading: str,
    reasons: tuple[Reason, ...] = (),
) -> HttpResponse:
    """Everything that was typed travels along, so that nothing is lost and „Angaben ändern“ leads back to it."""
    left_out = {"csrfmiddlewaretoken", "doubts", "confirmed", "back"}
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in left_out]
    context = {
        "follows": follows,
        "typed": typed,
        "run": run if run.pk else None,
        "course": run.course,
        "heading": heading,
        "reasons": reasons,
    }
    return render(request, "trainings/planning/run_preview.html", context, status=409 if reasons else 200)


@coordinator_required
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course"), pk=pk)
    operation = partial(planning.publish, run)
    return _confirm(request, run, operation, _("Termin veröffentlichen"), _("Der Termin ist veröffentlicht."))


@coordinator_required
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course"), pk=pk)
    operation = partial(planning.withdraw, run)
    return _confirm(request, run, operation, _("Termin zurückziehen"), _("Der Termin ist wieder ein Entwurf."))


@coordinator_required
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course"), pk=pk)
    operation = partial(attendance.reopen, run)
    return _confirm(request, run, operation, _("Termin wieder öffnen"), _("Der Termin ist wieder geöffnet."))


def _confirm(
    request: SignedInRequest, run: CourseRun, operation: Callable[[Act], CourseRun], heading: str, done: str
) -> HttpResponse:
    """Ask once, with what would follow; a reason where one is wanted."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].required = False

    def act() -> str:
        doubts = ticked_doubts(request)
        operation(Act(request.user, Channel.COORDINATION, form.cleaned_data["reason"], doubts))
        return done

    def context() -> dict[str, object]:
        try:
            follows = planning.consequences_of(run, operation, Act(request.user, Channel.COORDINATION, "?"))
        except Refused:  # said once the button is pressed
            follows = None
        return {"run": run, "follows": follows, "act": heading}

    back = safe_next(request) or reverse("trainings:coordination_run", args=[run.pk])
    return ask(request, "trainings/planning/confirm.html", form, act, back, context)
