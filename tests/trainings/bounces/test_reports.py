"""Is an address marked when a mail of ours has come back, and never otherwise, whatever somebody sends us?"""

import datetime as dt
import os
import time
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from tests import bounce_forms, builders
from tests.bounce_forms import Returned, postfix
from tests.mails import Kind
from trainings import booking, bounces, mails
from trainings.acts import Act
from trainings.bounces import reports as bounce_reports
from trainings.models import Correspondence, Message, Registration

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def sent(run, participant) -> Returned:
    """The invitation the participant gets, with all that is enclosed, as it left."""
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    [invitation] = mail.outbox
    content = invitation.message().as_bytes()
    assert b"text/calendar" in content
    return Returned(content)


def marks(person: User) -> list[tuple[bool, str]]:
    """Of the person and of their mails."""
    person.refresh_from_db()
    rows = [Correspondence.objects.of(person), *Message.objects.filter(recipient=person).order_by("pk")]
    return [(row.bounced_at is not None, row.bounce_reason) for row in rows]


UNMARKED = [(False, ""), (False, "")]


# --- What mail servers write -----------------------------------------------------------------------


@pytest.mark.parametrize("form", bounce_forms.FAILURES, ids=lambda form: form.__name__)
def test_what_a_mail_server_has_given_up_marks_mail_and_address_with_its_words(sent, participant, form):
    at = timezone.now()
    [message] = bounces.take_bounce(form(sent), at)

    reason = bounce_forms.FAILURES[form].format(participant.email)
    assert marks(participant) == [(True, reason), (True, reason)]
    assert (message.recipient, participant.correspondence.bounced_at) == (participant, at)
    assert list(bounces.unreachable()) == [participant]


@pytest.mark.parametrize("form", bounce_forms.NO_FAILURES, ids=lambda form: form.__name__)
def test_what_is_no_failure_marks_nothing(sent, participant, form):
    assert bounces.take_bounce(form(sent)) == []
    assert marks(participant) == UNMARKED


def test_a_mail_server_that_took_the_mail_on_and_gave_up_later_is_believed_both_times(sent, participant):
    bounces.take_bounce(bounce_forms.delayed(sent))
    assert marks(participant) == UNMARKED
    bounces.take_bounce(postfix(sent, code="4.4.7"))
    assert [is_marked for is_marked, _reason in marks(participant)] == [True, True]


def test_a_supervisor_without_an_account_is_found_by_the_request_that_came_back(participant):
    registration = builders.build_registration(
        builders.build_run(), participant, Registration.Status.REQUESTED, supervisor_email="chefin@mayen.example"
    )
    mails.queue(Kind.APPROVAL_ASKED, registration, to_email="chefin@mayen.example")
    mails.deliver_due()

    [message] = bounces.take_bounce(postfix(Returned(mail.outbox[0].message().as_bytes())))

    assert list(bounces.unanswerable()) == [message]
    assert list(bounces.unreachable()) == []


@pytest.mark.parametrize("written", ["Yildiz+Kurs@Mayen.example", "yildiz+2Bkurs@mayen.example"])
def test_an_address_is_known_in_capitals_and_as_smtp_writes_its_plus_sign(run, written):
    person = builders.build_person("yildiz+kurs@mayen.example")
    booking.register(run, person, Act(person))
    mails.deliver_due()
    content = postfix(Returned(mail.outbox[0].message().as_bytes()))

    head, _, original = content.partition(b"Content-Description: Undelivered Message")
    assert len(bounces.take_bounce(head.replace(person.email.encode(), written.encode()) + original)) == 1


# --- What proves nothing ---------------------------------------------------------------------------


def forged(sent: Returned, message_id: str) -> Returned:
    [known] = Message.objects.values_list("message_id", flat=True)
    return Returned(sent.content.replace(known.encode(), message_id.encode()))


