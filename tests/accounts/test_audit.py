"""Does it stay on record who did what, for its time and no longer, and in the log without names?"""

import datetime as dt
import json

import pytest
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from certificates import paper
from trainings import legal_pages, mail_texts, retention
from trainings.acts import Act
from trainings.models import PageText

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


@pytest.mark.parametrize("what", ["mail", "page", "certificate"])
def test_words_that_coordinators_change_are_on_record(coordinator, what):
    act = Act(coordinator)
    if what == "mail":
        text = mail_texts.current("registered", "de")
        text.opening = "Schön, dass Sie kommen."
        mail_texts.save(text, act, based_on=0)
    elif what == "page":
        legal_pages.save(PageText(page="imprint", language="de", text="Landkreis"), act, based_on=0)
    else:
        paper.save_wording("de", paper.words_in_use("de") | {"certifies": "Hiermit bestätigen wir, dass"}, act)
    [event] = AuditEvent.objects.filter(what="settings_changed")
    assert (event.by, event.about.endswith(" 1")) == (coordinator, True)
