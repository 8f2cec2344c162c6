"""A run comes into being, becomes public, is withdrawn, or is held although few have registered."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import history
from trainings.acts import Act
from trainings.history import What, recorded
from trainings.models import Course, CourseRun
from trainings.planning import changing, checks, courses, scheduling, telling
from trainings.planning.changing import Edit
from trainings.refusals import Reason, Refused


@transaction.atomic
def new_run(course: Course, edit: Edit, act: Act, what: What = What.CREATED) -> CourseRun:
    """A draft; its number is the next of its year unless one is given. Raises Refused."""
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    act, at = act.begin()
    first = min((meeting.starts_at for meeting in edit.added), default=at)
    values = {name: value for name, value in edit.values.items() if name not in {"trainers", "agencies"}}
    values.setdefault("number", scheduling.next_run_number(timezone.localdate(first).year))
    run = CourseRun(course=course, **values)
    changing.validate(run)
    try:
        with transaction.atomic():
            run = history.create(act, what, course=course, **values)
    except IntegrityError:  # somebody was quicker with the number
        raise Refused(Reason("number", _("Diese Nummer ist schon vergeben."), "number")) from None
    run.trainers.set(edit.values.get("trainers", ()))
    run.agencies.set(edit.values.get("agencies", ()))
    changing.write_sessions(run, edit, act, at)
    checks.insist(checks.problems(run, at), act, is_public=False)
    return run


def publish(run: CourseRun, act: Act) -> CourseRun:
    """Show the run now, also where a later moment was set, and its course if it is still a draft.

    Raises Refused, and Unconfirmed for warnings that ``act.overrides`` does not name.
    """
    with recorded(run, act, What.PUBLISHED) as recording:
        run, at = recording.run, recording.at
        if run.is_cancelled:
            raise Refused(Reason("cancelled", _("Dieser Termin ist abgesagt.")))
        if run.starts_at is None:
            raise Refused(Reason("no_session", _("Bitte tragen Sie zuerst mindestens eine Sitzung ein.")))
        is_new = run.published_at is None or run.published_at > at
        if is_new:
            if run.starts_at <= at and not recording.act.has_reason:
                text = _("Der Beginn liegt in der Vergangenheit. Bitte nennen Sie den Grund.")
                raise Refused(Reason("past", text, "reason"))
            checks.insist(checks.problems(run, at), recording.act, is_public=True)
            recording.write(published_at=at)
        if not run.course.is_published:
            run.course = courses.save_course(run.course, {"published": True}, recording.act)
        if is_new and not run.is_finished(at):
            telling.tell_trainers_of_publishing(run)
    return run


def withdraw(run: CourseRun, act: Act) -> CourseRun:
    """A published run nobody has had to do with becomes a draft again. Raises Refused."""
    with recorded(run, act, What.WITHDRAWN) as recording:
        run = recording.run
        if not act.is_by_coordinator:
            raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
        if not run.is_published or run.is_cancelled:
            raise Refused(Reason("not_public", _("Dieser Termin ist nicht veröffentlicht.")))
        if run.has_started(recording.at):
            text = _("Dieser Termin hat bereits begonnen. Berichtigen Sie ihn, oder sagen Sie ihn ab.")
            raise Refused(Reason("started", text))
        if run.registrations.exists() or run.held_places.exists() or run.invitations.exists():
            text = _("Für diesen Termin gibt es Anmeldungen, gehaltene Plätze oder Einladungen. Sagen Sie ihn ab.")
            raise Refused(Reason("registered", text))
        recording.write(published_at=None)
        scheduling.touch_sessions(run)
    return run


def decide_to_hold(run: CourseRun, act: Act) -> CourseRun:
    """The run takes place below its minimum number; its history says who decided. Idempotent."""
    with recorded(run, act, What.HELD) as recording:
        run = recording.run
        if run.decided_at is None and not run.is_cancelled:
            recording.write(decided_at=recording.at)
    return run
