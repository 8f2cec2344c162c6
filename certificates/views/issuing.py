"""Pages on which coordinators issue certificates."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.requests import SignedInRequest
from certificates import issuing
from trainings.models import CourseRun
from trainings.permissions import coordinator_required


@coordinator_required
def issue(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    if request.method == "POST":
        try:
            issued = issuing.issue(run, by=request.user)
        except issuing.NotFinished:
            messages.error(request, _("Bescheinigungen gibt es erst, wenn der Termin stattgefunden hat."))
        else:
            messages.success(request, _issued(len(issued)))
        return redirect("certificates:issue", pk=run.pk)
    assessments = issuing.assess(run)
    missing = {session for assessment in assessments for session in assessment.missing}
    held = [assessment.certificate for assessment in assessments if assessment.code == "issued"]
    context = {
        "run": run,
        "assessments": assessments,
        "eligible": [assessment for assessment in assessments if assessment.is_eligible],
        "issued": held,
        "rendered": [certificate for certificate in held if certificate is not None and certificate.is_ready],
        "missing_sessions": sorted(missing, key=lambda session: session.starts_at),
        "can_issue": run.is_finished() and not run.is_cancelled,
    }
    return render(request, "certificates/issue.html", context)


def _issued(number: int) -> str:
    if not number:
        return _("Es gab nichts auszustellen.")
    return ngettext(
        "%(number)d Bescheinigung ist ausgestellt. Die Person erhält eine Nachricht, sobald das PDF fertig ist.",
        "%(number)d Bescheinigungen sind ausgestellt. Die Personen erhalten eine Nachricht, sobald das PDF fertig ist.",
        number,
    ) % {"number": number}