def test_a_bounce_that_quotes_no_mail_of_ours_marks_nothing(sent, participant):
    for message_id in [f"{uuid.uuid4()}@kreis-myk.example", "", "@", "' OR 1=1"]:
        assert bounces.take_bounce(postfix(forged(sent, message_id))) == []
    assert marks(participant) == UNMARKED


def test_the_bounces_own_message_id_proves_nothing(sent, participant):
    [known] = Message.objects.values_list("message_id", flat=True)
    bounce = postfix(forged(sent, f"{uuid.uuid4()}@kreis-myk.example"))
    bounce = bounce.replace(b"20261126071502.4F2C81A0@mx.kreis-myk.example", known.encode())
    assert bounces.take_bounce(bounce) == []
    assert marks(participant) == UNMARKED


def test_a_mail_to_somebody_else_proves_nothing(sent, participant, other_participant):
    """Who has got a mail of ours knows its Message-ID, and cannot use it against another."""
    bounce = postfix(sent).replace(participant.email.encode(), other_participant.email.encode())
    assert bounces.take_bounce(bounce) == []
    assert marks(participant) + marks(other_participant)[:1] == [*UNMARKED, (False, "")]


@pytest.mark.parametrize(("age", "counts"), [(30 * 24 * HOUR - HOUR, True), (30 * 24 * HOUR + HOUR, False)])
def test_a_mail_of_long_ago_does_not_come_back(sent, age, counts):
    [message] = Message.objects.all()
    assert len(bounces.take_bounce(postfix(sent), message.sent_at + age)) == counts


def test_a_mail_that_never_left_does_not_come_back(sent, participant):
    Message.objects.update(status=Message.Status.QUEUED, sent_at=None)
    assert bounces.take_bounce(postfix(sent)) == []


def test_read_twice_it_changes_nothing(sent, participant, coordinator):
    first = timezone.now()
    bounces.take_bounce(postfix(sent), first)
    bounces.take_bounce(bounce_forms.sendmail(sent), first + HOUR)
    assert [participant.correspondence.bounced_at for _row in marks(participant)] == [first] * 2
    assert "User unknown" in participant.correspondence.bounce_reason

    bounces.clear_mark(participant, Act(coordinator))
    bounces.take_bounce(postfix(sent), first + 2 * HOUR)
    assert [is_marked for is_marked, _reason in marks(participant)] == [False, True]


def test_a_changed_address_is_another_one(sent, participant):
    bounce = postfix(sent)
    User.objects.filter(pk=participant.pk).update(email="yildiz.neu@mayen.example")

    assert len(bounces.take_bounce(bounce)) == 1
    assert [is_marked for is_marked, _reason in marks(participant)] == [False, True]
    assert list(bounces.unreachable()) == []


# --- How deep ours are -----------------------------------------------------------------------------


def depth(content: bytes) -> int:
    return len(bounce_reports.NESTING.findall(content))


def wrapped(content: bytes) -> bytes:
    """As somebody's program passes it on: everything again, as an attachment."""
    return b'Content-Type: multipart/mixed; boundary="weiter%d"\r\n\r\n--weiter%d\r\n' % ((depth(content),) * 2) + (
        b"Content-Type: message/rfc822\r\n\r\n" + content + b"\r\n--weiter%d--\r\n" % depth(content)
    )


@pytest.mark.parametrize("form", bounce_forms.FAILURES, ids=lambda form: form.__name__)
def test_there_is_room_for_what_passed_through_four_more_hands(sent, form):
    content = form(sent)
    assert depth(content) <= 9
    for _hand in range(4):
        content = wrapped(content)
    assert depth(content) < bounce_reports.MAX_DEPTH / 2
    bounce = b"Return-Path: <>\r\nFrom: mailer-daemon@mx.example\r\n" + content
    assert len(bounces.take_bounce(bounce)) == 1


# --- What nobody should send us ----------------------------------------------------------------------

