"""What do mails say of how a place is come by, held, passed on and lost, and to whom?"""

import datetime as dt
import re

import pytest
from django.core import mail
from django.utils import timezone

from tests import builders
from tests.builders import berlin
from tests.mails import STATUS_OF, TO_SUPERVISORS, Kind, compose, facts_of, link_in, paragraphs
from trainings import booking, catalogue, mails
from trainings.acts import Act
from trainings.models import CourseRun, HeldPlace, Message, Registration

Status = Registration.Status

HAS_A_PLACE = "Sie haben einen Platz in dieser Schulung. Zu entscheiden ist nichts mehr; kommen Sie einfach."

pytestmark = pytest.mark.django_db


def test_requested_says_that_the_place_is_held_until_when_and_by_whom_it_is_approved(two_day_run, participant):
    registration = builders.build_registration(
        two_day_run,
        participant,
        Status.REQUESTED,
        held_until=berlin(2037, 2, 4),
        supervisor_email="chef@mayen.example",
    )
    written = compose(Kind.REQUESTED, registration)
    assert [text for text in paragraphs(written) if "Warteliste" in text or "chef@" in text] == [
        "Das ist nicht die Warteliste: Wir halten den Platz für Sie bis Di., 3. Februar 2037, 24:00 Uhr. "
        "Ist bis dahin nicht zugestimmt, verfällt er.",
        "Um die Freigabe gebeten haben wir: chef@mayen.example",
    ]
    assert ("Platz gehalten bis", "Di., 3. Februar 2037, 24:00 Uhr") in facts_of(registration)
    registration.supervisor_email = ""  # a coordinator decides: it never lapses before the start
    assert "Platz gehalten bis" not in dict(facts_of(registration))


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (Kind.REGISTERED, "cancel"),
        (Kind.PROMOTED, "cancel"),
        (Kind.MOVED, "cancel"),
        (Kind.SUBSTITUTE, "cancel"),
        (Kind.SESSION_MOVED, "cancel"),
        (Kind.WAITLISTED, "cancel"),
        (Kind.REQUESTED, "cancel"),
        (Kind.CALLED, "cancel"),
        (Kind.CALLED, "offer"),
        (Kind.OFFERED, "offer"),
        (Kind.APPROVAL_ASKED, "approval"),
        (Kind.APPROVAL_REMINDER, "approval"),
        (Kind.APPROVAL_PASSED_ON, "approval"),
    ],
)
def test_links_of_a_mail_lead_to_its_registration(kind, purpose, two_day_run, participant):
    registration = builders.build_registration(two_day_run, participant, STATUS_OF[kind])
    written = compose(kind, registration)
    for body in [written.text, written.html]:
        link = link_in(body, purpose)
        assert link is not None
        assert [link.registration, link.is_current] == [registration, True]
        assert link.sent_to == (mails.addressee("chef@mayen.example") if purpose == "approval" else "")


@pytest.mark.parametrize("kind", TO_SUPERVISORS)
def test_supervisors_read_who_is_registered_and_nothing_meant_for_that_person(kind, course, participant):
    run = builders.build_run(
        course, format="online", online_link="https://video.example/secret", notes="Bitte Laptop mitbringen"
    )
    written = compose(kind, builders.build_registration(run, participant, STATUS_OF[kind], needs="Gebärdensprache"))
    assert written.text.startswith("Guten Tag,\n")
    facts = "Angemeldete Person: Ayşe Yıldız\nBehörde / Einrichtung: Stadtverwaltung Mayen\nGruppe: Mitarbeitende\n"
    assert facts in written.text
    private = ["video.example", "Laptop", "Gebärdensprache", "/abmelden/", "/angebot/", "/meine-schulungen/"]
    assert [text for text in private if text in written.text + written.html] == []


def test_approval_says_until_when_and_that_opening_decides_nothing(two_day_run, participant):
    registration = builders.build_registration(
        two_day_run, participant, Status.REQUESTED, held_until=berlin(2037, 2, 4)
    )
    texts = paragraphs(compose(Kind.APPROVAL_ASKED, registration))
    assert (
        "Ayşe Yıldız ist für diese Schulung angemeldet. Bitte entscheiden Sie, ob die Teilnahme möglich ist." in texts
    )
    assert (
        "Wir halten den Platz bis Di., 3. Februar 2037, 24:00 Uhr. Ist dann nicht entschieden, "
        "verfällt die Anmeldung, und er wird für andere frei." in texts
    )
    assert [text for text in texts if "Das Öffnen der Seite allein entscheidet nichts." in text] != []


def requested(run, person, **fields) -> Registration:
    CourseRun.objects.filter(pk=run.pk).update(approval="required")
    run.refresh_from_db()
    return booking.register(run, person, Act(person), supervisor_email="chef@mayen.example", **fields)


