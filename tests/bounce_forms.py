"""What mail servers write back, in the shapes of each of them, about a mail of ours. All names are invented."""

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes

ICON = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + bytes(2000)).decode()


@dataclass(frozen=True)
class Returned:
    """A mail of ours as it left, to be sent back."""

    content: bytes

    @property
    def address(self) -> str:
        return message_from_bytes(self.content)["To"]

    @property
    def whole(self) -> str:
        return self.content.decode()

    @property
    def headers(self) -> str:
        return self.whole.replace("\r\n", "\n").partition("\n\n")[0] + "\n"


def _mail(text: str) -> bytes:
    return text.replace("\r\n", "\n").lstrip("\n").replace("\n", "\r\n").encode()


def status(address: str, *, action: str = "failed", code: str = "5.1.1", diagnostic: str, final: str = "") -> str:
    """The body of a part message/delivery-status (RFC 3464)."""
    return f"""Reporting-MTA: dns; mx.mayen.example
Arrival-Date: Thu, 26 Nov 2026 08:15:00 +0100 (CET)

{final or f"Final-Recipient: rfc822; {address}"}
Action: {action}
Status: {code}
Remote-MTA: dns; mx.mayen.example
Diagnostic-Code: {diagnostic}
"""


# --- failed for good -------------------------------------------------------------------------------


def postfix(mail: Returned, *, headers_only: bool = False, action: str = "failed", code: str = "5.1.1") -> bytes:
    address = mail.address
    final = f"Final-Recipient: rfc822; {address}\nOriginal-Recipient: rfc822;{address}"
    diagnostic = f"smtp; 550 5.1.1 <{address}>: Recipient address\n    rejected: User unknown in virtual mailbox table"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return _mail(f"""
Return-Path: <>
Received: by mx.kreis-myk.example (Postfix)
\tid 4F2C81A0; Thu, 26 Nov 2026 08:15:02 +0100 (CET)
Date: Thu, 26 Nov 2026 08:15:02 +0100 (CET)
From: MAILER-DAEMON@mx.kreis-myk.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: schulungen@kreis-myk.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2C81A0.1448262902/mx.kreis-myk.example"
Message-Id: <20261126071502.4F2C81A0@mx.kreis-myk.example>

This is a MIME-encapsulated message.

--4F2C81A0.1448262902/mx.kreis-myk.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.kreis-myk.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{address}>: host mx.mayen.example[192.0.2.7] said: 550 5.1.1 <{address}>:
    Recipient address rejected: User unknown in virtual mailbox table (in reply
    to RCPT TO command)

--4F2C81A0.1448262902/mx.kreis-myk.example
Content-Description: Delivery report
Content-Type: message/delivery-status

{status(address, action=action, code=code, diagnostic=diagnostic, final=final)}
--4F2C81A0.1448262902/mx.kreis-myk.example
Content-Description: Undelivered Message
Content-Type: {kind}

{mail.headers if headers_only else mail.whole}
--4F2C81A0.1448262902/mx.kreis-myk.example--
""")


def postfix_headers(mail: Returned) -> bytes:
    return postfix(mail, headers_only=True)


def exchange_german(mail: Returned) -> bytes:
    """Exchange on premises: words as text and as HTML, the original beside them."""
    address = mail.address
    words = quopri.encodestring(
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger: Übungsplatz".encode()
    ).decode()
    html = base64.encodebytes(
        f"<p>Die E-Mail-Adresse <b>{address}</b> wurde nicht gefunden.</p>".encode() * 60
    ).decode()
    diagnostic = "smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"
    return _mail(f"""
Received: from EX01.mayen.example (10.0.0.5) by EX01.mayen.example (10.0.0.5) with
 Microsoft SMTP Server (TLS) id 15.1.2507.35; Thu, 26 Nov 2026 08:15:02 +0100
From: Microsoft Outlook <postmaster@mayen.example>
To: <schulungen@kreis-myk.example>
Date: Thu, 26 Nov 2026 08:15:02 +0100
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_1a2b3c4d-0000-4000-8000-00000000000a_"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: de-DE
Message-ID: <5f0e1d2c-0000-4000-8000-000000000001@mayen.example>
Subject: =?utf-8?Q?Unzustellbar:_Ihre_Anmeldung_ist_best=C3=A4tigt?=
Auto-Submitted: auto-replied
MIME-Version: 1.0
Return-Path: <>

--_1a2b3c4d-0000-4000-8000-00000000000a_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_1a2b3c4d-0000-4000-8000-00000000000b_"

--_1a2b3c4d-0000-4000-8000-00000000000b_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

{words}
--_1a2b3c4d-0000-4000-8000-00000000000b_
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

{html}
--_1a2b3c4d-0000-4000-8000-00000000000b_--

--_1a2b3c4d-0000-4000-8000-00000000000a_
Content-Type: message/delivery-status

{status(address, diagnostic=diagnostic, final=f"Final-recipient: RFC822;{address}")}X-Display-Name: Ayşe Yıldız

--_1a2b3c4d-0000-4000-8000-00000000000a_
Content-Type: message/rfc822

{mail.whole}
--_1a2b3c4d-0000-4000-8000-00000000000a_--
""")


