"""Pages on which coordinators issue certificates."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.forms.issuing import SelectionForm
from certificates.models import Certificate
from trainings.acts import Act
from trainings.forms.refusing import show
from trainings.models import CourseRun, Registration
from trainings.permissions import coordinator_required
from trainings.refusals import Refused


@coordinator_required
def issue(request: SignedInRequest, pk: int) -> HttpResponse:
    """To everybody who is eligible, or, with ``selected``, to the people ticked."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    assessments = issuing.assess(run)
    form = SelectionForm(request.POST if "selected" in request.POST else None, assessments=assessments)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            issued = _issue(run, form, request)
        except Refused as refused:
            if others := show(form, refused):
                messages.error(request, others[0].text)
                return redirect("certificates:issue", pk=run.pk)
        else:
            messages.success(request, _issued(len(issued)))
            return redirect("certificates:issue", pk=run.pk)
    return render(request, "certificates/issuing/issue.html", _context(run, assessments, form))


def _issue(run: CourseRun, form: SelectionForm, request: SignedInRequest) -> list[Certificate]:
    if not form.is_bound:
        return issuing.issue(run, Act(request.user))
    chosen = Registration.objects.filter(run=run, pk__in=form.cleaned_data["chosen"])
    reason = form.cleaned_data["override_reason"]
    return issuing.issue(run, Act(request.user, reason=reason), registrations=chosen)


def _context(run: CourseRun, assessments: list[issuing.Assessment], form: SelectionForm) -> dict[str, object]:
    missing = {session for assessment in assessments for session in assessment.missing}
    held = [assessment.certificate for assessment in assessments if assessment.code == "issued"]
    ended = Certificate.objects.filter(registration__run=run).ended()
    can_issue = run.is_finished() and not run.is_cancelled
    return {
        "run": run,
        "form": form,
        "assessments": assessments,
        "eligible": [assessment for assessment in assessments if assessment.is_eligible],
        "can_choose": can_issue and any(assessment.can_be_chosen for assessment in assessments),
        "issued": held,
        "rendered": [certificate for certificate in held if certificate is not None and certificate.is_ready],
        "ended": ended.select_related("registration__person", "replaced_by", "ended_by").defer(
            "pdf", "snapshot", "replaced_by__pdf", "replaced_by__snapshot"
        ),
        "with_file": any(certificate is not None and certificate.has_file for certificate in held),
        "missing_sessions": sorted(missing, key=lambda session: session.starts_at),
        "can_issue": can_issue,
    }


def _issued(number: int) -> str:
    if not number:
        return _("Es gab nichts auszustellen.")
    return ngettext(
        "%(number)d Bescheinigung ist ausgestellt. Die Person erhält eine Nachricht, sobald das PDF fertig ist.",
        "%(number)d Bescheinigungen sind ausgestellt. Die Personen erhalten eine Nachricht, sobald das PDF fertig ist.",
        number,
    ) % {"number": number}
