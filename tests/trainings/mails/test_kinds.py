"""Is a kind of mail one declaration that is found wherever kinds are asked for, and is none of its parts forgotten?"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.urls import reverse

from tests import builders
from trainings import calendars, mail_texts, mails
from trainings.mails import kinds, notices, outbox
from trainings.models import MailKind, Message, Registration, Words, mail_kinds
from trainings.models import message as messages

Status = Registration.Status


class Invented(models.TextChoices):
    ON_HOLIDAY = "on_holiday", "ist im Urlaub"


def invented(**fields) -> MailKind:
    declaration = {
        "name": "invented",
        "label": "Erfundene Nachricht",
        "words": Words(mail_texts.PERSON, "Erfunden: {title} ({number})", "Schönen Urlaub.", mail_texts.OF_RUNS),
        "context": lambda message: {},
        "true_while": frozenset({Status.CONFIRMED}),
        "objection": mails.always_true,
        "tells_calendar": False,
        "template": "emails/substituted.html",
    }
    return MailKind(**declaration | fields)


def heard_by_participant(kind: MailKind) -> dict[models.TextChoices, mails.NoticeRow]:
    nobody = (mails.NOT_THEIRS,) * 4
    return {Invented.ON_HOLIDAY: mails.NoticeRow(mails.NO_CHANGE, kind, *nobody)}


@pytest.fixture
def registry(monkeypatch):
    """What is declared in a test is forgotten after it."""
    monkeypatch.setattr(messages, "_kinds", dict(messages._kinds))
    monkeypatch.setattr(notices, "_table", dict(notices._table))


@pytest.mark.django_db
def test_a_kind_declared_in_one_place_is_found_everywhere(registry, signed_in, coordinator, run, participant):
    mails.declare(heard_by_participant(invented()))

    registration = builders.build_registration(run, participant)
    mails.tell(Invented.ON_HOLIDAY, registration)
    message = Message.objects.get()
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert (message.status, message.subject) == (Message.Status.SENT, f"Erfunden: {run.course} ({run.number})")
    assert "Schönen Urlaub." in message.text

    desk = signed_in(coordinator)
    text = reverse("trainings:message_text", args=["invented", "de"])
    preview = reverse("trainings:message_text_preview", args=["invented", "de"])
    assert "<strong>Erfundene Nachricht</strong>" in desk.get(reverse("trainings:notices")).content.decode()
    assert text in desk.get(reverse("trainings:message_texts")).content.decode()
    assert "Schönen Urlaub." in desk.get(text).content.decode()
    assert "Schönen Urlaub." in desk.get(preview).content.decode()
    assert '<option value="invented">' in desk.get(reverse("trainings:messages")).content.decode()


@pytest.mark.parametrize("part", ["label", "words", "context", "true_while", "objection", "tells_calendar"])
def test_no_part_of_a_declaration_can_be_forgotten(part):
    parts = {name: getattr(invented(), name) for name in MailKind.__dataclass_fields__ if name != part}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{part}'"):
        MailKind(**parts)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "registered"}, "Two kinds of mail are called 'registered'"),
        ({"name": "n" * 21}, "more than 20 characters"),
        ({"template": "emails/forgotten.html"}, "'invented' has no template: emails/forgotten.html"),
    ],
)
def test_a_declaration_that_cannot_be_is_an_error_when_the_apps_start(registry, fields, problem):
    with pytest.raises(ImproperlyConfigured, match=problem):
        mails.declare(heard_by_participant(invented(**fields)))


def test_an_occasion_of_which_the_table_says_nothing_is_an_error_when_the_apps_start(registry):
    rows = dict(notices.OURS)
    del rows[mails.Occasion.WALKED_IN]
    with pytest.raises(ImproperlyConfigured, match=r"does not say who hears of: walked_in\."):
        mails.declare(rows)


def test_a_mail_that_nobody_gets_is_an_error_when_the_apps_start(registry, monkeypatch):
    monkeypatch.setattr(kinds, "OURS", [*kinds.OURS, invented()])
    with pytest.raises(ImproperlyConfigured, match=r"does not say who gets the mail: invented\."):
        mails.declare_ours()


def test_a_mail_that_nobody_declared_cannot_be_queued():
    with pytest.raises(ImproperlyConfigured, match="No kind of mail is called 'forgotten'"):
        mails.queue("forgotten", None)


def sources(*apps: str) -> dict[Path, str]:
    paths = [path for app in apps for path in (settings.BASE_DIR / app).rglob("*.py") if "migrations" not in path.parts]
    return {path.relative_to(settings.BASE_DIR): path.read_text() for path in paths}


def test_of_every_occasion_with_a_mail_some_operation_tells():
    tables = {Path("trainings/mails/notices.py"), Path("certificates/mails.py")}
    apps = ("trainings", "certificates", "evidence")
    told = "\n".join(text for path, text in sources(*apps).items() if path not in tables)
    heard = {occasion.name for occasion, row in mails.table().items() if row.mails}
    untold = heard - set(re.findall(r"Occasion\.([A-Z_]+)", told))
    assert untold - {"CALENDAR"} == set(), "nobody queues their mails: call mails.tell(Occasion.…) in the operation"
    assert [kind.name for kind in notices.OURS[mails.Occasion.CALENDAR].mails] == [calendars.SHORT_MAIL]


def test_trainings_names_no_mail_of_an_app_above():
    above = [kind.name for kind in mail_kinds() if kind not in kinds.OURS]
    assert above == [
        "certificate_ready", "certificate_replaced", "certificate_revoked",
        "auditor_link", "auditor_answered", "auditor_asked",
    ]  # fmt: skip
    templates = {path: path.read_text() for path in (settings.BASE_DIR / "templates" / "emails").glob("*.*ml")}
    named = "|".join([*above, *map(str.upper, above), "certificates:", "certificates/"])
    assert [path for path, text in (sources("trainings") | templates).items() if re.search(named, text)] == []
