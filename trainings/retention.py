"""What is deleted when? The periods are settings (RETENTION_…_DAYS); docs/data-protection.md explains them."""

import datetime as dt
from importlib import import_module

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import audit, people, sign_in_mails, sign_ins
from accounts.models import User
from trainings.models import (
    Announcement,
    AttendanceRecord,
    CalendarEntry,
    CheckIn,
    Correspondence,
    DataRequest,
    Interest,
    Message,
    Registration,
    RegistrationEvent,
)

AT_ONCE = 1000  # rows


def clean_up(at: dt.datetime | None = None) -> dict[str, int]:
    """Delete what has outlived its purpose; says how many rows of each kind. Idempotent."""
    at = at or timezone.now()
    counts = {
        "needs": empty_needs(at),
        "cancelling_reasons": empty_cancelling_reasons(at),
        "attendance_notes": empty_attendance_notes(at),
        "check_in_origins": empty_check_in_origins(at),
        "message_texts": empty_message_texts(at),
        "digests": delete_digests(at),
        "announcements": empty_announcements(at),
        "bounce_reasons": empty_bounce_reasons(at),
        "wishes": empty_wishes(at),
        "calendar_entries": delete_calendar_entries(at),
        "unused_accounts": delete_unused_accounts(at),
        "data_requests": delete_data_requests(at),
        "audit_events": audit.clean_up(at),
        "back_office_log": delete_back_office_log(at),
    }
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return counts | {"sign_ins": sign_ins.clean_up(at), "sign_in_mails": sign_in_mails.clean_up(at)}


def empty_needs(at: dt.datetime) -> int:
    """Needs (accessibility, food) serve the preparation of the run only."""
    before = at - dt.timedelta(days=settings.RETENTION_NEEDS_DAYS)
    ended = Q(run__ends_at__lt=before) | Q(run__cancelled_at__lt=before)
    return Registration.objects.exclude(needs="").filter(ended).update(needs="")


def empty_cancelling_reasons(at: dt.datetime) -> int:
    """Why somebody does not come serves whoever plans the run; what the system itself says of an end stays."""
    before = at - dt.timedelta(days=settings.RETENTION_NEEDS_DAYS)
    ended = Q(registration__run__ends_at__lt=before) | Q(registration__run__cancelled_at__lt=before)
    written = RegistrationEvent.objects.filter(ended, to_status=Registration.Status.CANCELLED)
    return written.exclude(channel=RegistrationEvent.Channel.AUTOMATIC).forget("reason")


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
    while pks := list(_with_free_subject(rows)[:AT_ONCE]):
        Message.objects.filter(pk__in=pks).update(subject="")
    with_text = ~Q(text="") | ~Q(html="") | ~Q(last_error="") | ~Q(bounce_reason="")
    return rows.filter(with_text).update(text="", html="", last_error="", bounce_reason="")


def _with_free_subject(rows: QuerySet[Message]) -> QuerySet[Message, int]:
    """In the order of ``message_with_free_subject``, or PostgreSQL reads each announcement's mails there ever were."""
    free = rows.filter(announcement__isnull=False).exclude(subject="")
    return free.order_by("sent_at").values_list("pk", flat=True)


def delete_digests(at: dt.datetime) -> int:
    """Mails that tell of no run and no registration, so that nothing says later why they are kept."""
    before = at - dt.timedelta(days=settings.RETENTION_MESSAGE_TEXT_DAYS)
    rows = Message.objects.filter(registration=None, run=None, queued_at__lt=before)
    return rows.exclude(status=Message.Status.QUEUED).delete()[0]


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


def empty_wishes(at: dt.datetime) -> int:
    """What would have suited somebody whose interest has ended."""
    before = at - dt.timedelta(days=settings.RETENTION_MESSAGE_TEXT_DAYS)
    return Interest.objects.exclude(wish="").filter(ended_at__lt=before).update(wish="")


def delete_calendar_entries(at: dt.datetime) -> int:
    """What calendars were told by mail serves to change and to withdraw it; of a session long past nobody does."""
    before = at - dt.timedelta(days=settings.RETENTION_CALENDAR_ENTRY_DAYS)
    return CalendarEntry.objects.filter(session__ends_at__lt=before).delete()[0]


def delete_data_requests(at: dt.datetime) -> int:
    """That somebody has asked, and was answered, is kept as long as the record of what was done."""
    before = at - dt.timedelta(days=settings.RETENTION_AUDIT_DAYS)
    return DataRequest.objects.filter(done_at__lt=before).delete()[0]


def delete_back_office_log(at: dt.datetime) -> int:
    """Django's own log of the back office names people; like our own record it ends."""
    before = at - dt.timedelta(days=settings.RETENTION_AUDIT_DAYS)
    return LogEntry.objects.filter(action_time__lt=before).delete()[0]


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
