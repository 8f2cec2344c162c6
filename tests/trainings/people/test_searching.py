"""People are found by name, address or number, typing errors forgiven."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import finding
from accounts.models import User
from tests.builders import build_person
from tests.certificates.builders import build_certificate
from trainings import people

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["words made", "words not made yet"])
def find(request) -> Callable[[str], list[User]]:
    def find(text: str) -> list[User]:
        if request.param == "words made":
            finding.catch_up()
        return people.find_people(text)

    return find


@pytest.mark.parametrize(
    "text",
    [
        "Yıldız", "yildiz", "Ayşe Yıldız", "Yıldız, Ayşe", "ayse yildiz", "Yildz Ayse", "Jildiz", "ayse@mayen",
        "YILDIZ", "yil",
    ],
)  # fmt: skip
def test_somebody_is_found(find, text):
    person = build_person("ayse@mayen.example", "Ayşe", "Yıldız")
    build_person("jan@mayen.example", "Jan", "Weber")
    assert find(text) == [person]


@pytest.mark.parametrize(
    ("text", "last_name"), [("Mueller", "Müller"), ("Muller", "Müller"), ("Gross", "Groß"), ("Mayer", "Meyer")]
)
def test_as_it_sounds_or_is_typed_abroad(find, text, last_name):
    person = build_person("a@mayen.example", "Anna", last_name)
    build_person("jan@mayen.example", "Jan", "Weber")
    assert find(text) == [person]


def test_by_the_number_of_the_account(find):
    person = build_person("a@mayen.example")
    assert find(str(person.pk)) == find(f"#{person.pk}") == [person]


@pytest.mark.parametrize("text", ["", "   ", "Zzyzx", "99999999999999999999", "'; --", "\u202e"])
def test_nobody(find, text):
    build_person("a@mayen.example", "Anna", "Müller")
    assert find(text) == []


def test_two_of_one_name_are_both_found(find):
    both = [build_person(f"{number}@mayen.example", "Thomas", "Meier") for number in range(2)]
    assert set(find("Thomas Meier")) == set(both)


def test_who_types_a_name_does_not_have_all_certificates_looked_through(find, participant, coordinator):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    with CaptureQueriesContext(connection) as asked:
        assert find(participant.last_name) == [participant]
    assert [one for one in asked if "certificates_certificate" in one["sql"]] == []
    assert find(certificate.number.lower()) == [participant]
