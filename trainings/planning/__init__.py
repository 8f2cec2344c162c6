"""When is a run held, and what becomes of it? Sessions, publishing, calling off, inviting."""

from trainings.planning.cancelling import cancel_run
from trainings.planning.copying import copy_run
from trainings.planning.invitations import (
    demand,
    invite,
    note_interest,
    people_interested,
    plan_and_invite,
    withdraw_interest,
)
from trainings.planning.scheduling import (
    PLACE,
    add_session,
    cancel_session,
    decide_to_hold,
    is_announced,
    next_run_number,
    people_to_tell,
    publish,
    refresh_span,
    save_session,
    set_teaching_minutes,
    set_trainers,
    touch_sessions,
)
from trainings.planning.tables import CourseResource, RunResource
