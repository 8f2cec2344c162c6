"""Which rules does a run follow, in sentences? Everybody reads them before registering, coordinators beside the run.

``trainings.models.policies`` holds the settings; ``allocation`` and ``transitions`` of booking act on them.
"""

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import TargetGroup
from accounts.names import by_name
from trainings.dates import date_long
from trainings.models import Contingent, CourseRun

# Who may come, and whose consent it takes: nobody should have to open anything to read these.
FIRST = frozenset({"visibility", "agreement", "groups", "prerequisites", "approval"})


class RuleInWords(NamedTuple):
    """A word for code, a label and a sentence for people."""

    code: str
    label: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    @property
    def comes_first(self) -> bool:
        return self.code in FIRST


class Terms(NamedTuple):
    """What the sentences are made of; plain values, since most runs of a course share them."""

    visibility: str
    agencies: tuple[str, ...]
    groups: tuple[str, ...]
    group_rule: str
    prerequisites: str  # their titles
    prerequisite_rule: str
    approval: str
    approval_days: int
    fairness: str
    direct_promotion_days: int
    first_come_days: int
    offer_hours: int
    cancellation_closes_on: dt.date | None
    minimum_number: int
    is_decided: bool
    decide_on: dt.date | None
    needs_agreement: bool

    @classmethod
    def of(cls, run: CourseRun) -> "Terms":
        is_for_agencies = run.visibility == CourseRun.Visibility.AGENCIES
        groups = [run.only_for_group] if run.only_for_group else [group.value for group in run.course.target_groups]
        return cls(
            run.visibility,
            tuple(agency.name for agency in run.agencies_by_name) if is_for_agencies else (),
            tuple(groups),
            run.group_rule,
            ", ".join(course.display_title for course in run.course.prerequisites.all()),
            run.prerequisite_rule,
            run.approval,
            run.approval_days,
            run.fairness,
            run.direct_promotion_days,
            run.first_come_days,
            run.offer_hours,
            run.cancellation_closes_on,
            run.minimum_number,
            run.decided_at is not None,
            run.decide_on,
            settings.REGISTER_WITHOUT_AGREEMENT == "refuse",
        )


def rules_of(run: CourseRun, at: dt.datetime | None = None, *, has_contingents: bool = True) -> tuple[RuleInWords, ...]:
    """Every rule that holds for the run at that moment, in the order in which people meet them.

    ``has_contingents`` is False where it is known that none is in force: it spares a query.
    """
    first, then = _in_words(Terms.of(run), get_language())
    contingents = _contingents(run, at) if has_contingents else ""
    if contingents:
        return (*first, RuleInWords("contingents", _("Reservierte Plätze"), contingents), *then)
    return (*first, *then)


@lru_cache(maxsize=256)
def _in_words(terms: Terms, language: str | None) -> tuple[list[RuleInWords], list[RuleInWords]]:
    """Before and after what is reserved for agencies. The language is that of the thread: it is named to be a key."""
    first = [
        RuleInWords("visibility", _("Offen für"), _visibility(terms)),
        RuleInWords("agreement", _("Vereinbarung"), _agreement(terms)),
        RuleInWords("groups", _("Zielgruppe"), _groups(terms)),
        RuleInWords("prerequisites", _("Voraussetzung"), _prerequisites(terms)),
        RuleInWords("approval", _("Freigabe"), _approval(terms)),
        RuleInWords("order", _("Reihenfolge"), _order(terms)),
    ]
    then = [
        RuleInWords("promotion", _("Nachrücken"), _promotion(terms)),
        RuleInWords("cancellation", _("Abmelden"), _cancellation(terms)),
        RuleInWords("minimum", _("Mindestzahl"), _minimum(terms)),
    ]
    return [rule for rule in first if rule.sentence], [rule for rule in then if rule.sentence]


def sentence_for(share: Contingent) -> str:
    """What a contingent in force means for the agency and for others."""
    values = {
        "agency": share.agency.name,
        "number": share.reserved,
        "maximum": share.maximum,
        "day": date_long(share.release_on),
    }
    sentences = []
    if share.reserved:
        text = ngettext(
            "Für %(agency)s ist %(number)d Platz reserviert; bleibt er ungenutzt, wird er am %(day)s für alle frei.",
            "Für %(agency)s sind %(number)d Plätze reserviert; ungenutzte werden am %(day)s für alle frei.",
            share.reserved,
        )
        sentences.append(text % values)
    if share.maximum is not None:
        text = ngettext(
            "%(agency)s bekommt vor dem %(day)s höchstens %(maximum)d Platz.",
            "%(agency)s bekommt vor dem %(day)s höchstens %(maximum)d Plätze.",
            share.maximum,
        )
        sentences.append(text % values)
    return " ".join(sentences)


def _visibility(run: Terms) -> str:
    if run.visibility == CourseRun.Visibility.INVITATION:
        return _(
            "Zu diesem Termin lädt die Koordination ein. "
            "Möchten Sie eingeladen werden, merken Sie bei der Schulung Ihr Interesse vor."
        )
    if run.visibility == CourseRun.Visibility.AGENCIES:
        return _("Nur Personen aus: %(agencies)s.") % {"agencies": _listed(run.agencies)}
    return _("Alle Behörden und Einrichtungen.")


