"""Coordinators find, see and change people; accounts end on the pages of whoever may end them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.builders import build_person, build_registration, build_run, in_days, only_session
from tests.pages import read
from trainings import attendance, people, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AccountMerge, Registration

pytestmark = pytest.mark.django_db


def page_of(person: User) -> str:
    return reverse("trainings:person", args=[person.pk])


def test_from_any_page_of_the_coordinators_to_the_one_person_found(signed_in, coordinator, participant):
    client = signed_in(coordinator)
    head = client.get(reverse("trainings:coordination_runs")).content.decode()
    assert f'action="{reverse("trainings:find_people")}"' in head
    response = client.get(reverse("trainings:find_people"), {"q": "Jildiz"})
    assert response.url == page_of(participant)
    assert 'name="q"' not in client.get(reverse("trainings:catalogue")).content.decode().partition("<main")[0]


def test_two_of_one_name_are_told_apart(signed_in, coordinator):
    for place in ("mayen", "bendorf"):
        build_person(f"meier@{place}.example", "Thomas", "Meier", note=f"der aus {place}")
    page = read(signed_in(coordinator).get(reverse("trainings:find_people"), {"q": "Meier Thomas"}))
    assert "2 Personen gefunden" in page.text
    for place in ("mayen", "bendorf"):
        assert f"meier@{place}.example" in page.text
        assert f"der aus {place}" in page.text
    one = User.objects.filter(last_name="Meier").first()
    assert "So heißt auch: Meier, Thomas" in read(signed_in(coordinator).get(page_of(one))).text


def test_of_many_who_are_found_it_says_that_these_may_not_be_all(signed_in, coordinator, monkeypatch):
    monkeypatch.setattr(people.searching, "MOST", 3)
    monkeypatch.setattr(people, "MOST", 3)
    for number in range(2):
        build_person(f"meier{number}@mayen.example", "Thomas", "Meier")
    client, said = signed_in(coordinator), "Gezeigt werden höchstens 3 Personen."
    assert said not in read(client.get(reverse("trainings:find_people"), {"q": "Meier"})).text
    build_person("meier@mayen.example", "Thomas", "Meier")
    assert said in read(client.get(reverse("trainings:find_people"), {"q": "Meier"})).text


def test_whom_a_coordinator_registers_is_found_with_a_typing_error(signed_in, coordinator, participant):
    address = reverse("trainings:register_other", args=[build_run().pk])
    ended = build_person("ended@mayen.example", "Ayşe", "Yıldız", is_active=False)
    page = read(signed_in(coordinator).get(address, {"q": "Jildiz"}))
    assert participant.email in page.text
    assert ended.email not in page.text


def test_the_page_of_a_person_says_everything_and_that_it_was_looked_at(signed_in, coordinator, participant, trainer):
    over = build_registration(build_run(starts_at=in_days(-9), trainers=[trainer]), participant, needs="Rollstuhl")
    attendance.record(only_session(over.run), {over.pk: Mark("present")}, Act(trainer))
    coming = build_registration(build_run(), participant)
    planning.note_interest(build_run().course, participant, wish="vormittags")
    page = read(signed_in(coordinator).get(page_of(participant)))
    for said in (
        over.run.number,
        coming.run.number,
        "Rollstuhl",
        "vormittags",
        participant.email,
        "Stadtverwaltung Mayen",
    ):
        assert said in page.text
    assert "Unterrichtseinheiten" in page.headings
    event = AuditEvent.objects.get(what="person_viewed")
    assert (event.by, event.person) == (coordinator, participant)


def test_the_page_asks_no_more_for_ten_registrations_than_for_one(
    signed_in, coordinator, participant, django_assert_max_num_queries
):
    client = signed_in(coordinator)
    for _ in range(10):
        build_registration(build_run(), participant)
        build_registration(build_run(starts_at=in_days(-9)), participant)
    with django_assert_max_num_queries(35):
        client.get(page_of(participant))


def test_a_colleague_who_saves_an_old_form_overwrites_nothing_without_a_word(signed_in, coordinator, participant):
    client, url = signed_in(coordinator), reverse("trainings:edit_person", args=[participant.pk])
    form = read(client.get(url)).form("last_name", "reason")
    assert client.post(url, form | {"last_name": "Öz"}).status_code == 302
    clash = client.post(url, form | {"last_name": "Yılmaz"})
    assert "inzwischen „Öz“ eingetragen" in read(clash).text
    assert client.post(url, form | {"phone": "0261 1"}).status_code == 302
    participant.refresh_from_db()
    assert (participant.last_name, participant.phone) == ("Öz", "0261 1")


def test_another_employer_from_a_day_on(signed_in, coordinator, participant, other_agency):
    before, after = (build_registration(build_run(starts_at=in_days(days)), participant) for days in (3, 20))
    client, url = signed_in(coordinator), reverse("trainings:edit_person", args=[participant.pk])
    form = read(client.get(url)).form("last_name", "reason")
    client.post(url, form | {"agency": str(other_agency.pk), "since": in_days(10).date().isoformat()})
    agencies = [Registration.objects.get(pk=row.pk).agency for row in (before, after)]
    assert agencies == [participant.agency, other_agency]
    assert "Behörde im Lauf der Zeit" in read(client.get(page_of(participant))).headings


def test_what_is_wrong_stands_beside_the_field(signed_in, coordinator, participant, other_participant):
    client, url = signed_in(coordinator), reverse("trainings:edit_person", args=[participant.pk])
    form = read(client.get(url)).form("last_name", "reason")
    page = read(client.post(url, form | {"email": other_participant.email}))
    assert len(page.errors) == 1


@pytest.mark.parametrize("who", ["coordinator", "agency_contact", "participant"])
def test_an_account_ends_on_the_page_of_whoever_may_end_it(request, signed_in, participant, who):
    by = request.getfixturevalue(who)
    registration = build_registration(build_run(), participant)
    urls = {
        "coordinator": reverse("trainings:end_account", args=[participant.pk]),
        "agency_contact": reverse("trainings:end_account_of_colleague", args=[participant.pk]),
        "participant": reverse("trainings:end_own_account"),
    }
    client = signed_in(by)
    assert registration.run.number in read(client.get(urls[who])).text
    assert Registration.objects.get().status == "confirmed"
    assert client.post(urls[who], {"reason": ""}).status_code == 302
    participant.refresh_from_db()
    assert (participant.is_active, Registration.objects.get().status) == (False, "cancelled")
    again = client.post(urls[who], {"reason": ""})
    # Signed out, and told so.
    assert again.status_code == (403 if who == "participant" else 409)


def test_two_accounts_become_one_and_two_again(signed_in, coordinator, participant):
    double = build_person("privat@web.example", "Ayşe", "Yıldız")
    build_registration(build_run(), double)
    client, url = signed_in(coordinator), reverse("trainings:merge_people", args=[participant.pk])
    assert "privat@web.example" in read(client.get(url)).text
    assert "Anmeldungen: 1" in read(client.get(url, {"mit": double.pk})).text
    client.post(url, {"other": double.pk, "reason": "doppelt"})
    assert Registration.objects.get().person == participant
    assert "aufgegangen in" in read(client.get(page_of(double))).text
    client.post(reverse("trainings:undo_merge", args=[AccountMerge.objects.get().pk]), {"reason": "doch zwei"})
    assert Registration.objects.get().person == double


def test_who_did_what_is_read_filtered_and_taken_out(signed_in, coordinator, participant, other_participant):
    client = signed_in(coordinator)
    client.get(page_of(participant))
    client.get(page_of(other_participant))
    page = read(client.get(reverse("trainings:audit"), {"q": f"#{participant.pk}"}))
    assert participant.full_name in page.text
    assert other_participant.full_name not in page.text
    file = client.get(reverse("trainings:file_of_audit", args=["csv"]))
    assert "Seite einer Person angesehen" in file.content.decode("utf-8-sig")
    event = AuditEvent.objects.get(what="exported")
    assert (event.by, event.about.startswith("trainings:file_of_audit: protokoll-")) == (coordinator, True)
    assert client.get(reverse("trainings:audit"), {"since": "0000-13-99", "what": "nichts"}).status_code == 200


def test_no_file_of_what_nobody_asked_for_and_none_without_end(signed_in, coordinator, participant, monkeypatch):
    client, address = signed_in(coordinator), reverse("trainings:file_of_audit", args=["csv"])
    client.get(page_of(participant))
    wrong = client.get(address, {"since": "31.02.2026"}, follow=True)
    assert (wrong.redirect_chain, "Bitte ein gültiges Datum" in read(wrong).text) == (
        [(f"{reverse('trainings:audit')}?since=31.02.2026", 302)],
        True,
    )
    monkeypatch.setattr("trainings.views.audit.MOST_IN_A_FILE", 1)
    assert client.get(address, {"what": "person_viewed"}).status_code == 200
    client.get(page_of(participant))
    long = read(client.get(address, {"what": "person_viewed"}, follow=True))
    assert "Eine Datei fasst 1 Einträge, Ihre Auswahl hat mehr." in long.text
    assert AuditEvent.objects.filter(what="exported").count() == 1


@pytest.mark.parametrize(
    ("name", "args"),
    [("trainings:table_file", ["personen", "csv"]), ("trainings:table_file", ["behoerden", "xlsx"])],
)
def test_every_download_is_on_record(signed_in, coordinator, name, args):
    signed_in(coordinator).get(reverse(name, args=args))
    assert AuditEvent.objects.filter(what="exported", by=coordinator).count() == 1


def what_concerns_coordinators(person: User, other: User) -> list[tuple[str, dict[str, str]]]:
    """Pages, and what is sent to them, on which somebody becomes a coordinator, ceases to be one, or moves."""
    form = {"last_name": "Neu", "first_name": "", "group": "staff", "language": "de", "email": "neu@kreis.example"}
    names = ("edit_person", "end_account", "erase_person", "restrict_person")
    edit, leave, erase, restrict = (reverse(f"trainings:{name}", args=[other.pk]) for name in names)
    of_other = {"last_name": other.last_name, "email": other.email}
    return [
        (reverse("trainings:new_person"), form | {"role": "coordinator"}),
        (reverse("trainings:edit_person", args=[person.pk]), form | {"role": "coordinator"}),
        (edit, form | of_other | {"role": "participant"}),
        (edit, form | of_other | {"role": "coordinator", "email": "anders@kreis.example"}),
        (leave, {"reason": "Ruhestand"}),
        (erase, {"sure": "on"}),
        (restrict, {"reason": "Antrag"}),
    ]


@pytest.mark.parametrize("number", range(7))
def test_who_changes_who_coordinates_shows_first_who_they_are(signed_in, coordinator, participant, number):
    other = build_person("zweite@kreis.example", role="coordinator")
    client = signed_in(coordinator)
    session = client.session
    session["signed_in_at"] = timezone.now().timestamp() - 11 * 60
    session.save()
    url, sent = what_concerns_coordinators(participant, other)[number]
    before = list(User.objects.order_by("pk").values_list("email", "role", "is_active"))
    response = client.post(url, sent)
    assert "/anmelden/erneut/" in response.url
    assert list(User.objects.order_by("pk").values_list("email", "role", "is_active")) == before
    session["signed_in_at"] = timezone.now().timestamp()
    session.save()
    assert "/anmelden/erneut/" not in client.post(url, sent).url
    assert list(User.objects.order_by("pk").values_list("email", "role", "is_active")) != before


@pytest.mark.parametrize("number", [2, 3, 5, 6])
def test_who_moves_or_ends_themselves_is_told_so_and_signs_in_again(signed_in, coordinator, participant, number):
    """Their session ends while the page is made."""
    build_person("zweite@kreis.example", role="coordinator")
    client = signed_in(coordinator)
    url, sent = what_concerns_coordinators(participant, coordinator)[number]
    response = client.post(url, sent, follow=True)
    assert response.redirect_chain[-1][0].startswith("/anmelden/")
    assert read(response).alerts != []


def test_the_rest_asks_nobody_who_they_are(signed_in, coordinator, participant):
    client = signed_in(coordinator)
    session = client.session
    session["signed_in_at"] = 0
    session.save()
    url = reverse("trainings:edit_person", args=[participant.pk])
    assert client.post(url, read(client.get(url)).form("last_name", "reason") | {"last_name": "Neu"}).url == page_of(
        participant
    )


def test_what_is_to_come_is_in_the_order_of_its_days(signed_in, coordinator, participant):
    later, sooner = (build_run(starts_at=in_days(days)) for days in (30, 20))
    for run in (later, sooner):
        build_registration(run, participant)
    shown = people.overview(participant)
    assert [row.run for row in shown.to_come] == [sooner, later]
    assert shown.has_registrations
    assert not people.overview(coordinator).has_registrations
    page = read(signed_in(coordinator).get(page_of(coordinator)))
    assert "Zu dieser Person gibt es keine Anmeldungen." in page.text


def test_everybody_finds_from_the_account_to_its_end(signed_in, participant):
    client = signed_in(participant)
    steps = [reverse(f"trainings:{name}") for name in ("my_data", "end_own_account")]
    pages = [client.get(address) for address in (reverse("accounts:profile"), *steps)]
    for page, onward in zip(pages, steps, strict=False):
        assert f'href="{onward}"' in page.content.decode()
    for page, back in zip(pages[1:], (reverse("accounts:profile"), steps[0]), strict=True):
        assert f'<li><a href="{back}">' in page.content.decode()


@pytest.mark.parametrize("name", ["erase_person", "restrict_person"])
def test_pages_about_the_data_of_a_person_lead_back_to_where_one_came_from(signed_in, coordinator, participant, name):
    client, address = signed_in(coordinator), reverse(f"trainings:{name}", args=[participant.pk])
    desk = reverse("trainings:data_requests")
    assert f'<a href="{page_of(participant)}">Zurück</a>' in client.get(address).content.decode()
    assert f'<a href="{desk}">Zurück</a>' in client.get(f"{address}?next={desk}").content.decode()


def test_once_restricted_the_page_of_the_person_says_so(signed_in, coordinator, participant):
    address = reverse("trainings:restrict_person", args=[participant.pk])
    response = signed_in(coordinator).post(address, {"reason": "auf Wunsch"}, follow=True)
    assert response.redirect_chain[0][0] == page_of(participant)
    assert "eingeschränkt" in read(response).text


def test_a_contact_who_ends_an_account_sees_nobody_of_another_agency(
    signed_in, agency_contact, participant, coordinator, other_participant
):
    run = build_run(capacity=1)
    build_registration(run, participant)
    build_registration(run, other_participant, Registration.Status.WAITLISTED)
    assert other_participant.agency_id != agency_contact.agency_id
    seen = [
        str(other_participant) in read(signed_in(reader).get(reverse(f"trainings:{name}", args=[participant.pk]))).text
        for reader, name in ((coordinator, "end_account"), (agency_contact, "end_account_of_colleague"))
    ]
    assert seen == [True, False]


def test_the_record_of_somebody_no_search_shows_is_found_by_their_number(signed_in, coordinator, participant):
    people.restrict(participant, Act(coordinator, reason="Antrag"))
    page = read(signed_in(coordinator).get(reverse("trainings:audit"), {"q": f"#{participant.pk}"}))
    assert "Konto beendet" in page.text
