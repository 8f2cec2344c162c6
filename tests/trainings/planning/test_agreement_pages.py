"""The pages of agreements: coordinators keep them, agency contacts read what is in force, tables say until when."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.tables import CsvFile, read_table
from tests.builders import build_agency, build_agreement, build_person, build_registration, build_run, in_days
from tests.pages import read
from trainings import planning
from trainings.acts import Act
from trainings.models import Agreement, MasterDataEvent
from trainings.planning import AgencyResource

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\nScanned\n%%EOF\n"
TYPED = {
    "starts_on": "2026-01-01", "ends_on": "2027-12-31", "signed_by": "Erika Muster, Bürgermeisterin",
    "signed_on": "2025-12-01", "groups": ["staff"], "places_per_run": "4", "note": "Az. 11-3",
}  # fmt: skip


@pytest.fixture
def coordination(signed_in, coordinator):
    return signed_in(coordinator)


def to(name, row):
    return reverse(f"trainings:{name}", args=[row.pk])


def page_of(agency):
    return reverse("trainings:edit_master_data", args=["behoerden", agency.pk])


def pdf(content=PDF):
    return SimpleUploadedFile("vertrag.pdf", content)


def as_shown(coordination, address):
    """What a browser sends of the form as it stands, with the values it began from."""
    return read(coordination.get(address)).form("signed_by", "initial-signed_by")


def test_a_new_one_with_its_file_stands_on_the_page_of_the_agency(coordination, agency, coordinator):
    response = coordination.post(to("new_agreement", agency), TYPED | {"file": pdf()}, follow=True)
    assert response.redirect_chain == [(f"{page_of(agency)}#agreements", 302)]
    page = read(response)
    assert "01.01.2026 bis 31.12.2027" in page.links
    assert "Mitarbeitende, höchstens 4 Plätze je Termin · Unterschrieben am 01.12.2025 von Erika Muster" in page.text
    agreement = Agreement.objects.get()
    assert (bytes(agreement.content), agreement.note) == (PDF, "Az. 11-3")
    event = MasterDataEvent.objects.get()
    assert (event.of, event.actor, event.channel) == ("agreement", coordinator, "coordination")


def test_a_button_pressed_twice_makes_one(coordination, agency):
    for _time in range(2):
        assert coordination.post(to("new_agreement", agency), TYPED).status_code == 302
    assert Agreement.objects.count() == 1


def test_the_next_one_begins_the_day_after_and_allows_the_same(coordination, agency):
    build_agreement(agency, ends_on=dt.date(2030, 12, 31), groups=["leadership"], places_per_run=2)
    form = coordination.get(to("new_agreement", agency)).context["form"]
    assert {name: form[name].value() for name in ("starts_on", "groups", "places_per_run")} == {
        "starts_on": dt.date(2031, 1, 1),
        "groups": ["leadership"],
        "places_per_run": 2,
    }


def test_what_is_refused_stands_beside_its_field_and_nothing_is_lost(coordination, agency):
    build_agreement(agency, starts_on=dt.date(2026, 5, 1))
    response = coordination.post(to("new_agreement", agency), TYPED)
    assert response.context["form"].errors == {
        "ends_on": ["Ab dem 01.05.2026 gilt schon eine andere Vereinbarung dieser Behörde, ohne Ende."]
    }
    assert read(response, 409).form("signed_by")["signed_by"] == "Erika Muster, Bürgermeisterin"


def test_a_file_is_chosen_once_however_often_the_form_comes_back(coordination, agency):
    address = to("new_agreement", agency)
    without_name = coordination.post(address, TYPED | {"signed_by": "", "file": pdf()})
    assert "Ihre Datei ist hochgeladen" in read(without_name).text
    kept = without_name.context["form"]["kept"].value()
    asked = coordination.post(address, TYPED | {"signed_on": "2026-02-01", "kept": kept})
    assert "Unterschrieben wurde erst am 01.02.2026" in read(asked, 409).text
    kept = asked.context["form"]["kept"].value()
    answer = {"signed_on": "2026-02-01", "doubts": "signed_later", "kept": kept}
    assert coordination.post(address, TYPED | answer).status_code == 302
    assert bytes(Agreement.objects.get().content) == PDF


def test_a_file_that_waited_too_long_is_asked_for_again(coordination, agency):
    response = coordination.post(to("new_agreement", agency), TYPED | {"kept": "0" * 32})
    assert response.context["form"].errors == {
        "file": ["Die Datei ist nicht mehr da. Bitte wählen Sie sie noch einmal."]
    }
    assert not Agreement.objects.exists()


def test_a_file_that_is_none_is_refused_beside_its_field_and_not_kept(coordination, agency):
    response = coordination.post(to("new_agreement", agency), TYPED | {"file": pdf(b"MZ\x90")})
    assert response.context["form"].errors["file"] == ["Bitte wählen Sie eine PDF-Datei oder ein Foto (JPEG, PNG)."]
    assert "Ihre Datei ist hochgeladen" not in read(response, 409).text


def test_a_file_that_is_none_is_said_with_whatever_else_is_wrong(coordination, agency):
    response = coordination.post(to("new_agreement", agency), TYPED | {"signed_by": "", "file": pdf(b"MZ\x90")})
    assert set(response.context["form"].errors) == {"signed_by", "file"}
    assert "Ihre Datei ist hochgeladen" not in read(response).text


def test_the_second_of_two_editors_sees_what_the_first_has_saved(coordination, agency, coordinator):
    agreement = build_agreement(agency)
    address = to("edit_agreement", agreement)
    began = as_shown(coordination, address)
    planning.save_agreement(agreement, {"signed_by": "Ute Beispiel"}, Act(coordinator))
    response = coordination.post(address, began | {"signed_by": "Uwe Muster"})
    assert "Miriam Roth hat hier inzwischen „Ute Beispiel“ eingetragen." in str(response.context["form"].errors)
    agreement.refresh_from_db()
    assert agreement.signed_by == "Ute Beispiel"


def test_only_what_was_changed_is_written(coordination, agency, coordinator):
    agreement = build_agreement(agency, note="alt")
    address = to("edit_agreement", agreement)
    began = as_shown(coordination, address)
    planning.save_agreement(agreement, {"note": "neu"}, Act(coordinator))
    assert coordination.post(address, began | {"places_per_run": "7", "reason": "Nachtrag"}).status_code == 302
    agreement.refresh_from_db()
    assert (agreement.note, agreement.places_per_run) == ("neu", 7)
    assert "Nachtrag" in read(coordination.get(address)).text


def test_ending_early_asks_about_people_who_come_later(coordination, agency):
    agreement = build_agreement(agency)
    run = build_run(starts_at=in_days(30))
    build_registration(run, build_person())
    address = to("end_agreement", agreement)
    assert "unbefristet Wer angemeldet ist, behält den Platz." in read(coordination.get(address)).text
    typed = {"ends_on": f"{timezone.localdate()}", "reason": "gekündigt"}
    asked = coordination.post(address, typed)
    said = f"1 kommender Termin mit Angemeldeten oder gehaltenen Plätzen dieser Behörde ohne Vereinbarung: {run.number}"
    assert said in read(asked, 409).text
    assert coordination.post(address, typed | {"doubts": "leaves_people"}).status_code == 302
    agreement.refresh_from_db()
    assert agreement.ends_on == timezone.localdate()
    assert "Vorzeitig beenden" not in read(coordination.get(to("edit_agreement", agreement))).links


def test_one_with_people_cannot_be_deleted_and_another_can(coordination, agency):
    agreement = build_agreement(agency, starts_on=timezone.localdate())
    sent = build_registration(build_run(), build_person())
    assert "Es hängt daran: Anmeldungen." in read(coordination.post(to("remove_agreement", agreement)), 409).text
    sent.delete()
    assert coordination.post(to("remove_agreement", agreement), follow=True).redirect_chain == [
        (f"{page_of(agency)}#agreements", 302)
    ]
    assert not Agreement.objects.exists()


def test_the_file_comes_back_as_it_was_and_whoever_takes_it_is_on_record(coordination, agency, coordinator):
    coordination.post(to("new_agreement", agency), TYPED | {"file": pdf()})
    agreement = Agreement.objects.get()
    response = coordination.get(to("agreement_file", agreement))
    assert (response.content, response["Content-Type"]) == (PDF, "application/pdf")
    assert response["Content-Security-Policy"].startswith("sandbox;")
    event = AuditEvent.objects.get(what="exported")
    name = f"vereinbarung-{agency.pk}-2026-01-01.pdf"
    assert (event.by, event.about) == (coordinator, f"trainings:agreement_file: {name}")


def test_of_one_without_a_file_there_is_none(coordination, agency):
    assert coordination.get(to("agreement_file", build_agreement(agency))).status_code == 404


# --- Those who only read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2090, 12, 31), "groups": ["staff", "leadership"]},
            ["01.01.2026 bis 31.12.2090", "Mitarbeitende, Führungskräfte, beliebig viele Plätze je Termin"],
        ),
        (
            {"starts_on": dt.date(2026, 1, 1), "places_per_run": 1},
            ["ab 01.01.2026, unbefristet", "Alle Gruppen, höchstens 1 Platz je Termin"],
        ),
    ],
)
def test_the_contact_sees_until_when_and_what_it_allows_but_not_who_signed(signed_in, agency_contact, fields, words):
    build_agreement(agency_contact.agency, **fields)
    text = read(signed_in(agency_contact).get(reverse("trainings:agency"))).text
    assert all(said in text for said in words)
    assert "Muster" not in text


def test_the_contact_sees_nothing_where_there_is_none(signed_in, agency_contact):
    build_agreement(agency_contact.agency, ends_on=timezone.localdate() - dt.timedelta(days=1))
    assert "Unsere Vereinbarung" not in read(signed_in(agency_contact).get(reverse("trainings:agency"))).text


@pytest.mark.slow
def test_the_contact_sees_the_next_one_too_and_is_told_where_one_is_asked_for(signed_in, agency_contact, settings):
    today = timezone.localdate()
    build_agreement(agency_contact.agency, starts_on=today + dt.timedelta(days=1))
    settings.REGISTER_WITHOUT_AGREEMENT = "refuse"
    text = read(signed_in(agency_contact).get(reverse("trainings:agency"))).text
    assert f"ab {today + dt.timedelta(days=1):%d.%m.%Y}, unbefristet" in text
    assert f"Mit Stadtverwaltung Mayen gibt es für den {today:%d.%m.%Y} keine Kooperationsvereinbarung." in text


def test_the_list_of_agencies_says_until_when_each_is_covered(coordination, agency, other_agency):
    end = timezone.localdate() + dt.timedelta(days=9)
    build_agreement(agency, ends_on=end)
    build_agreement(other_agency)
    page = coordination.get(reverse("trainings:master_data_list", args=["behoerden"])).content.decode()
    said = re.findall(r'data-label="Vereinbarung bis">([^<]*)<', page)
    assert said == ["–", "unbefristet", f"{end:%d.%m.%Y}"]


def exported():
    return read_table(CsvFile().export_data(AgencyResource().export()), AgencyResource.knows).dict


def test_the_table_says_it_too_and_what_comes_back_changes_nothing(agency, other_agency, coordinator):
    agreement = build_agreement(agency, ends_on=dt.date(2090, 12, 31))
    build_agreement(other_agency)
    assert {row["Kurzname"]: row["Vereinbarung bis"] for row in exported()} == {
        "Kreisverwaltung Mayen-Koblenz": "",
        "Stadtverwaltung Mayen": "31.12.2090",
        "Stadtverwaltung Bendorf": "unbefristet",
    }
    text = "Kurzname;Name;Art;Vereinbarung bis\nStadtverwaltung Mayen;Stadt;municipality;01.01.2091\n"
    result = AgencyResource().import_data(read_table(text.encode()), user=coordinator)
    assert (result.problems, result.totals["update"]) == ([], 1)
    assert result.remarks == [
        "Die Spalte „Vereinbarung bis“ wird nicht gelesen: Vereinbarungen ändern Sie bei der Behörde."
    ]
    agreement.refresh_from_db()
    assert agreement.ends_on == dt.date(2090, 12, 31)


def test_the_desk_names_the_agencies_to_ask(coordination, agency, other_agency):
    end = timezone.localdate() + dt.timedelta(days=30)
    build_agreement(agency, ends_on=end)
    build_registration(build_run(), build_person("weber@bendorf.example"))
    page = read(coordination.get(reverse("trainings:coordination")))
    assert "Behörden, mit denen eine Vereinbarung zu schließen ist" in page.headings
    assert f"Stadtverwaltung Mayen endet am {end:%d.%m.%Y}, keine folgt" in page.text
    assert "Stadtverwaltung Bendorf schickt Personen ohne Vereinbarung" in page.text
    assert page.links["Stadtverwaltung Mayen"] == f"{page_of(agency)}#agreements"


def test_a_county_that_does_not_use_agreements_sees_no_task(coordination, agency):
    build_registration(build_run(), build_person())
    assert "Vereinbarung" not in read(coordination.get(reverse("trainings:coordination"))).text


def test_the_words_of_an_old_history_are_read_again(coordination):
    agency = build_agency("Amt", "amt.example")
    coordination.post(to("new_agreement", agency), TYPED)
    assert "Gilt für: – → Mitarbeitende" in read(coordination.get(to("edit_agreement", Agreement.objects.get()))).text
