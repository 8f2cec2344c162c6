"""A certificate ends once, for a reason; its owner is told, and the old code says so for ever."""

import datetime as dt
import re
import threading

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from certificates import issuing
from certificates.issuing import Name, ending
from certificates.models import Certificate
from certificates.paper import render
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run
from tests.mails import Kind
from trainings import attendance, mails, planning
from trainings.acts import Act
from trainings.models import Message
from trainings.refusals import Refused

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    return build_certificate(participant, by=coordinator)


def told(kind: str) -> list[tuple[str, dict]]:
    rows = Message.objects.filter(kind=kind).order_by("pk").select_related("recipient")
    return [(message.recipient.email, message.details) for message in rows]


def correct(registration, minutes, by):
    mark = attendance.Mark("partial", minutes) if minutes else attendance.Mark("absent")
    attendance.record(registration.run.sessions.get(), {registration.pk: mark}, Act(by, reason="Nachgezählt"))


# --- revoking ---------------------------------------------------------------------------------------------------------


def test_revoking_keeps_who_when_and_why_and_tells_the_owner(certificate, coordinator, participant):
    at = timezone.now()

    issuing.revoke(certificate, Act(coordinator, reason=" Falsche Person ", at=at))

    held = Certificate.objects.get()
    assert (held.revoked_at, held.ended_by, held.ending_reason) == (at, coordinator, "Falsche Person")
    assert told(Kind.CERTIFICATE_REVOKED) == [
        (participant.email, {"number": certificate.number, "reason": "Falsche Person"})
    ]
    mail = mails.compose(Message.objects.get(kind=Kind.CERTIFICATE_REVOKED))
    assert f"Ihre Teilnahmebescheinigung {certificate.number} ist widerrufen." in mail.text
    assert "Grund: Falsche Person" in mail.text


def test_that_it_is_ready_is_not_said_any_more_of_a_revoked_one(certificate, coordinator, mailoutbox):
    issuing.revoke(certificate, Act(coordinator, reason="Falsche Person"))

    mails.deliver_due()

    rows = Message.objects.order_by("pk").values_list("kind", "status", "last_error")
    assert list(rows) == [
        (Kind.CERTIFICATE_READY, "dropped", "Die Bescheinigung ist inzwischen widerrufen."),
        (Kind.CERTIFICATE_REVOKED, "sent", ""),
    ]
    assert [sent.subject for sent in mailoutbox] == [Message.objects.get(status="sent").subject]


def test_nor_when_it_is_to_be_sent_again_but_of_the_next_one_it_is(certificate, coordinator, mailoutbox):
    mails.deliver_due()
    issuing.revoke(certificate, Act(coordinator, reason="Falsch"))
    with pytest.raises(Refused, match="Die Bescheinigung ist inzwischen widerrufen"):
        mails.send_again(Message.objects.get(kind=Kind.CERTIFICATE_READY), Act(coordinator), seen=0)

    registrations = [certificate.registration]
    render(issuing.issue(certificate.registration.run, Act(coordinator), registrations=registrations)[0])
    mails.deliver_due()
    kinds = Message.objects.order_by("pk").values_list("kind", "status")
    assert list(kinds) == [
        (Kind.CERTIFICATE_READY, "sent"),
        (Kind.CERTIFICATE_REVOKED, "sent"),
        (Kind.CERTIFICATE_READY, "sent"),
    ]


def test_nothing_ends_without_a_reason_or_twice(certificate, coordinator):
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        issuing.revoke(certificate, Act(coordinator, reason="  "))
    assert Certificate.objects.get().is_valid
    issuing.revoke(certificate, Act(coordinator, reason="Falsch"))

    for act in (issuing.revoke, issuing.replace):
        with pytest.raises(Refused, match=f"{certificate.number} ist bereits widerrufen, am "):
            act(certificate, Act(coordinator, reason="Noch einmal"))
    assert (Certificate.objects.count(), len(told(Kind.CERTIFICATE_REVOKED))) == (1, 1)


def test_one_revoked_before_it_was_printed_is_never_printed_and_nobody_hears_of_it(coordinator, participant):
    waiting = build_certificate(participant, by=coordinator, rendered=False)
    issuing.revoke(waiting, Act(coordinator, reason="Falsch"))

    render(waiting)

    held = Certificate.objects.get()
    assert (held.is_ready, held.failure, Message.objects.count()) == (False, "", 0)
    assert not Certificate.objects.due().exists()


def test_who_was_revoked_gets_another_only_when_chosen(certificate, coordinator):
    run = certificate.registration.run
    other = build_attended(run)
    issuing.revoke(certificate, Act(coordinator, reason="Falsch"))

    assert [one.registration for one in issuing.issue(run, Act(coordinator))] == [other]
    assert {assessment.code for assessment in issuing.assess(run)} == {"revoked", "issued"}
    [again] = issuing.issue(run, Act(coordinator), registrations=[certificate.registration])
    assert (again.registration, again.number == certificate.number) == (certificate.registration, False)


# --- replacing --------------------------------------------------------------------------------------------------------


