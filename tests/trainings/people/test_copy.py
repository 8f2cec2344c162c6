"""Is everything in the copy that is held about a person, and does it say what the database says?"""

import datetime as dt
import json

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts.models import User
from demo import world
from tests import builders
from tests.certificates.builders import build_attended, build_finished_run
from tests.pages import read
from trainings import calendars, people
from trainings.models import RegistrationEvent
from trainings.people import copy, relations
from trainings.views import my_data

# Points to a person and is in no part of the copy, because:
NOT_COPIED: dict[str, str] = {}


def covered() -> set[str]:
    parts = {f"{part.model.__name__}.{way}" for part in copy.PARTS for way in part.ways if "__" not in way}
    return parts | {f"{trace.model.__name__}.{trace.column}" for trace in copy.TRACES}


def test_every_column_that_points_to_a_person_is_in_a_part_of_the_copy():
    pointing = {f"{column.model.__name__}.{column.name}" for column in relations.to_people()}
    assert pointing - covered() - set(NOT_COPIED) == set(), "declare it in trainings/people/holdings.py"
    assert set(NOT_COPIED) - pointing == set()


def test_every_address_is_in_a_part_of_the_copy():
    addresses = {
        f"{model.__name__}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, models.EmailField)
    }
    own = {f"{part.model.__name__}.{column.name}" for part in copy.PARTS for column in part.columns}
    assert addresses - covered() - own == set(), "declare it in trainings/people/holdings.py"
    assert "Registration.supervisor_email" in covered(), "whoever is asked as a supervisor is a person, too"


def read_back(person: User) -> dict[str, list[dict]]:
    return json.loads(people.as_json(people.copy_of(person)))


def check_against_the_database(person: User) -> int:
    """The rows of every part are those that point to the person, with what they say; returns how many values agreed."""
    said, compared = read_back(person), 0
    for part in copy.PARTS:
        rows = {row.pk: row for row in part.rows(person)}
        keys = [row.get("id", row.get("person")) for row in said[part.name]]
        assert len(rows) == len(keys), part.name
        for way in part.ways:
            end = copy._end_of(part.model, way, person)
            for row in part.model._base_manager.filter(**{way: end}):
                assert row.pk in rows, (part.name, way)
        for copied, row in zip(said[part.name], rows.values(), strict=True):
            for column in part.columns:
                value = getattr(row, column.attname)
                if isinstance(column, models.ForeignKey):
                    assert bool(copied[column.name]) is (value is not None), (part.name, column.name)
                elif isinstance(value, dt.datetime):
                    assert dt.datetime.fromisoformat(copied[column.name]) == value
                else:
                    expected = value.isoformat() if isinstance(value, dt.date) else value
                    assert copied[column.name] == expected, (part.name, column.name)
                compared += 1
    acts = {(row["table"], row["column"], row["id"]) for row in said["acts"]}
    for trace in copy.TRACES:
        keys = set(trace.rows(person).values_list("pk", flat=True))
        assert keys == {key for table, column, key in acts if (table, column) == (trace.model.__name__, trace.column)}
    return compared


@pytest.mark.slow
@pytest.mark.django_db
def test_the_copy_of_every_demo_person_says_what_the_database_says():
    world.load()
    for person in User.objects.all():
        assert check_against_the_database(person) > len(User._meta.concrete_fields) - 3


@pytest.mark.django_db
def test_it_names_nobody_else(participant, coordinator, trainer):
    registration = build_attended(build_finished_run(trainers=[trainer]), participant, by=trainer)
    RegistrationEvent.objects.create(
        registration=registration, to_status="confirmed", channel="coordination", actor=coordinator
    )
    build_attended(registration.run, builders.build_person("fremd@mayen.example", "Frieda", "Fremd"), by=participant)
    said = people.as_json(people.copy_of(participant))
    for other in ("Roth", "Okafor", "Frieda", "fremd@"):
        assert other not in said
    [event] = json.loads(said)["history"]
    assert event["actor"] == "Koordination"
    assert {(row["table"], row["column"]) for row in json.loads(said)["acts"]} == {
        ("AttendanceRecord", "recorded_by"), ("AttendanceChange", "actor"),
    }  # fmt: skip


@pytest.mark.django_db
def test_whoever_was_asked_as_a_supervisor_finds_that(participant, other_participant):
    run = builders.build_run()
    builders.build_registration(run, other_participant, supervisor_email=participant.email)
    [row] = read_back(participant)["acts"]
    assert (row["table"], row["column"]) == ("Registration", "supervisor_email")


@pytest.mark.django_db
def test_secrets_are_not_in_it(participant):
    token = calendars.subscribe(participant)
    said = people.as_json(people.copy_of(participant))
    assert token not in said
    assert participant.password not in said
    assert timezone.now().date().isoformat() in said


@pytest.mark.django_db
def test_the_page_shows_the_newest_and_the_file_has_them_all(participant, signed_in, monkeypatch):
    monkeypatch.setattr(my_data, "MOST_SHOWN", 2)
    run = builders.build_run()
    asked = [
        builders.build_registration(run, builders.build_person(), supervisor_email=participant.email) for _ in range(3)
    ]
    own = [builders.build_registration(builders.build_run(), participant) for _ in range(3)]
    client = signed_in(participant)
    text = read(client.get("/meine-daten/")).text
    for title in ("Anmeldungen", "wo Sie gefragt wurden"):
        assert f"{title} (mehr als " in text
    assert "von jeder Art höchstens die 2 neuesten. Alle stehen in der Datei unter „Mitnehmen“." in text
    shown = {part.name: [row[0].value for row in part.rows] for part in people.copy_of(participant, 2)}
    assert (shown["registrations"], shown["acts"][:2]) == ([one.pk for one in own[1:]], [one.pk for one in asked[1:]])
    held = client.get("/meine-daten/meine-daten.json").json()
    assert [row["id"] for row in held["registrations"]] == [one.pk for one in own]
    assert [row["id"] for row in held["acts"] if row["table"] == "Registration"] == [one.pk for one in asked]
