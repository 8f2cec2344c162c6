"""Is there one form of an address, and one account for a mailbox, whichever way an address comes in?"""

import importlib
import re
import threading

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import affiliation, people
from accounts.addresses import AddressField, mailbox, normalised, validate_address
from accounts.forms import SignInForm
from accounts.models import Agency, User
from accounts.tables import PersonResource, import_table, read_table
from tests import builders
from tests.writing import PRODUCT, ROOT
from trainings import attendance, booking
from trainings.acts import Act
from trainings.forms.agency import ColleagueForm
from trainings.forms.coordination import NewPersonForm
from trainings.forms.lists import WalkInForm
from trainings.forms.master_data import ContactForm
from trainings.forms.registration import HandOverForm, SubstituteForm, SupervisorForm
from trainings.forms.runs import RunForm

# How „yildiz@mayen.example“ may arrive: capitals, spaces around it, full-width letters, what nobody sees, dots of other
# scripts, a dot at the end, and needless quotation marks.
SPELLINGS = [
    "Yildiz@Mayen.EXAMPLE",
    "  yildiz@mayen.example\n",
    "ｙｉｌｄｉｚ＠ｍａｙｅｎ．ｅｘａｍｐｌｅ",
    "yil\u00addiz@mayen\u200b.example",
    "\u202ayildiz@mayen.example\u202c",
    "yildiz@mayen。example",
    "yildiz@mayen.example.",
    '"Yildiz"@mayen.example',
    "yil\u200ddiz\ufe0f@mayen.example\u3164",
]

TAKEN = "gibt es schon ein Konto|existiert bereits"


@pytest.mark.parametrize("written", SPELLINGS)
def test_one_form(written):
    assert normalised(written) == "yildiz@mayen.example"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Post@Bücher.example", "post@xn--bcher-kva.example"),
        ("post@BU\u0308CHER.example", "post@xn--bcher-kva.example"),
        ("post@xn--BCHER-KVA.example", "post@xn--bcher-kva.example"),
        ("post@straße.example", "post@xn--strae-oqa.example"),  # not strasse.example, which is another domain
        ("anna klein@mayen.example", "anna klein@mayen.example"),  # no address, and none is made of it
        ("no address", "no address"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_domains_as_mail_servers_have_them_and_what_is_no_address_stays_none(written, stored):
    assert normalised(written) == stored


@given(st.one_of(st.emails(), st.text(), st.builds("{}@{}".format, st.text(), st.text())))
@settings(deadline=None)
def test_what_is_normalised_stays_so(written):
    once = normalised(written)
    assert (normalised(once), mailbox(once), mailbox(mailbox(once))) == (once, mailbox(written), mailbox(written))


@pytest.mark.parametrize(
    "written", ['"a b"@mayen.example', "a@[127.0.0.1]", "a@b", "ä@mayen.example", "a\x00b@mayen.example"]
)
def test_what_no_mailbox_has_is_refused(written):
    with pytest.raises(ValidationError):
        AddressField().clean(written)
    with pytest.raises(ValidationError):
        validate_address(normalised(written))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email", ["a@x.example", "a+b@x.example", "a+@x.example", "+a@x.example", "a+b+c@x.example", "a.b@x+y.example"]
)
def test_the_database_says_the_same_of_the_mailbox(email):
    User.objects.create_user(email)
    assert User.objects.values_list("mailbox", flat=True).get() == mailbox(email)
    User.objects.update(email="other+tag@x.example")
    assert User.objects.values_list("mailbox", flat=True).get() == "other@x.example"


# --- Every way in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", SPELLINGS)
def test_the_column_knows_one_form_and_so_does_every_look_up(participant, written):
    User.objects.filter(pk=participant.pk).update(email=written)
    assert User.objects.filter(email="yildiz@mayen.example").exists()
    assert User.objects.get(email=written) == User.objects.get_by_natural_key(written) == participant
    assert User.objects.filter(email__in=[written]).exists()
    person = User(email=written)
    with pytest.raises(ValidationError, match=TAKEN):
        person.full_clean(exclude=["password"])


