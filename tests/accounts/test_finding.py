"""People are found by words of theirs without reading everybody, whoever wrote their names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import finding, people
from accounts.models import SearchWord, User
from tests.builders import build_agency, build_person

pytestmark = pytest.mark.django_db


def found(text: str) -> list[User]:
    return finding.find(User.objects.all(), text, 50)


def renamed(person: User) -> None:
    people.change(person, {"first_name": "Änne", "last_name": "Oberhauser"}, by=None)


def moved(person: User) -> None:
    people.change(person, {"email": "oberhauser@bendorf.example"}, by=None)


def past_every_operation(person: User) -> None:
    """As the version before, another program or a hand in the database does."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET last_name = 'Oberhauser' WHERE id = %s", [person.pk])


def saved(person: User) -> None:
    person.last_name = "Oberhauser"
    person.save()


@pytest.mark.parametrize("write", [renamed, moved, past_every_operation, saved])
@pytest.mark.parametrize("typed", ["Oberhauser", "oberh", "Oberhausr"])
def test_a_new_name_or_address_is_found_at_once_and_by_its_rows_whoever_wrote_it(write, typed):
    person = build_person("weber@mayen.example", "Jan", "Weber")
    finding.catch_up()
    write(User.objects.get())
    if write is not moved or typed != "Oberhausr":  # typing errors are forgiven in names
        assert found(typed) == [person]
        assert finding.catch_up() == 1
        assert found(typed) == [person]
    finding.catch_up()
    assert finding.catch_up() == 0
    assert [*finding.out_of_step()] == []


def test_under_the_former_name_nobody_is_found():
    build_person("jan@mayen.example", "Jan", "Weber")
    finding.catch_up()
    past_every_operation(User.objects.get())
    finding.catch_up()
    assert found("Weber") == []


def test_the_words_of_whom_the_version_before_erases_go():
    """It knows neither the words nor what they were made of."""
    person = build_person("jan@mayen.example", "Jan", "Weber")
    finding.catch_up()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET first_name = '', last_name = '', organisation = '', email = 'x',"
            " profile_completed_at = NULL, is_active = %s, erased_at = %s",
            [False, connection.ops.adapt_datetimefield_value(timezone.now())],
        )
    assert [*finding.out_of_step()] == [person.pk]
    assert finding.keys_of(["x"], 10) == []
    assert (finding.catch_up(), finding.catch_up()) == (1, 0)
    assert (SearchWord.objects.count(), User.objects.get().found_by, [*finding.out_of_step()]) == (0, "", [])


def test_the_version_before_may_delete_people_and_their_words_go():
    build_person("jan@mayen.example", "Jan", "Weber")
    left = build_person("ole@mayen.example", "Ole", "Kern")
    finding.catch_up()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_affiliation WHERE person_id <> %s", [left.pk])
        cursor.execute("DELETE FROM account_emailaddress WHERE user_id <> %s", [left.pk])
        cursor.execute("DELETE FROM accounts_user WHERE id <> %s", [left.pk])
    connection.check_constraints()
    assert finding.forget_nobodys() > 0
    assert {*SearchWord.objects.values_list("person", flat=True)} == {left.pk}


@pytest.mark.parametrize("is_new", [True, False])
def test_marks_within_a_name_and_a_lone_sign(is_new):
    person = build_person("oneill@mayen.example", "Sean", "O´Neill")
    if not is_new:
        finding.catch_up()
    assert finding.keys_of(["O´Neill"], 10) == [person.pk]
    assert found("O´Neill") == [person]
    assert finding.keys_of(["@"], 10) == []


def test_what_changes_no_name_makes_no_work():
    person = build_person()
    finding.catch_up()
    people.change(person, {"phone": "02651 1"}, by=None)
    people.end(person, by=None)
    assert finding.catch_up() == 0


def test_with_the_name_the_words_go(participant):
    from trainings.people import ending  # noqa: PLC0415  of a room above

    finding.catch_up()
    assert SearchWord.objects.filter(person=participant).exists()
    people.end(participant, by=None)
    ending.become_count(User.objects.get(pk=participant.pk), participant.date_joined)
    assert not SearchWord.objects.filter(person=participant).exists()
    assert User.objects.get(pk=participant.pk).found_by == ""
    assert finding.catch_up() == 0, "a count needs no words"


