"""What may be changed of a venue? Whoever comes there hears of a new address."""

from collections.abc import Mapping
from typing import Any

from trainings.acts import Act
from trainings.history import Difference
from trainings.history import recorded as recorded_run
from trainings.models import Venue
from trainings.planning import master_data, scheduling, telling


def save_venue(venue: Venue, values: Mapping[str, Any], act: Act) -> Venue:
    """A new venue or a change of its fields; raises Refused."""
    with master_data.recorded(venue, act) as (venue, act):
        is_new, old = venue.pk is None, venue.address
        master_data.write(venue, values)
        if not is_new and venue.address != old:
            _tell(venue, old, act)
    return venue


def _tell(venue: Venue, old: str, act: Act) -> None:
    act, at = act.begin()
    for run in venue.runs.upcoming(at).taking_place().order_by("course", "pk"):
        with recorded_run(run, act) as recording:
            scheduling.touch_sessions(recording.run)
            telling.tell_place(recording.run, old, venue.address, at)
            recording.notes.append(Difference("venue_address", old, venue.address))
