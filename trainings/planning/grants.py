"""What may be changed of a grant, and what does that mean for the runs it pays?"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trainings.acts import Act
from trainings.dates import date_short
from trainings.models import CourseRun, CourseRunQuerySet, Funding
from trainings.planning import master_data
from trainings.planning.checks import Problem, insist
from trainings.refusals import Reason, Refused


def save_funding(funding: Funding, values: Mapping[str, Any], act: Act) -> Funding:
    """A new grant or a change. Raises Refused, and Unconfirmed where runs lose their grant or their evidence."""
    with master_data.recorded(funding, act) as (funding, act):
        is_new, kept_until = funding.pk is None, funding.keep_evidence_until
        outside = set() if is_new else set(runs_outside(funding))
        _refuse_disorder({name: values.get(name, getattr(funding, name)) for name in _DAYS})
        master_data.write(funding, values)
        if not is_new:
            insist(_doubts(funding, outside, kept_until), act, is_public=True)
    return funding


_DAYS = ("starts_on", "ends_on", "keep_evidence_until")


def _refuse_disorder(days: Mapping[str, dt.date | None]) -> None:
    start, end, kept_until = (days[name] for name in _DAYS)
    if start and end and end < start:
        raise Refused(Reason("days", _("Das Ende liegt vor dem Beginn."), "ends_on"))
    if end and kept_until and kept_until < end:
        text = _("Nachweise werden mindestens bis zum Ende der Förderung aufbewahrt.")
        raise Refused(Reason("days", text, "keep_evidence_until"))


def runs_outside(funding: Funding) -> CourseRunQuerySet:
    """Runs under the grant which it does not cover on all days."""
    before = _midnight(funding.starts_on)
    after = _midnight(funding.ends_on + dt.timedelta(days=1))
    runs = CourseRun.objects.filter(funding=funding).taking_place()
    return runs.filter(Q(starts_at__lt=before) | Q(ends_at__gte=after))


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _doubts(funding: Funding, outside: set[CourseRun], kept_until: dt.date) -> Iterable[Problem]:
    if lost := [run for run in runs_outside(funding).order_by("number") if run not in outside]:
        text = ngettext(
            "Danach liegt %(number)d Termin nicht mehr in der Förderung: %(runs)s.",
            "Danach liegen %(number)d Termine nicht mehr in der Förderung: %(runs)s.",
            len(lost),
        )
        shown = {"number": len(lost), "runs": ", ".join(run.number for run in lost[:20])}
        yield Problem("funding_period", text % shown, "ends_on")
    number = CourseRun.objects.filter(funding=funding).count()
    if number and funding.keep_evidence_until < kept_until:
        text = ngettext(
            "Nachweise von %(number)d Termin werden schon nach dem %(day)s gelöscht, bisher nach dem %(before)s.",
            "Nachweise von %(number)d Terminen werden schon nach dem %(day)s gelöscht, bisher nach dem %(before)s.",
            number,
        )
        days = {"day": date_short(funding.keep_evidence_until), "before": date_short(kept_until)}
        yield Problem("evidence", text % {"number": number, **days}, "keep_evidence_until")