def test_every_form_that_asks_for_an_address_asks_for_it_by_the_one_field():
    forms = [SignInForm, ColleagueForm, NewPersonForm, WalkInForm, ContactForm, HandOverForm, SubstituteForm, RunForm]
    fields = [field for form in forms for field in form.base_fields.values() if "mail" in str(field.label).lower()]
    fields += [SupervisorForm.base_fields["supervisor_email"], RunForm.base_fields["new_trainer"]]
    of_the_library = {type(field).__name__ for field in SignInForm.base_fields.values()}
    assert {type(field).__name__ for field in fields} - of_the_library == {"AddressField"}


@pytest.mark.parametrize("written", [*SPELLINGS, "yildiz+kurs@mayen.example"])
def test_lists_tables_and_people_on_the_spot_find_the_person(participant, coordinator, written):
    act = Act(coordinator)
    [line] = booking.read_lines(f"Klein\tAnna\t{written.strip()}\tMitarbeitende")
    cell = '"{}"'.format(written.strip().replace('"', '""'))
    table = read_table(f"E-Mail;Nachname;Gruppe\n{cell};Yıldız;Mitarbeitende\n".encode())
    import_table(PersonResource(), table)
    session = builders.only_session(builders.build_run(starts_at=timezone.now()))
    names = {"first_name": "A", "last_name": "K", "group": "staff"}
    walked_in = attendance.add_walk_in(session, act, email=written, **names)
    assert booking.person_of(line, act) == walked_in.person == participant
    assert affiliation.introduce(written, **names) == participant
    assert User.objects.filter(mailbox="yildiz@mayen.example").count() == 1
    assert User.objects.get(pk=participant.pk).email == "yildiz@mayen.example"


def test_a_list_names_a_mailbox_once(coordinator, participant):
    run = builders.build_run()
    lines = booking.read_lines("Yıldız\tAyşe\tyildiz@mayen.example\nYıldız\tAyşe\tYildiz+2@mayen.example")
    verdicts = booking.register_list(run, lines, Act(coordinator))
    assert [[reason.code for reason in verdict.reasons] for verdict in verdicts] == [[], ["double"]]


def test_supervisor_and_hand_over_are_stored_in_one_form(participant, run):
    run.approval = "required"
    run.save()
    registration = booking.register(run, participant, Act(participant), supervisor_email=" Chef@Mayen。example")
    assert registration.supervisor_email == "chef@mayen.example"
    by = Act(by_email="chef@mayen.example")
    booking.hand_over(registration, "Ver\u00adtretung@MAYEN.example", by)
    registration.refresh_from_db()
    assert registration.supervisor_email == "vertretung@mayen.example"


def test_superusers_are_created_in_one_form(db):
    call_command("createsuperuser", email="Admin@BÜCHER.example", interactive=False, verbosity=0)
    assert User.objects.get().email == "admin@xn--bcher-kva.example"


@pytest.mark.parametrize("email", ["Yildiz+x@mayen.example", "YILDIZ@mayen.example"])
def test_the_back_office_and_changes_of_address_meet_the_mailbox(signed_in, coordinator, participant, trainer, email):
    with pytest.raises(ValidationError, match=TAKEN):
        people.change(trainer, {"email": email}, by=coordinator)
    with pytest.raises(ValidationError, match=TAKEN):
        people.create(email, by=coordinator)
    data = {"email": email, "last_name": "Neu", "group": "staff", "role": "participant", "language": "de"}
    response = signed_in(coordinator).post("/verwaltung/accounts/user/add/", data)
    if response.status_code == 200:
        assert re.search(TAKEN, str(response.context["adminform"].form.errors["email"]))
    assert User.objects.filter(mailbox="yildiz@mayen.example").count() == 1
    trainer.refresh_from_db()
    assert trainer.email == "okafor@trainings.example"


