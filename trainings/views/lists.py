"""Pages on which a list becomes complete: who came along, what the paper says, the sign-off, and the closed run."""

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from trainings import attendance, evidence_files
from trainings.acts import Act
from trainings.completeness import missing_records
from trainings.forms.lists import (
    ClosingForm,
    FollowPaperForm,
    RefileForm,
    ScanForm,
    SheetForm,
    SubmissionForm,
    WalkInForm,
)
from trainings.forms.refusing import show_within
from trainings.models import CourseRun, Registration, Session, SheetScan
from trainings.permissions import coordinator_required, sessions_for_teaching
from trainings.refusals import Refused
from trainings.views import files
from trainings.views.asking import ask

# The page shows a scan in a frame, and the scan lets itself be framed by our own pages; nothing else may.
FRAMES = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; \
connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def _session(request: SignedInRequest, pk: int) -> Session:
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    return get_object_or_404(sessions, pk=pk)


def add_walk_in(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    back = reverse("trainings:attendance", args=[session.pk])
    is_of_device = request.method == "POST" and request.headers.get("Accept") == "application/json"
    key = key_of_device(request)
    if key and (known := attendance.walk_in_of(session, key)):
        # Before the form is read: it would take them for somebody else of their name.
        said = _is_there(known)
        messages.success(request, said)
        return JsonResponse({"done": said}) if is_of_device else redirect(back)
    form = WalkInForm(request.POST or None, session)

    def act() -> str:
        return _is_there(attendance.add_walk_in(session, Act(request.user), key=key, **form.said))

    def context() -> dict[str, object]:
        confirmed = len(attendance.expected(session))
        beyond = max(0, confirmed + 1 - session.run.capacity)
        return {"session": session, "run": session.run, "confirmed": confirmed, "beyond": beyond}

    if is_of_device:
        return for_device(request, form, act)
    return ask(request, "trainings/attendance/walk_in.html", form, act, back, context)


def _is_there(registration: Registration) -> str:
    if not registration.person.has_address:
        text = _("%(person)s steht auf der Liste und ist anwesend. Nach der E-Mail-Adresse fragt die Koordination.")
        return text % {"person": registration.person}
    return _("%(person)s steht auf der Liste und ist anwesend.") % {"person": registration.person}


def key_of_device(request: SignedInRequest) -> uuid.UUID | None:
    """The name a device gave to what it sends, perhaps for the second time."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def for_device(request: SignedInRequest, form: forms.BaseForm, act: Callable[[], str]) -> JsonResponse:
    """The answer to a device that sends what was typed without network: done, or why it was refused."""
    if not form.is_valid():
        return JsonResponse(
            {"refused": " ".join(str(error) for errors in form.errors.values() for error in errors)}, status=422
        )
    try:
        said = act()
    except Refused as refused:
        return JsonResponse({"refused": str(refused)}, status=422)
    messages.success(request, said)
    return JsonResponse({"done": said})


def paper(request: SignedInRequest, pk: int) -> HttpResponse:
    """Type what the sheet says; below that, the differences from the system."""
    session = _session(request, pk)
    rows = attendance.paper_rows(session)
    form = SheetForm(session, rows, request.POST if "typed" in request.POST else None)
    follow = FollowPaperForm(rows, request.POST if "follow" in request.POST else None)
    if "typed" in request.POST and form.is_valid():
        try:
            text = _enter(session, form, Act(request.user), and_record="record" in request.POST)
        except Refused as refused:
            show_within(form, refused)
        else:
            messages.success(request, text)
            return redirect("trainings:paper", pk=session.pk)
    if "follow" in request.POST and follow.is_valid():
        try:
            reason = follow.cleaned_data["reason"]
            attendance.follow_paper(session, follow.registrations, Act(request.user, reason=reason))
        except Refused as refused:
            show_within(follow, refused, otherwise="keys")
        else:
            messages.success(request, _("Eingetragen, wie es auf dem Papier steht."))
            return redirect("trainings:paper", pk=session.pk)
    return _paper_page(request, session, rows, form, follow, _scan_form(request, session))


def _enter(session: Session, form: SheetForm, act: Act, *, and_record: bool) -> str:
    """What was done, in a sentence."""
    if and_record:
        recorded = attendance.take_over_paper(session, form.entries, act)
        text = ngettext(
            "Das Papier ist gespeichert; %(number)d Person ist danach eingetragen.",
            "Das Papier ist gespeichert; %(number)d Personen sind danach eingetragen.",
            recorded,
        )
        return text % {"number": recorded}
    changed = attendance.enter_paper(session, form.entries, act)
    text = ngettext("%(number)d Eintrag gespeichert.", "%(number)d Einträge gespeichert.", changed)
    return text % {"number": changed} if changed else _("Es gab nichts zu ändern.")


def _scan_form(request: SignedInRequest, session: Session) -> ScanForm:
    return ScanForm(session, initial={"original_at": attendance.original_last_at(session, Act(request.user))})


@require_POST
def upload_scan(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    form = ScanForm(session, request.POST, request.FILES)
    if form.is_valid():
        try:
            data = dict(form.cleaned_data)
            contents = [file.read(evidence_files.MAX_BYTES + 1) for file in data.pop("file")]
            attendance.keep_scans(session, contents, Act(request.user), **data)
        except Refused as refused:
            show_within(form, refused)
        else:
            text = ngettext("Der Scan ist abgelegt.", "Die Liste ist mit %(number)d Seiten abgelegt.", len(contents))
            messages.success(request, text % {"number": len(contents)})
            return redirect("trainings:paper", pk=session.pk)
    rows = attendance.paper_rows(session)
    return _paper_page(request, session, rows, SheetForm(session, rows), FollowPaperForm(rows), form)


def _paper_page(
    request: SignedInRequest,
    session: Session,
    rows: list[attendance.PaperRow],
    form: SheetForm,
    follow: FollowPaperForm,
    scan_form: ScanForm,
) -> HttpResponse:
    context = {
        "session": session,
        "run": session.run,
        "form": form,
        "follow": follow,
        "scan_form": scan_form,
        "differing": sum(1 for row in rows if row.difference),
        "typed": sum(1 for row in rows if row.entry),
        "total": len(rows),
        "version": attendance.sheet_version(session),
        "shares_sheet": len(attendance.on_one_sheet(session)) > 1,
        "scans": SheetScan.objects.of_list(session).without_bytes().with_pages().select_related("uploaded_by"),
    }
    response = render(request, "trainings/attendance/paper.html", context)
    response["Content-Security-Policy"] = FRAMES
    return response


@require_safe
def scan(request: SignedInRequest, pk: int) -> HttpResponse:
    """The scan itself, for the run's trainers and coordinators."""
    kept = SheetScan.objects.exclude(original_at="")
    found = get_object_or_404(kept, pk=pk, session__in=sessions_for_teaching(request.user))
    return files.evidence(bytes(found.content), found.content_type, f"liste-{found.session_id}-{found.pk}")


def refile(request: SignedInRequest, pk: int) -> HttpResponse:
    """A scan filed with the wrong session goes to the right one, or its original is somewhere else now."""
    mine = sessions_for_teaching(request.user)
    kept = SheetScan.objects.exclude(original_at="").without_bytes()
    kept = kept.select_related("session__run__course", "session__run__venue", "uploaded_by")
    found = get_object_or_404(kept, pk=pk, session__in=mine)
    sessions = attendance.sessions_to_refile(found, mine)
    initial = {"session": found.session_id, "original_at": found.original_at}
    form = RefileForm(request.POST or None, sessions=sessions, initial=initial)

    def act() -> str:
        data = form.cleaned_data
        act = Act(request.user, reason=data["reason"])
        attendance.refile(found, act, session=data["session"], original_at=data["original_at"])
        return _("Die Ablage ist geändert.")

    def context() -> dict[str, object]:
        pages = SheetScan.objects.filed_with(found).count()
        return {"session": found.session, "run": found.session.run, "scan": found, "pages": pages}

    return ask(
        request, "trainings/attendance/refile.html", form, act, reverse("trainings:paper", args=[found.session_id]),
        context,
    )  # fmt: skip


def submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The trainer hands the list in."""
    session = _session(request, pk)
    form = SubmissionForm(request.POST or None, session=session, initial={"taught_minutes": session.teaching_minutes})

    def act() -> str:
        attendance.submit(session, Act(request.user), **form.cleaned_data)
        return _("Die Liste ist abgegeben.")

    def context() -> dict[str, object]:
        missing = [row for row in missing_records(session.run) if row[1].pk == session.pk]
        submissions = session.submissions.select_related("submitted_by")
        return {"session": session, "run": session.run, "missing": missing, "submissions": submissions}

    back = reverse("trainings:attendance", args=[session.pk])
    return ask(request, "trainings/attendance/submit.html", form, act, back, context)


@coordinator_required
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """With what follows from it, if that is ticked: all of it or nothing."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    form = ClosingForm(request.POST if request.method == "POST" else None, run=run)

    @transaction.atomic
    def act() -> str:
        attendance.close(run, Act(request.user))
        for added in form.chosen:
            added.do(run, Act(request.user))
        return _("Der Termin ist abgeschlossen.")

    def context() -> dict[str, object]:
        return {"run": run, "missing": missing_records(run), "not_submitted": attendance.not_submitted(run)}

    back = reverse("trainings:coordination_run", args=[run.pk])
    return ask(request, "trainings/planning/close.html", form, act, back, context)
