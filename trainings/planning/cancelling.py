"""A run does not take place: all active registrations end, and everybody concerned gets one message."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.booking import Channel, Status, end
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import CourseRun
from trainings.planning import scheduling
from trainings.refusals import Reason, Refused


def cancel_run(run: CourseRun, *, by: User, reason: str, at: dt.datetime | None = None) -> CourseRun:
    """Call the run off: all active registrations end, everybody concerned gets one message. Raises Refused."""
    with locked(run) as run:
        at = at or timezone.now()
        if not reason.strip():
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er steht in der Nachricht an alle.")))
        if run.is_cancelled:
            raise Refused(Reason("cancelled", _("Dieser Termin ist bereits abgesagt.")))
        if run.is_finished(at):
            raise Refused(Reason("finished", _("Dieser Termin ist bereits beendet.")))
        run.cancelled_at, run.cancellation_reason = at, reason.strip()
        run.save(update_fields=["cancelled_at", "cancellation_reason"])
        scheduling.touch_sessions(run)
        scheduling.tell_of_run(Occasion.RUN_CANCELLED, run, at=at)
        run.held_places.open().update(ended_at=at, ended_by=by)
        for registration in run.registrations.active().select_related("person"):
            registration.run = run
            end(
                registration,
                Status.CANCELLED,
                actor=by,
                channel=Channel.COORDINATION,
                occasion=Occasion.RUN_CANCELLED,
                reason=run.cancellation_reason,
                at=at,
            )
    return run
