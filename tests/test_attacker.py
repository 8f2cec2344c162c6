"""What a clever colleague with an account would try, each by every way there is."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from tests.builders import build_person, build_registration, build_run
from tests.pages import read
from tests.test_access import (  # noqa: F401
    CHANGING,
    PEOPLE,
    READING,
    args,
    filled_in,
    people,
    rows,
    what_is_posted,
)
from trainings import booking, calendars, mails, planning
from trainings import people as operations
from trainings.acts import Act
from trainings.models import CalendarSubscription, DataRequest, Interest, Registration

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CHIEF = "chefin@mayen.example"


# --- The last coordinator -------------------------------------------------------------------------


def ways_to_lose(coordinator: User, participant: User) -> list[tuple[str, dict[str, Any]]]:
    """Every page by which an account ends, changes its role, or goes into another."""
    own = {"last_name": coordinator.last_name, "first_name": "", "group": "staff", "language": "de"}
    own |= {"email": coordinator.email, "reason": "weil"}
    sheet = "E-Mail;Nachname;Gruppe;Rolle\n{};Roth;Mitarbeitende;{}\n"
    tables = [sheet.format(coordinator.email, role).encode() for role in ("Teilnahme", "")]
    return [
        (reverse("trainings:edit_person", args=[coordinator.pk]), own | {"role": "participant"}),
        (reverse("trainings:edit_person", args=[coordinator.pk]), own | {"role": "agency_contact"}),
        (reverse("trainings:end_account", args=[coordinator.pk]), {"reason": "weil"}),
        (reverse("trainings:end_own_account"), {"reason": "weil", "sure": "on"}),
        (reverse("trainings:erase_person", args=[coordinator.pk]), {"sure": "on"}),
        (reverse("trainings:restrict_person", args=[coordinator.pk]), {"reason": "weil"}),
        (reverse("trainings:merge_people", args=[participant.pk]), {"other": str(coordinator.pk), "reason": "weil"}),
        (reverse("trainings:agency_contacts", args=[coordinator.agency_id]), {"email": coordinator.email}),
        *((reverse("trainings:table", args=["personen"]), {"file": SimpleUploadedFile("p.csv", t)}) for t in tables),
        (reverse("admin:accounts_user_change", args=[coordinator.pk]), own | {"role": "participant"}),
        (reverse("admin:accounts_user_delete", args=[coordinator.pk]), {"post": "yes"}),
        (
            reverse("admin:accounts_user_changelist"),
            {"action": "delete_selected", "_selected_action": coordinator.pk, "post": "yes"},
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("is_superuser", [False, True])
def test_the_last_coordinator_stays_by_every_page(signed_in, coordinator, participant, is_superuser):
    coordinator.is_superuser = is_superuser
    coordinator.save()
    for address, sent in ways_to_lose(coordinator, participant):
        client = signed_in(User.objects.get(pk=coordinator.pk))
        response = client.post(address, sent)
        if "Übernehmen" in response.content.decode() and 'name="table"' in response.content.decode():
            confirm = read(response).form("table")
            client.post(reverse("trainings:confirm_table", args=["personen"]), confirm)
        assert User.objects.coordinators().filter(pk=coordinator.pk).exists(), address


# --- Who did what -----------------------------------------------------------------------------------


def test_no_page_is_about_deleting_what_is_on_record(signed_in, coordinator):
    assert AuditEvent not in admin.site._registry
    assert {row for row in rows(CHANGING) if row.startswith(("trainings:", "accounts:")) and "audit" in row} == set()
    chief = signed_in(build_person(role="coordinator", is_superuser=True))
    assert chief.post(reverse("trainings:audit"), {"delete": "1"}).status_code in {200, 405}
    assert chief.get("/verwaltung/accounts/auditevent/").status_code == 404


@pytest.mark.both_databases
@pytest.mark.slow
def test_whatever_a_superuser_does_the_record_only_grows(people, args, coordinator):  # noqa: F811
    """All pages and all actions of the back office, one after the other."""
    posted = what_is_posted(args)
    people["coordinator"].get(reverse("trainings:audit"))
    User.objects.filter(pk=coordinator.pk).update(is_superuser=True)
    client = people["coordinator"]
    before = {event.pk: (event.what, event.at, event.by_id) for event in AuditEvent.objects.all()}
    addresses = [(filled_in(name, args), posted.get(name, {"reason": "weil"})) for name in rows(CHANGING)]
    addresses = [one for one in addresses if one[0] != reverse("account_logout")]
    for model, of_model in admin.site._registry.items():
        keys = list(model._default_manager.values_list("pk", flat=True))
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        names = {"delete_selected", *(getattr(each, "__name__", each) for each in of_model.actions or [])}
        addresses += [(address, {"action": name, "_selected_action": keys, "post": "yes"}) for name in names]
    for address, sent in addresses:
        client.post(address, sent)
        now = {event.pk: (event.what, event.at, event.by_id) for event in AuditEvent.objects.all()}
        assert before.items() <= now.items(), address
        before = now


@pytest.mark.slow
def test_every_file_that_goes_to_somebody_signed_in_is_on_record(people, args):  # noqa: F811
    """By whatever address; but the program text that keeps attendance lists, which is the same for everybody."""
    unrecorded = []
    for name, outcomes in rows(READING).items():
        person = next((one for one in PEOPLE[:0:-1] if outcomes[PEOPLE.index(one)] == "ok"), None)
        if person is None or outcomes[0] == "ok":  # anybody may read it
            continue
        before = AuditEvent.objects.filter(what="exported").count()
        response = people[person].get(filled_in(name, args))
        is_page = response["Content-Type"].startswith("text/html") and "Content-Disposition" not in response
        if not is_page and AuditEvent.objects.filter(what="exported").count() != before + 1:
            unrecorded.append((name, response["Content-Type"]))
    assert unrecorded == []


# --- Foreign ids ------------------------------------------------------------------------------------


def test_nobody_takes_back_what_somebody_else_said(signed_in, participant, other_participant):
    row = build_registration(build_run(), other_participant, needs="Hörschleife")
    planning.note_interest(build_run().course, other_participant, wish="vormittags")
    calendars.subscribe(other_participant)
    client = signed_in(participant)
    interest, subscription = Interest.objects.get(), CalendarSubscription.objects.get()
    for code in (
        f"needs-{row.pk}",
        f"interest-{interest.pk}",
        f"calendar-{subscription.pk}",
        "needs-",
        "email",
        "role",
    ):
        client.post(reverse("trainings:take_back"), {"what": code})
    row.refresh_from_db()
    assert (row.needs, Interest.objects.get().wish) == ("Hörschleife", "vormittags")
    assert CalendarSubscription.objects.exists()


def test_nobody_withdraws_or_reads_somebody_elses_request(signed_in, participant, other_participant):
    asked = operations.request_about_data(
        other_participant, DataRequest.Kind.ERASURE, Act(other_participant), words="Geheimes"
    )
    client = signed_in(participant)
    assert client.post(reverse("trainings:withdraw_request", args=[asked.pk])).status_code == 404
    assert DataRequest.objects.get().is_open
    for address in (reverse("trainings:my_data"), reverse("trainings:data_copy", args=["json"])):
        assert "Geheimes" not in client.get(address).content.decode()


def test_nothing_is_left_to_do_with_somebody_who_is_a_count(signed_in, coordinator):
    nobody = build_person("geht@mayen.example")
    operations.erase(nobody, Act(coordinator))
    client = signed_in(coordinator)
    names = "person edit_person end_account reopen_account merge_people erase_person restrict_person end_restriction"
    for name in names.split():
        address = reverse(f"trainings:{name}", args=[nobody.pk])
        assert [client.get(address).status_code, client.post(address, {"reason": "weil"}).status_code] == [404, 404]


# --- Deciding about oneself ---------------------------------------------------------------------------


def test_a_supervisor_whose_account_went_into_the_persons_decides_nothing_more(client, participant, coordinator):
    chief = build_person(CHIEF)
    row = booking.register(build_run(approval="required"), participant, Act(participant), supervisor_email=CHIEF)
    address = reverse("trainings:approval", args=[mails.link_token("approval", row, CHIEF)])
    operations.merge(participant, chief, Act(coordinator, reason="doppelt"))
    client.post(address, {"act": "approve"})
    row.refresh_from_db()
    assert row.status == "requested"


def test_open_links_of_an_ended_account_change_nothing(client, participant, agency_contact, coordinator):
    """To cancel, to answer an offer, to end mails; and the contact's link to approve."""
    rows_of = {status: build_registration(build_run(), participant, status) for status in ("confirmed", "offered")}
    asked = build_registration(
        build_run(approval="required"), status="requested", supervisor_email=agency_contact.email
    )
    addresses = [
        reverse("trainings:cancel_by_link", args=[mails.link_token("cancel", rows_of["confirmed"])]),
        reverse("trainings:offer", args=[mails.link_token("offer", rows_of["offered"])]),
        reverse("trainings:approval", args=[mails.link_token("approval", asked, agency_contact.email)]),
        reverse("trainings:personal_feed", args=[calendars.subscribe(participant)]),
    ]
    for person in (participant, agency_contact):
        operations.leave(person, Act(coordinator))
    before = list(Registration.objects.order_by("pk").values())
    for address in addresses:
        for act in ("approve", "decline", "accept", "cancel", "hand_over"):
            client.post(address, {"act": act, "reason": "weil", "email": "x@mayen.example"})
        page = client.get(address)
        assert page.status_code in {404, 410} or 'name="act"' not in page.content.decode(), address
    assert list(Registration.objects.order_by("pk").values()) == before


# --- Sessions -----------------------------------------------------------------------------------------


def test_a_session_put_into_somebodys_browser_is_not_theirs_after_signing_in(participant):
    planted, victim = Client(), Client()
    planted.post(reverse("set_language"), {"language": "en"})
    planted.post(reverse("account_login"), {"email": "angreifer@mayen.example"})
    key = planted.cookies["sessionid"].value
    victim.cookies["sessionid"] = key
    victim.post("/anmelden/demo/", {"person": participant.pk})
    assert victim.cookies["sessionid"].value != key
    assert victim.get(reverse("trainings:my_data")).status_code == 200
    assert planted.get(reverse("trainings:my_data")).status_code == 302


@pytest.mark.parametrize("values", [{"email": "neu@kreis.example"}, {"role": "participant"}])
def test_both_browsers_of_a_coordinator_end_with_the_address_or_the_role(coordinator, values):
    other = build_person("zweite@kreis.example", role="coordinator")
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(coordinator, backend=BACKEND)
    operations.change_person(coordinator, values, Act(other))
    for browser in browsers:
        for name in ("trainings:coordination", "trainings:my_data", "admin:index"):
            assert browser.get(reverse(name), follow=True).redirect_chain[-1][0].startswith(reverse("account_login"))
