"""What was handed in stays as it was. What has changed since, and when may a dossier be handed in?"""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from evidence import indicators, periods
from evidence.dossiers.differences import ChangeSince, DifferenceSince, differences, history_between
from evidence.dossiers.names import names_too_many
from evidence.facts import Numbers, PeriodEvidence, evidence_from, period_evidence, without_names
from evidence.models import Dossier, ReportingPeriod
from trainings.acts import Act
from trainings.dates import date_short
from trainings.refusals import Reason, Refused


def handed_in_of(period: ReportingPeriod) -> Dossier | None:
    found: Dossier | None = period.dossiers.filter(handed_in_at__isnull=False).first()
    return found


def numbers_handed_in(period: ReportingPeriod) -> Numbers | None:
    """What the funder was told; None where nothing is handed in."""
    dossier = handed_in_of(period)
    return evidence_from(dossier.facts).numbers if dossier and dossier.facts else None


def differences_from(dossier: Dossier) -> tuple[list[DifferenceSince], list[ChangeSince]]:
    """Of today, from what the dossier says, with what histories tell of it; in the active language."""
    frozen, now = _then_and_now(dossier)
    return list(differences(frozen, now)), history_between(frozen, now)


def changed_since_last(period: ReportingPeriod) -> bool:
    """Whether today differs from the last the funder has."""
    last = Dossier.objects.kept().filter(period=period).order_by("number").last()
    return last is not None and last.has_files and any(differences(*_then_and_now(last)))


def _then_and_now(dossier: Dossier) -> tuple[PeriodEvidence, PeriodEvidence]:
    frozen = evidence_from(dossier.facts or {})
    with override(dossier.language):
        now = period_evidence(dossier.period.funding, dossier.period.days)
    return frozen, now if frozen.grant.names_in_reports else without_names(now)


def cautions(dossier: Dossier) -> list[Reason]:
    """What stands against handing this one in, unless a coordinator says that it is all right."""
    found = []
    if dossier.period.days.ends_before > timezone.now():
        text = _("Der Zeitraum läuft noch bis zum %(day)s. Was danach kommt, fehlt im Dossier.")
        found.append(Reason("not_over", text % {"day": date_short(dossier.period.last_on)}))
    if lacks := dossier.lacks:
        text = ngettext(
            "Im Dossier fehlt noch etwas: %(number)d Punkt.", "Im Dossier fehlt noch etwas: %(number)d Punkte.",
            len(lacks),
        )  # fmt: skip
        found.append(Reason("incomplete", text % {"number": len(lacks)}))
    if number := dossier.files.unsound().count():
        text = ngettext(
            "%(number)d Datei stimmt nicht mehr mit der überein, die abgelegt wurde.",
            "%(number)d Dateien stimmen nicht mehr mit denen überein, die abgelegt wurden.",
            number,
        )
        found.append(Reason("unsound", text % {"number": number}))
    if changes := len(differences_from(dossier)[0]):
        text = ngettext(
            "Seit das Dossier erstellt wurde, hat sich etwas geändert (%(number)d Angabe).",
            "Seit das Dossier erstellt wurde, hat sich etwas geändert (%(number)d Angaben).",
            changes,
        )
        found.append(Reason("outdated", text % {"number": changes}))
    return found


def hand_in(dossier: Dossier, act: Act) -> Dossier:
    """Freeze the period with this dossier, which is kept from now on. Raises Refused.

    Needs a reason (how it was handed in, to whom), and each of ``cautions`` among the act's overrides.
    """
    with periods.changing(dossier.period, act) as (period, act):
        if period.is_handed_in:
            raise periods.handed_in()
        dossier = Dossier.objects.select_for_update(of=("self",)).select_related("period__funding").get(pk=dossier.pk)
        if not dossier.has_files:
            raise Refused(Reason("not_made", _("Dieses Dossier ist nicht fertig.")))
        facts = evidence_from(dossier.facts or {})
        if (facts.first_on, facts.last_on) != (period.first_on, period.last_on):
            raise Refused(Reason("days", _("Dieses Dossier ist für andere Tage. Bitte erstellen Sie ein neues.")))
        if not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte schreiben Sie, wie und an wen abgegeben wurde."), "reason"))
        if reason := names_too_many(dossier):
            raise Refused(reason)
        if left := [one for one in cautions(dossier) if one.code not in act.overrides.split()]:
            raise Refused(*left)
        act, at = act.begin()
        Dossier.objects.filter(pk=dossier.pk).update(handed_in_at=at, handed_in_by=act.user)
        indicators.keep_what_was_reached(period, facts.at, (dossier.facts or {}).get("indicators"))
        periods.hand_in(period, act, about=f"{dossier.title}, SHA-256 {dossier.sha256}")
        dossier.refresh_from_db()
    return dossier