SIZE = bounces.MAX_MAIL_BYTES - 4000
FROM_A_SERVER = b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.example\r\n"
REPORT = FROM_A_SERVER + b'Content-Type: multipart/report; boundary="b"\r\n'
STATUS = b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
QUOTED = b"\r\nMessage-ID: <00000000-0000-4000-8000-000000000000@kreis-myk.example>\r\n"
# With which the heuristics of the library begin to look at every line.
INTRODUCTIONS = b"""Your message
here is your list of failed recipients
the following addresses had
this message was created automatically by mail delivery software
failed addresses follow:
Delivery to the following recipients failed
A message that you sent could not be delivered
Unable to deliver message to
Did not reach the following recipient
did not reach the following recipient
The following recipient(s) could not be reached
"""


def fill(unit: bytes, size: int = SIZE) -> bytes:
    return (unit * (size // len(unit) + 1))[:size]


def nested(kind: bytes, number: int) -> bytes:
    return b"".join(kind.replace(b"%", b"%d" % level) for level in range(number))


MULTIPART = b'Content-Type: multipart/mixed; boundary="%"\r\n\r\n--%\r\n'
RFC_2231 = b'Content-Type: multipart/mixed; boundary*0="%"\r\n\r\n--%\r\n'
HOSTILE = {
    "empty": b"",
    "lines": FROM_A_SERVER + QUOTED + INTRODUCTIONS + fill(b"\n"),
    "carriage returns": FROM_A_SERVER + QUOTED + fill(b"\r"),
    "a line": FROM_A_SERVER + QUOTED + INTRODUCTIONS + fill(b"a"),
    "long lines": FROM_A_SERVER + QUOTED + INTRODUCTIONS + fill(b"a" * 990 + b"\n"),
    "lines of signs": FROM_A_SERVER + QUOTED + INTRODUCTIONS + fill(b"a@" * 99 + b"\n"),
    "headers": FROM_A_SERVER + fill(b"a:\n") + QUOTED,
    "a folded header": FROM_A_SERVER + b"X-Failed-Recipients: " + fill(b'(<"\\,' * 100 + b"\n "),
    "recipients": FROM_A_SERVER + fill(b"X-Failed-Recipients: " + b"((,<\\" * 80 + b"\n"),
    "parameters": FROM_A_SERVER + b'Content-Type: multipart/report; a="' + fill(b";" * 900 + b"\n ") + QUOTED,
    "quotes": REPORT + STATUS + b'Action: failed\r\nFinal-Recipient: rfc822;"' + fill(b'";"' * 300 + b"\n ") + QUOTED,
    "parts": REPORT + STATUS + b"Action: failed\n\n" + fill(b"--b\n\n"),
    "parts of a line": REPORT + b"\n" + fill(b"--b\n"),
    "blocks": REPORT + STATUS + fill(b"Action: failed\nFinal-Recipient: rfc822;x@y.example\n\n"),
    "depth": FROM_A_SERVER + nested(MULTIPART, 5000),
    "depth in continued parameters": FROM_A_SERVER + nested(RFC_2231, 5000),
    "depth of mails": FROM_A_SERVER + nested(b"Content-Type: message/rfc822\r\n\r\n", 16000),
    "depth of unknown messages": FROM_A_SERVER + nested(b"Content-Type: message/x\r\n\r\n", 16000),
    "depth just allowed": FROM_A_SERVER + nested(MULTIPART, 39) + QUOTED + fill(b"x\n"),
    "encoded words": REPORT
    + STATUS
    + b"Action: failed\r\nFinal-Recipient: rfc822;x@y.example\r\nDiagnostic-Code: "
    + fill(b"=?utf-8?q?=00?= " * 50 + b"\n ")
    + QUOTED,
    "Message-IDs": FROM_A_SERVER + b"\n" + fill(b"Message-ID: <a@kreis-myk.example>\n"),
    "broken base64": FROM_A_SERVER + b"Content-Transfer-Encoding: base64\n" + QUOTED + fill(b"=A=\n"),
    "broken uuencode": FROM_A_SERVER + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + fill(b"M\n"),
    "a slow charset": FROM_A_SERVER + b"Content-Type: text/plain; charset=punycode\n" + QUOTED + fill(b"abc-9999"),
    "no charset there is": FROM_A_SERVER + b"Content-Type: text/plain; charset=klingon\n" + QUOTED + fill(b"\xff"),
    "NUL": fill(b"\0"),
    "NUL in a Message-ID": FROM_A_SERVER + b"X-Failed-Recipients: a@b.example\n\nMessage-ID: <\0@kreis-myk.example>\n",
    "8 bits in a Message-ID": REPORT
    + b"X-Failed-Recipients: a@b.example\n\n--b\nContent-Type: message/rfc822\n\n"
    + b"Message-ID: <\xfc\xff@kreis-myk.example>",
    "noise": os.urandom(SIZE),
    "noise from a server": FROM_A_SERVER + QUOTED + os.urandom(SIZE),
    "too large": FROM_A_SERVER + fill(b"x\n", 30_000_000),
    "400,000 parts": REPORT + b"\n" + b"--b\n\n" * 400_000,
    "400,000 headers": b"a:\n" * 400_000 + QUOTED,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_is_sent_is_read_within_a_second_and_marks_nothing(name, caplog):
    began = time.process_time()
    assert bounces.take_bounce(HOSTILE[name]) == []
    assert time.process_time() - began < 1
    if name.startswith("depth"):
        assert caplog.records == []  # refused, not given up by the parser


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"smtp; 550 5.1.1 No\0such\0user", "550 5.1.1 No such user"),
        ("smtp; 550 \u202egnp.exe\u2066 \u200bhidden".encode(), "550 "),
        (b"smtp; 550 Unbekannt: M\xfcller", "550 Unbekannt: Müller"),
        ("smtp; 550 Unbekannt: Müller".encode(), "550 Unbekannt: Müller"),
        (
            b"smtp; 550 gone\r\n Bcc: everybody@mayen.example\r\n\t<script>",
            "550 gone Bcc: everybody@mayen.example <script>",
        ),
        (b"smtp; =?utf-8?q?550_Unbekannt=3A_M=C3=BCller?=", "550 Unbekannt: Müller"),
        (b"smtp; 550 =?utf-8?b?broken?=", "550 =?utf-8?b?broken?="),
        (b"smtp; 550 =?utf-8?b?a?=", "550 =?utf-8?b?a?="),
        (b"smtp; 550 =?klingon?q?nuqneH?=", "550 =?klingon?q?nuqneH?="),
        (b"smtp; 550 \x1b[31m\x07red", "550 [31m red"),
        (b"550 5.1.1 no; such user", "550 5.1.1 no; such user"),
        (b"smtp;", "smtp;"),
        (b"smtp; " + b"x" * 900, "x" * 300),
    ],
)
def test_the_servers_words_are_kept_in_one_line_that_does_nothing(sent, participant, said, kept):
    head, _, rest = postfix(sent).partition(b"Diagnostic-Code: ")
    _, _, rest = rest.partition(b"table\r\n")

    assert len(bounces.take_bounce(head + b"Diagnostic-Code: " + said + b"\r\n" + rest)) == 1

    participant.refresh_from_db()
    assert participant.correspondence.bounce_reason.startswith(kept)
    assert len(participant.correspondence.bounce_reason) <= 300
    assert participant.correspondence.bounce_reason.isprintable()


@pytest.mark.parametrize("name", ["NUL in a Message-ID", "8 bits in a Message-ID"])
def test_no_message_id_is_looked_for_that_a_database_might_refuse(name):
    assert bounce_reports.read(HOSTILE[name]) is None


def test_a_bounce_that_was_cut_off_after_the_headers_still_counts(sent):
    content = postfix(sent)
    [known] = Message.objects.values_list("message_id", flat=True)
    assert len(bounces.take_bounce(content[: content.index(known.encode()) + 100])) == 1