def exchange_online(mail: Returned) -> bytes:
    """In English, from the cloud, with the headers alone."""
    address = mail.address
    diagnostic = (
        f"smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {address} not found\n by SMTP address lookup"
    )
    return _mail(f"""
From: Microsoft Outlook
\t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mayen.example>
To: <schulungen@kreis-myk.example>
Date: Thu, 26 Nov 2026 07:15:02 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="cc1d2e3f-0000-4000-8000-00000000000c"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <9a8b7c6d-0000-4000-8000-000000000002@AM0PR01MB0001.eurprd01.prod.exchangelabs.example>
In-Reply-To: <0000@kreis-myk.example>
Subject: Undeliverable: Ihre Anmeldung
Auto-Submitted: auto-replied

--cc1d2e3f-0000-4000-8000-00000000000c
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="cc1d2e3f-0000-4000-8000-00000000000d"

--cc1d2e3f-0000-4000-8000-00000000000d
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to {address} couldn't be delivered.

--cc1d2e3f-0000-4000-8000-00000000000d
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body>Your message to <b>{address}</b> couldn't be delivered.</body></html>

--cc1d2e3f-0000-4000-8000-00000000000d--

--cc1d2e3f-0000-4000-8000-00000000000c
Content-Type: message/delivery-status

{status(address, code="5.1.10", diagnostic=diagnostic, final=f"Final-Recipient: rfc822;{address}")}
--cc1d2e3f-0000-4000-8000-00000000000c
Content-Type: text/rfc822-headers

{mail.headers}
--cc1d2e3f-0000-4000-8000-00000000000c--
""")


def exim_text(mail: Returned) -> bytes:
    return _mail(f"""
Return-path: <>
Received: from Debian-exim by mx.kreis-myk.example with local (Exim 4.96)
\tid 1pXyZa-0001Ab-2C; Thu, 26 Nov 2026 08:15:02 +0100
X-Failed-Recipients: {mail.address}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.kreis-myk.example>
To: schulungen@kreis-myk.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1pXyZa-0001Ab-2C@mx.kreis-myk.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {mail.address}
    Unrouteable address

------ This is a copy of your message, including all the headers. ------

{mail.whole}
""")


def exim_report(mail: Returned) -> bytes:
    address = mail.address
    final = f"Final-Recipient: rfc822;{address}"
    return _mail(f"""
Return-path: <>
X-Failed-Recipients: {address}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.kreis-myk.example>
To: schulungen@kreis-myk.example
References: <0000@kreis-myk.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1669449302-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1pXyZa-0001Ab-2D@mx.kreis-myk.example>

--1669449302-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    host mx.mayen.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{address}>:
    550 5.7.1 Mailbox disabled

--1669449302-eximdsn-1804289383
Content-type: message/delivery-status

{status(address, code="5.0.0", diagnostic="smtp; 550 5.7.1 Mailbox disabled", final=final)}
--1669449302-eximdsn-1804289383
Content-type: message/rfc822

{mail.whole}
--1669449302-eximdsn-1804289383--
""")


