"""Who hears of certificates, and what? Trainings sends these mails and knows none of them: they are declared here."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from trainings import mail_texts, mails
from trainings.models import MailKind, Message, Registration, Words

Status = Registration.Status


class CertificateOccasion(models.TextChoices):
    CERTIFICATE_ISSUED = "certificate_issued", _("die Bescheinigung ist ausgestellt")
    CERTIFICATE_REPLACED = "certificate_replaced", _("die Bescheinigung wird ersetzt")
    CERTIFICATE_REVOKED = "certificate_revoked", _("die Bescheinigung wird widerrufen")


def _list_url() -> str:
    return settings.PUBLIC_URL + reverse("certificates:list")


def _ready(message: Message) -> dict[str, Any]:
    return {"certificates_url": _list_url()}


def _ended(message: Message) -> dict[str, Any]:
    """Which certificate is no longer valid, why, and which replaces it; ``details`` has the numbers and the reason."""
    return {"certificates_url": _list_url(), **message.details}


def _is_revoked(message: Message) -> str:
    """Of a certificate that ended, the mail that says so came later."""
    ended = Message.objects.filter(registration=message.registration, kind=REVOKED.name, pk__gt=message.pk)
    return gettext("Die Bescheinigung ist inzwischen widerrufen.") if ended.exists() else ""


def _in_thanks(registration: Registration) -> dict[str, Any]:
    """Where the certificate is or will be."""
    return {
        "certificates_url": _list_url(),
        "is_ready": registration.messages.filter(kind=READY.name).exists(),
        "percent": registration.run.required_attendance_percent,
    }


READY = MailKind(
    name="certificate_ready",
    template="certificates/mails/ready.html",
    label=_("Bescheinigung liegt bereit"),
    words=Words(
        mail_texts.PERSON,
        _("Teilnahmebescheinigung liegt bereit: {title} ({days})"),
        _("Ihre Teilnahmebescheinigung ist ausgestellt."),
        mail_texts.OF_REGISTRATIONS,
    ),
    context=_ready,
    true_while=frozenset({Status.CONFIRMED}),
    objection=_is_revoked,
    tells_calendar=False,
)
REPLACED = MailKind(
    name="certificate_replaced",
    template="certificates/mails/replaced.html",
    label=_("Bescheinigung ersetzt"),
    words=Words(
        mail_texts.PERSON,
        _("Teilnahmebescheinigung ersetzt: {title} ({days})"),
        _("Eine Ihrer Teilnahmebescheinigungen hat sich geändert."),
        mail_texts.OF_REGISTRATIONS,
    ),
    context=_ended,
    true_while=frozenset(Status),
    objection=mails.always_true,
    tells_calendar=False,
    invented_details={"number": "2037-000001", "new_number": "2037-000002", "reason": "Name berichtigt"},
)
REVOKED = MailKind(
    name="certificate_revoked",
    template="certificates/mails/revoked.html",
    label=_("Bescheinigung widerrufen"),
    words=Words(
        mail_texts.PERSON,
        _("Teilnahmebescheinigung widerrufen: {title} ({days})"),
        _("Eine Ihrer Teilnahmebescheinigungen gilt nicht mehr."),
        mail_texts.OF_REGISTRATIONS,
    ),
    context=_ended,
    true_while=frozenset(Status),
    objection=mails.always_true,
    tells_calendar=False,
    invented_details={"number": "2037-000001", "reason": "Falsche Person"},
)

TABLE: dict[mails.Happening, mails.NoticeRow] = {
    CertificateOccasion.CERTIFICATE_ISSUED: mails.NoticeRow(
        mails.NO_CHANGE, READY, mails.ASK_THE_PERSON, mails.AGENCY_PAGE, mails.NOT_THEIRS, mails.HAS_DONE_IT
    ),
    CertificateOccasion.CERTIFICATE_REPLACED: mails.NoticeRow(
        mails.NO_CHANGE, REPLACED, mails.ASK_THE_PERSON, mails.ASK_THE_PERSON, mails.NOT_THEIRS, mails.HAS_DONE_IT
    ),
    CertificateOccasion.CERTIFICATE_REVOKED: mails.NoticeRow(
        mails.NO_CHANGE, REVOKED, mails.ASK_THE_PERSON, mails.ASK_THE_PERSON, mails.NOT_THEIRS, mails.HAS_DONE_IT
    ),
}


def declare() -> None:
    """Called when the apps start."""
    mails.declare(TABLE)
    mails.add_to_thanks(mails.ThanksParagraph("certificates/mails/_in_thanks.html", _in_thanks))
