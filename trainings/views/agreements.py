"""Pages on which coordinators keep the agreements of an agency: new, changed, ended early, and the signed file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Agency
from accounts.requests import SignedInRequest
from accounts.tables import fetch_upload, forget_upload, keep_upload
from trainings import actions, evidence_files, planning
from trainings.acts import Act, Channel
from trainings.forms.agreements import AgreementForm, EndAgreementForm
from trainings.forms.refusing import show
from trainings.models import Agreement, agreements_of
from trainings.permissions import coordinator_required
from trainings.refusals import Reason, Refused
from trainings.views import files
from trainings.views.asking import ticked_doubts
from trainings.views.master_data import KINDS, is_just_made, last_editor


def _agreement(pk: int) -> Agreement:
    return get_object_or_404(Agreement.objects.without_bytes().select_related("agency"), pk=pk)


def _to_agency(agreement: Agreement) -> str:
    return reverse("trainings:edit_master_data", args=["behoerden", agreement.agency_id]) + "#agreements"


@dataclass(frozen=True)
class _Shown:
    """What the page says of an operation that was refused: beside no field, and what is to be confirmed."""

    reasons: Sequence[Reason] = ()
    doubts: Sequence[Reason] = ()
    status: int = 200

    @classmethod
    def of(cls, form: BaseForm, refused: Refused) -> "_Shown":
        if isinstance(refused, planning.Unconfirmed):
            return cls(doubts=refused.reasons, status=409)
        return cls(show(form, refused), status=409)


@coordinator_required
def new_agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    agreement = Agreement(agency=get_object_or_404(Agency, pk=pk))
    return _edit(request, agreement, _as_the_last_one(agreement))


def _as_the_last_one(new: Agreement) -> dict[str, Any]:
    """It begins the day after, and allows the same."""
    [former] = agreements_of([new.agency_id]).values()
    if not former or former[-1].ends_on is None:
        return {}
    return {
        "starts_on": former[-1].ends_on + dt.timedelta(days=1),
        "groups": former[-1].groups,
        "places_per_run": former[-1].places_per_run,
    }


@coordinator_required
def edit_agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, _agreement(pk), {})


def _edit(request: SignedInRequest, agreement: Agreement, start: dict[str, Any]) -> HttpResponse:
    is_posted = request.method == "POST"
    form = AgreementForm(request.POST if is_posted else None, request.FILES if is_posted else None, agreement, start)
    shown = _Shown()
    if is_posted:
        content = _file_of(request, form)
        if form.is_valid() and (agreement.pk is None or not form.find_collisions(last_editor(agreement))):
            values = form.values | ({"file": content} if content else {})
            if agreement.pk is None and is_just_made(request, _as_typed(agreement, values)):
                return redirect(_to_agency(agreement))
            reason = form.cleaned_data.get("reason", "")
            act = Act(request.user, Channel.COORDINATION, reason, ticked_doubts(request))
            try:
                saved = planning.save_agreement(agreement, values, act)
            except Refused as refused:
                shown = _Shown.of(form, refused)
            else:
                forget_upload(form.cleaned_data["kept"])
                messages.success(request, _("Die Vereinbarung „%(name)s“ ist gespeichert.") % {"name": saved})
                return redirect(_to_agency(saved))
        _keep(content, form)
    return _form(request, agreement, form, shown)


def _file_of(request: SignedInRequest, form: AgreementForm) -> bytes:
    """What was chosen now, or with the same form before; empty if nothing was."""
    if chosen := request.FILES.get("file"):
        return bytes(chosen.read(evidence_files.MAX_BYTES + 1))
    name = request.POST.get("kept", "")
    content = fetch_upload(name) if name else b""
    if content is None:
        form.keep("")
        form.add_error("file", _("Die Datei ist nicht mehr da. Bitte wählen Sie sie noch einmal."))
    return content or b""


def _keep(content: bytes, form: AgreementForm) -> None:
    """For the next time, if it may be kept at all: the page says so at once, with whatever else is wrong."""
    if not content or "file" in form.errors:
        return
    try:
        evidence_files.checked(content)
    except Refused as refused:
        show(form, refused)
        form.keep("")
    else:
        form.keep(keep_upload(content))


def _as_typed(agreement: Agreement, values: dict[str, Any]) -> Agreement:
    return Agreement(agency=agreement.agency, starts_on=values["starts_on"], ends_on=values["ends_on"])


def _form(
    request: SignedInRequest,
    agreement: Agreement,
    form: AgreementForm,
    shown: "_Shown",
) -> HttpResponse:
    row = agreement if agreement.pk else None
    context = {
        "kind": KINDS["behoerden"],
        "agency": agreement.agency,
        "row": row,
        "form": form,
        "reasons": shown.reasons,
        "doubts": shown.doubts,
        "may_end": row is not None and actions.may_end(row),
        "hangs_on": planning.hangs_on(row) if row else [],
        "history": planning.history_of_master_data(row) if row else [],
    }
    return render(request, "trainings/planning/agreement_form.html", context, status=shown.status)


@coordinator_required
def end_agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    agreement = _agreement(pk)
    form = EndAgreementForm(request.POST if request.method == "POST" else None, agreement)
    shown = _Shown()
    if form.is_valid() and not form.find_collisions(last_editor(agreement)):
        act = Act(request.user, Channel.COORDINATION, form.cleaned_data["reason"], ticked_doubts(request))
        try:
            ended = planning.end_agreement(agreement, form.cleaned_data["ends_on"], act)
        except Refused as refused:
            shown = _Shown.of(form, refused)
        else:
            messages.success(request, _("Die Vereinbarung „%(name)s“ ist gespeichert.") % {"name": ended})
            return redirect(_to_agency(ended))
    context = {
        "kind": KINDS["behoerden"],
        "agreement": agreement,
        "form": form,
        "reasons": shown.reasons,
        "doubts": shown.doubts,
        "back": reverse("trainings:edit_agreement", args=[agreement.pk]),
    }
    return render(request, "trainings/planning/end_agreement.html", context, status=shown.status)


@coordinator_required
@require_POST
def remove_agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    agreement = _agreement(pk)
    back = _to_agency(agreement)
    try:
        planning.remove(agreement, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        form = AgreementForm(None, None, agreement)
        return _form(request, agreement, form, _Shown.of(form, refused))
    messages.success(request, _("„%(name)s“ ist gelöscht.") % {"name": agreement})
    return redirect(back)


@coordinator_required
@require_safe
def agreement_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """The signed file, byte for byte as it was handed in."""
    agreement = get_object_or_404(Agreement.objects.exclude(content=None), pk=pk)
    name = f"vereinbarung-{agreement.agency_id}-{agreement.starts_on}"
    return files.evidence(bytes(agreement.content or b""), agreement.content_type, name)
