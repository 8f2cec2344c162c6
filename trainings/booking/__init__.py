"""Who has a place? Registering, the queue, and every decision on a registration."""

from trainings.booking.agreements import are_asked_for as agreements_are_asked_for
from trainings.booking.agreements import outside_on as outside_agreement_on
from trainings.booking.agreements import passed_over as passed_over_agreement
from trainings.booking.agreements import remarks_on as remarks_on_agreements
from trainings.booking.allocation import Situation, queue_of, situation_of
from trainings.booking.approvals import (
    approve,
    change_supervisor,
    decider,
    decline_request,
    hand_over,
    lose_supervisor,
)
from trainings.booking.contingents import move_days, remove_contingent, set_contingent
from trainings.booking.deadlines import follow_start, runs_to_decide, sweep
from trainings.booking.eligibility import (
    Case,
    Context,
    cautions,
    done_by,
    missing,
    reasons_against,
)
from trainings.booking.explaining import expected_outcome, explain_queue, places_on_hold
from trainings.booking.group_words import group_of
from trainings.booking.held_places import (
    give_back_held_place,
    hand_over_held_places,
    hold_places,
    name_held_place,
)
from trainings.booking.list_lines import MAX_LINES, MOST_CARRIED, Line, TooManyLines, as_text, read_back
from trainings.booking.lists import Verdict, line_of, person_of, preview_list, register_list
from trainings.booking.offers import accept_offer, claim_place, decline_offer, obstacle_to_claiming
from trainings.booking.pasted import addresses_in, addresses_in_rows, misread, read_lines, read_rows
from trainings.booking.registering import (
    cancel,
    change_capacity,
    change_needs,
    end_with_account,
    follow_affiliation,
    give_now,
    move_up,
    register,
    set_capacity,
)
from trainings.booking.transfers import move, substitute
from trainings.booking.transitions import Status, end, fill, give_place, locked_registration, unwritten