def test_whose_rows_are_others_is_said():
    kept, lost, foreign = (build_person(f"{name}@mayen.example", "Jan", name) for name in ("Berg", "Klein", "Weber"))
    finding.catch_up()
    SearchWord.objects.filter(person=lost, word="klein").delete()
    SearchWord.objects.create(person=foreign, word="meyer", backwards="reyem")
    assert [*finding.out_of_step()] == [lost.pk, foreign.pk]
    assert kept.pk not in finding.out_of_step()


def mistyped(name: str) -> set[str]:
    """Each letter left out, doubled, exchanged with the next, and replaced."""
    places = range(len(name))
    return {
        wrong
        for at in places
        for wrong in (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
            name[:at] + "x" + name[at + 1 :],
        )
    }


@pytest.mark.parametrize("name", ["Weber", "Yıldız", "Müller", "Schneider", "Oberhauser"])
def test_a_mistyped_letter_is_forgiven_wherever_it_is(name):
    """In names of up to five letters no letters exchanged: that is too much of the whole."""
    person = build_person("anna@mayen.example", "Anna", name)
    build_person("jan@mayen.example", "Jan", "Kowalski")
    finding.catch_up()
    for wrong in mistyped(name):
        assert found(f"Anna {wrong}") == [person], wrong
        if len(name) > 5:
            assert found(wrong) == [person], wrong


@pytest.mark.parametrize(
    "typed",
    [
        "Lüdenscheid", "luedensch", "Müller-Lüd", "mueller", "Anna Lüd", "a.mueller", "a.mueller@mayen.example",
        "mayen.exa", "@mayen", "Dr.", "dr müller", "scheid", "Wohlfahrt",
    ],
)  # fmt: skip
def test_parts_of_names_and_addresses(typed):
    person = build_person(
        "a.mueller@mayen.example", "Anna", "Müller-Lüdenscheid", title="Dr.", organisation="Wohlfahrt e. V."
    )
    build_person("jan@bendorf.example", "Jan", "Weber")
    assert found(typed) == [person]
    finding.catch_up()
    assert found(typed) == [person]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "a%", "\U0010ffff", "'", "()"])
def test_signs_that_databases_take_for_others_find_nobody(typed):
    build_person("jan@mayen.example", "Jan", "Weber")
    finding.catch_up()
    assert found(typed) == []


def test_a_name_of_any_length_is_found():
    long = build_person("a@mayen.example", "Ä" * 150, "\ufdfa" * 150)  # a sign that stands for eighteen
    finding.catch_up()
    assert found("Ä" * 150) == found("Ä" * 20) == found("\ufdfa" * 150) == [long]
    assert [*finding.out_of_step()] == []


def test_somebody_without_an_address_is_not_found_by_what_stands_for_it():
    person = people.create_without_address(last_name="Weber", group="staff")
    for _made in range(2):
        assert found("no-address") == []
        assert found("Weber") == [person]
        finding.catch_up()


@pytest.mark.parametrize(
    "typed", ["Weber", "Jan Weber", "Wbeer", "Jan Wbeer", "Xyz Weber", "weber@mayen.example", "Zzyzx"]
)
def test_nobody_is_read_who_has_nothing_of_what_is_typed(typed):
    """As SQLite says it: it looks in no table from the beginning to the end."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, and is right")
    build_agency("Stadtverwaltung Bendorf", "bendorf.example")
    for number in range(3):
        build_person(f"weber{number}@mayen.example", "Jan", "Weber")
    finding.catch_up()
    with CaptureQueriesContext(connection) as asked:
        found(typed)
    with connection.cursor() as cursor:
        for query in [one["sql"] for one in asked]:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plan = [step[3] for step in cursor.fetchall()]
            assert [
                step for step in plan if step.startswith("SCAN accounts") and "user_without_search" not in step
            ] == []