def told(kind, **fields) -> mails.Mail:
    """The mail of that kind which the rules have queued."""
    return mails.compose(Message.objects.get(kind=kind, **fields))


def test_who_was_declined_reads_the_supervisors_reason(run, participant):
    registration = requested(run, participant)
    booking.decline_request(registration, Act(by_email="chef@mayen.example", reason="Urlaubssperre im März"))
    written = told(Kind.APPROVAL_DECLINED)
    assert "\nStatus: abgelehnt\nGrund: Urlaubssperre im März\n" in written.text
    assert "Urlaubssperre im März" in written.html


def test_confirmation_after_an_approval_says_so(run, participant):
    booking.approve(requested(run, participant), Act(by_email="chef@mayen.example"))
    texts = paragraphs(told(Kind.REGISTERED))
    assert texts[1:3] == [
        HAS_A_PLACE,
        "Ihre Teilnahme ist freigegeben.",
    ]


def test_who_was_registered_by_the_agency_is_told(run, participant, agency_contact):
    booking.register(run, participant, Act(agency_contact))
    assert paragraphs(told(Kind.REGISTERED))[1:3] == [
        HAS_A_PLACE,
        "Sie wurden von Ihrer Behörde angemeldet.",
    ]


def test_offer_says_until_when_and_what_follows_without_an_answer(two_day_run, participant):
    registration = builders.build_registration(
        two_day_run, participant, Status.OFFERED, held_until=berlin(2037, 3, 4, 12)
    )
    texts = paragraphs(compose(Kind.OFFERED, registration))
    assert texts[1] == (
        "Ein Platz ist frei geworden, und Sie sind an der Reihe. "
        "Wir halten ihn für Sie bis Mi., 4. März 2037, 12:00 Uhr."
    )
    assert (
        "Antworten Sie nicht, wird der Platz zuerst anderen angeboten, die warten; Sie selbst warten weiter. "
        "Erst ein zweites Angebot ohne Antwort beendet Ihre Anmeldung."
    ) in texts
    registration.unanswered_offers = 1
    assert (
        "Ein Angebot blieb schon ohne Antwort. Antworten Sie auch diesmal nicht, endet Ihre Anmeldung, "
        "und der Platz wird für andere frei."
    ) in paragraphs(compose(Kind.OFFERED, registration))


def test_waiting_person_reads_how_a_place_would_reach_them(course, participant):
    run = builders.build_run(course, fairness="agencies", approval="required")
    written = compose(Kind.WAITLISTED, builders.build_registration(run, participant, Status.WAITLISTED))
    sentences = {rule.code: rule.sentence for rule in catalogue.rules_of(run)}
    assert re.findall(r"^- (.*)$", written.text, re.MULTILINE) == [
        sentences["approval"],
        sentences["order"],
        sentences["promotion"],
    ]
    end = "Beginnt die Schulung vorher, endet das Warten, und wir nennen Ihnen weitere Termine."
    assert end in paragraphs(written)


def test_waiting_person_reads_what_is_on_hold_and_until_when(two_day_run, participant, agency, agency_contact):
    builders.build_registration(two_day_run, None, Status.REQUESTED, held_until=berlin(2037, 2, 11))
    HeldPlace.objects.create(
        run=two_day_run,
        agency=agency,
        name_by=dt.date(2037, 2, 10),
        taken_at=timezone.now(),
        taken_by=agency_contact,
    )
    registration = builders.build_registration(two_day_run, participant, Status.WAITLISTED)
    assert facts_of(registration)[6] == (
        "Noch nicht endgültig vergeben",
        "2 Plätze, längstens bis Di., 10. Februar 2037",
    )


def test_sure_place_names_what_has_ended_for_it(course, participant, other_participant):
    full = builders.build_run(course, number="VOLL", capacity=1, starts_at=berlin(2037, 5, 5, 9))
    builders.build_registration(full, other_participant)
    booking.register(full, participant, Act(participant))
    booking.register(builders.build_run(course, number="FREI"), participant, Act(participant))
    written = told(Kind.REGISTERED)
    assert (
        "Mit diesem Platz hat Ihre Anmeldung zu diesen anderen Terminen der Schulung geendet:\n"
        "- Di., 5. Mai 2037, 9:00–16:30 Uhr\n" in written.text
    )


def test_moved_person_reads_the_new_and_the_ended_run(course, participant):
    old = builders.build_run(course, number="ALT", starts_at=berlin(2037, 5, 5, 9))
    new = builders.build_run(course, number="NEU", starts_at=berlin(2037, 6, 9, 9))
    booking.move(booking.register(old, participant, Act(participant)), new, Act(participant))
    written = told(Kind.MOVED)
    assert written.subject.endswith("(09.06.2037)")
    assert "\n- Di., 5. Mai 2037, 9:00–16:30 Uhr\n" in written.text


