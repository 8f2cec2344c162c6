"""What was said of people in a run ends with its evidence, even while their accounts live: reasons, addresses, scans.

So do the agreements under which agencies sent people: their files, and who signed.

The rows stay, with who, what and when; so does every figure. Mails go entirely: nobody asks any more whether they left.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from trainings import history, keeping, planning
from trainings.models import (
    Agreement,
    AttendanceChange,
    Invitation,
    Message,
    Registration,
    RegistrationEvent,
    SheetScan,
    Submission,
)


def forget_details(at: dt.datetime) -> dict[str, int]:
    """Empty what has outlived the evidence it belonged to; says how many rows of each kind. Idempotent."""
    long_ago = at - dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    agreements = list(keeping.agreements_over(at).values_list("pk", flat=True))
    over = keeping.over(at).values("pk")
    with transaction.atomic():
        return {
            "supervisors": Registration.objects.exclude(supervisor_email="")
            .filter(run__in=over)
            .update(supervisor_email=""),
            "organisations": Registration.objects.exclude(organisation="").filter(run__in=over).update(organisation=""),
            "registration_events": RegistrationEvent.objects.filter(registration__run__in=over).forget(),
            "attendance_changes": AttendanceChange.objects.filter(session__run__in=over).forget()
            + AttendanceChange.objects.filter(session=None, at__lt=long_ago).forget(),
            "submissions": Submission.objects.filter(session__run__in=over).forget(),
            "scans": SheetScan.objects.exclude(original_at="")
            .exclude(keeping.held(SheetScan))
            .filter(session__run__in=over)
            .update(content=b"", original_at=""),
            "invitations": Invitation.objects.exclude(reason="").filter(run__in=over).update(reason=""),
            "messages": Message.objects.filter(Q(run__in=over) | Q(registration__run__in=over)).delete()[0],
            "agreements": Agreement.objects.filter(pk__in=agreements)
            .exclude(content=None, content_type="", signed_by="", note="")
            .update(content=None, content_type="", signed_by="", note=""),
            "master_data_events": planning.forget_history(long_ago, agreements),
            **history.forget(keeping.over(at), at),
        }
