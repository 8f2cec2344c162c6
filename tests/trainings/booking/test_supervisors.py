"""Who decides is always somebody else, by whatever address, link or page."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.models import AgencyMailDomain, User
from tests.builders import build_person, build_registration, build_run, in_days
from trainings import booking, mails
from trainings.acts import Act
from trainings.models import CourseRun, Registration
from trainings.refusals import Refused

Status = Registration.Status
CHIEF = "chefin@mayen.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(agency):
    return build_run(approval=CourseRun.Approval.REQUIRED)


@pytest.fixture
def own_addresses(participant, agency):
    """Ways to write to ``yildiz@mayen.example``, and what else reaches her."""
    AgencyMailDomain.objects.create(agency=agency, domain="stadt-mayen.example")
    EmailAddress.objects.create(user=participant, email="ayse@mayen.example")
    for email, into in [("frueher@mayen.example", participant), ("ganz-frueher@mayen.example", None)]:
        build_person(email, is_active=False, merged_into=into or User.objects.get(email="frueher@mayen.example"))
    build_person("ausgeschieden@mayen.example", is_active=False)
    return [
        "yildiz@mayen.example",
        "Yildiz+Chefin@Mayen.example",
        "yildiz@it.mayen.example",
        "yildiz+x@it.mayen.example",
        "yildiz@stadt-mayen.example",
        "ayse@mayen.example",
        "ayse+chefin@mayen.example",
        "frueher@mayen.example",
        "ganz-frueher+x@mayen.example",
        "ausgeschieden@mayen.example",
    ]


def _codes(refused):
    return {reason.code for reason in refused.value.reasons}


@pytest.mark.slow
def test_no_address_of_the_person_is_taken_for_a_supervisors_by_any_path(
    run, own_addresses, participant, agency_contact, coordinator
):
    other = build_run(run.course, approval=CourseRun.Approval.REQUIRED, starts_at=in_days(50))
    for email in own_addresses:
        paths = [
            lambda email=email: booking.register(run, participant, Act(participant), supervisor_email=email),
            lambda email=email: booking.register(run, participant, Act(agency_contact), supervisor_email=email),
            lambda email=email: booking.register(
                run, participant, Act(coordinator, reason="Anruf"), supervisor_email=email
            ),
        ]
        for path in paths:
            with pytest.raises(Refused) as refused:
                path()
            assert _codes(refused) == {"supervisor"}, email
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    for email in own_addresses:
        for path in [
            lambda email=email: booking.hand_over(row, email, Act(by_email=CHIEF)),
            lambda email=email: booking.hand_over(row, email, Act(agency_contact)),
            lambda email=email: booking.hand_over(row, email, Act(coordinator, reason="Anruf")),
            lambda email=email: booking.move(row, other, Act(participant), supervisor_email=email),
        ]:
            with pytest.raises(Refused) as refused:
                path()
            assert _codes(refused) == {"supervisor"}, email
    row.refresh_from_db()
    assert (row.status, row.supervisor_email) == ("requested", CHIEF)


@pytest.mark.parametrize("email", [CHIEF, "yildiz-chefin@mayen.example", "y@mayen.example"])
def test_somebody_else_is_taken(run, participant, own_addresses, email):
    assert booking.register(run, participant, Act(participant), supervisor_email=email).status == "requested"


def test_a_link_to_decide_is_never_made_for_the_person_it_is_about(run, participant):
    """The address became theirs after it was given."""
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    asked = row.messages.get(kind="approval_asked")
    token = mails.link_token("approval", row, CHIEF)
    assert (mails.no_longer_true(asked), booking.decider(mails.read_link("approval", token))) == ("", CHIEF)
    EmailAddress.objects.create(user=participant, email=CHIEF)
    asked.refresh_from_db()
    with pytest.raises(ValueError, match="Nobody decides"):
        mails.link_token("approval", row, CHIEF)
    assert mails.no_longer_true(asked) == "Die Adresse gehört der angemeldeten Person selbst."
    assert booking.decider(mails.read_link("approval", token)) == ""
    for act in (booking.approve, booking.decline_request):
        with pytest.raises(Refused) as refused:
            act(row, Act(by_email=CHIEF, reason="weil"))
        assert _codes(refused) == {"own"}


def test_the_contact_who_is_the_participant_is_not_asked_to_decide(run, agency_contact):
    second = build_person("zweite@mayen.example", role=User.Role.AGENCY_CONTACT)
    row = booking.register(run, agency_contact, Act(agency_contact), supervisor_email=CHIEF)
    booking.sweep(row.held_until - dt.timedelta(minutes=1))
    assert [one.address for one in row.messages.filter(kind="approval_passed_on")] == [second.email]


def test_whoever_is_signed_in_as_the_participant_cannot_use_the_supervisors_link(run, participant, signed_in, client):
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    row.refresh_from_db()
    url = reverse("trainings:approval", args=[mails.link_token("approval", row, CHIEF)])
    own = signed_in(participant)
    for response in (own.get(url), own.post(url, {"act": "approve"})):
        assert response.status_code == 403
        assert "Über die eigene Anmeldung entscheidet niemand selbst" in response.content.decode()
    row.refresh_from_db()
    assert row.is_requested
    client.logout()
    assert client.post(url, {"act": "approve"}).status_code == 302
    row.refresh_from_db()
    assert row.is_confirmed


@pytest.mark.parametrize("status", ["waitlisted", "requested", "offered"])
def test_a_coordinator_needs_another_coordinator_for_their_own_registration(run, coordinator, signed_in, status):
    row = build_registration(run, coordinator, status, supervisor_email="chef@kreis-myk.example")
    operations = {
        "waitlisted": [booking.move_up, booking.give_now],
        "requested": [booking.approve, booking.decline_request, booking.give_now],
        "offered": [booking.give_now],
    }
    for operation in operations[status]:
        with pytest.raises(Refused) as refused:
            operation(row, Act(coordinator, reason="weil"))
        assert _codes(refused) == {"own"}
    page = signed_in(coordinator).get(reverse("trainings:queue", args=[run.pk])).content.decode()
    assert reverse("trainings:give_now", args=[row.pk]) not in page
    assert reverse("trainings:approve", args=[row.pk]) not in page
    other = build_person("vertretung@kreis-myk.example", role=User.Role.COORDINATOR)
    assert operations[status][-1](row, Act(other, reason="weil")).is_confirmed


def test_a_contact_who_names_themselves_for_a_held_place_waits_for_somebody_elses_approval(run, agency, agency_contact):
    first, second = booking.hold_places(run, agency, 2, Act(agency_contact), name_by=in_days(9).date())
    colleague = build_person("kern@mayen.example")
    assert booking.name_held_place(first, colleague, Act(agency_contact)).status == "confirmed"
    assert booking.name_held_place(second, agency_contact, Act(agency_contact)).status == "requested"
