"""What does somebody read who must sign in before they can register?"""

from django.utils.translation import gettext as _

from trainings.dates import run_when
from trainings.models import CourseRun


def before_registering(pk: int) -> str:
    """Names the run, if the public may see it; empty of any other."""
    runs = CourseRun.objects.published().visible_to(None).select_related("course").prefetch_related("sessions")
    run = runs.filter(pk=pk).first()
    if run is None or run.starts_at is None:
        return ""
    values = {"title": run.course.display_title, "when": run_when(run)}
    return _("Für %(title)s (%(when)s) melden Sie sich an, sobald Sie eingeloggt sind.") % values
