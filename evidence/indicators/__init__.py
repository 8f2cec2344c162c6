"""What does a funder want to see reached, and how far is it? Indicators, their targets, and what was counted."""

from evidence.indicators.changing import (
    change_indicator,
    create_indicator,
    doubts_about,
    is_fixed,
    remove_indicator,
)
from evidence.indicators.counting import attainments_of_grant, attainments_of_period
from evidence.indicators.files import write_indicators_xlsx
from evidence.indicators.targets import keep_what_was_reached, reached_at, set_targets
from evidence.indicators.words import COUNTED, in_words
