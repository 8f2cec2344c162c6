"""What does an invitation by mail say, to whom, and can a name or a text change what a program reads?"""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from tests import builders
from tests.builders import in_days, save_session
from tests.mails import let_grace_pass, the_event
from trainings import booking
from trainings.acts import Act
from trainings.calendars import by_mail as calendar_mails
from trainings.mails import outbox
from trainings.models import CalendarSubscription, CourseRun, Message, Registration, sha256_of_token

Status = Registration.Status
TWO_HOURS = dt.timedelta(hours=2)

pytestmark = pytest.mark.django_db


def test_mail_feed_and_download_agree(run, participant, signed_in, deliver):
    booking.register(run, participant, Act(participant))
    session = builders.only_session(run)
    session.starts_at, session.ends_at = in_days(40), in_days(40, hour=16)
    session.teaching_minutes = 360
    save_session(session)
    let_grace_pass()
    deliver()
    invited = the_event(mail.outbox[0])
    token = CalendarSubscription.new_token()
    CalendarSubscription.objects.create(person=participant, name="Outlook", token_sha256=sha256_of_token(token))
    client = signed_in(participant)
    feed = Calendar.from_ical(client.get(f"/kalender/{token}.ics").content)
    download = Calendar.from_ical(client.get(f"/sitzungen/{run.sessions.get().pk}.ics").content)
    only_in_mails = ["ORGANIZER", "ATTENDEE", "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MICROSOFT-DISALLOW-COUNTER"]
    for name in only_in_mails:
        del invited[name]
    for calendar in [feed, download]:
        [event] = calendar.walk("VEVENT")
        assert event.to_ical() == invited.to_ical()


def test_the_invitation_names_the_role_mailbox_and_the_person_alone(
    run, other_participant, participant, deliver, settings
):
    settings.DEFAULT_FROM_EMAIL = '"Schulungen; MiKo, Süd" <schulungen@kreis-myk.example>'
    for person in [other_participant, participant]:
        booking.register(run, person, Act(person))
    deliver()
    event = the_event(mail.outbox[-1])
    assert [str(event["ORGANIZER"]), dict(event["ORGANIZER"].params)] == [
        "mailto:schulungen@kreis-myk.example",
        {"CN": "Schulungen MiKo Süd"},
    ]
    assert [str(event["ATTENDEE"]), dict(event["ATTENDEE"].params)] == [
        "mailto:yildiz@mayen.example",
        {
            "CN": "Ayşe Yıldız",
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "ACCEPTED",
            "RSVP": "FALSE",
        },
    ]
    assert event["X-MICROSOFT-DISALLOW-COUNTER"] == "TRUE"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_hostile_name_begins_no_line_and_no_parameter(line_break, run, deliver, settings, participant):
    evil = f'Kim"^;,:{line_break}X-EVIL:1{line_break}END:VEVENT;PARTSTAT=DECLINED'
    participant.first_name, participant.last_name = "Kim", evil
    participant.save()
    run.course.title = evil
    run.course.save()
    booking.register(run, participant, Act(participant))
    deliver()
    message = mail.outbox[-1].message()
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True).decode()
    unfolded = content.replace("\r\n ", "")
    assert [line for line in unfolded.splitlines() if line.startswith(("X-EVIL", "END:VEVENT;"))] == []
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["ATTENDEE"].params["CN"].startswith("Kim Kim ")
    assert not set('"^;,') & set(event["ATTENDEE"].params["CN"])


def test_an_address_with_quotes_stays_one_address(run, deliver, participant):
    participant.email = '"a;b:c\r"@mayen.example'
    participant.save()
    invitation = calendar_mails.due(
        participant, CourseRun.objects.get(pk=booking.register(run, participant, Act(participant)).run_id)
    )[0]
    content = calendar_mails._scheduling(invitation, participant)
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:%22a%3Bb%3Ac%0D%22@mayen.example"


def test_invitations_speak_the_language_of_the_person(participant, deliver):
    course = builders.build_course("Vielfalt", title_en="Diversity")
    run = builders.build_run(course)
    participant.language = "en"
    participant.save()
    registration = booking.register(run, participant, Act(participant))
    deliver()
    assert the_event(mail.outbox[-1])["SUMMARY"] == "Diversity"
    booking.cancel(registration, Act(participant))
    deliver()
    event = the_event(mail.outbox[-1])
    assert [event["STATUS"], event["TRANSP"], event["X-MICROSOFT-CDO-BUSYSTATUS"]] == [
        "CANCELLED",
        "TRANSPARENT",
        "FREE",
    ]


def test_a_mail_asks_the_database_as_often_for_three_runs_as_for_one(participant, deliver):
    def queries() -> int:
        registration = booking.register(builders.build_run(), participant, Act(participant))
        message = Message.objects.get(registration=registration)
        with CaptureQueriesContext(connection) as captured:
            outbox.deliver(message.pk)
        return len(captured)

    assert queries() == queries() == queries()