def gmail(mail: Returned) -> bytes:
    address = mail.address
    diagnostic = """smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces."""
    return _mail(f"""
Return-Path: <>
Received: by 2002:a05:0000:0000:0000:0000:0000:0000 with SMTP id a1-20020a0500000000b0000000000001-si;
        Wed, 25 Nov 2026 23:15:02 -0800 (PST)
Content-Type: multipart/report; boundary="000000000000aaaaaa05ee5f1b01"; report-type=delivery-status
To: schulungen@kreis-myk.example
Auto-Submitted: auto-replied
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
Subject: Delivery Status Notification (Failure)
Message-ID: <6381aaaa.170a0220.00001.0001.GMR@mx.google.example>

--000000000000aaaaaa05ee5f1b01
Content-Type: multipart/related; boundary="000000000000bbbbbb05ee5f1b02"

--000000000000bbbbbb05ee5f1b02
Content-Type: multipart/alternative; boundary="000000000000cccccc05ee5f1b03"

--000000000000cccccc05ee5f1b03
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to {address} because the address couldn't be found.

--000000000000cccccc05ee5f1b03
Content-Type: text/html; charset="UTF-8"

<html><body>Your message wasn't delivered to <b>{address}</b></body></html>

--000000000000cccccc05ee5f1b03--
--000000000000bbbbbb05ee5f1b02
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

{ICON}
--000000000000bbbbbb05ee5f1b02--
--000000000000aaaaaa05ee5f1b01
Content-Type: message/delivery-status

{status(address, diagnostic=diagnostic)}
--000000000000aaaaaa05ee5f1b01
Content-Type: message/rfc822

{mail.whole}
--000000000000aaaaaa05ee5f1b01--
""")


def domino(mail: Returned) -> bytes:
    """HCL Notes."""
    address = mail.address
    reason = f"Benutzer Yildiz ({address}) nicht im Domino Verzeichnis aufgelistet"
    return _mail(f"""
Subject: DELIVERY FAILURE: {reason}
To: schulungen@kreis-myk.example
MIME-Version: 1.0
Message-ID: <OF0A1B2C3D.00112233-ONC1258000.0027D5B1-C1258000.0027D5B2@mayen.example>
From: Postmaster@mayen.example
Date: Thu, 26 Nov 2026 08:15:02 +0100
X-MIMETrack: Itemize by SMTP Server on Notes01/Mayen(Release 12.0.2|November 03, 2022)
Content-Type: multipart/report; report-type=delivery-status; boundary="==IFJRGLKFGIR00112233UHRUHIHD"

--==IFJRGLKFGIR00112233UHRUHIHD
Content-Type: text/plain; charset=ISO-8859-1

Ihre Nachricht

  Betreff: Ihre Anmeldung

wurde nicht zugestellt an:

  {address}

da:

  {reason}

--==IFJRGLKFGIR00112233UHRUHIHD
Content-Type: message/delivery-status

{status(address, code="5.1.1", diagnostic=f"X-Notes; {reason}", final=f"Final-Recipient: rfc822;{address}")}
--==IFJRGLKFGIR00112233UHRUHIHD
Content-Type: message/rfc822

{mail.whole}
--==IFJRGLKFGIR00112233UHRUHIHD--
""")


def sendmail(mail: Returned) -> bytes:
    address = mail.address
    return _mail(f"""
Return-Path: <MAILER-DAEMON>
Received: from localhost (localhost) by mx.kreis-myk.example (8.17.1/8.17.1) id 2AQ7F2xx000001;
\tThu, 26 Nov 2026 08:15:02 +0100
Date: Thu, 26 Nov 2026 08:15:02 +0100
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.kreis-myk.example>
Message-Id: <202611260715.2AQ7F2xx000001@mx.kreis-myk.example>
To: <schulungen@kreis-myk.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="2AQ7F2xx000001.1669446902/mx.kreis-myk.example"
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

This is a MIME-encapsulated message

--2AQ7F2xx000001.1669446902/mx.kreis-myk.example

The original message was received at Thu, 26 Nov 2026 08:15:00 +0100
from web.kreis-myk.example [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<{address}>
    (reason: 552 5.2.2 Over quota)

   ----- Transcript of session follows -----
... while talking to mx.mayen.example.:
>>> DATA
<<< 552 5.2.2 Over quota
554 5.0.0 Service unavailable

--2AQ7F2xx000001.1669446902/mx.kreis-myk.example
Content-Type: message/delivery-status

{status(address, code="5.2.2", diagnostic="SMTP; 552 5.2.2 Over quota", final=f"Final-Recipient: RFC822; {address}")}
--2AQ7F2xx000001.1669446902/mx.kreis-myk.example
Content-Type: message/rfc822

{mail.whole}
--2AQ7F2xx000001.1669446902/mx.kreis-myk.example--
""")


