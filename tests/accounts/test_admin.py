from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import Agency, AgencyMailDomain, User
from tests.builders import build_person


@pytest.fixture
def client_of(client) -> Callable[[User], Client]:
    def sign_in(person: User) -> Client:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


# --- What can only be looked at ----------------------------------------------------------------


@pytest.mark.parametrize("is_chief", [False, True])
def test_agencies_are_changed_on_their_page_alone(client_of, coordinator, agency, is_chief):
    client = client_of(build_person(role="coordinator", is_superuser=True) if is_chief else coordinator)
    before = list(Agency.objects.values()), list(AgencyMailDomain.objects.values())
    fields = {
        "name": "Neu", "short_name": "N", "kind": "other", "mail_domains-TOTAL_FORMS": 1,
        "mail_domains-INITIAL_FORMS": 0, "mail_domains-0-domain": "neu.example",
    }  # fmt: skip
    change = reverse("admin:accounts_agency_change", args=[agency.pk])
    assert client.post(reverse("admin:accounts_agency_add"), fields).status_code == 403
    assert client.post(change, fields).status_code == 403
    assert "mayen.example" in client.get(change).content.decode()
    assert (list(Agency.objects.values()), list(AgencyMailDomain.objects.values())) == before


def test_tables_of_libraries_are_not_there(db):
    assert {EmailAddress, Group} & {*admin.site._registry} == set()
    assert {model._meta.app_label for model in admin.site._registry} == {"accounts", "trainings", "certificates"}


# --- People ------------------------------------------------------------------------------------

PERSON = {
    "email": "NEU@Mayen.example", "title": "", "first_name": " Ana\u202e ", "last_name": "Neu", "form_of_address": "",
    "phone": "", "language": "de", "agency": "", "organisation": "", "group": "staff", "role": "participant",
    "is_active": "on",
}  # fmt: skip


def test_a_person_is_entered_without_a_password(client_of, coordinator, agency):
    client = client_of(coordinator)
    assert "password" not in client.get(reverse("admin:accounts_user_add")).content.decode()
    client.post(reverse("admin:accounts_user_add"), PERSON)
    person = User.objects.get(email="neu@mayen.example")
    assert (person.full_name, person.agency, person.has_usable_password()) == ("Ana Neu", agency, False)
    assert (person.has_completed_profile, person.privacy_notice_noted_at) == (True, None)


def test_what_a_person_lacks_is_said_beside_the_field(client_of, coordinator):
    fields = PERSON | {"last_name": "", "group": "", "email": "neu@web.example", "role": "agency_contact"}
    response = client_of(coordinator).post(reverse("admin:accounts_user_add"), fields)
    assert sorted(response.context["adminform"].form.errors) == ["agency", "group", "last_name"]


def test_a_role_is_given_and_history_tells_it(client_of, coordinator, participant):
    client = client_of(coordinator)
    address = reverse("admin:accounts_user_change", args=[participant.pk])
    response = client.post(
        address, PERSON | {"email": participant.email, "agency": participant.agency_id, "role": "coordinator"}
    )
    assert response.status_code == 302
    participant.refresh_from_db()
    assert participant.role == User.Role.COORDINATOR
    assert "Rolle" in LogEntry.objects.get(object_id=str(participant.pk)).get_change_message()


def test_nobody_deletes_people_or_agencies(client_of, coordinator, participant):
    client = client_of(coordinator)
    for address in [
        reverse("admin:accounts_user_delete", args=[participant.pk]),
        reverse("admin:accounts_agency_delete", args=[participant.agency_id]),
    ]:
        assert client.post(address, {"post": "yes"}).status_code == 403
    chief = build_person(role="coordinator", is_superuser=True)
    assert client_of(chief).post(reverse("admin:accounts_user_delete", args=[participant.pk])).status_code == 403


def test_lists_can_be_searched(client_of, coordinator, participant, other_participant):
    response = client_of(coordinator).get(reverse("admin:accounts_user_changelist"), {"q": "Yıldız"})
    assert list(response.context["cl"].result_list) == [participant]


def test_a_coordinator_cannot_take_over_a_superuser_by_their_address(client_of, coordinator):
    superuser = User.objects.create_superuser("technik@kreis-myk.example", last_name="Technik", group="staff")
    address = reverse("admin:accounts_user_change", args=[superuser.pk])
    assert client_of(coordinator).post(address, {"email": "anders@kreis-myk.example"}).status_code == 403
    superuser.refresh_from_db()
    assert superuser.email == "technik@kreis-myk.example"