def test_who_waits_for_another_run_keeps_the_place_and_reads_so(course, participant, other_participant):
    old = builders.build_run(course, number="ALT", starts_at=berlin(2037, 5, 5, 9))
    full = builders.build_run(course, number="NEU", capacity=1)
    builders.build_registration(full, other_participant)
    booking.move(booking.register(old, participant, Act(participant)), full, Act(participant))
    assert (
        "Ihre Anmeldung zu diesem Termin bleibt bestehen, bis Sie hier einen sicheren Platz haben: "
        "Di., 5. Mai 2037, 9:00–16:30 Uhr." in paragraphs(told(Kind.WAITLISTED))
    )


def test_substitution_is_told_to_both_and_the_supervisor(run, participant):
    CourseRun.objects.filter(pk=run.pk).update(approval="inform")
    run.refresh_from_db()
    colleague = builders.build_person("stein@mayen.example", "Uwe", "Stein")
    registration = booking.register(run, participant, Act(participant), supervisor_email="chef@mayen.example")
    asked = booking.substitute(registration, colleague, Act(participant))
    texts = paragraphs(told(Kind.SUBSTITUTE_ASKED))
    assert "Den Platz hat zurzeit: Ayşe Yıldız" in texts
    assert (
        "Antworten Sie nicht, bleibt der Platz, bei wem er ist. Auf der Warteliste ändert sich dadurch nichts." in texts
    )
    booking.accept_offer(asked, Act(colleague))
    assert paragraphs(told(Kind.SUBSTITUTED))[1] == (
        "Ihren Platz in dieser Schulung hat jetzt Uwe Stein. Ihre Anmeldung ist damit beendet."
    )
    assert paragraphs(told(Kind.SUBSTITUTE))[1] == (
        "Sie haben einen Platz in dieser Schulung: Sie nehmen anstelle einer Kollegin oder eines Kollegen teil."
    )
    informed = Message.objects.filter(kind=Kind.SUPERVISOR_INFORMED).order_by("pk").last()
    assert paragraphs(mails.compose(informed))[1:3] == [
        "Uwe Stein hat einen Platz in dieser Schulung. Sie müssen nichts tun.",
        "Den Platz hatte bisher Ayşe Yıldız; diese Anmeldung ist beendet.",
    ]
    assert not Message.objects.filter(kind=Kind.SUPERVISOR_CANCELLED).exists()  # one mail says both


def test_another_supervisor_reads_who_has_taken_over_the_place(run, participant, agency_contact):
    CourseRun.objects.filter(pk=run.pk).update(approval="inform")
    run.refresh_from_db()
    colleague = builders.build_person("stein@mayen.example", "Uwe", "Stein")
    registration = booking.register(run, participant, Act(participant), supervisor_email="chef@mayen.example")
    booking.accept_offer(booking.substitute(registration, colleague, Act(agency_contact)), Act(colleague))
    assert paragraphs(told(Kind.SUPERVISOR_CANCELLED))[1:3] == [
        "Die Anmeldung von Ayşe Yıldız zu dieser Schulung ist beendet. Sie müssen nichts tun.",
        "Den Platz hat Uwe Stein übernommen.",
    ]


def test_one_mail_tells_the_supervisor_of_the_new_run_and_of_the_old(course, participant):
    old = builders.build_run(course, approval="inform", starts_at=berlin(2037, 5, 5, 9))
    new = builders.build_run(course, approval="inform", starts_at=berlin(2037, 6, 9, 9))
    registration = booking.register(old, participant, Act(participant), supervisor_email="chef@mayen.example")
    booking.move(registration, new, Act(participant))
    informed = Message.objects.filter(kind=Kind.SUPERVISOR_INFORMED).order_by("pk").last()
    assert (
        "Dafür ist die Anmeldung zu diesen anderen Terminen der Schulung beendet:\n"
        "- Di., 5. Mai 2037, 9:00–16:30 Uhr" in mails.compose(informed).text
    )
    assert not Message.objects.filter(kind=Kind.SUPERVISOR_CANCELLED).exists()


def test_supervisor_reads_that_nobody_comes_instead(two_day_run, participant):
    registration = builders.build_registration(two_day_run, participant, Status.CANCELLED)
    written = compose(Kind.SUPERVISOR_CANCELLED, registration)
    assert paragraphs(written)[2] == "Eine Vertretung ist nicht benannt; der Platz ist wieder frei."


