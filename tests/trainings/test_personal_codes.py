"""A code that says nothing of the person, is another one for every place, and in which a slip is found."""

import pytest

from tests.builders import build_person, build_registration, build_run, only_session
from trainings import personal_codes
from trainings.personal_codes import ALPHABET, is_spelled_right, personal_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(participant):
    return personal_code(build_registration(build_run(), participant))


def test_it_is_short_and_has_nothing_that_looks_like_something_else(code):
    assert (len(code), set(code) <= set(ALPHABET)) == (10, True)
    assert set("01258BILOSUVZ") & set(ALPHABET) == set()


def test_every_place_has_another_and_those_of_one_run_begin_alike():
    run, other = build_run(), build_run()
    person = build_person()
    codes = [
        personal_code(build_registration(each, who)) for each, who in [(run, person), (run, None), (other, person)]
    ]
    assert len(set(codes)) == 3
    assert codes[0][:2] == codes[1][:2] == personal_codes.run_part(run.pk) != codes[2][:2]


def test_the_next_place_of_the_same_person_has_another_one(participant):
    run = build_run()
    former = build_registration(run, participant, "cancelled")
    assert personal_code(former) != personal_code(build_registration(run, participant))


def test_another_installation_has_other_codes(participant, settings):
    registration = build_registration(build_run(), participant)
    code = personal_code(registration)
    settings.SECRET_KEY = "another"
    assert personal_code(registration) != code


def test_every_wrong_letter_is_found(code):
    wrong = [code[:place] + letter + code[place + 1 :] for place in range(10) for letter in ALPHABET]
    assert {one for one in wrong if is_spelled_right(one)} == {code}


def test_every_two_letters_that_changed_places_are_found(code):
    for first in range(9):
        for second in range(first + 1, 9):
            letters = list(code)
            letters[first], letters[second] = letters[second], letters[first]
            assert is_spelled_right("".join(letters)) == (code[first] == code[second])


@pytest.mark.parametrize("form", ["{0}-{1}", " {0} {1} ", "miko {0}{1}", "{0}–{1}"])
def test_what_was_meant(code, form):
    typed = form.format(code[:5].lower(), code[5:])
    assert personal_codes.typed(typed) == code


@pytest.mark.parametrize("typed", ["", "K7QFA", "K7QFAM9XTCC", "K7QFA-M9XTO", "ÄÖÜÄÖÜÄÖÜÄ", "١٢٣٤٥٦٧٨٩٠", "\x00" * 10])
def test_what_is_no_code(typed):
    assert not is_spelled_right(personal_codes.typed(typed))


def test_the_page_does_not_have_the_codes_themselves(code, participant):
    session = only_session(participant.registrations.get().run)
    mark = personal_codes.mark_of_code(session, code)
    assert (len(mark), code in mark) == (10, False)


@pytest.mark.parametrize(
    ("status", "fields", "has"),
    [
        ("confirmed", {}, True),
        ("confirmed", {"format": "hybrid"}, True),
        ("confirmed", {"format": "online"}, False),
        ("waitlisted", {}, False),
        ("cancelled", {}, False),
    ],
)
def test_who_has_one(participant, status, fields, has):
    assert build_registration(build_run(**fields), participant, status).has_personal_code() is has