def test_nobody_lowers_an_address_by_hand():
    """``normalised`` does, and more: whoever compares in lower case only takes one person for two."""
    by_hand = re.compile(
        r"""(?i)mail[\w"'.()\[\]]*\.(?:lower|casefold)\(|email__iexact|validate_email\b|(?:forms|models)\.EmailField"""
    )
    # The field itself, and columns for what has been normalised on the way to them.
    allowed = {"accounts/addresses.py", "trainings/models/registration.py", "trainings/models/message.py"}
    found = []
    for path in (path for app in PRODUCT for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts):
        name = str(path.relative_to(ROOT))
        lines = path.read_text().splitlines() if name not in allowed else []
        found += [f"{name}:{number}: {line}" for number, line in enumerate(lines, 1) if by_hand.search(line)]
    assert [line for line in ["email.strip().lower()", 'data["email"]).casefold()'] if not by_hand.search(line)] == []
    assert found == []


# --- One mailbox, one account --------------------------------------------------------------------------------------


def test_a_second_account_of_a_mailbox_cannot_be_stored(participant):
    for write in [
        lambda: User.objects.create_user("yildiz+x@mayen.example"),
        lambda: User.objects.bulk_create([User(email="Yildiz+x@mayen.example")]),
        lambda: User(email="yildiz+x@mayen.example").save(),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


@pytest.mark.django_db(transaction=True)
def test_many_who_come_at_once_with_one_mailbox_get_one_account():
    found, start = [], threading.Barrier(8)

    def come(number: int) -> None:
        try:
            start.wait()
            found.append(User.objects.at_address(f"neu+{number}@mayen.example"))
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), sum(is_new for _person, is_new in found), User.objects.count()) == (8, 1, 1)
    assert len({person.pk for person, _is_new in found}) == 1


def test_an_account_that_went_into_another_leads_there(participant, other_participant):
    people.end(other_participant, by=None)
    User.objects.filter(pk=other_participant.pk).update(merged_into=participant)
    for email in ["weber@bendorf.example", "Weber+x@bendorf.example"]:
        assert User.objects.of_address(email) == participant
    assert User.objects.of_address("nobody@bendorf.example") is None


def shared(*emails: str) -> list[User]:
    """Accounts of one mailbox, as they came about before the rule; the first address keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_account_per_mailbox")
    return [builders.build_person(email) for email in emails]


def test_accounts_that_shared_a_mailbox_are_kept_marked_and_told(db, capsys):
    tagged, plain, other = shared("anna+2@mayen.example", "anna@mayen.example", "ben@mayen.example")
    importlib.import_module("accounts.migrations.0007_addresses_and_mailboxes").mark_shared(apps, None)

    marks = dict(User.objects.values_list("email", "shared_mailbox"))
    assert marks == {tagged.email: "anna@mayen.example", plain.email: "", other.email: ""}
    told = capsys.readouterr().out
    assert (f"{plain.pk} and {tagged.pk}" in told, "anna" in told) == (True, False)
    # Each is found by its own address, everything else of the mailbox by the one that keeps it.
    assert [User.objects.of_address(f"anna{tag}@mayen.example") for tag in ["", "+2", "+3"]] == [plain, tagged, plain]
    # With another address the rule holds for the marked one as well.
    User.objects.filter(pk=tagged.pk).update(email="carl@mayen.example")
    assert User.objects.others_with_mailbox("carl+x@mayen.example", plain).exists()


def test_of_two_accounts_the_active_one_is_found(db):
    left, active = shared("anna+2@mayen.example", "anna@mayen.example")
    User.objects.filter(pk=left.pk).update(is_active=False, left_at=timezone.now(), shared_mailbox="anna@mayen.example")
    assert User.objects.of_address("anna+2@mayen.example") == active


def test_addresses_stored_before_are_written_in_the_one_form_and_none_is_lost(db):
    shared("a@xn--bcher-kva.example", "b@bücher.example")
    second = User.objects.get(email="b@xn--bcher-kva.example")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = %s WHERE id = %s", ["a@bücher.example", second.pk])
    importlib.import_module("accounts.migrations.0007_addresses_and_mailboxes").normalise(apps, None)
    assert set(User.objects.values_list("email", flat=True)) == {
        "a@xn--bcher-kva.example",
        f"a+konto-{second.pk}@xn--bcher-kva.example",
    }


def test_an_address_of_a_part_of_the_domain_belongs_to_the_agency(agency):
    assert Agency.objects.for_email("x@Schule.MAYEN。example") == agency
    assert Agency.objects.for_email("x@notmayen.example") is None
