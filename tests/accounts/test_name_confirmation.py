"""People say beforehand that their name is spelled right; whoever changes it afterwards, they are asked again."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tables import PersonResource, import_table, read_table
from tests import builders
from trainings import people
from trainings.acts import Act
from trainings.models import Registration

QUESTION = "So steht Ihr Name auf der Bescheinigung:"


@pytest.fixture
def confirmed(participant) -> User:
    participant.name_confirmed_at = timezone.now()
    participant.save()
    return participant


def test_who_takes_part_is_asked_once(signed_in, participant):
    client, url = signed_in(participant), reverse("trainings:my_registrations")
    assert QUESTION not in client.get(url).content.decode()  # nothing to certify yet
    builders.build_registration(builders.build_run(), participant, Registration.Status.CONFIRMED)
    page = client.get(url).content.decode()
    assert [QUESTION in page, "<strong>Ayşe Yıldız</strong>" in page] == [True, True]

    page = client.post(reverse("accounts:confirm_name"), {"name": "Ayşe Yıldız"}, follow=True).content.decode()

    participant.refresh_from_db()
    assert participant.name_confirmed_at is not None
    assert ["Schreibweise Ihres Namens ist bestätigt" in page, QUESTION in page] == [True, False]


@pytest.mark.parametrize("shown", ["Ayşe Yildiz", ""])
def test_a_name_other_than_the_one_shown_is_not_confirmed(signed_in, participant, shown):
    page = signed_in(participant).post(reverse("accounts:confirm_name"), {"name": shown}, follow=True).content.decode()

    participant.refresh_from_db()
    assert (participant.name_confirmed_at, "inzwischen geändert" in page) == (None, True)


def profile(person: User, **changes: str) -> dict[str, str]:
    fields = ["title", "first_name", "last_name", "group", "phone", "language"]
    return {field: getattr(person, field) for field in fields} | {"calendar_choice": "mail"} | changes


@pytest.mark.parametrize(
    ("changes", "still"), [({"title": "Dr."}, False), ({"last_name": "Neu"}, False), ({"phone": "0261 1"}, True)]
)
def test_ones_own_change_of_the_name_empties_it(signed_in, confirmed, changes, still):
    signed_in(confirmed).post(reverse("accounts:profile"), profile(confirmed, **changes))

    confirmed.refresh_from_db()
    assert (confirmed.name_confirmed_at is not None) == still


@pytest.mark.parametrize(("changes", "still"), [({"first_name": "Ayse"}, False), ({"phone": "0261 1"}, True)])
def test_a_coordinators_change_empties_it(coordinator, confirmed, changes, still):
    person = people.change_person(confirmed, changes, Act(coordinator))
    assert (person.name_confirmed_at is not None) == still


@pytest.mark.parametrize(("last_name", "still"), [("Yildiz", False), ("Yıldız", True)])
def test_a_spreadsheet_empties_it(confirmed, last_name, still):
    table = f"E-Mail;Vorname;Nachname;Gruppe;Telefon\n{confirmed.email};Ayşe;{last_name};Mitarbeitende;0261 1\n"

    import_table(PersonResource(), read_table(table.encode()))

    confirmed.refresh_from_db()
    assert (confirmed.last_name, confirmed.name_confirmed_at is not None) == (last_name, still)
