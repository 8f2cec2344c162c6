"""Writing the legal pages in the browser: what the public sees, what coordinators see, and which version holds."""

import html
import re

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from tests.builders import build_funding
from tests.pages import read
from trainings import checks, legal_pages
from trainings.acts import Act
from trainings.models import PageText

pytestmark = pytest.mark.django_db
LIST = reverse("trainings:legal_pages")
PAGE = reverse("trainings:page_text", args=["imprint", "de"])
PREVIEW = reverse("trainings:page_text_preview", args=["imprint", "de"])
VIDEO = reverse("trainings:page_text", args=["sign_language", "de"])
OURS = {"version": "0", "text": "## Anbieter\r\n\r\nKreis Musterland\r\n[[Anschrift]]"}


@pytest.fixture
def client_of_coordinator(signed_in, coordinator):
    return signed_in(coordinator)


def save(coordinator, page: str = "imprint", language: str = "de", **words: str) -> PageText | None:
    based_on = legal_pages.current(page, language).version
    return legal_pages.save(PageText(page=page, language=language, **words), Act(coordinator), based_on=based_on)


def in_english(client, name: str):
    return client.get(reverse(name), headers={"accept-language": "en"})


# --- What the public sees ---------------------------------------------------------------------------------------------


def test_a_page_nobody_edited_says_what_fits_the_site(client, settings):
    settings.OPERATOR_NAME = "Kreis Musterland"
    build_funding(grant_number="AMIF-7")
    page = read(client.get(reverse("imprint")))
    assert page.headings == [
        "Impressum", "Anbieter", "Kontakt", "Verantwortlich für den Inhalt", "Förderung", "Software und Gestaltung",
    ]  # fmt: skip
    assert "Kreis Musterland Projekt MiKo-MYK" in page.text
    assert "Förderkennzeichen AMIF-7." in page.text
    assert page.links[settings.CONTACT_EMAIL] == f"mailto:{settings.CONTACT_EMAIL}"


@pytest.mark.parametrize("page", PageText.Page)
def test_gaps_are_marked_to_coordinators_and_to_nobody_else(page, signed_in, coordinator, participant):
    for somebody in (Client(), signed_in(participant)):
        seen = somebody.get(reverse(page)).content.decode()
        assert ["app-fill-in" in seen, "zu ergänzen" in seen, PAGE in seen] == [False, False, False]
    seen = signed_in(coordinator).get(reverse(page)).content.decode()
    assert ["app-fill-in" in seen, "vom Betreiber zu ergänzen" in seen] == [True, True]
    assert f'href="{reverse("trainings:page_text", args=[page, "de"])}"' in seen


def test_what_was_written_is_shown_in_its_language(client, coordinator):
    save(coordinator, text="Kreis {operator_unit} <b>")
    save(coordinator, language="en", text="County")
    assert "Kreis Projekt MiKo-MYK &lt;b&gt;" in client.get(reverse("imprint")).content.decode()
    assert "County" in in_english(client, "imprint").content.decode()


def test_without_words_of_its_own_a_language_shows_the_german_ones_marked(client, coordinator):
    assert "Information in accordance with" in in_english(client, "imprint").content.decode()
    build_funding(fund="Fonds der Erde", fund_en="Earth Fund")
    save(coordinator, text="Kreis Musterland, {fund}")
    page = in_english(client, "imprint").content.decode()
    assert "<h1>Legal notice</h1>" in page
    assert '<div lang="de">' in page
    assert "Kreis Musterland, Fonds der Erde</p>" in page
    assert "At present this page exists in German only." in page
    assert "Earth Fund" in in_english(client, "privacy").content.decode()


def test_english_words_alone_do_not_take_the_place_of_german_ones(client, coordinator):
    save(coordinator, language="en", text="County")
    assert "Angaben nach § 5" in client.get(reverse("imprint")).content.decode()


def test_a_video_of_our_own_host_is_shown_with_its_captions(client, coordinator):
    assert "<video" not in client.get(reverse("sign_language")).content.decode()
    save(coordinator, "sign_language", text="Das Video.", video="/medien/dgs.mp4", captions="/medien/dgs.vtt")
    response = client.get(reverse("sign_language"))
    page = response.content.decode()
    assert '<video class="app-video" controls preload="metadata" src="/medien/dgs.mp4">' in page
    assert '<track kind="captions" src="/medien/dgs.vtt" srclang="de"' in page
    assert "media-src 'self';" in response["Content-Security-Policy"]


# --- Writing it -------------------------------------------------------------------------------------------------------


def test_the_list_says_what_stands_where_and_what_is_missing(client_of_coordinator):
    assert f'href="{LIST}"' in client_of_coordinator.get(reverse("trainings:coordination")).content.decode()
    client_of_coordinator.post(PAGE, OURS)
    page = client_of_coordinator.get(LIST).content.decode()
    assert page.count('<th scope="row"') == len(PageText.Page)
    row = page[page.index(f'href="{PAGE}"') :].partition("</tr>")[0]
    assert ["Fassung 1" in row, "Miriam Roth" in row, "1 Lücke" in row] == [True, True, True]
    assert "zeigt den deutschen Text" in row


def test_the_form_begins_with_the_words_in_use_and_names_the_gaps(client_of_coordinator, settings):
    response = client_of_coordinator.get(PAGE)
    page = read(response)
    assert page.form("version", "text")["text"].startswith("Angaben nach § 5 Digitale-Dienste-Gesetz (DDG)")
    assert "Das fehlt noch vom Betreiber zu ergänzen: Straße" in page.text
    assert f"{{contact_email}} E-Mail-Adresse der Koordination ({settings.CONTACT_EMAIL})" in page.text
    assert "video" not in page.form("version", "text")
    assert "noch nicht geändert" in page.text


