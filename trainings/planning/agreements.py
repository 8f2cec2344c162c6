"""What may be changed of an agency's agreement, when does one end, and which agencies need one?"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency, TargetGroup
from accounts.names import by_name
from trainings import evidence_files
from trainings.acts import Act
from trainings.dates import date_short
from trainings.models import (
    Agreement,
    CourseRun,
    HeldPlace,
    Registration,
    agreements_of,
    covering,
    last_covering,
    places_taken,
)
from trainings.planning import master_data
from trainings.planning.checks import Problem, insist
from trainings.refusals import Reason, Refused

ENDING_SOON = dt.timedelta(days=60)
LATELY = dt.timedelta(days=365)
UNUSUAL = dt.timedelta(days=366 * 10)  # a day so far away may be a slip of the finger
LAST_DAY = dt.date(2100, 12, 31)  # nothing here reckons beyond it; and 9999 is a way to say: without an end
MOST_NAMED = 10
TEXTS = ("signed_by", "note")


def save_agreement(agreement: Agreement, values: Mapping[str, Any], act: Act) -> Agreement:
    """A new agreement, which has its agency, or a change. Raises Refused, and Unconfirmed for what is doubtful.

    ``values``: fields of the agreement, and ``file`` as the bytes that were handed in; they replace a file that is
    there. Not before the virus scanner has seen them, where there is one.
    """
    columns = {name: value for name, value in values.items() if name != "file"}
    if content := values.get("file"):
        columns |= _columns_of(evidence_files.checked(content))
    # A copy: a new one that is asked about is not stored, and the caller's knows nothing of a key.
    with master_data.recorded(copy(agreement), act) as (agreement, act):
        # One after the other: two that do not overlap anything there is may overlap each other.
        agreement.agency = Agency.objects.select_for_update(no_key=True).get(pk=agreement.agency_id)
        before = None if agreement.pk is None else copy(agreement)
        replaces_file = bool(content) and agreement.has_file and agreement.sha256 != columns["sha256"]
        for name in TEXTS:
            columns |= {name: columns[name].strip()} if name in columns else {}
        if "groups" in columns:
            columns["groups"] = _in_order(columns["groups"])
        _refuse_disorder(agreement, columns, act)
        master_data.write(agreement, columns)
        insist(_doubts(agreement, before, replaces_file, act), act, is_public=True)
    return agreement


def end_agreement(agreement: Agreement, last_day: dt.date, act: Act) -> Agreement:
    """It ends earlier than agreed. Raises Refused, also without a reason, and Unconfirmed where people come later."""
    if not act.has_reason:
        raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund."), "reason"))
    if agreement.ends_on is not None and last_day >= agreement.ends_on:
        text = _("Die Vereinbarung endet ohnehin am %(day)s.")
        raise Refused(Reason("no_earlier", text % {"day": date_short(agreement.ends_on)}, "ends_on"))
    return save_agreement(agreement, {"ends_on": last_day}, act)


def _columns_of(file: evidence_files.EvidenceFile) -> dict[str, Any]:
    return {
        "content": file.content, "content_type": file.content_type, "size": file.size, "sha256": file.sha256,
    }  # fmt: skip


def _in_order(groups: Iterable[str]) -> list[str]:
    """As TargetGroup has them; none where all are meant. Raises Refused for a word that is no group."""
    chosen = set(groups)
    if unknown := chosen - set(TargetGroup.values):
        text = _("„%(value)s“ ist keine Gruppe.") % {"value": min(unknown)}
        raise Refused(Reason("group", text, "groups"))
    return [] if chosen == set(TargetGroup.values) else [one for one in TargetGroup.values if one in chosen]


def _refuse_disorder(agreement: Agreement, values: Mapping[str, Any], act: Act) -> None:
    start, end, signed = (values.get(name, getattr(agreement, name)) for name in ("starts_on", "ends_on", "signed_on"))
    if start is None:
        raise Refused(Reason("days", _("Bitte geben Sie an, ab wann sie gilt."), "starts_on"))
    if end is not None and end < start:
        raise Refused(Reason("days", _("Das Ende liegt vor dem Beginn."), "ends_on"))
    if signed is not None and signed > timezone.localdate(act.begin()[1]):
        raise Refused(Reason("days", _("Dieser Tag liegt in der Zukunft."), "signed_on"))
    for name, day in (("starts_on", start), ("ends_on", end)):
        if day is not None and day > LAST_DAY:
            text = _("Bitte geben Sie ein Jahr bis 2100 an. Unbefristet: Lassen Sie „Gilt bis“ leer.")
            raise Refused(Reason("days", text, name))
    others = Agreement.objects.of([agreement.agency_id]).within(start, end).exclude(pk=agreement.pk)
    if other := others.without_bytes().order_by("starts_on").first():
        text = (
            _("Vom %(start)s bis zum %(end)s gilt schon eine andere Vereinbarung dieser Behörde.")
            if other.ends_on
            else _("Ab dem %(start)s gilt schon eine andere Vereinbarung dieser Behörde, ohne Ende.")
        )
        days = {"start": date_short(other.starts_on), "end": date_short(other.ends_on) if other.ends_on else ""}
        field = "starts_on" if other.covers(start) else "ends_on"
        raise Refused(Reason("overlap", text % days, field))


def _doubts(agreement: Agreement, before: Agreement | None, replaces_file: bool, act: Act) -> Iterator[Problem]:
    _act, at = act.begin()
    today = timezone.localdate(at)
    for name in ("starts_on", "ends_on", "signed_on"):
        day = getattr(agreement, name)
        changed = before is None or day != getattr(before, name)
        if day is not None and changed and abs(day - today) > UNUSUAL:
            field = str(Agreement._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            text = _("%(field)s %(day)s: Das ist mehr als zehn Jahre von heute entfernt.")
            yield Problem(f"far_{name}", text % {"field": field, "day": date_short(day)}, name)
    if (before is None or before.starts_on != agreement.starts_on) and agreement.signed_on > agreement.starts_on:
        text = _("Unterschrieben wurde erst am %(day)s, nach dem Beginn.")
        yield Problem("signed_later", text % {"day": date_short(agreement.signed_on)}, "signed_on")
    if replaces_file:
        text = _("Die bisherige Datei wird ersetzt. Von ihr bleibt nur der SHA-256 im Verlauf.")
        yield Problem("replaces_file", text, "file")
    if before is not None:
        yield from _about_runs_left(agreement, before, at)
        yield from _about_what_is_given(agreement, before, at)


def _about_runs_left(agreement: Agreement, before: Agreement, at: dt.datetime) -> Iterator[Problem]:
    """Runs with people, or held places, of the agency which it covered before and does not any more."""
    active = Registration.objects.active().filter(agency=agreement.agency_id).order_by().values("run")
    held = HeldPlace.objects.open().filter(agency=agreement.agency_id).order_by().values("run")
    sent = Registration.objects.confirmed().filter(agency=agreement.agency_id).order_by().values("run")
    runs = CourseRun.objects.taking_place().order_by("starts_at", "pk")
    if left := _left_without(agreement, before, runs.filter(Q(pk__in=active) | Q(pk__in=held), starts_at__gt=at)):
        text = ngettext(
            "Danach ist %(number)d kommender Termin mit Angemeldeten oder gehaltenen Plätzen dieser Behörde ohne "
            "Vereinbarung: %(runs)s.",
            "Danach sind %(number)d kommende Termine mit Angemeldeten oder gehaltenen Plätzen dieser Behörde ohne "
            "Vereinbarung: %(runs)s.",
            len(left),
        )
        yield Problem("leaves_people", text % _shown(left), "ends_on")
    if left := _left_without(agreement, before, runs.filter(pk__in=sent, starts_at__lte=at)):
        text = ngettext(
            "Danach ist %(number)d Termin, zu dem die Behörde schon Personen geschickt hat, ohne Vereinbarung: "
            "%(runs)s.",
            "Danach sind %(number)d Termine, zu denen die Behörde schon Personen geschickt hat, ohne Vereinbarung: "
            "%(runs)s.",
            len(left),
        )
        field = "starts_on" if before.starts_on != agreement.starts_on else "ends_on"
        yield Problem("leaves_past", text % _shown(left), field)


def _about_what_is_given(agreement: Agreement, before: Agreement, at: dt.datetime) -> Iterator[Problem]:
    """Runs to come in which the agency has what it allowed before and does not any more: for a group, or so many."""
    if (agreement.groups, agreement.places_per_run) == (before.groups, before.places_per_run):
        return
    groups = _groups_in_runs_to_come(agreement, at)
    taken = places_taken(agencies=[agreement.agency_id])
    runs = CourseRun.objects.taking_place().filter(starts_at__gt=at).annotate(own_taken=taken).filter(own_taken__gt=0)
    covered = [run for run in runs.order_by("starts_at", "pk") if agreement.covers(timezone.localdate(run.starts_at))]
    for_others = [
        run
        for run in covered
        if any(before.is_for(group) and not agreement.is_for(group) for group in groups[run.pk] if group)
    ]
    most, most_before = agreement.places_per_run, before.places_per_run
    too_many = [run for run in covered if most is not None and _is_new_beyond(run, most, most_before)]
    for field, left in (("groups", for_others), ("places_per_run", too_many)):
        if left:
            text = ngettext(
                "Danach erlaubt sie nicht mehr, was in %(number)d kommendem Termin schon vergeben ist: %(runs)s.",
                "Danach erlaubt sie nicht mehr, was in %(number)d kommenden Terminen schon vergeben ist: %(runs)s.",
                len(left),
            )
            yield Problem(f"given_{field}", text % _shown(left), field)


def _is_new_beyond(run: CourseRun, most: int, most_before: int | None) -> bool:
    own: int = run.own_taken  # type: ignore[attr-defined]
    return own > most and (most_before is None or own <= most_before)


def _groups_in_runs_to_come(agreement: Agreement, at: dt.datetime) -> Mapping[int, set[str]]:
    """By run, of the people of the agency who have a place."""
    groups = defaultdict[int, set[str]](set)
    given = Registration.objects.taking_a_place().filter(agency=agreement.agency_id, run__starts_at__gt=at)
    for run, group in given.order_by().values_list("run", "group"):
        groups[run].add(group)
    return groups


def _left_without(agreement: Agreement, before: Agreement, runs: Iterable[CourseRun]) -> list[CourseRun]:
    days = ((run, timezone.localdate(run.starts_at)) for run in runs)
    return [run for run, day in days if before.covers(day) and not agreement.covers(day)]


def _shown(runs: Sequence[CourseRun]) -> dict[str, object]:
    named = ", ".join(run.number for run in runs[:MOST_NAMED])
    return {"number": len(runs), "runs": named if len(runs) <= MOST_NAMED else f"{named} …"}


# --- What the desk asks for ------------------------------------------------------------------------


@dataclass(frozen=True)
class AgreementToDo:
    """An agency to ask: its agreement ends, or (``agreement`` is None) it sends people without any."""

    agency: Agency
    agreement: Agreement | None = None


def agreements_to_do(at: dt.datetime | None = None) -> list[AgreementToDo]:
    """Agreements that end soon with none after them, then agencies that send people without one.

    Nothing where nobody uses agreements: the setting does not ask for them and there is none.
    """
    at = at or timezone.now()
    if settings.REGISTER_WITHOUT_AGREEMENT == "free" and not Agreement.objects.exists():
        return []
    today = timezone.localdate(at)
    agencies = by_name(Agency.objects.all())
    by_agency = agreements_of(agencies)
    ending = [
        AgreementToDo(agency, last)
        for agency in agencies
        if (last := last_covering(by_agency[agency.pk], today)) and last.ends_on and last.ends_on <= today + ENDING_SOON
    ]
    without = _sending_without(by_agency, at)
    return [*ending, *(AgreementToDo(agency) for agency in agencies if agency.pk in without)]


def _sending_without(by_agency: Mapping[int, list[Agreement]], at: dt.datetime) -> set[int]:
    """Keys of agencies with people or held places in runs to come that none covers, or people lately and none since."""
    today = timezone.localdate(at)
    taken = Registration.objects.filter(status__in=Registration.TAKING_A_PLACE, run__cancelled_at=None).order_by()
    to_come = taken.filter(run__starts_at__gt=at).exclude(agency=None).values_list("agency", "run__starts_at")
    held = HeldPlace.objects.open().filter(run__starts_at__gt=at, run__cancelled_at=None).order_by()
    lately = Registration.objects.confirmed().order_by().filter(run__starts_at__gt=at - LATELY, run__starts_at__lte=at)
    found = {
        agency
        for agency, starts_at in to_come.union(held.values_list("agency", "run__starts_at"))
        if covering(by_agency[agency], timezone.localdate(starts_at)) is None
    }
    sent = set(lately.exclude(agency=None).values_list("agency", flat=True).distinct())
    return found | {
        agency for agency in sent if all(one.ends_on is not None and one.ends_on < today for one in by_agency[agency])
    }
