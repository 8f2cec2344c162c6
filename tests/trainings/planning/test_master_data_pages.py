"""The pages of courses, venues, grants and agencies: two editors, previews, refusals beside their field."""

import pytest
from django.urls import reverse

from accounts.models import Agency, User
from tests.builders import (
    build_agency,
    build_course,
    build_funding,
    build_registration,
    build_run,
    build_venue,
    in_days,
)
from tests.certificates.builders import build_attended
from tests.pages import read
from trainings.models import Course, Funding, MasterDataEvent, Message, Venue

pytestmark = pytest.mark.django_db

KINDS = ["schulungen", "orte", "foerderungen", "behoerden"]
NEW = {
    "schulungen": {
        "number": "7", "level": "basic", "title": "Neu", "title_en": "New", "teaching_units": "4",
        "goals": "Eins\nZwei", "target_groups": ["staff"], "with_badge": "on", "published": "on",
    },
    "orte": {"name": "Neu", "town": "Mayen", "street": "Markt 1"},
    "foerderungen": {
        "fund": "AMIF", "project_title": "Neu", "grant_number": "AM-9", "beneficiary": "Landkreis",
        "starts_on": "2030-01-01", "ends_on": "2032-12-31", "keep_evidence_until": "2038-12-31",
    },
    "behoerden": {"name": "Neu", "short_name": "N", "kind": "other", "mail_domains": "neu.example, auch.neu.example"},
}  # fmt: skip
ROWS = {
    "schulungen": lambda: build_course(contents="Eins"),  # the reader of pages takes lines of a text together
    "orte": build_venue,
    "foerderungen": build_funding,
    "behoerden": build_agency,
}


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def to_list(kind: str) -> str:
    return reverse("trainings:master_data_list", args=[kind])


def to_new(kind: str) -> str:
    return reverse("trainings:new_master_data", args=[kind])


def to(kind: str, row) -> str:
    return reverse("trainings:edit_master_data", args=[kind, row.pk])


def test_the_lists_say_how_many_runs_are_to_come(client):
    course, venue, grant = build_course(), build_venue(), build_funding()
    for day in (5, 10, -5):
        build_run(course, venue=venue, funding=grant, starts_at=in_days(day))
    build_run(
        course, venue=venue, funding=grant, starts_at=in_days(20), cancelled_at=in_days(-1), cancellation_reason="krank"
    )
    build_run(build_course())
    for kind, row in [("schulungen", course), ("orte", venue), ("foerderungen", grant)]:
        rows = client.get(to_list(kind)).context["page_obj"].object_list
        assert {one.pk: one.runs_to_come for one in rows}[row.pk] == 2, kind


@pytest.mark.parametrize("kind", KINDS)
def test_something_new_is_saved_and_stands_in_its_list(client, coordinator, kind):
    response = client.post(to_new(kind), NEW[kind], follow=True)
    assert response.redirect_chain == [(to_list(kind), 302)]
    assert "Neu" in read(response).text
    event = MasterDataEvent.objects.get()
    assert (event.what, event.actor, event.channel) == ("created", coordinator, "coordination")


def test_all_of_a_new_course_is_stored(client):
    client.post(to_new("schulungen"), NEW["schulungen"])
    course = Course.objects.get()
    assert (course.number, course.title_en, course.goals, course.target_groups) == (7, "New", "Eins\nZwei", ["staff"])
    assert (course.with_badge, course.is_published, course.slug) == (True, True, "neu")


def test_after_how_many_years_a_course_is_refreshed_stands_in_its_history(client):
    course = build_course(contents="Eins")
    fields = read(client.get(to("schulungen", course))).form("reason")
    fields["target_groups"] = fields["initial-target_groups"] = course.target_groups

    page = read(client.post(to("schulungen", course), {**fields, "refresh_after_years": "21"}), 409)
    assert page.errors == ["Dieser Wert muss kleiner oder gleich 20 sein."]
    client.post(to("schulungen", course), {**fields, "refresh_after_years": "3"})

    course.refresh_from_db()
    assert course.refresh_after_years == 3
    [event] = MasterDataEvent.objects.all()
    assert event.changes == [{"field": "refresh_after_years", "old": None, "new": 3}]


def test_whom_another_number_of_years_reminds_is_said_before(client):
    course = build_course(contents="Eins")
    build_attended(build_run(course, starts_at=in_days(-700)))
    fields = read(client.get(to("schulungen", course))).form("reason")
    fields["target_groups"] = fields["initial-target_groups"] = course.target_groups

    page = read(client.post(to("schulungen", course), {**fields, "refresh_after_years": "2"}))

    assert "1 Person wird an eine Auffrischung erinnert" in page.text
    assert Course.objects.get(pk=course.pk).refresh_after_years is None