def test_saving_is_public_at_once_and_makes_a_version(client_of_coordinator, coordinator):
    page = client_of_coordinator.post(PAGE, OURS, follow=True).content.decode()
    assert "Fassung 1 ist gespeichert und öffentlich." in page
    saved = PageText.objects.get()
    assert (saved.text, saved.version, saved.saved_by) == (
        "## Anbieter\n\nKreis Musterland\n[[Anschrift]]",
        1,
        coordinator,
    )
    assert re.search(r"Uhr, Miriam Roth</td>", page)
    seen = Client().get(reverse("imprint")).content.decode()
    assert ["Kreis Musterland" in seen, "Anschrift" in seen] == [True, False]


def test_what_is_wrong_is_said_and_nothing_is_lost(client_of_coordinator):
    page = read(client_of_coordinator.post(PAGE, OURS | {"text": "{name} [x](javascript:y)"}))
    assert "{name} ist kein Platzhalter." in page.errors[0]
    assert "„javascript:y“ ist keine Adresse" in page.errors[0]
    assert page.form("version", "text")["text"] == "{name} [x](javascript:y)"
    assert PageText.objects.count() == 0


@pytest.mark.parametrize(
    "elsewhere", ["https://video.example/a.mp4", "//video.example/a.mp4", "/a.html", "a.mp4", "/a b.mp4", "/a.mp4?x"]
)
def test_a_video_from_elsewhere_is_refused(client_of_coordinator, elsewhere):
    posted = {"version": "0", "text": "", "video": elsewhere, "captions": elsewhere.replace("mp4", "vtt")}
    assert len(read(client_of_coordinator.post(VIDEO, posted)).errors) == 2
    assert PageText.objects.count() == 0


def test_two_at_once_do_not_overwrite_each_other_unseen(client_of_coordinator, coordinator):
    save(coordinator, text="Von jemand anderem")
    response = client_of_coordinator.post(PAGE, OURS)
    page = read(response, 409)
    assert "Miriam Roth hat inzwischen Fassung 1 gespeichert" in page.text
    assert (page.form("version", "text")["version"], "Kreis Musterland" in page.text) == ("1", True)
    client_of_coordinator.post(PAGE, OURS | {"version": "1"})
    assert legal_pages.current("imprint", "de").version == 2


def test_back_to_the_words_to_begin_with_is_a_version_too(client_of_coordinator):
    client_of_coordinator.post(PAGE, OURS)
    client_of_coordinator.post(PAGE, {"default": "1"})
    newest = legal_pages.current("imprint", "de")
    assert (newest.version, newest.is_changed) == (2, False)
    page = client_of_coordinator.get(PAGE, {"fassung": "1"})
    assert "Kreis Musterland" in read(page).form("version", "text")["text"]
    assert "nichts geändert" in client_of_coordinator.post(PAGE, {"default": "1"}, follow=True).content.decode()


def test_the_words_to_begin_with_are_kept_as_empty_and_follow_when_they_are_improved(client_of_coordinator):
    words = legal_pages.shown(PageText(page="imprint", language="de"))["text"]
    client_of_coordinator.post(PAGE, OURS)
    client_of_coordinator.post(PAGE, {"version": "1", "text": words.replace("\n", "\r\n")})
    assert legal_pages.current("imprint", "de").text == ""


def test_the_preview_shows_what_is_typed_and_stores_nothing(client_of_coordinator):
    response = client_of_coordinator.post(PREVIEW, OURS)
    page = response.content.decode()
    assert ["Kreis Musterland" in page, '<mark class="app-fill-in">[Anschrift]</mark>' in page] == [True, True]
    assert "no-store" in response["Cache-Control"]
    assert PageText.objects.count() == 0
    assert "Angaben nach § 5" in client_of_coordinator.get(PREVIEW).content.decode()
    wrong = client_of_coordinator.post(PREVIEW, OURS | {"text": "{name}"})
    assert "ist kein Platzhalter" in html.unescape(wrong.content.decode())


def test_what_is_no_legal_page_does_not_exist(client_of_coordinator):
    for args in (["feedback", "de"], ["imprint", "fr"]):
        for name in ("page_text", "page_text_preview"):
            assert client_of_coordinator.get(reverse(f"trainings:{name}", args=args)).status_code == 404


# --- The check before going live --------------------------------------------------------------------------------------


def test_the_check_names_what_is_missing(coordinator):
    said = [warning.msg for warning in checks.legal_pages_are_complete()]
    assert len(said) == 2 * len(PageText.Page)
    assert "The legal page imprint (de) has gaps: vom Betreiber zu ergänzen: Straße" in said[0]
    for page in PageText.Page:
        save(coordinator, page, text="Alles gesagt.")
    assert checks.legal_pages_are_complete() == []  # and the English pages show the German text
    save(coordinator, "privacy", language="en", text="Officer: [[name]]")
    [warning] = checks.legal_pages_are_complete()
    assert warning.msg == "The legal page privacy (en) has gaps: name"


def test_the_check_runs_before_going_live_and_stops_nothing():
    before_going_live, ordinary = run_checks(include_deployment_checks=True), run_checks()
    assert [any(said.id == "trainings.W001" for said in found) for found in (before_going_live, ordinary)] == [
        True,
        False,
    ]
    assert not any(said.is_serious() for said in before_going_live if said.id == "trainings.W001")
