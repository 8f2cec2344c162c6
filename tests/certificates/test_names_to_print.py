"""Does whoever has a name that the paper cannot bear learn it when they give it, with what they can do?"""

import pytest
from django.conf import settings

from tests import builders
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printable")]

PROFILE = "/konto/"
REMARK = "Diese Zeichen kann die Teilnahmebescheinigung nicht drucken: 伟 王."
ANSWERS = {"first_name": "伟", "last_name": "王", "group": "staff", "language": "de", "calendar_choice": "mail"}


@pytest.fixture
def printable() -> None:
    from trainings import printing  # noqa: PLC0415

    if printing.missing_packages():
        pytest.skip("this machine cannot print")


def test_whoever_gives_the_name_is_asked_and_may_keep_it(signed_in, participant):
    client = signed_in(participant)
    page = read(client.post(PROFILE, ANSWERS))
    assert REMARK in page.errors[0]
    assert settings.CONTACT_EMAIL in page.errors[0]
    assert "Den Namen trotzdem so speichern" in page.text
    participant.refresh_from_db()
    assert participant.last_name == "Yıldız"

    client.post(PROFILE, {**ANSWERS, "keep_name": "on"})
    participant.refresh_from_db()
    assert participant.full_name == "伟 王"
    assert REMARK in read(client.get(PROFILE)).text
    client.post(PROFILE, {**ANSWERS, "phone": "0261 1"})  # of a name that stays nobody is asked again
    participant.refresh_from_db()
    assert participant.phone == "0261 1"


def test_whoever_confirms_the_name_is_told(signed_in, participant):
    participant.last_name = "王"
    participant.save()
    registration = builders.build_registration(builders.build_run(), participant)
    page = read(signed_in(participant).get(f"/meine-schulungen/{registration.pk}/"))
    assert "Diese Zeichen kann die Teilnahmebescheinigung nicht drucken: 王." in page.text


@pytest.mark.parametrize("name", ["Yıldız", "Παπαδόπουλος", "Шевченко", "Nguyễn", "Łukasiewicz", "Ṣàngó"])
def test_names_the_paper_can_bear_are_not_asked_about(signed_in, participant, name):
    signed_in(participant).post(PROFILE, {**ANSWERS, "first_name": name, "last_name": name})
    participant.refresh_from_db()
    assert participant.full_name == f"{name} {name}"
