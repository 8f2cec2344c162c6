"""Does it stay on record who did what, for its time and no longer, and in the log without names?"""

import datetime as dt
import json

import pytest
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from trainings import retention

pytestmark = pytest.mark.django_db


def test_a_row_and_a_line_without_names_or_values(participant, coordinator, caplog, django_capture_on_commit_callbacks):
    with caplog.at_level("INFO", logger="audit"), django_capture_on_commit_callbacks(execute=True):
        audit.record(
            audit.What.PERSON_CHANGED, by=coordinator, person=participant, changes={"last_name": ["Weber", "Groß"]}
        )

    event = AuditEvent.objects.get()
    assert (event.by, event.person, event.changes) == (coordinator, participant, {"last_name": ["Weber", "Groß"]})
    [line] = [record.getMessage() for record in caplog.records if record.name == "audit"]
    said = json.loads(line)
    assert (said["what"], said["by"], said["person"]) == ("person_changed", coordinator.pk, participant.pk)
    assert said["fields"] == ["last_name"]
    assert "Weber" not in line
    assert "Gro" not in line


def test_nobody_changes_or_deletes_what_is_on_record(participant):
    event = audit.record(audit.What.SIGNED_IN, by=participant)
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.update(reason="anders")


def test_it_ends_after_its_time(participant, settings):
    settings.RETENTION_AUDIT_DAYS = 730
    now = timezone.now()
    audit.record(audit.What.SIGNED_IN, by=participant, at=now - dt.timedelta(days=731))
    kept = audit.record(audit.What.SIGNED_IN, by=participant, at=now - dt.timedelta(days=729))
    assert retention.clean_up(now)["audit_events"] == 1
    assert AuditEvent.objects.get() == kept
