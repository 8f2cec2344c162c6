"""Which doors does a period have? Opened, prolonged and closed here, each time with an entry of its history.

What an auditor may see the grant says; a coordinator can take away from it and add nothing.
"""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence.doors import mails
from evidence.models import AuditorDoor, ReportingPeriod, ReportingPeriodEvent, sha256_of_link
from evidence.periods import changing, note
from trainings.acts import Act
from trainings.dates import date_short
from trainings.refusals import Reason, Refused

What = ReportingPeriodEvent.What
USUAL, MOST = dt.timedelta(days=30), dt.timedelta(days=180)


def usual_end(at: dt.datetime | None = None) -> dt.date:
    return timezone.localdate(at) + USUAL


def most_days() -> int:
    return MOST.days


def doors_of(period: ReportingPeriod) -> list[AuditorDoor]:
    """The newest first, each with ``last_look`` and ``unanswered``."""
    rows = period.doors.select_related("period__funding", "opened_by", "closed_by")
    unanswered = Count("questions", filter=Q(questions__answered_at=None), distinct=True)
    return list(rows.annotate(last_look=Max("looks__at"), unanswered=unanswered))


def open_door(period: ReportingPeriod, values: Mapping[str, Any], act: Act) -> tuple[AuditorDoor, str]:
    """A new one, its link mailed to the auditor; the link comes back as well, for it cannot be asked for again.

    ``values`` by column. Raises Refused for a day that is too far, and for more than the grant lets funders see.
    """
    with changing(period, act) as (period, act):
        names_allowed = period.funding.names_in_reports
        door = AuditorDoor(period=period, opened_by=act.user, opened_at=act.begin()[1], **values)
        _refuse_day(door.ends_on)
        if door.with_names and not names_allowed:
            text = _("Die Förderung sieht keine Namen vor.")
            raise Refused(Reason("names", text, "with_names"))
        if door.with_scans and not door.with_names:
            text = _("Auf den Scans stehen die Namen der Teilnehmenden.")
            raise Refused(Reason("scans", text, "with_scans"))
        seed, link = _new_link(door)
        door.save(force_insert=True)
        note(period, act, What.DOOR_OPENED, about=str(door))
        mails.send_link(door, seed)
    return door, link


def prolong(door: AuditorDoor, ends_on: dt.date, act: Act) -> AuditorDoor:
    """Another last day, also of a door whose time is over; the auditor is told. Raises Refused."""
    with _changing(door, act) as (door, act):
        _refuse_day(ends_on)
        if ends_on == door.ends_on:
            return door
        change = {"field": "ends_on", "old": door.ends_on.isoformat(), "new": ends_on.isoformat()}
        door.ends_on = ends_on
        door.save(update_fields=["ends_on"])
        note(door.period, act, What.CHANGED, about=str(door), changes=[change])
        mails.send_link(door)
    return door


def renew_link(door: AuditorDoor, act: Act) -> tuple[AuditorDoor, str]:
    """Another link, mailed like the first; with the former one nobody comes in any more, nor stays."""
    with _changing(door, act) as (door, act):
        if not door.is_open(act.at):
            raise Refused(Reason("over", _("Die Zeit dieses Zugangs ist abgelaufen. Verlängern Sie ihn zuerst.")))
        seed, link = _new_link(door)
        door.save(update_fields=["token_sha256"])
        note(door.period, act, What.CHANGED, about=f"{door}: {_('neuer Link')}")
        mails.send_link(door, seed)
    return door, link


def close(door: AuditorDoor, act: Act) -> AuditorDoor:
    """At once, also for who is looking; idempotent. What was asked stays and can still be answered."""
    with changing(door.period, act) as (period, act):
        door = AuditorDoor.objects.select_for_update(of=("self",)).select_related("period__funding").get(pk=door.pk)
        if not door.is_closed:
            door.closed_by, door.closed_at = act.user, act.begin()[1]
            door.save(update_fields=["closed_at", "closed_by"])
            note(period, act, What.DOOR_CLOSED, about=str(door))
    return door


@contextmanager
def _changing(door: AuditorDoor, act: Act) -> Iterator[tuple[AuditorDoor, Act]]:
    """One that is not closed, under its lock."""
    with changing(door.period, act) as (_period, act):
        door = AuditorDoor.objects.select_for_update(of=("self",)).select_related("period__funding").get(pk=door.pk)
        if door.is_closed:
            text = _("Dieser Zugang ist beendet und bleibt es. Richten Sie bei Bedarf einen neuen ein.")
            raise Refused(Reason("closed", text))
        if not door.email:
            raise Refused(
                Reason("forgotten", _("Die Adresse der Prüfung ist gelöscht. Richten Sie einen neuen Zugang ein."))
            )
        yield door, act


def _new_link(door: AuditorDoor) -> tuple[str, str]:
    """What the mail makes the secret from, and the whole address; the door keeps the digest alone."""
    seed = secrets.token_urlsafe(32)
    token = mails.token_from(seed)
    door.token_sha256 = sha256_of_link(token)
    return seed, settings.PUBLIC_URL + reverse("evidence:door_link", args=[token])


def _refuse_day(ends_on: dt.date) -> None:
    today = timezone.localdate()
    if ends_on < today:
        raise Refused(Reason("day", _("Dieser Tag ist vorbei."), "ends_on"))
    if ends_on > today + MOST:
        text = _("Ein Zugang gilt höchstens %(days)d Tage, also bis zum %(last)s. Später können Sie ihn verlängern.")
        said = text % {"days": MOST.days, "last": date_short(today + MOST)}
        raise Refused(Reason("day", said, "ends_on"))
