"""What auditors see: the way in, and the pages behind the door. Nobody signs in; nothing can be changed but asked."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import client_address
from evidence import doors
from evidence.facts import PartEvidence, RunEvidence
from evidence.forms.doors import CodeForm, QuestionForm
from evidence.models import AuditorDoor, DoorLook, DoorQuestion
from trainings.forms.refusing import show_within
from trainings.refusals import Refused
from trainings.reporting import DEFINITIONS, OF_A_RUN, OF_EVERYTHING
from trainings.views import files

View = Callable[..., HttpResponse]
Page, Asked = DoorLook.Page, DoorQuestion.Page

IN_THE_LIST = ("units_held", "registered", "attended", "units_attended")
OF_PEOPLE = ("registered", "attended", "partial", "excused", "absent", "not_recorded")
_STATES = {
    "valid": _lazy("gültig"),
    "revoked": _lazy("widerrufen"),
    "replaced": _lazy("ersetzt"),
    "failed": _lazy("konnte nicht gedruckt werden"),
}


def for_auditors(view: View) -> View:
    """No sign-in, kept by no cache and no search engine, addresses told to no other site.

    „no-referrer“ would not do: browsers then send „Origin: null“ with the form, and the check against forged requests
    refuses it.
    """

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def behind_the_door(view: View) -> View:
    """The view gets what is shown at the door. Without a session for it nobody learns whether there is one."""

    @for_auditors
    @wraps(view)
    def wrapped(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        door = doors.inside(request.COOKIES.get(doors.COOKIE, ""), pk)
        if door is None:
            return _page(request, "closed", {}, status=403)
        return view(request, doors.ShownToAuditors(door), **kwargs)

    return wrapped


# --- The way in -------------------------------------------------------------------------------------------------------


@for_auditors
@require_http_methods(["HEAD", "GET", "POST"])
def door_link(request: HttpRequest, token: str) -> HttpResponse:
    """Says what this is; the button has a code mailed."""
    seconds = doors.mail_code(token, client_address(request)) if request.method == "POST" else 0
    if request.method == "POST" and not seconds:
        return redirect("evidence:door_code", token=token)
    return _page(request, "link", {"token": token, "minutes": -(-seconds // 60)}, status=429 if seconds else 200)


@for_auditors
@require_http_methods(["HEAD", "GET", "POST"])
def door_code(request: HttpRequest, token: str) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if door := doors.enter(token, form.cleaned_data["code"], client_address(request)):
            return _enter(door)
        form.add_error("code", _("Dieser Code ist falsch, abgelaufen oder schon benutzt."))
    seconds = doors.seconds_to_wait(token)
    context = {"token": token, "form": form, "hours": -(-seconds // 3600), "code": doors.code_to_show(token)}
    return _page(request, "code", context, status=429 if seconds else 200)


def _enter(door: AuditorDoor) -> HttpResponse:
    key, path = doors.begin(door)
    response = redirect(path)
    response.set_cookie(
        doors.COOKIE,
        key,
        max_age=doors.HOURS * 3600,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@for_auditors
@require_POST
def leave_audit(request: HttpRequest, pk: int) -> HttpResponse:
    doors.end(request.COOKIES.get(doors.COOKIE, ""))
    response = _page(request, "left", {})
    response.delete_cookie(doors.COOKIE, path=reverse("evidence:audit", args=[pk]), samesite="Lax")
    return response


# --- Behind the door --------------------------------------------------------------------------------------------------


@behind_the_door
def audit(request: HttpRequest, shown: doors.ShownToAuditors) -> HttpResponse:
    numbers = [(DEFINITIONS[name], shown.evidence.numbers.get(name)) for name in OF_EVERYTHING]
    return _asking(request, shown, Page.OVERVIEW, Asked.OVERVIEW, {"numbers": numbers})


@behind_the_door
def audit_runs(request: HttpRequest, shown: doors.ShownToAuditors) -> HttpResponse:
    rows = [
        {
            "run": run,
            "numbers": [(DEFINITIONS[name].label, run.numbers.get(name)) for name in IN_THE_LIST],
            "signed": sum(bool(one.scans) for one in run.lists),
        }
        for run in shown.evidence.runs
    ]
    context = {
        "rows": rows,
        "columns": [DEFINITIONS[name] for name in IN_THE_LIST],
        "totals": [(DEFINITIONS[name].label, shown.evidence.numbers.get(name)) for name in IN_THE_LIST],
    }
    return _asking(request, shown, Page.RUNS, Asked.RUNS, context)


@behind_the_door
def audit_run(request: HttpRequest, shown: doors.ShownToAuditors, run: int) -> HttpResponse:
    found = shown.run(run)
    if found is None:
        raise Http404
    codes = shown.codes_of(found)
    context = {
        "run": found,
        "numbers": [
            (DEFINITIONS[name], found.numbers[name]) for name in OF_A_RUN if found.numbers.get(name) is not None
        ],
        "parts": [
            ("by-agency", _("Je Behörde / Einrichtung"), _("Behörde / Einrichtung"), _rows(found.agencies)),
            ("by-group", _("Je Gruppe"), _("Gruppe"), _rows(found.groups)),
        ],
        "lists": [(one, _present(found, one.session.pk)) for one in found.lists],
        "participants": [(one, _outcome(one.outcome)) for one in found.participants],
        "certificates": [(one, codes.get(one.pk, ""), _STATES.get(one.state, "")) for one in found.certificates],
        "number_of_scans": len(doors.scans_of(found)),
    }
    return _asking(request, shown, Page.RUN, Asked.RUN, context, found)


@behind_the_door
def audit_called_off(request: HttpRequest, shown: doors.ShownToAuditors) -> HttpResponse:
    return _asking(request, shown, Page.CALLED_OFF, Asked.CALLED_OFF, {})


@behind_the_door
@require_safe
def audit_questions(request: HttpRequest, shown: doors.ShownToAuditors) -> HttpResponse:
    """All that was asked through this door, and where."""
    doors.note(shown.door, Page.QUESTIONS)
    return _page(request, "questions", {"shown": shown, "all_questions": doors.questions_at(shown.door)})


@behind_the_door
@require_safe
def audit_scan(request: HttpRequest, shown: doors.ShownToAuditors, scan: int) -> HttpResponse:
    """Never a file that is not the one that was filed."""
    found = shown.scan(scan)
    if found is None:
        raise Http404
    doors.note(shown.door, Page.SCAN, found.sha256[:12])
    content = bytes(found.content)
    if hashlib.sha256(content).hexdigest() != found.sha256:
        return _page(request, "altered", {"shown": shown, "scan": found}, status=409)
    return files.evidence(content, found.content_type, f"liste-{found.pk}")


def _asking(
    request: HttpRequest,
    shown: doors.ShownToAuditors,
    page: DoorLook.Page,
    asked: DoorQuestion.Page,
    context: Mapping[str, object],
    run: RunEvidence | None = None,
) -> HttpResponse:
    """The page with what was asked on it, and the form for more."""
    form = QuestionForm(request.POST or None)
    if form.is_valid():
        try:
            doors.ask(shown.door, asked, form.cleaned_data["text"], run.pk if run else None)
        except Refused as refused:
            show_within(form, refused, "text")
        else:
            return redirect(f"{request.path}#fragen")
    if request.method != "HEAD":  # a question that is not taken comes back with the page
        doors.note(shown.door, page, run.number if run else "")
    own = {
        "shown": shown,
        "form": form,
        "is_of_a_run": run is not None,
        "questions": doors.questions_at(shown.door, asked, run.pk if run else None),
    }
    return _page(request, page.value, {**own, **context}, status=409 if form.errors else 200)


def _page(request: HttpRequest, name: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """Whoever is signed in in this browser, and what other pages have to say to them, is not shown here."""
    nobody = {"user": AnonymousUser(), "messages": (), "finds_people": False}
    return render(request, f"evidence/audit/{name}.html", {**nobody, **context}, status=status)


def _rows(parts: list[PartEvidence]) -> list[tuple[str, list[tuple[object, object]]]]:
    return [(part.name, [(DEFINITIONS[name].label, part.numbers.get(name)) for name in OF_PEOPLE]) for part in parts]


def _present(run: RunEvidence, session: int) -> int:
    return sum(bool(one.minutes_by_session.get(session)) for one in run.participants)


def _outcome(value: str) -> str:
    return str(DEFINITIONS[value].label) if value in DEFINITIONS else ""
