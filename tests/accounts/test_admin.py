import datetime as dt
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import finding
from accounts.models import Agency, AgencyMailDomain, User
from tests.builders import build_person, build_run
from trainings import dates


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


def test_people_are_shown_and_change_on_their_pages_alone(client_of, coordinator, participant):
    chief = build_person(role="coordinator", is_superuser=True)
    for person in (coordinator, chief):
        client = client_of(person)
        address = reverse("admin:accounts_user_change", args=[participant.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, {"last_name": "Neu"}).status_code == 403
        assert client.get(reverse("admin:accounts_user_add")).status_code == 403


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


def test_runs_are_narrowed_by_their_year(client_of, coordinator):
    this = timezone.localdate().year
    begins = [dt.datetime(year, 1, 1, 0, 30, tzinfo=dates.ZONE) for year in (this - 3, this - 1)]
    old, new = (build_run(starts_at=begin).number for begin in begins)
    address = reverse("admin:trainings_courserun_changelist")
    client = client_of(coordinator)

    def years():
        [found] = [each for each in client.get(address).context["cl"].filter_specs if each.title == "Jahr"]
        return [int(year) for year, _name in found.lookup_choices]

    both = [new, old]
    for asked, found in [(this - 3, [old]), (this - 2, []), (this - 1, [new]), (9999, both), ("x", both)]:
        shown = client.get(address, {"jahr": asked}).context["cl"].result_list
        assert {run.number for run in shown} == {*found}, asked
    assert years() == [this - 1, this - 2, this - 3]
    build_run(starts_at=dt.datetime(26, 1, 1, tzinfo=dates.ZONE))
    assert len(years()) == 20, "a mistyped year adds no thousands"


@pytest.mark.parametrize("are_made", [True, False])
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("yildiz", ["Yıldız"]), ("weber@bend", ["Weber"]), ("Bendorf", ["Weber", "Berg"]), ("Bendorf Weber", ["Weber"]),
        ("wohlfahrt", ["Klein"]), ("Xyz", []), ("Weber Yıldız", []), ("", ["Roth", "Yıldız", "Weber", "Berg", "Klein"]),
    ],
)  # fmt: skip
def test_people_are_found_by_name_address_organisation_and_agency(
    client_of, coordinator, participant, other_participant, typed, names, are_made
):
    build_person("berg@elsewhere.example", "Ina", "Berg", agency=other_participant.agency)
    build_person("klein@elsewhere.example", "Ute", "Klein", organisation="Wohlfahrt e. V.")
    if are_made:
        finding.catch_up()
    response = client_of(coordinator).get(reverse("admin:accounts_user_changelist"), {"q": typed})
    assert {person.last_name for person in response.context["cl"].result_list} == set(names)
