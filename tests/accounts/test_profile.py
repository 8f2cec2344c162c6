"""Does the profile ask what is needed, clean it, and lead back?"""

import pytest

from accounts import affiliation
from accounts.models import TargetGroup, User
from tests import builders
from trainings.models import Correspondence

pytestmark = pytest.mark.django_db

PROFILE = "/konto/"
ANSWERS = {
    "first_name": "Kim",
    "last_name": "Neu",
    "group": "staff",
    "language": "de",
    "calendar_choice": "mail",
    "privacy_notice": "on",
}


@pytest.fixture
def newcomer(agency) -> User:
    return User.objects.create_user("neu@mayen.example")


@pytest.fixture
def stranger(agency) -> User:
    return User.objects.create_user("jemand@verein.example")


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def test_newcomer_is_led_to_the_profile_and_nowhere_else(signed_in, newcomer):
    client = signed_in(newcomer)
    run = builders.build_run()
    response = client.get(f"/termine/{run.pk}/anmelden/?a=1")
    assert response["Location"] == f"/konto/?next=%2Ftermine%2F{run.pk}%2Fanmelden%2F%3Fa%3D1"
    response = client.post(f"/termine/{run.pk}/anmelden/")
    assert response["Location"] == "/konto/?next=%2Fmeine-schulungen%2F"
    assert run.registrations.count() == 0


def test_newcomer_may_read_open_pages_and_sign_out(signed_in, newcomer):
    client = signed_in(newcomer)
    assert client.get("/kalender/").status_code == 200
    assert client.post("/abmelden/")["Location"] == "/"


def test_profile_is_saved_once_and_leads_back(signed_in, newcomer):
    response = signed_in(newcomer).post(PROFILE, {**ANSWERS, "next": "/kalender/"})
    newcomer.refresh_from_db()
    assert response["Location"] == "/kalender/"
    assert [newcomer.full_name, newcomer.group, newcomer.language] == ["Kim Neu", TargetGroup.STAFF, "de"]
    assert newcomer.has_completed_profile
    assert newcomer.privacy_notice_noted_at is not None


def test_later_change_keeps_the_first_times_and_says_so(signed_in, participant):
    before = [participant.profile_completed_at, participant.privacy_notice_noted_at]
    changed = {**ANSWERS, "first_name": "Ayşe", "last_name": "Yıldız-Weber", "group": "leadership"}
    client = signed_in(participant)
    client.post(PROFILE, changed)
    response = client.get(PROFILE)
    participant.refresh_from_db()
    assert [participant.last_name, participant.group] == ["Yıldız-Weber", TargetGroup.LEADERSHIP]
    assert [participant.profile_completed_at, participant.privacy_notice_noted_at] == before
    assert [str(message) for message in response.context["messages"]] == ["Ihre Angaben sind gespeichert."]


def test_what_is_missing_is_told_beside_the_field_and_what_was_typed_stays(signed_in, newcomer):
    response = signed_in(newcomer).post(PROFILE, {"first_name": "Kim", "language": "de", "next": "/kalender/"})
    assert sorted(errors(response)) == ["group", "last_name", "privacy_notice"]
    assert response.context["form"]["first_name"].value() == "Kim"
    assert response.context["next"] == "/kalender/"
    newcomer.refresh_from_db()
    assert [newcomer.first_name, newcomer.has_completed_profile] == ["", False]


def test_refused_form_does_not_change_the_name_in_the_header(signed_in, participant):
    response = signed_in(participant).post(PROFILE, {"first_name": "X", "last_name": "", "group": "staff"})
    assert response.context["user"].full_name == "Ayşe Yıldız"


def test_one_way_into_the_calendar_is_chosen_once_the_profile_is_complete(signed_in, client, newcomer, participant):
    assert "calendar_choice" not in signed_in(newcomer).get(PROFILE).context["form"].fields
    signed_in(newcomer).post(PROFILE, {**ANSWERS, "calendar_choice": "none"})
    newcomer.refresh_from_db()
    assert Correspondence.objects.of(newcomer).calendar_choice == "mail"

    page = signed_in(participant).get(PROFILE).content.decode()
    assert [page.count(f'name="calendar_choice" value="{way}"') for way in ["mail", "feed", "none"]] == [1, 1, 1]
    assert "Einladungen per E-Mail – jede Zusage, Änderung und Absage kommt als Kalendereinladung" in page
    assert "Sonst steht jeder Termin zweimal im Kalender." in page
    client.post(PROFILE, {**ANSWERS, "calendar_choice": "feed"})
    participant.refresh_from_db()
    assert Correspondence.objects.of(participant).calendar_choice == "feed"
    assert list(errors(client.post(PROFILE, {**ANSWERS, "calendar_choice": "both"}))) == ["calendar_choice"]


def test_agency_is_asked_only_where_the_mail_domain_does_not_tell(signed_in, client, newcomer, stranger):
    assert "organisation" not in signed_in(newcomer).get(PROFILE).context["form"].fields
    assert "organisation" in signed_in(stranger).get(PROFILE).context["form"].fields


def test_person_of_an_unknown_organisation_is_marked_for_the_check(signed_in, stranger):
    client = signed_in(stranger)
    assert list(errors(client.post(PROFILE, ANSWERS))) == ["organisation"]
    client.post(PROFILE, {**ANSWERS, "organisation": "Verein\u202e Willkommen"})
    assert list(User.objects.to_check()) == [stranger]
    assert User.objects.get(pk=stranger.pk).organisation == "Verein Willkommen"


