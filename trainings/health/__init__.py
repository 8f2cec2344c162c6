"""Does the site work, and if not, since when? For the desk, for ``doctor``, for whoever watches it."""

from trainings.health.beats import EVERY as BEAT_EVERY
from trainings.health.beats import beat, is_silent, last_beat, this_host
from trainings.health.standing_still import standing_still
