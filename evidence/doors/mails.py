"""What are auditors written, and what do coordinators hear of their questions? Trainings sends these mails."""

import base64
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evidence.models import AuditorDoor, DoorQuestion, sha256_of_link
from trainings import mail_texts, mails
from trainings.dates import date_long, date_short
from trainings.models import MailKind, Message, Words, declare_kind


class DoorOccasion(models.TextChoices):
    AUDITOR_ASKED = "auditor_asked", _("die Prüfung fragt etwas")


def token_from(seed: str) -> str:
    """The secret of a link. A message that waits keeps the seed, which is none without the key of the site."""
    made = salted_hmac("evidence.doors", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def send_link(door: AuditorDoor, seed: str = "") -> None:
    """Without a ``seed`` only that the door is open until another day: its link stays."""
    details = {"door": door.pk, "seed": seed, "language": door.language}
    mails.queue(LINK.name, None, to_email=door.email, details=details)


def tell_of_question(question: DoorQuestion) -> None:
    name = mails.kind(DoorOccasion.AUDITOR_ASKED, mails.Who.COORDINATOR)
    mails.queue(name, None, to_email=settings.CONTACT_EMAIL, details={"question": question.pk})


def tell_of_answer(question: DoorQuestion) -> None:
    door = question.door
    if door.email:
        details = {"question": question.pk, "language": door.language}
        mails.queue(ANSWERED.name, None, to_email=door.email, details=details)


def last_mail_of(door: AuditorDoor) -> Message | None:
    """The last that told the auditor of the door, for what became of it."""
    rows = Message.objects.filter(registration=None, run=None, kind=LINK.name, details__door=door.pk)
    if door.email:  # by the index of addresses
        rows = rows.filter(to_email=door.email)
    found: Message | None = rows.order_by("-pk").first()
    return found


def _door(message: Message) -> AuditorDoor | None:
    rows = AuditorDoor.objects.select_related("period__funding")
    return rows.filter(pk=message.details.get("door")).first()


def _question(message: Message) -> DoorQuestion | None:
    rows = DoorQuestion.objects.select_related("door__period__funding", "run__course")
    return rows.filter(pk=message.details.get("question")).first()


def _url(name: str, *args: object) -> str:
    return settings.PUBLIC_URL + reverse(name, args=args)


def _of_link(message: Message) -> dict[str, Any]:
    """The preview is of no door: what it says of one is invented."""
    door, seed = _door(message), message.details.get("seed", "")
    told = message.details if door is None else _told_of(door)
    return {
        "funding": door.period.funding if door else None,
        "project": told["project"],
        "days": told["days"],
        "until": told["until"],
        "door_url": _url("evidence:door_link", token_from(seed) if door else "vorschau") if seed or not door else "",
    }


def _told_of(door: AuditorDoor) -> dict[str, str]:
    period = door.period
    return {
        "project": f"{period.funding.project_title} ({period.funding.grant_number})",
        "days": f"{date_short(period.first_on)} – {date_short(period.last_on)}",
        "until": date_long(door.ends_on),
    }


def _of_question(message: Message) -> dict[str, Any]:
    question = _question(message)
    return {
        "words": mail_texts.FilledText(gettext("Frage der Prüfung zu den Nachweisen")),
        "question": question,
        "answer_url": _url("evidence:answer_question", question.pk) if question else "",
    }


def _of_answer(message: Message) -> dict[str, Any]:
    question = _question(message)
    return {
        "words": mail_texts.FilledText(gettext("Antwort auf Ihre Frage zu den Nachweisen")),
        "funding": question.door.period.funding if question else None,
        "question": question,
        "page_url": _page_of(question) if question and question.door.is_open() else "",
    }


def _page_of(question: DoorQuestion) -> str:
    if question.run:
        return _url("evidence:audit_run", question.door_id, question.run_id)
    return _url("evidence:audit_questions", question.door_id)


def _link_is_over(message: Message) -> str:
    door, seed = _door(message), message.details.get("seed", "")
    if door is None or not door.is_open() or message.to_email != door.email:
        return gettext("Der Prüfzugang ist inzwischen beendet.")
    if seed and sha256_of_link(token_from(seed)) != door.token_sha256:
        return gettext("Der Link wurde inzwischen ersetzt.")
    return ""


def _question_is_settled(message: Message) -> str:
    question = _question(message)
    is_open = question is not None and not question.is_answered and question.text
    return "" if is_open else gettext("Die Frage ist inzwischen beantwortet.")


def _answer_is_gone(message: Message) -> str:
    question = _question(message)
    if question is None or not question.answer or message.to_email != question.door.email:
        return gettext("Die Antwort ist nicht mehr gespeichert.")
    return ""


LINK = MailKind(
    name="auditor_link",
    template="evidence/mails/link.html",
    label=_("Zugang zur Prüfung der Nachweise"),
    words=Words(
        _("wer Nachweise prüft"),
        _("Zugang zu den Nachweisen eines geförderten Projekts"),
        _("Sie prüfen Nachweise eines geförderten Projekts. Über diesen Zugang können Sie sie ansehen."),
        mail_texts.OF_NO_RUN,
    ),
    context=_of_link,
    true_while=frozenset(),
    objection=_link_is_over,
    tells_calendar=False,
    is_of_no_run=True,
    invented_details={
        "project": "Vielfalt im Dienst (AMIF-2037-01)",
        "days": "01.01.2037 – 30.06.2037",
        "until": "31.08.2037",
    },
)
ASKED = MailKind(
    name="auditor_asked",
    template="evidence/mails/asked.html",
    label=_("Frage der Prüfung"),
    words=None,
    context=_of_question,
    true_while=frozenset(),
    objection=_question_is_settled,
    tells_calendar=False,
    is_of_no_run=True,
)
ANSWERED = MailKind(
    name="auditor_answered",
    template="evidence/mails/answered.html",
    label=_("Antwort an die Prüfung"),
    words=None,
    context=_of_answer,
    true_while=frozenset(),
    objection=_answer_is_gone,
    tells_calendar=False,
    is_of_no_run=True,
)

NEITHER = (mails.NOT_THEIRS,) * 4
TABLE: dict[mails.Happening, mails.NoticeRow] = {
    DoorOccasion.AUDITOR_ASKED: mails.NoticeRow(mails.NO_CHANGE, *NEITHER, ASKED),
}


def declare() -> None:
    """Called when the apps start. Auditors are none of the five of whom the table of notices tells."""
    for kind in (LINK, ANSWERED):
        declare_kind(kind)
    mails.declare(TABLE)
    mails.shorten_links_to("evidence:door_link")