def test_nobody_chooses_role_agency_or_another_address(signed_in, participant, other_agency):
    posted = {
        **ANSWERS,
        "role": "coordinator",
        "agency": other_agency.pk,
        "email": "x@mayen.example",
        "is_superuser": "1",
    }
    signed_in(participant).post(PROFILE, posted)
    before = [participant.role, participant.agency, participant.email, participant.is_superuser]
    participant.refresh_from_db()
    assert participant.last_name == "Neu"
    assert [participant.role, participant.agency, participant.email, participant.is_superuser] == before


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Anna   Maria ", "Anna Maria"),
        ("An\u202ena", "Anna"),  # right-to-left override
        ("An\u200bna\u00ad", "Anna"),  # zero-width space, soft hyphen
        ("An\x07na", "An na"),
        ("Anna\nBcc: x", "Anna Bcc: x"),
        ("Ju\u0308rgen", "Jürgen"),  # decomposed
        ("می\u200cخواهم", "می\u200cخواهم"),  # the joiner belongs to the Persian word
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_names_are_cleaned_and_otherwise_kept(signed_in, newcomer, typed, stored):
    signed_in(newcomer).post(PROFILE, {**ANSWERS, "first_name": typed, "last_name": typed, "title": typed})
    newcomer.refresh_from_db()
    assert [newcomer.first_name, newcomer.last_name, newcomer.title] == [stored, stored, stored]


@pytest.mark.parametrize("typed", ["", "   ", "\u202e\u200b", "x" * 151])
def test_name_of_nothing_or_too_much_is_refused(signed_in, newcomer, typed):
    response = signed_in(newcomer).post(PROFILE, {**ANSWERS, "last_name": typed})
    assert list(errors(response)) == ["last_name"]


def test_people_with_one_name_need_no_first_name(signed_in, newcomer):
    client = signed_in(newcomer)
    client.post(PROFILE, {**ANSWERS, "first_name": "", "last_name": "Suharto", "has_one_name": "on"})
    newcomer.refresh_from_db()
    assert [newcomer.full_name, newcomer.has_completed_profile] == ["Suharto", True]
    assert client.get(PROFILE).context["form"]["has_one_name"].value() is True


def test_a_first_name_is_asked_for_unless_there_is_none(signed_in, newcomer):
    client = signed_in(newcomer)
    missing = errors(client.post(PROFILE, {**ANSWERS, "first_name": " "}))
    assert missing == {
        "first_name": ["Bitte geben Sie den Vornamen an, oder kreuzen Sie an, dass Sie nur einen Namen haben."]
    }
    assert list(errors(client.post(PROFILE, {**ANSWERS, "has_one_name": "on"}))) == ["has_one_name"]
    newcomer.refresh_from_db()
    assert not newcomer.has_completed_profile


def test_browsers_can_fill_in_title_and_organisation(signed_in, stranger):
    fields = signed_in(stranger).get(PROFILE).context["form"].fields
    assert [fields[name].widget.attrs["autocomplete"] for name in ("title", "organisation")] == [
        "honorific-prefix",
        "organization",
    ]


def test_chosen_language_is_that_of_the_next_page(signed_in, participant):
    client = signed_in(participant)
    response = client.post(PROFILE, {**ANSWERS, "language": "en"})
    cookie = response.cookies["django_language"]
    assert [cookie.value, cookie["httponly"], cookie["samesite"]] == ["en", True, "Lax"]
    assert client.get(PROFILE).headers["Content-Language"] == "en"
    participant.refresh_from_db()
    assert participant.language == "en"


@pytest.mark.parametrize("language", ["de", "en"])
def test_newcomer_is_offered_the_language_of_the_page(client, language):
    client.post("/anmelden/", {"email": "neu@mayen.example"}, headers={"Accept-Language": language})
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(PROFILE).context["form"]["language"].value() == language


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_other_sites_are_no_destination(signed_in, newcomer, target):
    assert signed_in(newcomer).post(PROFILE, {**ANSWERS, "next": target})["Location"] == "/meine-schulungen/"


def test_profile_needs_a_sign_in(client):
    assert client.get(PROFILE)["Location"] == "/anmelden/?next=/konto/"


def test_somebody_entered_by_the_coordination_notes_the_privacy_notice_first(signed_in, db):
    person = affiliation.introduce("neu@anderswo.example", first_name="Ana", last_name="Silva", group="staff")
    client = signed_in(person)
    response = client.get("/meine-schulungen/")
    assert (response.status_code, response["Location"]) == (302, "/konto/?next=%2Fmeine-schulungen%2F")
    form = {"first_name": "Ana", "last_name": "Silva", "group": "staff", "organisation": "Verein", "language": "de"}
    client.post("/konto/", {**form, "privacy_notice": "on"})
    assert client.get("/meine-schulungen/").status_code == 200


def test_an_address_proposes_the_name_and_nothing_is_stored_before_one_has_looked(signed_in, db):
    person = User.objects.create_user("anna.klein@mayen.example")
    page = signed_in(person).get(PROFILE)
    form = page.context["form"]
    assert [form["first_name"].value(), form["last_name"].value()] == ["Anna", "Klein"]
    assert "Vorschlag nach Ihrer E-Mail-Adresse" in page.text
    person.refresh_from_db()
    assert [person.first_name, person.last_name] == ["", ""]


def test_who_has_a_name_is_proposed_none(signed_in, db):
    person = User.objects.create_user("anna.klein@mayen.example", last_name="Suharto")
    form = signed_in(person).get(PROFILE).context["form"]
    assert [form["first_name"].value(), form["last_name"].value()] == ["", "Suharto"]