def test_the_new_one_has_present_data_and_its_own_number_and_code(certificate, coordinator, participant):
    before = bytes(certificate.pdf)
    course = certificate.registration.run.course
    course.title = "Neuer Titel"
    course.save()
    participant.last_name = "Yıldız-Weber"
    participant.save()

    new = issuing.replace(certificate, Act(coordinator, reason="Heirat"))

    old = Certificate.objects.get(pk=certificate.pk)
    assert (new.snapshot["name"], new.title) == ("Ayşe Yıldız-Weber", "Neuer Titel")
    assert (new.number == old.number, new.code == old.code, new.is_valid, old.is_valid) == (False, False, True, False)
    assert (old.replaced_by, old.ended_by, old.ending_reason) == (new, coordinator, "Heirat")
    assert (bytes(old.pdf), old.snapshot) == (before, certificate.snapshot)


def test_the_owner_hears_once_that_it_is_replaced_and_by_which(certificate, coordinator, participant):
    new = issuing.replace(certificate, Act(coordinator, reason="Heirat"))
    render(new)

    assert told(Kind.CERTIFICATE_REPLACED) == [
        (participant.email, {"number": certificate.number, "new_number": new.number, "reason": "Heirat"})
    ]
    assert len(told(Kind.CERTIFICATE_READY)) == 1  # of the first one
    mail = mails.compose(Message.objects.get(kind=Kind.CERTIFICATE_REPLACED))
    assert f"Es gilt nur noch die neue mit der Nummer {new.number}." in mail.text


def test_one_that_was_never_printed_is_replaced_without_a_word_and_the_new_one_is_announced(coordinator, participant):
    waiting = build_certificate(participant, by=coordinator, rendered=False)

    render(issuing.replace(waiting, Act(coordinator, reason="Heirat")))

    assert [message.kind for message in Message.objects.all()] == [Kind.CERTIFICATE_READY]


def test_the_old_code_names_the_number_of_the_new_one_and_not_its_code(client, certificate, coordinator):
    new = issuing.replace(certificate, Act(coordinator, reason="Heirat"))

    page = client.get(reverse("certificates:verify", args=[certificate.code])).content.decode()

    assert f"Die neue Fassung hat die Nummer {new.number}." in page
    assert [text in page for text in (new.code, new.display_code, "Heirat")] == [False] * 3


def test_corrected_attendance_is_what_the_new_one_says(certificate, coordinator):
    correct(certificate.registration, 300, coordinator)
    assert issuing.outdated() == [certificate]

    new = issuing.replace(certificate, Act(coordinator, reason="Anwesenheit berichtigt"))

    assert (new.minutes_certified, issuing.outdated()) == (300, [])


@pytest.mark.parametrize(("minutes", "why"), [(100, "Zu wenig: 100 von 360 Minuten, nötig sind 288."), (0, "Zu wenig")])
def test_who_would_get_none_now_is_not_given_another(certificate, coordinator, minutes, why):
    correct(certificate.registration, minutes, coordinator)

    with pytest.raises(Refused, match=re.escape(why)):
        issuing.replace(certificate, Act(coordinator, reason="Anwesenheit berichtigt"))

    assert Certificate.objects.get().is_valid


def test_with_a_record_missing_or_the_place_gone_nothing_is_replaced(certificate, coordinator):
    registration = certificate.registration
    start = builders.in_days(-5)
    planning.add_session(registration.run, starts_at=start, ends_at=start + HOUR, teaching_minutes=45)
    with pytest.raises(Refused, match="Anwesenheit nicht erfasst: "):
        issuing.replace(certificate, Act(coordinator, reason="Heirat"))
    registration.status = "cancelled"
    registration.save()
    with pytest.raises(Refused, match="keinen bestätigten Platz mehr"):
        issuing.replace(certificate, Act(coordinator, reason="Heirat"))


def test_an_exception_once_granted_holds_for_the_new_one(coordinator, participant):
    run = build_finished_run()
    registration = build_attended(run, participant, minutes=100)
    [old] = issuing.issue(run, Act(coordinator, reason="Notfall"), registrations=[registration])

    new = issuing.replace(old, Act(coordinator, reason="Heirat"))

    assert (new.override_reason, new.minutes_certified) == ("Notfall", 100)
    correct(registration, 350, coordinator)
    assert issuing.replace(new, Act(coordinator, reason="Nachgezählt")).override_reason == ""


# --- a name -----------------------------------------------------------------------------------------------------------


def test_a_name_is_corrected_and_the_chosen_ones_replaced_in_one_step(coordinator, participant):
    first, second = (build_certificate(participant, by=coordinator) for _number in range(2))
    participant.name_confirmed_at = timezone.now()
    participant.save()

    [new] = issuing.correct_name(participant, Name("Dr.", "Ayse", "Yildiz"), Act(coordinator), certificates=[second])

    participant.refresh_from_db()
    assert (participant.formal_name, participant.name_confirmed_at) == ("Dr. Ayse Yildiz", None)
    assert (new.snapshot["name"], new.replaces.pk, new.replaces.ending_reason) == (
        "Dr. Ayse Yildiz",
        second.pk,
        "Name berichtigt",
    )
    assert Certificate.objects.get(pk=first.pk).is_valid


