"""Does nothing leave a copy of the database that has been brought up elsewhere, until somebody says so?"""

import pytest
from django.core import mail
from django.db.models import AutoField
from django.urls import reverse

from accounts.models import AuditEvent
from tests.builders import build_registration, build_run
from tests.pages import read
from trainings import bounces, holding, mails
from trainings.acts import Act
from trainings.models import DatabaseHome, Message

pytestmark = pytest.mark.django_db
PAGE = reverse("trainings:release_mails")
DESK = reverse("trainings:coordination")


@pytest.fixture(autouse=True)
def production(settings):
    settings.DEMO = False
    settings.PUBLIC_URL = "https://schulungen.kreis.example"
    settings.INSTALLATION = "production"


@pytest.fixture
def at_home(participant):
    """A database that has sent mails from here, and a mail that waits."""
    assert not holding.are_held()
    mails.queue("registered", build_registration(build_run(), participant))


def delivered() -> int:
    mails.deliver_due()
    return len(mail.outbox)


def test_a_new_database_is_at_home_where_it_first_runs(at_home):
    assert delivered() == 1


@pytest.mark.parametrize(("name", "value"), [("PUBLIC_URL", "https://probe.kreis.example"), ("INSTALLATION", "probe")])
def test_elsewhere_mails_are_held_and_go_on_back_at_home(at_home, settings, name, value):
    home = getattr(settings, name)
    setattr(settings, name, value)
    assert delivered() == 0
    assert Message.objects.get().attempts == 0
    setattr(settings, name, home)
    assert delivered() == 1


def test_the_setting_holds_them_at_home(at_home, settings):
    settings.MAILS_HELD = True
    assert delivered() == 0
    settings.MAILS_HELD = False
    assert delivered() == 1


def test_a_machine_without_a_name_is_known_by_its_id(settings):
    named = holding.machine()
    settings.INSTALLATION = ""
    assert holding.machine() not in {named, ""}
    assert holding.machine() == holding.machine()


def test_mails_held_in_the_middle_of_many_stop_there(at_home, participant, settings):
    mails.queue("registered", build_registration(build_run(), participant))

    def hold_after_the_first() -> bool:
        settings.MAILS_HELD = bool(mail.outbox)
        return True

    mails.deliver_due(hold_after_the_first)
    assert len(mail.outbox) == 1


def test_the_mailbox_is_not_read_meanwhile(at_home, settings):
    settings.BOUNCE_IMAP_URL = "imap://user:geheim@127.0.0.1:1/INBOX"  # where nobody answers
    settings.MAILS_HELD = True
    assert bounces.fetch() == 0
    with pytest.raises(bounces.MailboxUnavailable, match="Mails are held here"):
        bounces.read_mailbox()


def test_the_desk_says_why_and_a_coordinator_releases(at_home, settings, signed_in, coordinator):
    settings.PUBLIC_URL = "https://probe.kreis.example"
    delivered()
    client = signed_in(coordinator)
    said = read(client.get(DESK))
    assert "E-Mails werden zurückgehalten" in said.text
    assert "lief zuletzt unter https://schulungen.kreis.example und läuft jetzt unter https://probe" in said.text
    assert said.links["Ansehen und freigeben"] == PAGE
    assert "1 E-Mail wartet." in read(client.get(PAGE)).text
    assert delivered() == 0, "looking releases nothing"

    client.post(PAGE)
    assert delivered() == 1
    assert "zurückgehalten" not in read(client.get(DESK)).text
    event = AuditEvent.objects.get(what="mails_released")
    assert (event.by, event.changes["public_url"]) == (
        coordinator,
        ["https://schulungen.kreis.example", "https://probe.kreis.example"],
    )


def test_after_a_restore_they_are_held(at_home, signed_in, coordinator):
    DatabaseHome.objects.update(public_url="", machine="")  # as config.backups does
    assert delivered() == 0
    assert "wurde aus einer Sicherung wiederhergestellt" in read(signed_in(coordinator).get(DESK)).text
    assert holding.release(Act(coordinator))
    assert delivered() == 1
    assert not holding.release(Act(coordinator))
    assert AuditEvent.objects.filter(what="mails_released").count() == 1


def test_what_a_setting_holds_no_page_releases(at_home, settings, signed_in, coordinator):
    settings.MAILS_HELD = True
    client = signed_in(coordinator)
    page = read(client.get(PAGE))
    assert "MAILS_HELD" in page.text
    assert "geben Sie die E-Mails frei" not in page.text
    client.post(PAGE)
    assert delivered() == 0


def test_two_installations_on_one_database_do_not_take_it_from_each_other(at_home, settings):
    settings.INSTALLATION = "probe"
    assert delivered() == 0
    settings.INSTALLATION = "production"
    assert delivered() == 1
    settings.INSTALLATION = "probe"
    assert holding.are_held()


def test_a_demo_holds_nothing(at_home, settings):
    settings.DEMO = True
    settings.PUBLIC_URL = "http://127.0.0.1:8001"
    assert delivered() == 1


def test_the_row_takes_no_key_from_a_sequence():
    """A backup names sequences that are behind their keys, and this one would be."""
    assert not isinstance(DatabaseHome._meta.pk, AutoField)
