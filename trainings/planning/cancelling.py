"""A run does not take place: all active registrations end, and everybody concerned gets one message."""

from dataclasses import replace

from django.utils.translation import gettext as _

from trainings.acts import Act, Channel
from trainings.booking import Status, end
from trainings.history import What, recorded
from trainings.mails import Occasion
from trainings.models import AttendanceRecord, CourseRun
from trainings.planning import scheduling, telling
from trainings.refusals import Reason, Refused


def cancel_run(run: CourseRun, act: Act) -> CourseRun:
    """Call the run off: all active registrations end, everybody concerned gets one message. Raises Refused.

    One that is over, and that nobody came to, is called off as well; then nobody is told what they know.
    """
    with recorded(run, act, What.CALLED_OFF) as recording:
        run, at = recording.run, recording.at
        act = recording.act = replace(recording.act, channel=Channel.COORDINATION)
        if not act.is_by_coordinator:
            raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
        if not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er steht in der Nachricht an alle.")))
        if run.is_cancelled:
            raise Refused(Reason("cancelled", _("Dieser Termin ist bereits abgesagt.")))
        is_over = run.is_finished(at)
        if run.is_closed or AttendanceRecord.objects.filter(session__run=run, minutes__gt=0).exists():
            raise Refused(Reason("held", _("Dieser Termin hat stattgefunden: Es ist Anwesenheit erfasst.")))
        recording.write(cancelled_at=at, cancellation_reason=act.reason.strip())
        scheduling.touch_sessions(run)
        telling.tell_of_run(Occasion.RUN_CANCELLED, run, at=at)
        run.held_places.open().update(ended_at=at, ended_by=act.by)
        for registration in run.registrations.active().select_related("person"):
            registration.run = run
            end(registration, Status.CANCELLED, act, occasion=None if is_over else Occasion.RUN_CANCELLED)
    return run
