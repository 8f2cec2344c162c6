"""What is deleted when? The periods are settings (RETENTION_…_DAYS); docs/data-protection.md explains them."""

import datetime as dt
from importlib import import_module

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import audit, people, sign_ins
from accounts.models import User
from trainings.models import (
    Announcement,
    AttendanceRecord,
    CalendarEntry,
    CheckIn,
    Correspondence,
    Message,
    Registration,
)


def clean_up(at: dt.datetime | None = None) -> dict[str, int]:
    """Delete what has outlived its purpose; says how many rows of each kind. Idempotent."""
    at = at or timezone.now()
    counts = {
        "needs": empty_needs(at),
        "attendance_notes": empty_attendance_notes(at),
        "check_in_origins": empty_check_in_origins(at),
        "message_texts": empty_message_texts(at),
        "announcements": empty_announcements(at),
        "bounce_reasons": empty_bounce_reasons(at),
        "calendar_entries": delete_calendar_entries(at),
        "unused_accounts": delete_unused_accounts(at),
        "audit_events": audit.clean_up(at),
    }
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return counts | {"sign_ins": sign_ins.clean_up(at)}


def empty_needs(at: dt.datetime) -> int:
    """Needs (accessibility, food) serve the preparation of the run only."""
    before = at - dt.timedelta(days=settings.RETENTION_NEEDS_DAYS)
    ended = Q(run__ends_at__lt=before) | Q(run__cancelled_at__lt=before)
    return Registration.objects.exclude(needs="").filter(ended).update(needs="")


def empty_attendance_notes(at: dt.datetime) -> int:
    """With what somebody excused themselves is nobody's business any more; that they did stays."""
    before = at - dt.timedelta(days=settings.RETENTION_NEEDS_DAYS)
    return AttendanceRecord.objects.exclude(note="").filter(session__run__ends_at__lt=before).update(note="")


def empty_check_in_origins(at: dt.datetime) -> int:
    """Network and device of those who checked in, of runs nobody has closed: the heads were counted long ago."""
    before = at - dt.timedelta(days=settings.RETENTION_CHECK_IN_DAYS)
    ended = Q(session__run__ends_at__lt=before) | Q(session__run__cancelled_at__lt=before)
    return CheckIn.objects.exclude(network="", device="").filter(ended).update(network="", device="")


def empty_message_texts(at: dt.datetime) -> int:
    """That a mail was sent, or came back, stays; what it said and what was answered goes. Also of mails never sent."""
    before = at - dt.timedelta(days=settings.RETENTION_MESSAGE_TEXT_DAYS)
    ended = Q(sent_at__lt=before) | (Q(queued_at__lt=before) & ~Q(status__in=["queued", "sent"]))
    rows = Message.objects.filter(ended)
    # The subject of a free message is a part of what somebody has written; every other one says what kind it is.
    rows.filter(announcement__isnull=False).exclude(subject="").update(subject="")
    with_text = ~Q(text="") | ~Q(html="") | ~Q(last_error="") | ~Q(bounce_reason="")
    return rows.filter(with_text).update(text="", html="", last_error="", bounce_reason="")


def empty_announcements(at: dt.datetime) -> int:
    """What a coordinator wrote to a run; that it did, when and to whom stays. Not while one of its mails waits."""
    before = at - dt.timedelta(days=settings.RETENTION_MESSAGE_TEXT_DAYS)
    waiting = Message.objects.filter(announcement=OuterRef("pk"), status=Message.Status.QUEUED)
    written = Announcement.objects.filter(written_at__lt=before).exclude(Exists(waiting))
    return written.filter(~Q(subject="") | ~Q(text="")).update(subject="", text="")


def empty_bounce_reasons(at: dt.datetime) -> int:
    """What the mail server answered, with the addresses it names; that the address is out of order stays."""
    before = at - dt.timedelta(days=settings.RETENTION_MESSAGE_TEXT_DAYS)
    return Correspondence.objects.filter(bounced_at__lt=before).exclude(bounce_reason="").update(bounce_reason="")


def delete_calendar_entries(at: dt.datetime) -> int:
    """What calendars were told by mail serves to change and to withdraw it; of a session long past nobody does."""
    before = at - dt.timedelta(days=settings.RETENTION_CALENDAR_ENTRY_DAYS)
    return CalendarEntry.objects.filter(session__ends_at__lt=before).delete()[0]


def delete_unused_accounts(at: dt.datetime) -> int:
    """Addresses somebody typed on the sign-in page without ever entering the code. Imported people have a name."""
    before = at - dt.timedelta(days=settings.RETENTION_UNUSED_ACCOUNT_DAYS)
    unused = User.objects.filter(
        date_joined__lt=before,
        last_login=None,
        profile_completed_at=None,
        last_name="",
        role=User.Role.PARTICIPANT,
        is_superuser=False,
        registrations=None,
        taught_runs=None,
        coordinated_runs=None,
        messages=None,
    )
    return people.remove(unused)
