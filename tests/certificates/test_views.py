"""Fetching, issuing and checking certificates in the browser."""

import hashlib
import re
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import issuing, proof
from certificates.models import Certificate, display_code
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run
from trainings.acts import Act


def refused(response) -> bool:
    return response.status_code == 404


# --- my certificates --------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_certificates_with_their_links(signed_in, coordinator, participant, other_participant):
    course = builders.build_course("Grundlagen")
    mine = build_certificate(participant, by=coordinator, run=build_finished_run(course=course))
    other = build_certificate(other_participant, by=coordinator, rendered=False)

    page = signed_in(participant).get(reverse("certificates:list")).content.decode()

    shown = [
        "Grundlagen",
        "8 UE (6 Std.)",
        mine.number,
        f"/bescheinigungen/{mine.number}.pdf",
        f"/pruefen/{mine.code}/",
    ]
    assert [text in page for text in shown] == [True] * 5
    assert other.number not in page


def test_the_list_says_what_is_not_ready_failed_or_revoked(signed_in, coordinator, participant):
    waiting = build_certificate(participant, by=coordinator, rendered=False)
    failed = build_certificate(participant, by=coordinator, rendered=False)
    Certificate.objects.filter(pk=failed.pk).update(failure="Kein Zeichen")
    revoked = build_certificate(participant, by=coordinator)
    Certificate.objects.filter(pk=revoked.pk).update(revoked_at=builders.berlin(2026, 3, 10))
    unseen = build_certificate(participant, by=coordinator, rendered=False)
    Certificate.objects.filter(pk=unseen.pk).update(replaced_at=timezone.now(), failure="Kein Zeichen")

    page = signed_in(participant).get(reverse("certificates:list")).content.decode()

    assert [number in page for number in (waiting.number, failed.number, revoked.number, unseen.number)] == [
        True,
        True,
        True,
        False,
    ]
    assert ["wird erstellt" in page, "konnte nicht erstellt werden" in page, "widerrufen am 10.03.2026" in page] == [
        True
    ] * 3
    assert ".pdf" not in page


def test_an_empty_list_says_how_one_comes_by_a_certificate(signed_in, participant):
    page = signed_in(participant).get(reverse("certificates:list")).content.decode()

    assert "Noch keine Bescheinigung" in page


def test_the_list_takes_the_same_queries_for_one_and_for_three(
    signed_in, coordinator, participant, django_assert_max_num_queries
):
    client = signed_in(participant)
    for _number in range(3):
        build_certificate(participant, by=coordinator, rendered=False)
        with django_assert_max_num_queries(6) as captured:  # one asks which courses are refreshed
            client.get(reverse("certificates:list"))
        assert not any('"pdf"' in query["sql"] for query in captured)


# --- download ---------------------------------------------------------------------------------------------------------


def test_the_download_is_the_stored_file_under_a_name_every_program_reads(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)

    response = signed_in(participant).get(certificate.get_absolute_url())

    plain = f"Teilnahmebescheinigung-{certificate.number}"
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert hashlib.sha256(response.content).hexdigest() == certificate.sha256
    assert response["Content-Disposition"] == (
        f"attachment; filename=\"{plain}.pdf\"; filename*=utf-8''{plain}-{quote('Ayşe Yıldız')}.pdf"
    )
    assert response["Cache-Control"] == "private, no-store"


def test_a_name_of_plain_letters_makes_a_plain_file_name(signed_in, coordinator, other_participant):
    certificate = build_certificate(other_participant, by=coordinator)

    response = signed_in(other_participant).get(certificate.get_absolute_url())

    assert response["Content-Disposition"] == (
        f'attachment; filename="Teilnahmebescheinigung-{certificate.number}-Jan Weber.pdf"'
    )


def test_only_the_owner_and_the_coordination_may_download(
    client, signed_in, coordinator, participant, other_participant, trainer, agency_contact
):
    run = build_finished_run(trainers=[trainer])
    url = build_certificate(participant, by=coordinator, run=run).get_absolute_url()

    assert client.get(url).status_code == 302
    assert [refused(signed_in(person).get(url)) for person in (other_participant, trainer, agency_contact)] == [
        True
    ] * 3
    assert [signed_in(person).get(url).status_code for person in (participant, coordinator)] == [200, 200]