def test_supervisor_reads_that_somebody_else_has_declined(participant, coordinator):
    run = builders.build_run(approval="required")
    registration = builders.build_registration(
        run, participant, Status.REQUESTED, supervisor_email="chef@mayen.example"
    )
    booking.decline_request(registration, Act(coordinator, reason="Haushaltssperre"))
    mails.deliver_due()
    [sent] = [one for one in mail.outbox if one.to == ["chef@mayen.example"]]
    assert "Die Freigabe hat inzwischen jemand anderes abgelehnt" in sent.body
    assert "Grund: Haushaltssperre" in sent.body


def test_supervisor_reads_that_the_run_does_not_take_place_and_why(course, participant):
    run = builders.build_run(course, cancelled_at=timezone.now(), cancellation_reason="Kursleitung erkrankt")
    written = compose(Kind.SUPERVISOR_CANCELLED, builders.build_registration(run, participant, Status.CANCELLED))
    assert paragraphs(written)[2] == "Der Termin findet nicht statt."
    assert "\nStatus: Termin abgesagt\nGrund: Kursleitung erkrankt\n" in written.text


def test_supervisor_reads_that_the_person_comes_to_another_run(course, participant):
    old = builders.build_registration(builders.build_run(course), participant, Status.CANCELLED)
    new = builders.build_run(course, number="NEU", starts_at=berlin(2037, 6, 9, 9))
    builders.build_registration(new, participant, gives_up=old)
    assert paragraphs(compose(Kind.SUPERVISOR_CANCELLED, old))[2] == (
        "Ayşe Yıldız nimmt stattdessen an diesem Termin teil: Di., 9. Juni 2037, 9:00–16:30 Uhr."
    )


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "de",
            [
                "Bisher: Mo., 9. März 2037, 9:00–16:30 Uhr, Saal 1",
                "Neu: Di., 10. März 2037, 9:00–16:30 Uhr, Saal 2",
                "Bisher: Di., 21. April 2037, 9:00–13:00 Uhr",
                "Diese Sitzung entfällt.",
            ],
        ),
        (
            "en",
            [
                "Mon, 9 March 2037, 9:00–16:30, Saal 1",
                "Tue, 10 March 2037, 9:00–16:30, Saal 2",
                "Tue, 21 April 2037, 9:00–13:00",
            ],
        ),
    ],
)
def test_moved_session_is_told_with_old_and_new_time(language, lines, two_day_run, participant):
    participant.language = language
    written = compose(Kind.SESSION_MOVED, builders.build_registration(two_day_run, participant))
    assert [line for line in lines if f"{line}\n" not in written.text] == []
    assert [line for line in lines if (line.partition(": ")[2] or line) not in written.html] == []


def test_invitation_names_the_run_and_until_when_to_register(course, participant, settings):
    run = builders.build_run(course, starts_at=berlin(2037, 5, 5, 9), registration_closes_on=dt.date(2037, 4, 14))
    texts = paragraphs(mails.compose(Message(kind=Kind.INVITED, run=run, recipient=participant)))
    assert texts[:2] == ["Guten Tag Ayşe Yıldız,", "Wir laden Sie zu dieser Schulung ein."]
    assert texts[3:5] == [
        "Ein Platz ist für Sie noch nicht gehalten. Bitte melden Sie sich hier an: "
        f"{settings.PUBLIC_URL}{run.get_absolute_url()}",
        "Anmelden können Sie sich bis Di., 14. April 2037.",
    ]


@pytest.mark.parametrize(
    ("places", "text"),
    [
        (
            1,
            "Für diesen Termin haben Sie 1 Platz genommen und noch nicht gesagt, wer kommt. Bitte benennen Sie die "
            "Person bis Di., 10. Februar 2037; danach wird der Platz für andere frei.",
        ),
        (
            2,
            "Für diesen Termin haben Sie 2 Plätze genommen und noch nicht gesagt, wer kommt. Bitte benennen Sie die "
            "Personen bis Di., 10. Februar 2037; danach werden die Plätze für andere frei.",
        ),
    ],
)
def test_contact_is_asked_for_names_with_number_and_day(places, text, two_day_run, agency, agency_contact):
    for days in range(places):
        HeldPlace.objects.create(
            run=two_day_run,
            agency=agency,
            name_by=dt.date(2037, 2, 10 + days),
            taken_at=timezone.now(),
            taken_by=agency_contact,
        )
    written = mails.compose(Message(kind=Kind.NAMES_WANTED, run=two_day_run, recipient=agency_contact))
    assert paragraphs(written)[:3] == ["Guten Tag Petra Braun,", "Bitte sagen Sie uns, wer kommt.", text]
    assert f"/behoerde/termine/{two_day_run.pk}/" in written.text
