"""The pages of a contact who speaks for two agencies: which one a page is about, and nothing of a third."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import build_agency, build_person, build_registration, build_run
from tests.feeds import subscribe, text_of
from tests.pages import read
from trainings import booking, mails, people, planning
from trainings.acts import Act
from trainings.models import CalendarSubscription, HeldPlace, Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(other_agency, agency_contact, coordinator) -> User:
    return planning.appoint_contact(other_agency, agency_contact, Act(coordinator))


@pytest.fixture
def of_both(signed_in, both) -> Client:
    return signed_in(both)


def url(name, thing=None, agency=None):
    address = reverse(f"trainings:{name}", args=[thing.pk] if thing else [])
    return address + (f"?behoerde={agency.pk}" if agency else "")


def in_five_days() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=5)


def test_whoever_speaks_for_one_agency_has_no_choice(signed_in, agency_contact, agency, other_agency):
    client = signed_in(agency_contact)
    for address in (url("agency"), url("agency_run", build_run()), reverse("certificates:collective")):
        page = client.get(address).content.decode()
        assert "Behörde wählen" not in page
        assert "behoerde=" not in page
        assert client.get(f"{address}?behoerde={agency.pk}").status_code == 200


def test_the_page_is_about_the_own_agency_or_the_one_chosen(
    of_both, agency, other_agency, participant, other_participant
):
    run = build_run()
    for person in (participant, other_participant):
        build_registration(run, person)
    own, other = (read(of_both.get(url("agency", agency=one))).text for one in (None, other_agency))
    assert [name in own for name in ("Yıldız, Ayşe", "Weber, Jan")] == [True, False]
    assert [name in other for name in ("Yıldız, Ayşe", "Weber, Jan")] == [False, True]
    of_run = of_both.get(url("agency", agency=other_agency)).content.decode()
    assert url("agency_run", run, other_agency) in of_run
    page = of_both.get(url("agency_run", run, other_agency)).content.decode()
    assert "Weber, Jan" in page
    assert "Yıldız, Ayşe" not in page
    for address in (url("register_list", run, other_agency), url("hold_places", run, other_agency)):
        assert address in page


@pytest.mark.parametrize("said", ["third", "x", "", "0"])
def test_an_agency_one_does_not_speak_for_is_not_there(of_both, said):
    third = build_agency("Kammer", "kammer.example")
    key, run = third.pk if said == "third" else said, build_run()
    pages = [url("agency"), url("agency_run", run), url("register_list", run)]
    for address in [*pages, reverse("certificates:collective"), reverse("certificates:collective_file")]:
        assert of_both.get(f"{address}?behoerde={key}").status_code == 404, address
    assert of_both.post(f"{url('hold_places', run)}?behoerde={key}", {"number": 1}).status_code == 404


@pytest.mark.slow
def test_runs_for_one_agency_are_there_for_that_one_alone(of_both, agency, other_agency):
    run = build_run(visibility="agencies", agencies=[other_agency])
    assert of_both.get(url("agency_run", run, agency)).status_code == 404
    assert of_both.get(url("agency_run", run, other_agency)).status_code == 200
    assert of_both.get(url("agency_run", run)).context["agency"] == other_agency  # as calendars lead there
    assert "Behörde wählen" not in of_both.get(url("agency_run", run)).content.decode()  # the other has no page of it
    numbers = [run.number in of_both.get(url("agency", agency=one)).content.decode() for one in (agency, other_agency)]
    assert numbers == [False, True]


def test_places_are_held_named_and_given_back_for_the_agency_of_the_page(
    of_both, both, other_agency, other_participant
):
    run = build_run(visibility="agencies", agencies=[other_agency])
    held = of_both.post(url("hold_places", run, other_agency), {"number": 2, "name_by": in_five_days().isoformat()})
    assert held.url == url("agency_run", run, other_agency)
    first, second = HeldPlace.objects.open().order_by("pk")
    assert {first.agency, second.agency} == {other_agency}
    page = of_both.get(url("name_place", first)).content.decode()
    assert url("agency_run", run, other_agency) in page
    named = of_both.post(url("name_place", first), {"person": other_participant.pk})
    assert named.url == url("agency_run", run, other_agency)
    assert Registration.objects.get(person=other_participant).is_confirmed
    assert of_both.post(url("give_back_place", second)).url == url("agency_run", run, other_agency)


def test_a_place_of_one_agency_is_not_named_for_the_other(both, other_agency, participant):
    [held] = booking.hold_places(build_run(), other_agency, 1, Act(both), name_by=in_five_days())
    with pytest.raises(Refused):
        booking.name_held_place(held, participant, Act(both))


def test_a_list_is_of_the_agency_of_the_page_and_refuses_strangers(of_both, other_agency, other_participant):
    build_agency("Kammer", "kammer.example")
    run = build_run()
    address = url("register_list", run, other_agency)
    page = read(of_both.get(address))
    assert "Weber, Jan" in page.text
    lines = "Neu;Eli;eli@bendorf.example;Mitarbeitende\nKalt;Udo;udo@kammer.example;Mitarbeitende"
    page = read(of_both.post(address, {"people": [other_participant.pk], "lines": lines}))
    assert "Diese E-Mail-Adresse gehört nicht zu Ihrer Behörde." in page.text
    assert of_both.post(address, page.form("checked")).url == url("agency_run", run, other_agency)
    assert {row.person.last_name for row in Registration.objects.all()} == {"Weber", "Neu"}


def test_the_contact_decides_cancels_and_hands_over_for_both_and_returns_to_the_right_page(
    of_both, both, other_agency, other_participant
):
    asked = build_registration(build_run(approval="required"), other_participant, status="requested")
    assert of_both.post(url("decide", asked), {"reason": ""}).url == url("agency_run", asked.run, other_agency)
    asked.refresh_from_db()
    assert asked.is_confirmed
    assert of_both.post(url("cancel_colleague", asked), {"reason": "krank"}).status_code == 302
    place = build_registration(build_run(), other_participant)
    colleague = build_person("neu@bendorf.example")
    asked = of_both.post(url("substitute_colleague", place), {"person": colleague.pk})
    assert asked.url == url("agency_run", place.run, other_agency)


def test_nothing_of_a_third_agency_or_of_one_lost_is_there(of_both, both, other_agency, other_participant, coordinator):
    third = build_person("kalt@kammer.example", agency=build_agency("Kammer", "kammer.example"))
    rows = [build_registration(build_run(), person) for person in (third, other_participant)]
    assert [of_both.get(url("cancel_colleague", row)).status_code for row in rows] == [404, 200]
    colleagues = [url("end_account_of_colleague", person) for person in (third, other_participant)]
    assert [of_both.get(address).status_code for address in colleagues] == [404, 200]
    planning.dismiss_contact(other_agency, both, Act(coordinator))
    assert [of_both.get(url("cancel_colleague", row)).status_code for row in rows] == [404, 404]
    assert [of_both.get(address).status_code for address in colleagues] == [404, 404]
    assert of_both.get(url("agency", agency=other_agency)).status_code == 404
    assert of_both.get(url("agency")).status_code == 200
    with pytest.raises(Refused):
        booking.register(build_run(), other_participant, Act(both))


def test_who_speaks_for_another_agency_alone_sees_nothing_of_their_own(
    signed_in, agency, other_agency, participant, other_participant, coordinator
):
    planning.appoint_contact(other_agency, participant, Act(coordinator), of_another=True)
    client = signed_in(User.objects.get(pk=participant.pk))
    colleague = build_person("neu@mayen.example")
    own, other = (build_registration(build_run(), person) for person in (colleague, other_participant))
    assert client.get(url("agency")).context["agency"] == other_agency
    assert client.get(url("agency", agency=agency)).status_code == 404
    assert [client.get(url("cancel_colleague", row)).status_code for row in (own, other)] == [404, 200]
    assert not people.may_end(colleague, User.objects.get(pk=participant.pk))


def test_the_collective_confirmation_keeps_the_agency(of_both, other_agency):
    address = reverse("certificates:collective")
    assert f"{address}?behoerde={other_agency.pk}" in of_both.get(url("agency", agency=other_agency)).content.decode()
    page = of_both.get(f"{address}?behoerde={other_agency.pk}").content.decode()
    assert "Sammelbestätigung: Stadtverwaltung Bendorf" in page
    assert f'name="behoerde" value="{other_agency.pk}"' in page
    assert f"&amp;behoerde={other_agency.pk}" in page


def test_the_calendar_counts_for_both(both, of_both, agency, other_agency, participant, other_participant):
    run = build_run(visibility="agencies", agencies=[other_agency])
    build_registration(run, other_participant)
    build_registration(build_run(), participant)
    text = text_of(of_both.get(subscribe(both, CalendarSubscription.Kind.AGENCY)))
    assert text.count("BEGIN:VEVENT") == 2
    assert text.count("1 Platz") == 2


def test_the_mail_about_names_leads_to_the_agency_of_the_places(both, other_agency):
    run = build_run()
    booking.hold_places(run, other_agency, 1, Act(both), name_by=in_five_days())
    written = mails.compose(Message(kind="names_wanted", run=run, recipient=both))
    assert url("agency_run", run, other_agency) in written.text


def test_the_coordination_is_asked_before_somebody_of_another_agency_speaks(
    signed_in, coordinator, agency, other_participant
):
    client, address = signed_in(coordinator), url("agency_contacts", agency)
    label = "Die Person gehört zu einer anderen Behörde und soll allein für diese hier sprechen"
    assert label not in read(client.get(address)).text
    page = read(client.post(address, {"email": other_participant.email}))
    assert "Diese Person gehört zu Stadtverwaltung Bendorf." in page.errors[0]
    assert label in page.text
    assert not other_participant.contact_duties.exists()
    added = read(client.post(address, {"email": other_participant.email, "of_another": "on"}, follow=True))
    assert added.alerts == ["Jan Weber ist jetzt Ansprechperson."]
    assert "weber@bendorf.example · Stadtverwaltung Bendorf" in added.text
    assert "Jan Weber" in read(client.get(reverse("trainings:master_data_list", args=["behoerden"]))).text
