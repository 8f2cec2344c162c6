"""Who was there? Marks, check-ins, walk-ins, signed lists, closing."""

from trainings.attendance.check_ins import (
    DIGITS,
    STEP,
    TICKET_FOR,
    Arrival,
    arrivals,
    check_in,
    check_in_of,
    code_fits,
    code_was_shown,
    confirm_arrivals,
    forget_origins,
    may_try_code,
    network_of,
    not_checked_in,
    note_wrong_code,
    obstacle_to_check_in,
    refusal_to_check_in,
    room_code,
    seconds_left_of_code,
    seconds_until_next_try,
    session_by_code,
    sessions_to_check_in,
    shared_networks,
)
from trainings.attendance.closing import close, not_submitted, objection_to_minutes, reopen, submit
from trainings.attendance.marks import (
    NOT_RECORDED,
    TAKEN_BACK_WITHIN,
    Disagreement,
    InvalidMark,
    Mark,
    Status,
    complete_changes,
    disagreements,
    expected,
    minutes_if_complete,
    needs_a_reason,
    record,
    rescale,
    take_back,
    tap,
)
from trainings.attendance.online_exports import Attendee, Export, LeftOut, Stay, presence, read_export, suspected_shift
from trainings.attendance.online_imports import Import, last_import, take_back_import
from trainings.attendance.online_matching import (
    TOLERANCE_MINUTES,
    enough_minutes,
    is_doubtful,
    match_attendees,
    minutes_taught_online,
    proposed_mark,
)
from trainings.attendance.online_tables import UnreadableExport
from trainings.attendance.scans import (
    keep_scan,
    keep_scans,
    original_last_at,
    refile,
    sessions_to_refile,
)
from trainings.attendance.sheets import on_one_sheet, sheet_for_run, sheet_for_session, sheet_version
from trainings.attendance.shown_codes import codes_of, mark_by_code
from trainings.attendance.signed_sheets import (
    PaperEntry,
    PaperRow,
    UnreadableEntry,
    enter_paper,
    follow_paper,
    number_of_differences,
    paper_rows,
    read_entry,
    take_over_paper,
)
from trainings.attendance.turnout import last_time
from trainings.attendance.walk_ins import add_walk_in, namesakes, walk_in_of
