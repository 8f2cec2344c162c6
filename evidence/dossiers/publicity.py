"""What shows that the grant was named to the public and to those who took part?"""

import datetime as dt
import logging
from collections.abc import Iterator

from django.db.models import F, Max
from django.utils.translation import gettext as _

from evidence.dossiers import papers
from evidence.dossiers.parts import PackedPart, file_name
from evidence.facts import PeriodEvidence
from trainings import mails
from trainings.models import Message, mail_kind
from trainings.planning import Form, programme_pdf
from trainings.refusals import Refused
from trainings.reporting import Period

logger = logging.getLogger(__name__)


def publicity(evidence: PeriodEvidence, language: str, at: dt.datetime) -> Iterator[PackedPart]:
    """Printed programmes, the catalogue of the day, one example of each kind of mail; and what there is not, and why.

    Raises NotPrintable of ``trainings.printing``.
    """
    folder, absent = _("Öffentlichkeit"), []
    for half_year in half_years(evidence.first_on, evidence.last_on):
        name = file_name(_("Programm %(period)s") % {"period": half_year})
        try:
            content = programme_pdf(half_year, Form.BROCHURE, language, at, whole=True)
        except Refused as refused:
            absent.append(f"{name}: {refused}")
        else:
            yield PackedPart(f"{folder}/{name}.pdf", content)
    name = _("Programm auf der Website am %(day)s") % {"day": f"{at:%Y-%m-%d}"}
    yield PackedPart(f"{folder}/{name}.pdf", papers.catalogue(evidence, language, at))
    for kind, example in _examples(evidence):
        label = file_name(str(mail_kind(kind).label))
        path = f"{folder}/{_('E-Mails')}/{label}"
        mail = _written(example, language)
        if mail is None:
            absent.append(_("E-Mail „%(kind)s“: ohne Muster") % {"kind": label})
        else:
            yield PackedPart(f"{path}.html", mail.html.encode())
            yield PackedPart(f"{path}.txt", f"{mail.subject}\n\n{mail.text}".encode())
    if absent:
        yield PackedPart(f"{folder}/{_('Was es nicht gibt')}.txt", ("\r\n".join(absent) + "\r\n").encode())


def half_years(first: dt.date, last: dt.date) -> Iterator[Period]:
    """Those that have days of these."""
    while first <= last:
        half_year = Period.half_year(first)
        yield half_year
        first = half_year.last + dt.timedelta(days=1)


def _written(example: Message, language: str) -> mails.Mail | None:
    """None where what has changed since keeps it from being written: a dossier does not fail for that."""
    try:
        return mails.invented_mail(example, language)
    except Exception:
        logger.exception("No example of message %s can be written.", example.pk)
        return None


def _examples(evidence: PeriodEvidence) -> Iterator[tuple[str, Message]]:
    """By kind, the last that went to somebody who took part, about these runs and in these days."""
    period = Period(evidence.first_on, evidence.last_on)
    sent = Message.objects.filter(
        registration__run__in=[*(run.pk for run in evidence.runs), *(run.pk for run in evidence.called_off)],
        recipient=F("registration__person"),
        status=Message.Status.SENT,
        sent_at__gte=period.begins_at,
        sent_at__lt=period.ends_before,
    )
    last = sent.filter(announcement=None).order_by().values("kind").annotate(last=Max("pk"))
    related = ["registration__run__course", "registration__run__venue", "registration__run__funding",
               "registration__person", "registration__agency", "recipient"]  # fmt: skip
    found = Message.objects.filter(pk__in=[one["last"] for one in last]).select_related(*related)
    yield from ((message.kind, message) for message in found.order_by("kind"))
