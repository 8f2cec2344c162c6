"""How names are cleaned and sorted."""

import ast
import re
from pathlib import Path

import pytest

from accounts.names import clean_name, proposed_by, sort_key
from tests.sources import nodes_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ayşe   Yıldız ", "Ayşe Yıldız"),
        ("Müller-Lüdenscheidt", "Müller-Lüdenscheidt"),
        ("O’Neill", "O’Neill"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("محمد", "محمد"),
        ("მარიამ", "მარიამ"),
        ("Zoe\tAnn\nLee", "Zoe Ann Lee"),
        ("Zoe\u2028Ann", "Zoe Ann"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("Anna\u202egnp.exe", "Annagnp.exe"),
        ("\ufeffAn\u200bna\u00ad", "Anna"),
        ("\u2066Lea\u2069", "Lea"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("\x00\x07", ""),
        ("", ""),
    ],
)
def test_a_name_stays_as_written_but_for_what_nobody_sees(typed, kept):
    assert clean_name(typed) == kept
    assert clean_name(kept) == kept


def test_people_are_sorted_as_in_a_german_list_of_names():
    names = [
        "Zander",
        "Muller",
        "Müller",
        "Mueller",
        "Muffler",
        "Örtel",
        "Oertel",
        "Ott",
        "Ärmel",
        "Adam",
        "Straße",
        "Strasse",
    ]
    assert sorted(names, key=sort_key) == [
        "Adam",
        "Ärmel",
        "Müller",
        "Mueller",
        "Muffler",
        "Muller",
        "Örtel",
        "Oertel",
        "Ott",
        "Straße",
        "Strasse",
        "Zander",
    ]


def test_marks_and_case_do_not_count_in_sorting():
    assert sort_key("Łukasz") == sort_key("lukasz")
    assert sort_key("Çelik", "ÉMILE") == sort_key("celik", "emile")
    assert sort_key("Yıldız") == sort_key("Yildiz") == sort_key("YILDIZ")
    assert sort_key("Øster") == sort_key("Oester")
    assert sort_key("Weiß") == sort_key("WEISS")


def test_the_first_name_decides_among_equal_surnames():
    assert sorted([("Müller", "Zoe"), ("Mueller", "Anna")], key=lambda name: sort_key(*name)) == [
        ("Mueller", "Anna"),
        ("Müller", "Zoe"),
    ]


def test_an_ascii_name_takes_the_short_way_to_the_same_key():
    assert (
        sort_key("O'Neill-SMITH") == sort_key("O'Neill-SMI\N{FULLWIDTH LATIN CAPITAL LETTER T}H") == ("o'neill-smith",)
    )


OF_PEOPLE = r"name_sort_key|\blast_name|__last_name|surname|agency__name|short_name"


def test_nobody_else_sorts_people():
    """Databases sort Müller behind Mutzke, each in its way; and a second sort key is a second order."""
    root = Path(__file__).resolve().parents[2]
    sorting = {
        str(path.relative_to(root))
        for app in ("accounts", "trainings", "certificates")
        for path in (root / app).rglob("*.py")
        if "migrations" not in path.parts
        for call in nodes_of(path, having=OF_PEOPLE)
        if isinstance(call, ast.Call) and calls(call, {"sorted", "sort", "order_by"})
        for asked in [*call.args, *(keyword.value for keyword in call.keywords)]
        if re.search(OF_PEOPLE, ast.unparse(asked))
    }
    # A confirmation is sorted by the surnames that certificates bear, with the same key. Of people found the database
    # brings the first hundred, whom by_name sorts.
    known = {"accounts/names.py", "certificates/issuing/collective.py", "accounts/finding.py"}
    assert sorting == known, "ask accounts.names.by_name"


def calls(call: ast.Call, names: set[str]) -> bool:
    return (call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")) in names


@pytest.mark.parametrize(
    ("email", "proposal"),
    [
        ("anna.klein@mayen.example", ("Anna", "Klein")),
        ("Anna-Lena.Klein-Berg@mayen.example", ("Anna-Lena", "Klein-Berg")),
        ("petra.mueller@mayen.example", ("", "")),  # Müller or Mueller
        ("joerg.klein@mayen.example", ("", "")),
        ("peter.gross@mayen.example", ("", "")),
        ("a.klein@mayen.example", ("", "")),
        ("klein@mayen.example", ("", "")),
        ("anna.maria.klein@mayen.example", ("", "")),
        ("anna.klein2@mayen.example", ("", "")),
        ("info.jugendamt@mayen.example", ("", "")),
        ("ordnungsamt.team@mayen.example", ("", "")),
        ("ayşe.yıldız@mayen.example", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_address_proposes_a_name_only_where_it_cannot_be_read_otherwise(email, proposal):
    assert proposed_by(email) == proposal
