"""What does a device send that has marked attendance, perhaps long ago and without network?"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from trainings.attendance import NOT_RECORDED, Mark
from trainings.forms.attendance import mark_of
from trainings.models import AttendanceRecord

MOST_TAPS = 50
MOST_BYTES = 200_000
LAST_MOMENT = 2**43  # in the year 2248


class TapForm(forms.Form):
    """One mark a device made; ``said_at`` in milliseconds since 1970 by the device's clock."""

    key = forms.UUIDField()
    after = forms.UUIDField(required=False)
    registration = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    status = forms.ChoiceField(choices=[(NOT_RECORDED, ""), *AttendanceRecord.Status.choices], required=False)
    takes_back = forms.BooleanField(required=False)
    minutes = forms.IntegerField(required=False, min_value=0, max_value=24 * 60)
    late = forms.IntegerField(required=False, min_value=0, max_value=24 * 60)
    early = forms.IntegerField(required=False, min_value=0, max_value=24 * 60)
    note = forms.CharField(required=False, max_length=200)
    reason = forms.CharField(required=False, max_length=500)
    said_at = forms.IntegerField(min_value=0, max_value=LAST_MOMENT)

    def mark(self) -> Mark:
        return mark_of(**{name: self.cleaned_data[name] for name in ["status", "late", "early", "note", "minutes"]})

    def said(self, ahead: dt.timedelta) -> dt.datetime:
        """When the mark was made, by the server's clock, which is ``ahead`` of the device's."""
        return moment(self.cleaned_data["said_at"]) + ahead

    @property
    def objection(self) -> str:
        return str(next(error for errors in self.errors.values() for error in errors))


class Unreadable(Exception):
    """What was sent is no list of marks; says so in a sentence."""


@dataclass(frozen=True)
class TapBatch:
    """What a device sends: whose it is, its clock as it was sent, and the marks it has made."""

    person: int
    sent_at: dt.datetime
    taps: list[Mapping[str, Any]]


def unpack(body: bytes) -> TapBatch:
    """Raises Unreadable."""
    try:
        sent = json.loads(body)
        json.dumps(sent, ensure_ascii=False).encode()  # half a character would pass until the database refuses it
        batch = TapBatch(int(sent["person"]), moment(int(sent["sent_at"])), list(sent["taps"]))
        if len(batch.taps) > MOST_TAPS or not all(isinstance(tap, dict) for tap in batch.taps):
            raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, OSError) as problem:
        raise Unreadable(_("Die Einträge dieses Geräts konnten nicht gelesen werden.")) from problem
    return batch


def moment(milliseconds: int) -> dt.datetime:
    """Of a device's clock: milliseconds since 1970. Raises ValueError."""
    if not 0 <= milliseconds <= LAST_MOMENT:
        raise ValueError(milliseconds)
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
