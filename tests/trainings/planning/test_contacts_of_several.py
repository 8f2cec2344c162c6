"""A contact who speaks for an agency beside their own, or for another alone: who says so, and what ends it."""

import pytest
from django.utils import timezone

from accounts import people as accounts
from accounts.models import AuditEvent, ContactDuty, User
from tests.builders import build_agency, build_person, build_run, in_days
from trainings import mails, people, planning
from trainings.acts import Act
from trainings.models import HeldPlace, Message
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(coordinator):
    return Act(coordinator, reason="vertritt")


@pytest.fixture
def both(agency, other_agency, agency_contact, act) -> User:
    """Belongs to ``agency`` and speaks for ``other_agency`` as well."""
    return planning.appoint_contact(other_agency, agency_contact, act)


def spoken_for(person: User) -> set[str]:
    return {one.name for one in User.objects.get(pk=person.pk).spoken_for()}


def hold(agency, contact) -> HeldPlace:
    return HeldPlace.objects.create(
        run=build_run(), agency=agency, name_by=in_days(5).date(), taken_by=contact, taken_at=timezone.now()
    )


def holders(*held: HeldPlace) -> list[User | None]:
    return [HeldPlace.objects.get(pk=one.pk).taken_by for one in held]


def test_a_contact_of_another_agency_speaks_for_this_one_as_well(agency, other_agency, both, act):
    assert spoken_for(both) == {agency.name, other_agency.name}
    assert [both.speaks_for(one) for one in (agency.pk, other_agency.pk, build_agency("X", "x.example").pk, None)] == [
        True, True, False, False,
    ]  # fmt: skip
    for one in (agency, other_agency):
        assert list(planning.contacts_of(one)) == [both]
    assert User.objects.contacts_by_agency() == {agency.pk: [both], other_agency.pk: [both]}
    event = AuditEvent.objects.filter(what="role_changed").latest("pk")
    assert (event.changes, event.by, event.reason) == (
        {"contact_of": ["Stadtverwaltung Mayen", "Stadtverwaltung Mayen, Stadtverwaltung Bendorf"]}, act.by, "vertritt",
    )  # fmt: skip
    assert people.overview(both).duties == "Stadtverwaltung Bendorf, Stadtverwaltung Mayen"


def test_all_ways_of_asking_agree(agency, other_agency, both, participant, coordinator, act):
    planning.appoint_contact(other_agency, participant, act, of_another=True)
    planning.appoint_contact(agency, build_person("neu@mayen.example"), act)
    build_person("weg@mayen.example", role="agency_contact", is_active=False)
    everybody, agencies = User.objects.all(), [agency, other_agency, coordinator.agency]
    by_agency = User.objects.contacts_by_agency()
    for one in agencies:
        found = {*User.objects.contacts_of(one)}
        assert found == {person for person in everybody if person.speaks_for(one.pk)}
        assert found == {person for person in everybody if one in person.spoken_for()}
        assert found == {*by_agency.get(one.pk, [])}


def test_somebody_of_another_agency_speaks_for_this_one_alone_and_only_if_meant(other_agency, participant, act):
    with pytest.raises(Refused) as refused:
        planning.appoint_contact(other_agency, participant, act)
    assert [reason.code for reason in refused.value.reasons] == ["of_another"]
    planning.appoint_contact(other_agency, participant, act, of_another=True)
    assert spoken_for(participant) == {other_agency.name}
    participant.refresh_from_db()
    planning.appoint_contact(participant.agency, participant, act)
    assert spoken_for(participant) == {other_agency.name, participant.agency.name}


@pytest.mark.parametrize("kept", ["own", "other"])
def test_losing_one_keeps_the_other_and_what_is_held_for_it(agency, other_agency, both, coordinator, act, kept):
    of_own, of_other = hold(agency, both), hold(other_agency, both)
    planning.dismiss_contact(other_agency if kept == "own" else agency, both, act)
    assert spoken_for(both) == {agency.name if kept == "own" else other_agency.name}
    assert holders(of_own, of_other) == ([both, coordinator] if kept == "own" else [coordinator, both])
    assert User.objects.get(pk=both.pk).is_agency_contact


def test_without_the_last_one_they_are_a_contact_no_more_and_begin_anew_with_their_own(agency, other_agency, both, act):
    for one in (agency, other_agency):
        planning.dismiss_contact(one, both, act)
    both.refresh_from_db()
    assert (both.role, both.speaks_only_for_others, ContactDuty.objects.count()) == ("participant", False, 0)
    planning.appoint_contact(agency, both, act)
    assert spoken_for(both) == {agency.name}


def test_places_pass_to_a_contact_of_the_same_agency(agency, other_agency, both, act):
    of_own, of_other = hold(agency, both), hold(other_agency, both)
    mine, theirs = build_person("neu@mayen.example"), build_person("neu@bendorf.example")
    planning.appoint_contact(agency, mine, act)
    planning.appoint_contact(other_agency, theirs, act)
    people.leave(both, act)
    assert holders(of_own, of_other) == [mine, theirs]


def leaves(person, act):
    people.leave(person, act)


def loses_the_role(person, act):
    people.change_person(person, {"role": "participant"}, act)


def becomes_coordinator(person, act):
    people.change_person(person, {"role": "coordinator"}, act)


def changes_employer(person, act):
    people.change_person(person, {"agency": build_agency("Kammer", "kammer.example")}, act)


def goes_into_another_account(person, act):
    people.merge(build_person("braun2@mayen.example"), person, act)


@pytest.mark.parametrize(
    "ending", [leaves, loses_the_role, becomes_coordinator, changes_employer, goes_into_another_account]
)
def test_it_ends_for_all_agencies(other_agency, both, act, ending):
    held = hold(other_agency, both)
    ending(both, act)
    assert (spoken_for(both), ContactDuty.objects.count()) == (set(), 0)
    assert not planning.contacts_of(other_agency).exists()
    assert holders(held) != [both]


def test_who_moves_with_the_role_speaks_for_the_new_agency_alone(both):
    new = build_agency("Kammer", "kammer.example")
    accounts.change(both, {"agency": new, "role": "agency_contact"}, by=None)
    assert spoken_for(both) == {"Kammer"}


def test_leaving_names_all_agencies(both, act):
    assert people.what_leaving_does(both, act).contact_of == "Stadtverwaltung Bendorf, Stadtverwaltung Mayen"


def test_nobody_becomes_a_contact_of_an_agency_by_coming_back(other_agency, both, act):
    people.leave(both, act)
    people.reopen(both, act)
    assert spoken_for(both) == set()


def test_each_appointment_is_told_with_its_agency(other_agency, both, act):
    message = Message.objects.get(kind="contact_appointed")
    written = mails.compose(message)
    assert written.subject == "Sie sind jetzt Ansprechperson: Stadtverwaltung Bendorf"
    assert f"/behoerde/?behoerde={other_agency.pk}" in written.text
    planning.dismiss_contact(other_agency, both, act)
    assert mails.no_longer_true(Message.objects.get()) == "Die Person ist keine Ansprechperson mehr."


def test_an_agency_somebody_speaks_for_is_not_deleted(both, act):
    further = build_agency("Kammer", "kammer.example")
    planning.appoint_contact(further, both, act)
    with pytest.raises(Refused, match="Ansprechpersonen weiterer Behörden"):
        planning.remove(further, act)


def test_the_copy_of_ones_data_has_it(other_agency, both):
    [part] = [part for part in people.copy_of(both) if part.name == "contact_duties"]
    [[*facts]] = part.rows
    assert "Stadtverwaltung Bendorf" in [fact.text for fact in facts]
