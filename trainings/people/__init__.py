"""Everything about one person: finding, changing, leaving, merging two accounts."""

from trainings.people.changing import change_person, new_person
from trainings.people.leaving import leave, may_end, reopen, teaches_on, what_leaving_does
from trainings.people.merging import merge, settle_merges, undo_merge, what_merging_does
from trainings.people.overview import overview, what_to_do_with
from trainings.people.searching import find_by_number, find_people