def test_a_revoked_one_is_kept_for_the_coordination_alone(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)
    Certificate.objects.filter(pk=certificate.pk).update(revoked_at=timezone.now())

    assert refused(signed_in(participant).get(certificate.get_absolute_url()))
    assert signed_in(coordinator).get(certificate.get_absolute_url()).status_code == 200


def test_what_is_not_rendered_or_does_not_exist_is_not_found(signed_in, coordinator, participant):
    waiting = build_certificate(participant, by=coordinator, rendered=False)
    client = signed_in(participant)

    assert refused(client.get(waiting.get_absolute_url()))
    assert refused(client.get("/bescheinigungen/MYK-1999-000001.pdf"))


# --- issuing ----------------------------------------------------------------------------------------------------------


def test_the_coordinator_sees_who_gets_one_and_why_others_do_not(signed_in, coordinator):
    run = build_finished_run()
    build_attended(run, builders.build_person(last_name="Ganz"))
    build_attended(run, builders.build_person(last_name="Halb"), minutes=180)
    build_attended(run, builders.build_person(last_name="Offen"), minutes=None)

    page = signed_in(coordinator).get(reverse("certificates:issue", args=[run.pk])).content.decode()

    shown = [
        "1 Bescheinigung ausstellen",
        "360 von 360 Min. (100 %)",
        "Erhält eine Bescheinigung über 8 UE (6 Std.).",
        "Zu wenig: 180 von 360 Minuten, nötig sind 288.",
        f"Anwesenheit nicht erfasst: {timezone.localtime(run.starts_at):%d.%m.%Y}",
        reverse("trainings:attendance", args=[run.sessions.get().pk]),
    ]
    assert [text in page for text in shown] == [True] * 6


def test_posting_issues_says_so_and_shows_how_far_the_files_are(signed_in, coordinator):
    run = build_finished_run()
    build_attended(run)
    build_attended(run)
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])

    page = client.post(url, follow=True).content.decode()

    assert Certificate.objects.filter(issued_by=coordinator).count() == 2
    assert ["2 Bescheinigungen sind ausgestellt." in page, "0 von 2 PDF-Dateien sind fertig." in page] == [True, True]
    assert "Es gab nichts auszustellen." in client.post(url, follow=True).content.decode()


def test_only_those_ticked_get_one(signed_in, coordinator):
    run = build_finished_run()
    build_attended(run)
    chosen = build_attended(run)
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])

    page = client.post(url, {"selected": "1", "chosen": [chosen.pk]}, follow=True).content.decode()

    assert Certificate.objects.get().registration == chosen
    assert "1 Bescheinigung ist ausgestellt." in page


def test_without_a_tick_or_a_needed_reason_nothing_is_issued_and_nothing_typed_is_lost(signed_in, coordinator):
    run = build_finished_run()
    short = build_attended(run, builders.build_person(last_name="Kurz"), minutes=100)
    build_attended(run)
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])

    page = client.post(url, {"selected": "1", "override_reason": "Kind erkrankt"}).content.decode()
    assert ["Bitte wählen Sie mindestens eine Person aus." in page, 'value="Kind erkrankt"' in page] == [True, True]
    page = client.post(url, {"selected": "1", "chosen": [short.pk]}).content.decode()
    assert "Bitte nennen Sie den Grund; zu wenig anwesend: Kurz, Kim." in page
    assert re.findall(r'name="chosen" value="(\d+)" checked', page) == [str(short.pk)]
    assert Certificate.objects.count() == 0

    client.post(url, {"selected": "1", "chosen": [short.pk], "override_reason": "Kind erkrankt"})
    assert "trotz zu geringer Anwesenheit: Kind erkrankt" in client.get(url).content.decode()


def test_somebody_of_another_run_cannot_be_ticked(signed_in, coordinator):
    run, other_run = build_finished_run(), build_finished_run()
    build_attended(run)
    stranger = build_attended(other_run)

    signed_in(coordinator).post(
        reverse("certificates:issue", args=[run.pk]), {"selected": "1", "chosen": [stranger.pk, "x"]}
    )

    assert Certificate.objects.count() == 0


@pytest.mark.slow
def test_the_page_says_who_has_not_confirmed_their_name_and_issues_all_the_same(signed_in, coordinator):
    run = build_finished_run()
    build_attended(run, builders.build_person(last_name="Offen"))
    build_attended(run, builders.build_person(last_name="Sicher", name_confirmed_at=timezone.now()))
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])

    assert re.findall(r"Schreibweise noch nicht bestätigt: ([^<]+)<", client.get(url).content.decode()) == ["Kim Offen"]
    client.post(url)
    assert Certificate.objects.count() == 2