def test_domains_of_a_new_agency_are_read(client):
    client.post(to_new("behoerden"), NEW["behoerden"])
    assert {one.domain for one in Agency.objects.get(name="Neu").mail_domains.all()} == {
        "neu.example",
        "auch.neu.example",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_button_pressed_twice_makes_one(client, kind):
    for _time in range(2):
        assert client.post(to_new(kind), NEW[kind]).status_code == 302
    assert MasterDataEvent.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_said_beside_its_field(client, kind):
    page = read(client.post(to_new(kind), {}))
    assert "Dieses Feld ist zwingend erforderlich." in " ".join(page.errors)
    assert MasterDataEvent.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_saving_a_page_as_it_is_changes_nothing(client, kind):
    row = ROWS[kind]()
    before = list(type(row).objects.values())
    response = client.get(to(kind, row))
    fields = read(response).form("reason")
    if kind == "schulungen":
        fields["target_groups"] = fields["initial-target_groups"] = row.target_groups
    assert client.post(to(kind, row), fields).status_code == 302
    after = [{**one, "changed_at": None} for one in type(row).objects.values()]
    assert after == [{**one, "changed_at": None} for one in before]
    assert MasterDataEvent.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_elses_change_is_shown_before_it_is_overwritten(client, signed_in, kind):
    row = ROWS[kind]()
    name = {"foerderungen": "project_title", "schulungen": "title"}.get(kind, "name")
    fields = read(client.get(to(kind, row))).form("reason")
    if kind == "schulungen":
        fields["target_groups"] = fields["initial-target_groups"] = row.target_groups
    type(row).objects.filter(pk=row.pk).update(**{name: "Von anderer Hand"})
    mine = {**fields, name: "Meins"}
    response = client.post(to(kind, row), mine)
    [error] = read(response).errors
    assert "„Von anderer Hand“" in error
    row.refresh_from_db()
    assert getattr(row, name) == "Von anderer Hand"
    again = read(response).form("reason")
    if kind == "schulungen":
        again["target_groups"] = again["initial-target_groups"] = row.target_groups
    assert client.post(to(kind, row), again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == "Meins"


def test_groups_changed_by_two_people_are_named(client):
    course = build_course(groups=["staff"])
    fields = read(client.get(to("schulungen", course))).form("reason")
    fields["initial-target_groups"] = ["staff"]
    course.target_group_rows.create(group="volunteers")
    page = read(client.post(to("schulungen", course), {**fields, "target_groups": ["leadership"]}))
    assert "„Mitarbeitende, Ehrenamtliche“" in " ".join(page.errors)


@pytest.mark.parametrize("kind", KINDS)
def test_the_history_stands_on_the_page(client, coordinator, kind):
    row = ROWS[kind]()
    name = {"foerderungen": "project_title", "schulungen": "title"}.get(kind, "name")
    fields = read(client.get(to(kind, row))).form("reason")
    if kind == "schulungen":
        fields["target_groups"] = fields["initial-target_groups"] = row.target_groups
    old = getattr(row, name)
    client.post(to(kind, row), {**fields, name: "Anders", "reason": "Beschluss"})
    text = read(client.get(to(kind, row))).text
    assert "Miriam Roth) Beschluss" in text
    assert f"{old} → Anders" in text


def test_a_new_address_is_previewed_for_all_runs_and_then_told(client, trainer):
    venue = build_venue("Haus", street="Markt 1")
    for _number in range(3):
        build_registration(build_run(venue=venue, trainers=[trainer]))
    fields = {**read(client.get(to("orte", venue))).form("reason"), "street": "Markt 2"}
    preview = read(client.post(to("orte", venue), fields))
    assert "Das betrifft 3 kommende Termine." in preview.text
    assert "Termin geändert: 6" in preview.text
    assert (Venue.objects.get().street, Message.objects.count()) == ("Markt 1", 0)
    back = client.post(to("orte", venue), {**preview.form("street"), "back": "1"})
    assert read(back).form("reason")["street"] == "Markt 2"
    assert client.post(to("orte", venue), {**preview.form("street"), "confirmed": "1"}).status_code == 302
    assert (Venue.objects.get().street, Message.objects.count()) == ("Markt 2", 6)


def test_doubts_about_a_grant_are_to_be_ticked(client):
    funding = build_funding()
    build_run(number="R-1", funding=funding)
    fields = {**read(client.get(to("foerderungen", funding))).form("reason"), "ends_on": "2020-12-31"}
    preview = read(client.post(to("foerderungen", funding), fields))
    assert "Danach liegt 1 Termin nicht mehr in der Förderung: R-1." in preview.text
    untouched = client.post(to("foerderungen", funding), {**preview.form("ends_on"), "confirmed": "1"})
    assert untouched.status_code == 409
    assert Funding.objects.get().ends_on.year == 2039
    ticked = {**preview.form("ends_on"), "confirmed": "1", "doubts": "funding_period"}
    assert client.post(to("foerderungen", funding), ticked).status_code == 302
    assert Funding.objects.get().ends_on.year == 2020


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_nothing_hangs_on_can_be_deleted(client, kind):
    row = ROWS[kind]()
    if kind == "behoerden":
        User.objects.update(agency=None)
    address = reverse("trainings:remove_master_data", args=[kind, row.pk])
    assert "Löschen" in read(client.get(to(kind, row))).text
    assert client.post(address).status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()


def test_what_runs_have_cannot_be_deleted(client, run):
    assert "Löschen" not in read(client.get(to("schulungen", run.course))).text
    response = client.post(reverse("trainings:remove_master_data", args=["schulungen", run.course_id]))
    assert "Es hängt daran: Termine" in read(response, 409).alerts[0]
    assert Course.objects.filter(pk=run.course_id).exists()


def test_unknown_kinds_and_foreign_keys_are_not_there(client):
    for address in [to_list("mails"), to_new("mails"), "/koordination/stammdaten/orte/999/"]:
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_lists_are_searched_and_take_as_many_queries_for_three_as_for_one(
    client, django_assert_max_num_queries, kind, coordinator
):
    rows = [
        ROWS[kind](*(["Amt eins", "eins.example"] if kind == "behoerden" else [])),
        ROWS[kind](*(["Amt zwei", "zwei.example"] if kind == "behoerden" else [])),
    ]
    with django_assert_max_num_queries(11):
        text = read(client.get(to_list(kind))).text
    name = str(rows[0]).partition(" (")[0].partition(",")[0]
    assert name in text
    assert name in read(client.get(to_list(kind), {"q": name.split()[-1]})).text
    assert "Nichts gefunden." in read(client.get(to_list(kind), {"q": "Xyz"})).text


def test_agencies_stand_in_the_order_of_names(client):
    for name in ("Zoo", "Übersee", "Uferamt"):
        build_agency(name, domain="")
    names = [agency.name for agency in client.get(to_list("behoerden")).context["page_obj"]]
    assert names == ["Kreisverwaltung Mayen-Koblenz", "Übersee", "Uferamt", "Zoo"]


def test_one_returns_to_where_one_came_from(client):
    came_from = reverse("trainings:choose_course")
    page = read(client.get(to_new("schulungen"), {"next": came_from}))
    response = client.post(to_new("schulungen"), {**NEW["schulungen"], "next": page.form("title")["next"]})
    assert response.url == came_from
    elsewhere = client.post(to_new("orte"), {**NEW["orte"], "next": "https://boese.example/"})
    assert elsewhere.url == to_list("orte")


# --- Contacts ---------------------------------------------------------------------------------------


def contacts_url(agency) -> str:
    return reverse("trainings:agency_contacts", args=[agency.pk])


def test_contacts_are_added_by_address_and_taken_away(client, agency, participant):
    added = client.post(contacts_url(agency), {"email": "YILDIZ@mayen.example"}, follow=True)
    page = read(added)
    assert page.alerts == ["Ayşe Yıldız ist jetzt Ansprechperson."]
    assert "Yıldız, Ayşe" in page.text
    taken = client.post(contacts_url(agency), {"remove": participant.pk}, follow=True)
    assert read(taken).alerts == ["Ayşe Yıldız ist keine Ansprechperson mehr."]
    assert "Ansprechpersonen: Ayşe Yıldız → –" in read(client.get(to("behoerden", agency))).text


def test_who_cannot_be_a_contact_is_said_beside_the_field(client, agency, other_participant):
    for email, text in [
        (
            other_participant.email,
            "Diese Person gehört zu Stadtverwaltung Bendorf. "
            "Bitte bestätigen Sie, dass sie für Stadtverwaltung Mayen sprechen soll.",
        ),
        ("niemand@mayen.example", "Mit dieser Adresse gibt es kein aktives Konto."),
    ]:
        [error] = read(client.post(contacts_url(agency), {"email": email})).errors
        assert error == text


def test_only_contacts_of_this_agency_are_taken_away(client, other_agency, agency_contact):
    for key in (agency_contact.pk, "x", 999):
        assert client.post(contacts_url(other_agency), {"remove": key}).status_code == 404
    agency_contact.refresh_from_db()
    assert agency_contact.is_agency_contact