def test_of_a_name_and_its_certificates_all_or_nothing_changes(coordinator, participant):
    good, bad = (build_certificate(participant, by=coordinator) for _number in range(2))
    issuing.revoke(bad, Act(coordinator, reason="Falsch"))

    with pytest.raises(Refused, match=f"{bad.number} ist bereits widerrufen"):
        issuing.correct_name(participant, Name("", "A", "B"), Act(coordinator), certificates=[good, bad])

    participant.refresh_from_db()
    assert (participant.full_name, Certificate.objects.get(pk=good.pk).is_valid) == ("Ayşe Yıldız", True)


def test_the_same_name_and_no_certificate_is_nothing_to_do(coordinator, participant):
    with pytest.raises(Refused, match="schon so geschrieben"):
        issuing.correct_name(participant, Name("", "Ayşe", "Yıldız"), Act(coordinator), certificates=[])


# --- two coordinators -------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("acts", [("replace", "replace"), ("revoke", "replace"), ("revoke", "revoke")])
def test_of_two_coordinators_at_once_one_acts_and_the_other_is_told_so(coordinator, participant, acts):
    certificate = build_certificate(participant, by=coordinator)
    barrier, outcomes = threading.Barrier(2), []

    def act(name):
        try:
            barrier.wait(10)
            getattr(ending, name)(Certificate.objects.get(pk=certificate.pk), Act(coordinator, reason=name))
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=[name]) for name in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    refusal = next(outcome for outcome in outcomes if outcome != "done")
    assert (len(outcomes), outcomes.count("done")) == (2, 1)
    assert refusal.startswith(f"{certificate.number} ist bereits ")
    assert Certificate.objects.valid().count() == (1 if "ersetzt" in refusal else 0)
    assert Message.objects.exclude(kind=Kind.CERTIFICATE_READY).count() == 1


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "done"), [("revoke", "ist widerrufen."), ("replace", "ist ersetzt. Die neue Bescheinigung hat die Nummer")]
)
def test_pages_ask_for_the_reason_act_once_and_say_so(signed_in, certificate, coordinator, page, done):
    client, url = signed_in(coordinator), reverse(f"certificates:{page}", args=[certificate.number])

    assert "Bitte nennen Sie den Grund." in client.post(url, {"reason": ""}).content.decode()
    assert Certificate.objects.get().is_valid
    assert done in client.post(url, {"reason": "Heirat"}, follow=True).content.decode()
    again = client.post(url, {"reason": "Heirat"})
    assert (again.status_code, f"{certificate.number} ist bereits" in again.content.decode()) == (409, True)
    assert "<form" not in client.get(url).content.decode().partition("<main")[2]


def test_the_page_corrects_a_name_and_replaces_what_is_ticked(signed_in, certificate, coordinator, participant):
    client, url = signed_in(coordinator), reverse("certificates:correct_name", args=[participant.pk])
    assert certificate.number in client.get(url).content.decode()
    assert "Bitte geben Sie den Nachnamen an." in client.post(url, {"last_name": "\u200b"}).content.decode()

    page = client.post(
        url, {"first_name": "Ayşe", "last_name": "Yildiz", "certificates": [certificate.pk]}, follow=True
    ).content.decode()

    assert "Der Name ist gespeichert: Ayşe Yildiz. 1 Bescheinigung ist ersetzt." in page
    assert Certificate.objects.valid().get().snapshot["name"] == "Ayşe Yildiz"


def test_somebody_elses_certificate_is_not_replaced_for_a_name(signed_in, certificate, coordinator, other_participant):
    build_certificate(other_participant, by=coordinator)
    url = reverse("certificates:correct_name", args=[other_participant.pk])

    signed_in(coordinator).post(url, {"last_name": "Neu", "certificates": [certificate.pk]})

    other_participant.refresh_from_db()
    assert (other_participant.last_name, Certificate.objects.get(pk=certificate.pk).is_valid) == ("Weber", True)


def test_the_page_of_the_run_shows_what_ended_and_by_whom(signed_in, certificate, coordinator):
    new = issuing.replace(certificate, Act(coordinator, reason="Heirat <b>"))
    issuing.revoke(new, Act(coordinator, reason="Falsche Person"))

    page = signed_in(coordinator).get(reverse("certificates:issue", args=[certificate.registration.run_id]))

    text = " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())
    assert f"durch {new.number} Heirat &lt;b&gt; Miriam Roth" in text
    assert "Falsche Person Miriam Roth" in text
    assert "Neu ausgestellt wird nur, wenn Sie diese Person auswählen." in text


def test_the_coordination_is_led_from_corrected_attendance_to_replacing(signed_in, certificate, coordinator):
    correct(certificate.registration, 300, coordinator)

    page = signed_in(coordinator).get(reverse("trainings:coordination")).content.decode()

    assert reverse("certificates:replace", args=[certificate.number]) in page
