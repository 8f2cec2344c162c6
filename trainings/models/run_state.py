"""What do a run's own columns say of it at a moment: is it over, can one still register, is there a place?

Apart from the model, for lists read the columns alone: hundreds of models take a tenth of a second to make.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

FEW_PLACES = 3


class Availability(NamedTuple):
    """Whether a place can be had: a code, and a sentence for people."""

    code: str
    label: str

    def __str__(self) -> str:
        return self.label

    @property
    def has_place(self) -> bool:
        """For whoever registers now and may."""
        return self.code in {"free", "few"}


class RunState:
    """For CourseRun, and for what has columns of the same names."""

    number: Any
    capacity: Any
    format: Any
    visibility: Any
    starts_at: Any
    ends_at: Any
    cancelled_at: Any
    registration_opens_on: Any
    registration_closes_on: Any
    venue: Any
    counted_taken: int  # these three by ``with_occupancy`` or ``set_occupancy``
    counted_waiting: int
    counted_reserved: int

    class Format(models.TextChoices):
        ON_SITE = "on_site", _("vor Ort")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("vor Ort und online")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("öffentlich")
        INVITATION = "invitation", _("auf Einladung")
        AGENCIES = "agencies", _("nur für bestimmte Behörden")

    class Language(models.TextChoices):
        GERMAN = "de", _("Deutsch")
        EASY_GERMAN = "de-simple", _("Deutsch in einfacher Sprache")
        ENGLISH = "en", _("Englisch")

    @property
    def anchor(self) -> str:
        return f"termin-{self.number}"

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_online(self) -> bool:
        """Wholly, or for some of those who come."""
        return bool(self.format != self.Format.ON_SITE)

    @property
    def place(self) -> str:
        """Where, in one line: the venue, „online“, or both."""
        parts = [str(self.venue)] if self.venue else []
        if self.is_online:
            parts.append(gettext("online"))
        return " / ".join(parts) or gettext("Ort wird noch bekannt gegeben")

    def has_started(self, at: dt.datetime | None = None) -> bool:
        return self.starts_at is not None and self.starts_at <= (at or timezone.now())

    def is_finished(self, at: dt.datetime | None = None) -> bool:
        return self.ends_at is not None and self.ends_at <= (at or timezone.now())

    def is_before_opening(self, at: dt.datetime | None = None) -> bool:
        return self.registration_opens_on is not None and timezone.localdate(at) < self.registration_opens_on

    def is_after_closing(self, at: dt.datetime | None = None) -> bool:
        return self.registration_closes_on is not None and timezone.localdate(at) > self.registration_closes_on

    def is_open(self, at: dt.datetime | None = None) -> bool:
        """For registering, whether or not there is a place; as ``CourseRunQuerySet.open_for_registration``."""
        is_shut = self.is_before_opening(at) or self.is_after_closing(at)
        return not (self.is_cancelled or self.has_started(at) or is_shut)

    # --- places ----------------------------------------------------------------------------------

    def set_occupancy(self, taken: int, waiting: int, reserved: int) -> None:
        """Set the counts, as ``with_occupancy`` would."""
        self.counted_taken, self.counted_waiting, self.counted_reserved = taken, waiting, reserved

    def _counted(self, name: str) -> int:
        return int(getattr(self, name))

    @property
    def places_taken(self) -> int:
        """Confirmed, requested, offered, and held for people yet to be named."""
        return self._counted("counted_taken")

    @property
    def people_waiting(self) -> int:
        return self._counted("counted_waiting")

    @property
    def places_reserved(self) -> int:
        """Free places that are kept for agencies."""
        return self._counted("counted_reserved")

    @property
    def places_free(self) -> int:
        """For everybody, whatever their agency."""
        return max(0, int(self.capacity) - self.places_taken - self.places_reserved)

    def availability(self, at: dt.datetime | None = None) -> Availability:
        """The run's state in words for somebody who looks for a place."""
        if self.is_cancelled:
            return Availability("cancelled", gettext("abgesagt"))
        if self.has_started(at):
            return Availability("past", gettext("beendet") if self.is_finished(at) else gettext("läuft bereits"))
        if self.visibility == self.Visibility.INVITATION:
            return Availability("invitation", gettext("auf Einladung"))
        if self.is_before_opening(at):
            return Availability("not_open", gettext("Anmeldung noch nicht geöffnet"))
        if self.is_after_closing(at):
            return Availability("closed", gettext("Anmeldung geschlossen"))
        if self.places_free == 0 or self.people_waiting:
            return Availability("waitlist", gettext("Warteliste (%(number)d)") % {"number": self.people_waiting})
        if self.places_free <= FEW_PLACES:
            label = ngettext("nur noch %(number)d Platz", "nur noch %(number)d Plätze", self.places_free)
            return Availability("few", label % {"number": self.places_free})
        return Availability("free", gettext("frei"))