def qmail(mail: Returned) -> bytes:
    """In words alone (QSBMF)."""
    return _mail(f"""
Return-Path: <>
Date: 26 Nov 2026 07:15:02 -0000
From: MAILER-DAEMON@mx.kreis-myk.example
To: schulungen@kreis-myk.example
Subject: failure notice

Hi. This is the qmail-send program at mx.kreis-myk.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{mail.address}>:
192.0.2.7 does not like recipient.
Remote host said: 511 sorry, no mailbox here by that name (#5.1.1)
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

{mail.whole}
""")


# Each with what it says in its own words; {} is the address.
FAILURES: dict[Callable[[Returned], bytes], str] = {
    postfix: "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    postfix_headers: "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    exchange_german: "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
    exchange_online: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {} not found by SMTP address lookup",
    exim_text: "Unrouteable address",
    exim_report: "550 5.7.1 Mailbox disabled",
    gmail: "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking "
    "the recipient's email address for typos or 550 5.1.1 unnecessary spaces.",
    domino: "Benutzer Yildiz ({}) nicht im Domino Verzeichnis aufgelistet",
    sendmail: "552 5.2.2 Over quota",
    qmail: "511 sorry, no mailbox here by that name (#5.1.1)",
}


# --- no failure ------------------------------------------------------------------------------------


def delayed(mail: Returned) -> bytes:
    return postfix(mail, action="delayed", code="4.4.1")


def delayed_in_words(mail: Returned) -> bytes:
    """Exim, after a day."""
    return _mail(f"""
Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.kreis-myk.example>
To: schulungen@kreis-myk.example
Subject: Warning: message 1pXyZa-0001Ab-2C delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.kreis-myk.example.

The message identifier is:     1pXyZa-0001Ab-2C
{mail.headers.strip()}

The address to which the message has not yet been delivered is:

  {mail.address}
    host mx.mayen.example [192.0.2.7]: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered.
""")


def delivered(mail: Returned) -> bytes:
    return postfix(mail, action="relayed", code="2.0.0")


def out_of_office(mail: Returned) -> bytes:
    """Of a person whose program quotes all it got."""
    return _mail(f"""
Return-Path: <>
From: <{mail.address}>
To: schulungen@kreis-myk.example
Subject: Automatische Antwort: Ihre Anmeldung
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
Content-Type: text/plain; charset=utf-8

Guten Tag,

bis zum 4. Dezember bin ich nicht erreichbar. Ihre Nachricht wird nicht weitergeleitet.
In dringenden Fällen: vertretung@mayen.example, Telefon 02651 550-0.

-----Ursprüngliche Nachricht-----
{mail.headers}
""")


def receipt(mail: Returned) -> bytes:
    """Deleted without having been read (RFC 8098)."""
    return _mail(f"""
Return-Path: <>
From: <{mail.address}>
To: schulungen@kreis-myk.example
Subject: Nicht gelesen: Ihre Anmeldung
Content-Type: multipart/report; report-type=disposition-notification; boundary="r"

--r
Content-Type: text/plain

Your message was deleted without being read.

--r
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{mail.address}
Disposition: automatic-action/MDN-sent-automatically; deleted

--r
Content-Type: text/rfc822-headers

{mail.headers}
--r--
""")


def passed_on(mail: Returned) -> bytes:
    """A person sends our mail back, as an attachment and in full."""
    return _mail(f"""
From: Jan Weber <weber@bendorf.example>
To: schulungen@kreis-myk.example
Subject: WG: Ihre Anmeldung
Content-Type: multipart/mixed; boundary="w"

--w
Content-Type: text/plain

A message that you sent could not be delivered
<{mail.address}>: 550 5.1.1 unbekannt

--w
Content-Type: message/rfc822

{mail.whole}
--w--
""")


NO_FAILURES = [delayed, delayed_in_words, delivered, out_of_office, receipt, passed_on]