def test_the_page_takes_the_same_queries_for_one_and_for_three(signed_in, coordinator, django_assert_max_num_queries):
    run = build_finished_run()
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])
    for _number in range(3):
        ended = build_certificate(builders.build_person(), by=coordinator, run=run, rendered=False)
        issuing.replace(ended, Act(coordinator, reason="Heirat"))
        with django_assert_max_num_queries(14) as captured:  # one notes that the coordinator is there
            client.get(url)
        assert not any('"pdf"' in query["sql"] for query in captured)


def test_a_run_that_is_not_over_has_no_button_and_refuses(signed_in, coordinator, run):
    client, url = signed_in(coordinator), reverse("certificates:issue", args=[run.pk])
    builders.build_registration(run)

    assert "kern-btn--primary" not in client.get(url).content.decode().partition("<main")[2].partition("</main>")[0]
    assert "Bescheinigungen gibt es erst, wenn" in client.post(url, follow=True).content.decode()
    assert Certificate.objects.count() == 0


def test_issuing_is_for_coordinators(signed_in, participant, trainer, agency_contact):
    run = build_finished_run(trainers=[trainer])
    url = reverse("certificates:issue", args=[run.pk])

    for person in (participant, trainer, agency_contact):
        assert [refused(signed_in(person).get(url)), refused(signed_in(person).post(url))] == [True, True]


# --- the public check -------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    run = build_finished_run(course=builders.build_course("Grundlagen"))
    return build_certificate(participant, by=coordinator, run=run)


def check(client, certificate: Certificate, **data):
    url = reverse("certificates:verify", args=[certificate.code])
    return client.post(url, data) if data else client.get(url)


def full_width(code: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in code)


@pytest.mark.parametrize(
    "spoil",
    [
        str,
        str.lower,
        display_code,
        lambda code: f" {code[:4]} {code[4:]} ",
        *(lambda code, dash=dash: f"{code[:8]}{dash}{code[8:]}" for dash in "-‐‑‒–—―−﹘－\u00ad\u200b\u00a0"),
        full_width,
        lambda code: f"https://schulungen.example/pruefen/{code}/",
        lambda code: f"schulungen.example/pruefen/{display_code(code).lower()}/?a=1",
        lambda code: f"http://127.0.0.1:8000/pruefen/{code}",
    ],
)
def test_a_code_is_forgiven_how_it_is_typed(client, certificate, spoil):
    response = client.get(reverse("certificates:verify_form"), {"code": spoil(certificate.code)})

    assert (response.status_code, response["Location"]) == (302, f"/pruefen/{certificate.code}/")


def test_confusable_letters_are_forgiven(client, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(code="0123456789ABCD1V")

    page = client.get(
        reverse("certificates:verify_form"), {"code": "oi23-4567-89ab-cdlu"}, follow=True
    ).content.decode()

    assert "Diese Bescheinigung ist gültig." in page


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "Bitte geben Sie den Prüfcode ein."),
        ("7K3M", "Der Prüfcode hat 16 Zeichen; das sind 4."),
        ("7K3M-XQ9A-RTB2-5WZ?", "Diese Zeichen kommen in Prüfcodes nicht vor: ?"),
    ],
)
def test_what_cannot_be_a_code_is_explained_beside_the_field(client, db, code, message):
    page = client.get(reverse("certificates:verify_form"), {"code": code}).content.decode()

    assert [message in page, f'value="{code}"' in page or not code] == [True, True]


def test_the_page_shows_what_is_certified_and_never_the_name(client, certificate):
    response = check(client, certificate)

    page = response.content.decode()
    shown = ["gültig", "Grundlagen", "8 UE (6 Std.)", "Landkreis Mayen-Koblenz, Projekt MiKo-MYK", certificate.number]
    assert (response.status_code, [text in page for text in shown]) == (200, [True] * 5)
    assert ["Ayşe" in page, "Yıldız" in page] == [False, False]


@pytest.mark.parametrize(
    ("surname", "answer"), [("Yıldız", "Ja, "), (" YILDIZ\u200b", "Ja, "), ("yıldız ", "Ja, "), ("Weber", "Nein, ")]
)
def test_a_surname_is_answered_yes_or_no_and_only_as_it_was_typed(client, certificate, surname, answer):
    response = check(client, certificate, surname=surname)

    page = response.content.decode()
    assert (response.status_code, f"{answer}die Bescheinigung ist" in page) == (200, True)
    assert "Ayşe" not in page


