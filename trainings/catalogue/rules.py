"""Which rules does a run follow, in sentences? Everybody reads them before registering, coordinators beside the run.

``trainings.models.policies`` holds the settings; ``allocation`` and ``transitions`` of booking act on them.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import TargetGroup
from accounts.names import by_name
from trainings.dates import date_long
from trainings.models import Contingent, CourseRun

# Who may come, and whose consent it takes: nobody should have to open anything to read these.
FIRST = frozenset({"visibility", "groups", "prerequisites", "approval"})


@dataclass(frozen=True)
class RuleInWords:
    """A word for code, a label and a sentence for people."""

    code: str
    label: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    @property
    def comes_first(self) -> bool:
        return self.code in FIRST


def rules_of(run: CourseRun, at: dt.datetime | None = None, *, has_contingents: bool = True) -> list[RuleInWords]:
    """Every rule that holds for the run at that moment, in the order in which people meet them.

    ``has_contingents`` is False where it is known that none is in force: it spares a query.
    """
    rules = [
        RuleInWords("visibility", _("Offen für"), _visibility(run)),
        RuleInWords("groups", _("Zielgruppe"), _groups(run)),
        RuleInWords("prerequisites", _("Voraussetzung"), _prerequisites(run)),
        RuleInWords("approval", _("Freigabe"), _approval(run)),
        RuleInWords("order", _("Reihenfolge"), _order(run)),
        RuleInWords("contingents", _("Reservierte Plätze"), _contingents(run, at) if has_contingents else ""),
        RuleInWords("promotion", _("Nachrücken"), _promotion(run)),
        RuleInWords("cancellation", _("Abmelden"), _cancellation(run)),
        RuleInWords("minimum", _("Mindestzahl"), _minimum(run)),
    ]
    return [rule for rule in rules if rule.sentence]


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


def _visibility(run: CourseRun) -> str:
    if run.visibility == CourseRun.Visibility.INVITATION:
        return _(
            "Zu diesem Termin lädt die Koordination ein. "
            "Möchten Sie eingeladen werden, merken Sie bei der Schulung Ihr Interesse vor."
        )
    if run.visibility == CourseRun.Visibility.AGENCIES:
        return _("Nur Personen aus: %(agencies)s.") % {"agencies": _listed(run.agencies_by_name)}
    return _("Alle Behörden und Einrichtungen.")


def _groups(run: CourseRun) -> str:
    groups = [TargetGroup(run.only_for_group)] if run.only_for_group else run.course.target_groups
    if not groups or len(groups) == len(TargetGroup):
        return ""
    is_binding = run.group_rule == CourseRun.Strictness.BINDING
    text = _("Nur %(groups)s.") if is_binding else _("Gedacht für %(groups)s; andere können sich auch anmelden.")
    return text % {"groups": _listed(group.label for group in groups)}


def _prerequisites(run: CourseRun) -> str:
    titles = ", ".join(course.display_title for course in run.course.prerequisites.all())
    if not titles:
        return ""
    if run.prerequisite_rule == CourseRun.Strictness.BINDING:
        return _("Vorausgesetzt wird: %(titles)s.") % {"titles": titles}
    return _("Empfohlen ist, vorher teilzunehmen an: %(titles)s.") % {"titles": titles}


def _approval(run: CourseRun) -> str:
    if run.needs_approval:
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


def _order(run: CourseRun) -> str:
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


def _promotion(run: CourseRun) -> str:
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


def _cancellation(run: CourseRun) -> str:
    if run.cancellation_closes_on is None:
        return _("Abmelden können Sie sich selbst bis zum Beginn.")
    return _("Abmelden können Sie sich selbst bis %(day)s.") % {"day": date_long(run.cancellation_closes_on)}


def _minimum(run: CourseRun) -> str:
    if not run.minimum_number:
        return ""
    if run.decided_at is not None:
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
