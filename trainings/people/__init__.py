"""Everything about one person: finding, changing, leaving, merging two accounts, what is held and how it ends."""

from trainings.people.changing import change_person, concerns_coordinators, new_person, rename_colleague, tell
from trainings.people.completing import add_address, known_at, welcome, without_address
from trainings.people.copy import Part, Trace, as_json, copy_of
from trainings.people.copy import register as register_holdings
from trainings.people.ending import clean_up
from trainings.people.erasing import end_restriction, erase, preview_erasure, restrict
from trainings.people.evidence import Source, register
from trainings.people.holdings import declare_ours
from trainings.people.leaving import leave, may_end, reopen, teaches_on, what_leaving_does
from trainings.people.merging import merge, settle_merges, undo_merge, what_merging_does
from trainings.people.overview import overview, what_to_do_with
from trainings.people.path import next_dates, path_of
from trainings.people.requesting import answer_request, request_about_data, withdraw_request
from trainings.people.searching import MOST, find_by_number, find_people
from trainings.people.voluntary import take_back, voluntary
