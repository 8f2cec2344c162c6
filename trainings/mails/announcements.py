"""Who gets what a coordinator writes to the people of a run, and how does it go to each of them once?"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.names import by_name
from trainings.acts import Act
from trainings.locking import locked
from trainings.mails import notices
from trainings.mails.notices import Occasion, Who
from trainings.models import Announcement, CourseRun, Message, Registration
from trainings.refusals import Reason, Refused

Status = Registration.Status


class Audience(models.TextChoices):
    PLACE = "place", gettext_lazy("alle mit einem Platz")
    WAITING = "waiting", gettext_lazy("alle auf der Warteliste")
    ALL = "all", gettext_lazy("alle, auch mit offener Freigabe oder offenem Angebot")
    CHOSEN = "chosen", gettext_lazy("nur die unten ausgewählten")


REACHED: dict[str, frozenset[str]] = {
    Audience.PLACE: frozenset({Status.CONFIRMED}),
    Audience.WAITING: frozenset({Status.WAITLISTED}),
    Audience.ALL: Registration.ACTIVE,
    Audience.CHOSEN: frozenset(Status),
}


@dataclass(frozen=True)
class Draft:
    """What was written, and to whom: ``chosen`` are keys of registrations, of use to that audience alone."""

    subject: str
    text: str
    audience: str
    chosen: Collection[int] = ()


def reachable(run: CourseRun) -> list[Registration]:
    """Everybody who can be written to, including those who left the run; the latest registration of each."""
    rows = Registration.objects.filter(run=run, person__is_active=True).select_related("person", "agency")
    latest = {row.person_id: row for row in rows.order_by("registered_at", "pk")}
    return sorted(by_name(latest.values()), key=lambda row: not row.is_active)


def recipients(run: CourseRun, draft: Draft) -> list[Registration]:
    """Who would get it now."""
    rows = [row for row in reachable(run) if row.status in REACHED[draft.audience]]
    return [row for row in rows if row.pk in draft.chosen] if draft.audience == Audience.CHOSEN else rows


def preview_announcement(run: CourseRun, draft: Draft, registration: Registration, act: Act) -> Message:
    """The mail to one of them, unsaved, for ``emails.compose``."""
    registration.run = run
    announcement = Announcement(run=run, subject=draft.subject, text=draft.text, written_by=act.user)
    return _message(announcement, registration, draft.audience, "")


def announce(run: CourseRun, draft: Draft, act: Act, *, to: Collection[int], key: str) -> Announcement:
    """Note the announcement and a mail to each of those previewed, all or nothing. Raises Refused.

    ``to`` are the keys of the registrations that the preview named: whoever has left the run since gets none, and the
    message says why; whoever has come since gets none either. ``key`` is of this writing: a second click with the same
    finds what the first has made.
    """
    with locked(run) as run:
        act, at = act.begin()
        sent = Announcement.objects.filter(messages__once_key__startswith=f"announcement:{key}:").first()
        if sent is not None:
            return sent
        if not act.is_by_coordinator:
            raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
        rows = [row for row in reachable(run) if row.pk in to]
        if not rows:
            raise Refused(Reason("nobody", _("Diese Nachricht hätte niemand erhalten.")))
        announcement = Announcement.objects.create(
            run=run, subject=draft.subject, text=draft.text, written_by=act.user, written_at=at
        )
        messages = [_message(announcement, row, draft.audience, key) for row in rows]
        Message.objects.bulk_create(messages)
    return announcement


def announcements_of(run: CourseRun) -> models.QuerySet[Announcement]:
    """What was written, newest first, with ``addressed`` (number of people) and ``sent`` (number of mails sent)."""
    first_time = Q(messages__repeats=None)
    return (
        Announcement.objects.filter(run=run)
        .select_related("written_by")
        .annotate(
            addressed=Count("messages", filter=first_time),
            sent=Count("messages", filter=first_time & Q(messages__status=Message.Status.SENT)),
        )
    )


def _message(announcement: Announcement, registration: Registration, audience: str, key: str) -> Message:
    """It is sent only while the person is still one of its recipients."""
    true_while = REACHED[audience]
    if audience == Audience.CHOSEN and registration.is_active:
        true_while = Registration.ACTIVE
    return Message(
        kind=notices.kind(Occasion.ANNOUNCED, Who.PARTICIPANT),
        registration=registration,
        recipient=registration.person,
        announcement=announcement,
        queued_by=announcement.written_by,
        details={"true_while": sorted(true_while)},
        once_key=f"announcement:{key}:{registration.pk}" if key else "",
    )
