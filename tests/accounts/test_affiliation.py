"""To which agency does an address belong, and who decides where it does not tell?"""

import pytest

from accounts import affiliation
from accounts.models import Agency, AgencyMailDomain, TargetGroup, User
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("email", "short_name"),
    [
        ("a@mayen.example", "Mayen"),
        ("A@MAYEN.EXAMPLE", "Mayen"),
        ("a@amt.mayen.example", "Mayen"),
        ("a@tief.amt.mayen.example", "Mayen"),
        ("a@kita.mayen.example", "Kita"),  # the longer domain counts
        ("a@notmayen.example", None),
        ("a@mayen.example.net", None),
        ("a@example", None),
        ("mayen.example@verein.example", None),
        ("", None),
    ],
)
def test_mail_domain_tells_the_agency(email, short_name):
    builders.build_agency("Stadtverwaltung Mayen", "mayen.example", short_name="Mayen")
    builders.build_agency("Kindertagesstätte", "kita.mayen.example", short_name="Kita")
    found = Agency.objects.for_email(email)
    assert (found.short_name if found else None) == short_name


def test_agency_may_have_several_domains(agency):
    AgencyMailDomain.objects.create(agency=agency, domain="stadt-mayen.example")
    assert User.objects.create_user("a@stadt-mayen.example").agency == agency


def test_coordinator_settles_where_somebody_belongs(agency, coordinator):
    person = builders.build_person("kim@verein.example", organisation="Verein Willkommen")
    assert list(User.objects.to_check()) == [person]
    settled = affiliation.settle(person, agency, by=coordinator)
    assert [settled.agency, settled.organisation, settled.agency_name] == [agency, "Verein Willkommen", agency.name]
    assert list(User.objects.to_check()) == []


def test_coordinator_may_let_the_persons_own_words_stand(coordinator):
    person = builders.build_person("kim@verein.example", organisation="Verein Willkommen")
    settled = affiliation.settle(person, None, by=coordinator)
    assert [settled.agency, settled.agency_name] == [None, "Verein Willkommen"]
    assert list(User.objects.to_check()) == []


def test_nobody_else_settles_it(agency, participant, agency_contact):
    person = builders.build_person("kim@verein.example", organisation="Verein Willkommen")
    for somebody in [person, participant, agency_contact]:
        with pytest.raises(PermissionError):
            affiliation.settle(person, agency, by=somebody)
    assert list(User.objects.to_check()) == [person]


def test_person_entered_by_the_coordinator_signs_in_later_with_that_account(agency):
    begun = User.objects.create_user("kim@mayen.example")
    person = affiliation.introduce(
        " Kim@Mayen.example ", first_name="Kim", last_name="Neu", group=TargetGroup.STAFF, organisation="egal"
    )
    assert [person.pk, person.full_name, person.agency, person.organisation] == [begun.pk, "Kim Neu", agency, ""]
    assert [person.has_completed_profile, person.privacy_notice_noted_at] == [True, None]
