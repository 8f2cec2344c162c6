import io
from collections.abc import Callable

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import backends
from accounts.models import Agency, User
from accounts.tables import WaitingUpload
from tests.builders import build_agency, build_person

MODELS = ["accounts_agency", "accounts_user", "trainings_course", "trainings_courserun"]
SHEET = "Kurzname;Name;Art\nX;=cmd|' /C calc'!A0;Kammer\nY;Ypsilon;Kirche\n"


@pytest.fixture
def client_of(client) -> Callable[[User], Client]:
    def sign_in(person: User) -> Client:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def upload(client: Client, content: str | bytes, page: str = "accounts_agency"):
    file = SimpleUploadedFile("tabelle.csv", content.encode() if isinstance(content, str) else content)
    return client.post(reverse(f"admin:{page}_import"), {"import_file": file, "format": "0", "resource": "0"})


def confirm(client: Client, preview, page: str = "accounts_agency"):
    fields = preview.context["confirm_form"].initial
    return client.post(reverse(f"admin:{page}_process_import"), fields)


def messages_of(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- Who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", ["import", "export", "process_import"])
def test_only_coordinators_import_and_export(client, participant, agency_contact, trainer, coordinator, model, page):
    address = reverse(f"admin:{model}_{page}")
    for person in [participant, agency_contact, trainer]:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address).status_code == (405 if page == "process_import" else 200)


@pytest.mark.parametrize("model", MODELS)
def test_import_and_export_need_a_permission_each(client_of, coordinator, monkeypatch, model):
    client = client_of(coordinator)
    assert backends.COORDINATOR_PERMISSIONS
    monkeypatch.setattr(backends, "COORDINATOR_PERMISSIONS", frozenset())
    for page in ["import", "export"]:
        assert client.get(reverse(f"admin:{model}_{page}")).status_code == 403
    assert client.post(reverse(f"admin:{model}_process_import")).status_code == 403


# --- Import ------------------------------------------------------------------------------------


def test_a_table_is_shown_first_and_saved_after_confirmation(client_of, coordinator):
    client = client_of(coordinator)
    preview = upload(client, SHEET)
    assert Agency.objects.filter(short_name="X").count() == 0
    page = preview.content.decode()
    assert "2 neu, 0 geändert, 0 unverändert. Noch ist nichts gespeichert." in page
    assert "=cmd|&#x27; /C calc&#x27;!A0" in page
    assert "style=" not in page
    done = confirm(client, preview)
    assert (done.status_code, done.url) == (302, reverse("admin:accounts_agency_changelist"))
    assert messages_of(client.get(done.url)) == ["Gespeichert: 2 neu, 0 geändert, 0 unverändert."]
    assert Agency.objects.get(short_name="X").name == "=cmd|' /C calc'!A0"
    assert {entry.get_change_message() for entry in LogEntry.objects.all()} == {"Durch Import angelegt."}


def test_what_was_confirmed_cannot_be_confirmed_again(client_of, coordinator):
    client = client_of(coordinator)
    preview = upload(client, SHEET)
    confirm(client, preview)
    again = confirm(client, preview)
    assert again.url == reverse("admin:accounts_agency_import")
    assert "Die Datei liegt nicht mehr vor. Bitte laden Sie sie noch einmal hoch." in messages_of(client.get(again.url))


def test_the_same_table_again_leaves_nothing_to_confirm(client_of, coordinator):
    client = client_of(coordinator)
    confirm(client, upload(client, SHEET))
    page = upload(client, SHEET).content.decode()
    assert "0 neu, 0 geändert, 2 unverändert." in page
    assert "Die Tabelle enthält nichts Neues." in page
    assert "So speichern" not in page


def test_a_wrong_table_is_explained_and_forgotten(client_of, coordinator):
    def waits(response) -> bool:
        name = response.context["form"].cleaned_data["import_file"].tmp_storage_name
        return WaitingUpload(name=name).read() is not None

    client = client_of(coordinator)
    response = upload(client, "Kurzname;Name;Art\nX;X;Quatsch\n")
    assert "confirm_form" not in response.context
    assert [(row, column) for row, column, _text in response.context["result"].problems] == [(2, "Art")]
    assert "„Quatsch“ ist nicht bekannt." in response.content.decode()
    assert [waits(response), waits(upload(client, SHEET))] == [False, True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n%\xe2\x81\n", "Diese Zeichen sind nicht lesbar."),
        (b"PK\x03\x04", "Die Excel-Datei ist beschädigt oder keine .xlsx-Datei."),
        ("Name\n" + "x\n" * 5001, "Die Tabelle hat mehr als 5000 Zeilen."),
        (b"x" * (5 * 1024**2 + 1), "Die Datei ist größer als 5 MB."),
    ],
)
def test_an_unreadable_file_is_refused_beside_its_field(client_of, coordinator, content, message):
    response = upload(client_of(coordinator), content)
    [text] = response.context["form"].errors["import_file"]
    assert text[: len(message)] == message


def test_rows_that_no_longer_fit_stop_the_import(client_of, coordinator):
    client = client_of(coordinator)
    preview = upload(client, SHEET)
    build_agency("Ypsilon", domain="", short_name="Z")
    response = confirm(client, preview)
    assert response.url == reverse("admin:accounts_agency_import")
    assert Agency.objects.filter(short_name="X").exists() is False


def test_a_coordinator_cannot_make_coordinators_by_a_table_but_a_superuser_can(client_of, coordinator):
    sheet = "E-Mail;Nachname;Gruppe;Rolle\nneu@kreis-myk.example;Neu;Mitarbeitende;Koordination\n"
    response = upload(client_of(coordinator), sheet, "accounts_user")
    assert [problem[1] for problem in response.context["result"].problems] == ["Rolle"]
    chief = User.objects.create_superuser("chef@kreis-myk.example", last_name="Chef", group="staff")
    chief.profile_completed_at = chief.privacy_notice_noted_at = chief.date_joined
    chief.save()
    client = client_of(chief)
    confirm(client, upload(client, sheet, "accounts_user"), "accounts_user")
    assert User.objects.get(email="neu@kreis-myk.example").role == User.Role.COORDINATOR


# --- Export ------------------------------------------------------------------------------------


def test_the_filtered_list_is_exported(client_of, coordinator, participant, other_participant):
    address = reverse("admin:accounts_user_export") + f"?agency__id__exact={participant.agency_id}"
    response = client_of(coordinator).post(address, {"format": "0", "resource": "0"})
    assert response.headers["Content-Disposition"].startswith('attachment; filename="personen-20')
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("E-Mail", "Titel", "Vorname", "Nachname")
    assert [row[0] for row in rows[1:]] == [participant.email]


def test_exported_people_can_be_imported_again(client_of, coordinator, participant):
    client = client_of(coordinator)
    exported = client.post(reverse("admin:accounts_user_export"), {"format": "1", "resource": "0"}).content
    assert exported.startswith("\ufeffE-Mail;Titel;Vorname;Nachname;".encode())
    assert upload(client, exported, "accounts_user").context["result"].changes == []


def test_an_export_takes_the_same_queries_however_many_rows(client_of, coordinator, django_assert_num_queries):
    client = client_of(coordinator)
    address = reverse("admin:accounts_agency_export")
    for number in range(3):
        build_agency(f"Amt {number}", f"amt{number}.example")
        with django_assert_num_queries(6):
            client.post(address, {"format": "1", "resource": "0"})


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
