"""Who asks for a dossier gets one: the one that is being made already, or a new one."""

from django.db.models import Max
from django.utils.translation import gettext as _

from evidence import periods
from evidence.dossiers.frozen import changed_since_last, handed_in_of
from evidence.dossiers.making import no_press
from evidence.models import Dossier, ReportingPeriod
from trainings import printing
from trainings.acts import Act
from trainings.refusals import Reason, Refused


def ask_for(period: ReportingPeriod, act: Act, *, language: str = "de", with_copies: bool = False) -> Dossier:
    """Asked twice it is one. Raises Refused, also once the period is handed in."""
    _refuse_without_press()
    with periods.changing(period, act) as (period, act):
        if period.is_handed_in:
            raise periods.handed_in()
        with_copies = with_copies and period.funding.names_in_reports
        return _in_the_making(period) or _new(period, act, language=language, with_copies=with_copies)


def ask_for_supplement(period: ReportingPeriod, act: Act) -> Dossier:
    """In the language and with what the dossier has that was handed in. Raises Refused where nothing has changed."""
    _refuse_without_press()
    with periods.changing(period, act) as (period, act):
        if waiting := _in_the_making(period):
            return waiting
        before = handed_in_of(period)
        if before is None or not before.has_files:
            raise Refused(Reason("not_handed_in", _("Dieser Zeitraum ist nicht abgegeben.")))
        if not changed_since_last(period):
            raise Refused(Reason("nothing_changed", _("Seit dem letzten Stand, der abgegeben ist, ist alles gleich.")))
        return _new(period, act, language=before.language, with_copies=before.with_copies, supplements=before)


def _new(period: ReportingPeriod, act: Act, **fields: object) -> Dossier:
    act, at = act.begin()
    last = period.dossiers.aggregate(last=Max("number"))["last"] or 0
    dossier = Dossier(period=period, number=last + 1, asked_by=act.user, asked_at=at, **fields)
    dossier.save()
    periods.note(period, act, periods.What.DOSSIER_ASKED, about=dossier.title)
    return dossier


def _in_the_making(period: ReportingPeriod) -> Dossier | None:
    return Dossier.objects.unfinished().filter(period=period).first()


def _refuse_without_press() -> None:
    if printing.missing_packages():
        raise Refused(Reason("no_press", no_press()))
