"""Does the site work, and if not, since when? For the desk, for ``doctor``, for whoever watches it."""

from trainings.health.beats import EVERY as BEAT_EVERY
from trainings.health.beats import Lane, beat, is_lane_open, is_silent, last_beat, this_host
from trainings.health.disk import short_of_room
from trainings.health.promises import declare
from trainings.health.standing_still import sign_in_codes, standing_still
from trainings.health.statistics import gather_statistics
from trainings.health.verifying import ended_late, found_in_data, keys_found, promise, verify