def test_surnames_are_compared_the_german_way(coordinator):
    person = builders.build_person(last_name="Müller-Lüdenscheidt")
    certificate = build_certificate(person, by=coordinator, rendered=False)

    answers = [proof.is_issued_to(certificate, typed) for typed in ("MUELLER-LÜDENSCHEIDT", "Mueller", "")]

    assert answers == [True, False, False]


def test_an_empty_surname_is_explained_and_nothing_answered(client, certificate):
    page = check(client, certificate, surname=" ").content.decode()

    assert ["Bitte geben Sie den Nachnamen ein" in page, "Nein, die" in page] == [True, False]


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("revoked_at", "Diese Bescheinigung wurde am 10.03.2026 widerrufen und gilt nicht mehr."),
        ("replaced_at", "Diese Bescheinigung wurde am 10.03.2026 durch eine neue Fassung ersetzt."),
    ],
)
def test_what_no_longer_holds_says_so_for_ever(client, certificate, field, sentence):
    Certificate.objects.filter(pk=certificate.pk).update(**{field: builders.berlin(2026, 3, 10, 12)})

    response = check(client, certificate)

    page = response.content.decode()
    assert (response.status_code, sentence in page, "ist gültig" in page, "Grundlagen" in page) == (
        200,
        True,
        False,
        True,
    )


def test_an_unknown_code_gets_the_page_with_unknown_and_404(client, db):
    response = client.get("/pruefen/0000000000000000/")

    assert (response.status_code, "Dieser Prüfcode ist unbekannt." in response.content.decode()) == (404, True)


def test_what_was_never_printed_is_unknown(client, coordinator, participant):
    assert check(client, build_certificate(participant, by=coordinator, rendered=False)).status_code == 404


def test_no_cache_and_no_search_engine_keeps_the_check(client, certificate):
    for url in (
        reverse("certificates:verify_form"),
        reverse("certificates:verify", args=[certificate.code]),
        "/pruefen/0/",
    ):
        response = client.get(url)
        assert (response["X-Robots-Tag"], "no-store" in response["Cache-Control"]) == ("noindex, nofollow", True)


@pytest.mark.slow
def test_after_many_checks_a_minute_a_network_must_wait(client, db, time_machine):
    time_machine.move_to("2026-11-23 10:00:30+00:00", tick=False)
    url = "/pruefen/0000000000000000/"
    assert {client.get(url).status_code for _check in range(proof.CHECKS.most)} == {404}

    response = client.get(url)
    elsewhere = client.get(url, REMOTE_ADDR="192.0.2.7")
    assert (response.status_code, response["Retry-After"], elsewhere.status_code) == (429, "60", 404)
    time_machine.move_to("2026-11-23 10:01:31+00:00")
    assert client.get(url).status_code == 404


def test_addresses_of_one_ipv6_network_are_one(db, time_machine):
    time_machine.move_to("2026-11-23 10:00:30+00:00", tick=False)
    waits = [proof.seconds_to_wait(f"2001:db8::{number:x}") for number in range(1, proof.CHECKS.most + 2)]

    assert (set(waits[:-1]), waits[-1], proof.seconds_to_wait("2001:db8:0:1::1")) == ({0}, 60, 0)


@pytest.mark.slow
def test_surnames_are_tried_a_few_times_and_a_room_looks_up_its_certificates(client, participant, coordinator):
    code = build_certificate(participant, by=coordinator).code
    url = f"/pruefen/{code}/"
    tried = [client.post(url, {"surname": f"Name{number}"}).status_code for number in range(proof.COMPARISONS.most + 1)]
    assert (set(tried[:-1]), tried[-1]) == ({200}, 429)
    assert client.post(f"{url}?again", {"surname": "Yıldız"}).status_code == 429
    assert {client.get(url).status_code for _person in range(40)} == {200}
    assert client.post(url, {"surname": "Yıldız"}, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_my_trainings_offer_my_certificates_and_nobody_elses(signed_in, participant, other_participant, coordinator):
    mine = build_certificate(participant, by=coordinator)
    build_certificate(other_participant, by=coordinator)
    build_certificate(participant, by=coordinator, rendered=False)
    page = signed_in(participant).get("/meine-schulungen/").content.decode()
    assert re.findall(r'href="(/bescheinigungen/[^"]+)"', page) == [mine.get_absolute_url()]
