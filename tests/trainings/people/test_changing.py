"""What a coordinator changes about a person: who hears of it, who may, and what is on record."""

import pytest

from accounts.models import AuditEvent, User
from tests.builders import build_agency, build_person, build_registration, build_run, in_days
from trainings import people
from trainings.acts import Act
from trainings.models import Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


def told(kind: str) -> set[str]:
    return {message.address for message in Message.objects.filter(kind=kind)}


def test_a_new_address_is_told_to_the_old_one_and_the_new_one(participant, coordinator):
    before = participant.email
    people.change_person(participant, {"email": "neu@mayen.example"}, Act(coordinator))
    assert told("address_changed") == {before, "neu@mayen.example"}
    assert AuditEvent.objects.get(what="address_changed").changes == {"email": [before, "neu@mayen.example"]}


def test_all_coordinators_hear_of_a_change_among_them(participant, coordinator):
    other = build_person("zweite@kreis.example", role="coordinator")
    people.change_person(participant, {"role": "coordinator"}, Act(coordinator))
    assert told("coordinators_changed") == {coordinator.email, other.email, participant.email}
    Message.objects.all().delete()
    people.change_person(participant, {"role": "participant"}, Act(coordinator))
    assert told("coordinators_changed") == {coordinator.email, other.email, participant.email}
    Message.objects.all().delete()
    people.change_person(other, {"email": "dritte@kreis.example"}, Act(coordinator))
    assert told("coordinators_changed") == {coordinator.email, "dritte@kreis.example"}


def test_a_day_alone_says_that_they_belonged_there_from_then_on(coordinator, agency):
    """Such as of somebody whose agency was found out after the run, or who stands on its list without a group."""
    person = build_person("p@woanders.example", agency=agency)
    early, late = (
        build_registration(build_run(starts_at=in_days(days)), person, agency=None, group="") for days in (-20, -5)
    )
    people.change_person(person, {}, Act(coordinator, reason="geklärt"), since=in_days(-10).date())
    counted = [Registration.objects.get(pk=row.pk) for row in (early, late)]
    assert [(row.agency, row.group) for row in counted] == [(None, ""), (agency, "staff")]
    people.change_person(person, {"phone": "0261 1"}, Act(coordinator))  # says nothing of where they belong
    assert person.affiliations.count() == 2


@pytest.mark.parametrize("values", [{"role": "participant"}, {"email": "weg@kreis.example"}])
def test_nobody_but_a_superuser_changes_a_superuser(coordinator, values):
    chief = User.objects.create_superuser("betrieb@kreis.example", "geheim", last_name="Betrieb", group="staff")
    with pytest.raises(Refused):
        people.change_person(chief, values, Act(coordinator))


def test_only_coordinators_change_others(participant, agency_contact):
    with pytest.raises(Refused):
        people.change_person(participant, {"last_name": "Neu"}, Act(agency_contact))


def test_an_address_somebody_else_has_is_refused_beside_the_field(participant, other_participant, coordinator):
    with pytest.raises(Refused) as why:
        people.change_person(participant, {"email": other_participant.email}, Act(coordinator))
    assert [reason.field for reason in why.value.reasons] == ["email"]


def test_a_contact_who_changes_employer_speaks_for_nobody_any_more(agency_contact, coordinator):
    other = build_agency("Ortsgemeinde Kruft", "kruft.example")
    person = people.change_person(agency_contact, {"agency": other}, Act(coordinator))
    assert (person.agency, person.role) == (other, "participant")


def test_a_new_person_belongs_to_the_agency_of_the_address(agency, coordinator):
    values = {"email": " Neu@Mayen.example ", "last_name": "Neu", "first_name": "", "group": "staff"}
    person = people.new_person(values, Act(coordinator))
    assert (person.email, person.agency, person.has_completed_profile) == ("neu@mayen.example", agency, True)
    with pytest.raises(Refused):
        people.new_person(values, Act(coordinator))
