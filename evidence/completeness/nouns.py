"""One thing that is missing, and what kinds of it there are."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models import CourseRun


class LackKind(TextChoices):
    """In the order in which they are shown: first what decides to which grant a run belongs."""

    STATEMENT = "statement", _("Angaben zur Förderung")
    NO_GRANT = "no_grant", _("Termine ohne Förderung")
    OUTSIDE = "outside", _("Termine außerhalb der Förderung")
    NOT_PUBLISHED = "not_published", _("Termine, die nicht im Programm stehen")
    RECORDS = "records", _("Listen mit fehlender Anwesenheit")
    PAPER = "paper", _("Listen, auf denen Papier und System sich unterscheiden")
    SUBMISSION = "submission", _("Listen, die nicht abgegeben sind")
    SCAN = "scan", _("Unterschriebene Listen ohne Scan")
    CHANGED_SCAN = "changed_scan", _("Scans, die sich verändert haben")
    BELONGING = "belonging", _("Teilnehmende ohne Behörde oder Gruppe")
    AGREEMENT = "agreement", _("Behörden ohne Vereinbarung")
    CLOSING = "closing", _("Termine, die nicht abgeschlossen sind")
    TO_ISSUE = "to_issue", _("Bescheinigungen, die auszustellen sind")
    OUTDATED = "outdated", _("Bescheinigungen, die nicht mehr stimmen")
    UNPRINTABLE = "unprintable", _("Bescheinigungen, die nicht gedruckt sind")
    TWO_GRANTS = "two_grants", _("Termine, für die zwei Förderungen gelten")
    PUBLISHED_LATE = "published_late", _("Termine, die erst nach ihrem Beginn veröffentlicht wurden")


# Nobody but a person can say whether something is wrong: asked about, and no gap in the evidence.
QUESTIONS = frozenset({LackKind.TWO_GRANTS, LackKind.PUBLISHED_LATE})


@dataclass(frozen=True)
class Lack:
    """``text`` says what is missing, ``url`` is the page where it is mended, ``who`` can do that, in words.

    ``trainers``: whom of the run it waits for; nobody where it is up to coordinators.
    """

    kind: LackKind
    text: str
    url: str
    who: str
    run: CourseRun | None = None
    day: dt.date | None = None
    trainers: tuple[User, ...] = ()