def _agreement(run: Terms) -> str:
    if not run.needs_agreement:
        return ""
    return _(
        "Behörden brauchen eine Kooperationsvereinbarung, die am Tag des Beginns gilt. "
        "Wer zu keiner Behörde gehört, braucht keine."
    )


def _groups(run: Terms) -> str:
    groups = [TargetGroup(group) for group in run.groups]
    if not groups or len(groups) == len(TargetGroup):
        return ""
    is_binding = run.group_rule == CourseRun.Strictness.BINDING
    text = _("Nur %(groups)s.") if is_binding else _("Gedacht für %(groups)s; andere können sich auch anmelden.")
    return text % {"groups": _listed(group.label for group in groups)}


def _prerequisites(run: Terms) -> str:
    titles = run.prerequisites
    if not titles:
        return ""
    if run.prerequisite_rule == CourseRun.Strictness.BINDING:
        return _("Vorausgesetzt wird: %(titles)s.") % {"titles": titles}
    return _("Empfohlen ist, vorher teilzunehmen an: %(titles)s.") % {"titles": titles}


def _approval(run: Terms) -> str:
    if run.approval == CourseRun.Approval.REQUIRED:
        text = ngettext(
            "Vorgesetzte müssen zustimmen. Der Platz ist dafür %(days)d Arbeitstag gehalten, danach verfällt er.",
            "Vorgesetzte müssen zustimmen. Der Platz ist dafür %(days)d Arbeitstage gehalten, danach verfällt er.",
            run.approval_days,
        )
        without = _("Ist keine vorgesetzte Person genannt, entscheidet die Koordination; dann verfällt er nicht.")
        return f"{text % {'days': run.approval_days}} {without}"
    if run.approval == CourseRun.Approval.INFORM:
        return _("Vorgesetzte werden informiert, sobald ein Platz sicher ist. Zustimmen müssen sie nicht.")
    return _("Eine Freigabe ist nicht nötig; Vorgesetzte werden nicht informiert.")


def _order(run: Terms) -> str:
    if run.fairness == CourseRun.Fairness.AGENCIES:
        return _(
            "Plätze werden in der Reihenfolge der Anmeldung vergeben. Von denen, die warten, kommen Behörden mit "
            "weniger Plätzen zuerst; bei gleich vielen zählt der Zeitpunkt."
        )
    return _(
        "Plätze werden in der Reihenfolge der Anmeldung vergeben. Wer wartet, rückt in derselben Reihenfolge nach."
    )


def _contingents(run: CourseRun, at: dt.datetime | None) -> str:
    shares = by_name(run.contingents.in_force(at).select_related("agency"))
    return " ".join(filter(None, map(sentence_for, shares)))


def _promotion(run: Terms) -> str:
    """The windows as ``RunPolicies.promotion`` has them: one that is empty is not spoken of."""
    direct, call = run.direct_promotion_days, min(run.first_come_days, run.direct_promotion_days)
    sentences = []
    if direct:
        text = ngettext(
            "Bis %(days)d Tag vor Beginn rückt die Warteliste direkt nach.",
            "Bis %(days)d Tage vor Beginn rückt die Warteliste direkt nach.",
            direct,
        )
        sentences.append(text % {"days": direct})
    else:
        sentences.append(_("Die Warteliste rückt bis zum Beginn direkt nach."))
    if direct > call:
        text = ngettext(
            "Danach wird ein freier Platz der Reihe nach angeboten; ein Angebot gilt an Arbeitstagen %(hours)d Stunde.",
            "Danach wird ein freier Platz der Reihe nach angeboten; "
            "ein Angebot gilt an Arbeitstagen %(hours)d Stunden.",
            run.offer_hours,
        )
        sentences.append(text % {"hours": run.offer_hours})
    if call:
        text = _(
            "In den letzten %(hours)d Stunden erfahren alle Wartenden zugleich davon; wer zuerst zusagt, hat den Platz."
        )
        sentences.append(text % {"hours": call * 24})
    return " ".join([*sentences, _("Nach dem Beginn rückt niemand mehr nach.")])


def _cancellation(run: Terms) -> str:
    if run.cancellation_closes_on is None:
        return _("Abmelden können Sie sich selbst bis zum Beginn.")
    return _("Abmelden können Sie sich selbst bis %(day)s.") % {"day": date_long(run.cancellation_closes_on)}


def _minimum(run: Terms) -> str:
    if not run.minimum_number:
        return ""
    if run.is_decided:
        return _("Der Termin findet statt.")
    text = ngettext(
        "Der Termin findet ab %(number)d Person statt.",
        "Der Termin findet ab %(number)d Personen statt.",
        run.minimum_number,
    )
    sentences = [text % {"number": run.minimum_number}]
    if run.decide_on is not None:
        sentences.append(_("Entschieden wird am %(day)s.") % {"day": date_long(run.decide_on)})
    return " ".join(sentences)


def _listed(items: object) -> str:
    return get_text_list([str(item) for item in items], _("und"))  # type: ignore[attr-defined]
