"""How a format comes to be what the funder wants: copied, changed column by column, by two people at once, deleted."""

import pytest

from evidence import formats
from evidence.formats import FormatEdit
from evidence.history import history_of
from evidence.models import DefinitionEvent, ExportFormat
from trainings.acts import Act, Channel
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(coordinator) -> Act:
    return Act(coordinator, Channel.COORDINATION)


@pytest.fixture
def copied(act) -> ExportFormat:
    return formats.copy_format(formats.format_of("people"), act)


def headings(of: ExportFormat) -> list[str]:
    of.refresh_from_db()
    return [column.heading for column in of.ordered_columns]


def test_a_copy_is_a_format_of_its_own(copied, act):
    again = formats.copy_format(copied, act)
    further = formats.copy_format(copied, act)
    assert [one.name for one in formats.all_formats()][:3] == ["Terminliste", "Teilnehmende ohne Namen", "Personentage"]
    assert [one.name for one in (copied, again, further)] == [
        "Kopie von Teilnehmende ohne Namen",
        "Kopie von Kopie von Teilnehmende ohne Namen",
        "Kopie von Kopie von Teilnehmende ohne Namen 2",
    ]
    assert headings(again) == headings(copied) != []
    formats.change_format(again, FormatEdit(step=(formats.REMOVE, 1)), act)
    assert len(headings(again)) == len(headings(copied)) - 1
    assert history_of(again).last().changes == [
        {"field": "name", "old": copied.name, "new": again.name},
    ]


def test_columns_are_added_moved_renamed_and_removed(act):
    of = formats.create_format({"name": "Landkreis", "row": "run"}, act)
    for content in ["run_number", "course", "text"]:
        formats.change_format(of, FormatEdit(step=(formats.ADD, content)), act)
    assert headings(of) == ["Termin", "Schulung", "Fester Text"]
    formats.change_format(of, FormatEdit(columns={2: {"heading": "Maßnahme"}}, step=(formats.UP, 2)), act)
    assert headings(of) == ["Maßnahme", "Termin", "Fester Text"]
    formats.change_format(of, FormatEdit(step=(formats.DOWN, 1)), act)
    formats.change_format(of, FormatEdit(step=(formats.DOWN, 1)), act)  # the last one stays the last
    formats.change_format(of, FormatEdit(step=(formats.UP, 2)), act)
    assert headings(of) == ["Maßnahme", "Fester Text", "Termin"]
    formats.change_format(of, FormatEdit(step=(formats.REMOVE, 3)), act)
    assert headings(of) == ["Maßnahme", "Termin"]
    assert [(event.what, event.actor) for event in history_of(of)][-1] == ("created", act.by)
    old, new = history_of(of)[0].changes[0]["old"], history_of(of)[0].changes[0]["new"]
    assert (len(old), len(new)) == (3, 2)


def test_who_changes_another_column_at_the_same_time_undoes_nothing(copied, act):
    stale = ExportFormat.objects.get(pk=copied.pk)
    formats.change_format(copied, FormatEdit(columns={1: {"heading": "Nr."}}, step=(formats.DOWN, 1)), act)
    formats.change_format(stale, FormatEdit(columns={2: {"heading": "Dienststelle"}}), act)
    assert headings(copied)[:2] == ["Dienststelle", "Nr."]


def test_a_column_somebody_has_removed_is_not_brought_back(copied, act):
    formats.change_format(copied, FormatEdit(step=(formats.REMOVE, 2)), act)
    with pytest.raises(Refused, match=r"inzwischen jemand entfernt.*Dienststelle"):
        formats.change_format(copied, FormatEdit(columns={2: {"heading": "Dienststelle"}}), act)
    with pytest.raises(Refused, match="inzwischen jemand entfernt"):
        formats.change_format(copied, FormatEdit(step=(formats.UP, 2)), act)


@pytest.mark.parametrize(
    ("edit", "fields"),
    [
        (FormatEdit(values={"name": "TERMINLISTE des Landes"}), ["name"]),
        (FormatEdit(values={"name": ""}), ["name"]),
        (FormatEdit(values={"delimiter": ",", "decimal_mark": ","}), ["delimiter"]),
        (FormatEdit(columns={1: {"heading": ""}}), ["heading-1"]),
        (FormatEdit(columns={1: {"content": "run_registered"}}), ["content-1"]),
        (FormatEdit(columns={1: {"content": "text"}}), ["text-1"]),
        (FormatEdit(step=(formats.ADD, "shoe_size")), ["new_content"]),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_stored(copied, act, edit, fields):
    formats.create_format({"name": "Terminliste des Landes", "row": "run"}, act)
    before = ExportFormat.objects.values().get(pk=copied.pk)
    with pytest.raises(Refused) as refused:
        formats.change_format(copied, edit, act)
    assert [reason.field for reason in refused.value.reasons] == fields
    assert ExportFormat.objects.values().get(pk=copied.pk) == before


def test_the_text_of_a_column_goes_with_its_content(copied, act):
    formats.change_format(copied, FormatEdit(columns={1: {"content": "text", "text": "DE"}}), act)
    copied.refresh_from_db()
    assert copied.ordered_columns[0].text == "DE"
    formats.change_format(copied, FormatEdit(columns={1: {"content": "person"}}), act)
    copied.refresh_from_db()
    assert copied.ordered_columns[0].text == ""


def test_a_broken_column_can_be_mended_or_removed(copied, act):
    columns = [{**column, "content": "shoe_size"} if column["key"] == 1 else column for column in copied.columns]
    ExportFormat.objects.filter(pk=copied.pk).update(columns=columns)
    with pytest.raises(Refused, match="gibt es nicht mehr"):
        formats.change_format(copied, FormatEdit(columns={1: {"heading": "Neu"}}), act)
    formats.change_format(copied, FormatEdit(columns={1: {"content": "person"}}), act)
    assert formats.broken(ExportFormat.objects.get(pk=copied.pk)) == []
    ExportFormat.objects.filter(pk=copied.pk).update(columns=columns)
    formats.change_format(copied, FormatEdit(columns={1: {"heading": "Neu"}}, step=(formats.REMOVE, 1)), act)
    assert formats.broken(ExportFormat.objects.get(pk=copied.pk)) == []


def test_the_history_outlives_the_format(copied, act):
    key = copied.pk
    formats.remove_format(copied, act)
    assert [event.what for event in DefinitionEvent.objects.filter(key=key)] == ["copied", "deleted"]
    with pytest.raises(Refused, match="inzwischen gelöscht"):
        formats.change_format(ExportFormat(pk=key), FormatEdit(), act)


def test_only_coordinators_keep_them(copied, participant):
    nobody = Act(participant)
    for attempt in (
        lambda: formats.create_format({"name": "x", "row": "run"}, nobody),
        lambda: formats.copy_format(copied, nobody),
        lambda: formats.change_format(copied, FormatEdit(), nobody),
        lambda: formats.remove_format(copied, nobody),
    ):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.parametrize("code", ["runs", "1", "shoes", "²", "9" * 40, "-1", ""])
def test_a_format_is_found_by_the_word_of_its_address(db, code):
    found = formats.format_of(code)
    assert (found.standard if found else None) == ("runs" if code == "runs" else None)
