"""When is a run held, and what becomes of it? Planning, changing, publishing, calling off, inviting."""

from trainings.planning.agencies import (
    appoint_contact,
    dismiss_contact,
    end_contact_duty,
    save_agency,
    tell_new_contact,
)
from trainings.planning.agency_table import AgencyResource
from trainings.planning.agreements import agreements_to_do, end_agreement, save_agreement
from trainings.planning.audiences import (
    InvitedGroups,
    agencies_to_invite,
    other_runs,
    people_called_off,
    people_of,
    people_to_offer,
)
from trainings.planning.cancelling import cancel_run
from trainings.planning.changing import EDITED, MOVED_ALONG, Edit, change_run
from trainings.planning.checks import (
    Unconfirmed,
    clashes_of,
    confirming,
    problems,
    problems_of,
    read_for_checks,
    sessions_of,
)
from trainings.planning.consequences import (
    Consequences,
    consequences_for,
    consequences_of,
    on_preview,
    on_preview_of_master_data,
    remarks_on,
)
from trainings.planning.copying import copy_of, copy_run, usual_of
from trainings.planning.course_table import CourseResource
from trainings.planning.courses import next_course_number, save_course
from trainings.planning.grants import runs_outside, save_funding
from trainings.planning.half_year import Plan, plan_of
from trainings.planning.half_year_file import write_plan_xlsx
from trainings.planning.invitations import (
    demand,
    invite,
    note_interest,
    people_interested,
    plan_and_invite,
    withdraw_interest,
)
from trainings.planning.master_data import MasterData, contacts_of, forget_history, hangs_on, remove
from trainings.planning.programme import Form, Programme, programme_of, programme_pdf
from trainings.planning.publishing import decide_to_hold, new_run, publish, withdraw
from trainings.planning.scheduling import (
    PLACE,
    Meeting,
    add_session,
    meeting_of,
    moment_of,
    next_run_number,
    on_minutes_changed,
    set_teaching_minutes,
)
from trainings.planning.steps import progress_of
from trainings.planning.tables import RunResource
from trainings.planning.venues import save_venue
from trainings.planning.wording import history_of, history_of_master_data, said
