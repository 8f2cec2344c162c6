"""What is to be known about a person, on one page?"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import finding, second_factor
from accounts.models import Affiliation, AuditEvent, AuditEventQuerySet, User
from accounts.names import by_name, sort_key
from trainings import refreshers
from trainings.actions import Action
from trainings.dates import date_short
from trainings.models import (
    MINUTES_PER_UNIT,
    AccountMerge,
    CourseRun,
    Interest,
    Message,
    Registration,
    RegistrationEvent,
    minutes_attended,
)
from trainings.people.leaving import may_end
from trainings.refreshers import Refresher

MOST = 50  # of each kind of history


@dataclass(frozen=True)
class Attended:
    """A place in a run that is over; ``minutes`` None where nothing is recorded."""

    registration: Registration
    minutes: int | None


@dataclass(frozen=True)
class Overview:
    """What is to come stands in the order of its days, what is over latest first.

    ``years``: year and teaching units attended, latest first. ``namesakes``: other accounts of the same name."""

    to_come: list[Registration]
    waiting: list[Registration]
    attended: list[Attended]
    ended: list[Registration]
    years: list[tuple[int, int]]
    refreshers: list[Refresher]
    needs: list[Registration]
    interests: list[Interest]
    affiliations: list[Affiliation]
    runs_taught: list[CourseRun]
    messages: list[Message]
    record: list[AuditEvent]
    events: list[RegistrationEvent]
    merges: list[AccountMerge]
    namesakes: list[User]
    duties: str

    @property
    def has_registrations(self) -> bool:
        return bool(self.to_come or self.waiting or self.attended or self.ended)


def overview(person: User, at: dt.datetime | None = None) -> Overview:
    at = at or timezone.now()
    rows = list(
        Registration.objects.of(person)
        .for_lists()
        .with_position()
        .annotate(attended=minutes_attended(records="attendance_records__"))
        .order_by("-run__starts_at", "pk")
    )
    counted = {row.pk: row.attended for row in rows}  # type: ignore[attr-defined]  # annotated above
    over = [row for row in rows if row.is_confirmed and row.run.is_finished(at)]
    minutes: dict[int, int] = defaultdict(int)
    for row in over:
        if row.run.starts_at and counted[row.pk]:
            minutes[timezone.localdate(row.run.starts_at).year] += counted[row.pk]
    return Overview(
        to_come=[row for row in reversed(rows) if row.is_confirmed and row not in over],
        waiting=[row for row in reversed(rows) if row.is_active and not row.is_confirmed],
        attended=[Attended(row, counted[row.pk]) for row in over],
        ended=[row for row in rows if not row.is_active],
        years=[(year, minutes[year] // MINUTES_PER_UNIT) for year in sorted(minutes, reverse=True)],
        refreshers=refreshers.of_person(person, at=at),
        needs=[row for row in rows if row.needs],
        interests=list(Interest.objects.open().filter(person=person).select_related("course")),
        affiliations=list(person.affiliations.select_related("agency").order_by("-since")),
        runs_taught=list(CourseRun.objects.taught_by(person).for_lists().order_by("-starts_at")[:MOST]),
        messages=list(Message.objects.about(person).order_by("-queued_at", "-pk")[:10]),
        record=list(_record_of(person)[:MOST]),
        events=list(
            RegistrationEvent.objects.filter(registration__person=person)
            .select_related("registration__run__course", "actor")
            .order_by("-at", "-pk")[:MOST]
        ),
        merges=list(AccountMerge.objects.filter(Q(kept=person) | Q(gone=person)).select_related("kept", "gone", "by")),
        namesakes=_namesakes(person),
        duties=_duties(person),
    )


def _record_of(person: User) -> AuditEventQuerySet:
    """Without the looks, which the record of everybody has; without sign-ins, of which there are many."""
    What = AuditEvent.What
    left_out = [What.PERSON_VIEWED, What.MAIL_VIEWED, What.SIGNED_IN, What.SIGNED_OUT]
    found = AuditEvent.objects.about(person).exclude(what__in=left_out).select_related("by", "person")
    return found.order_by("-at", "-pk")


def what_to_do_with(person: User, reader: User, merges: Iterable[AccountMerge]) -> list[Action]:
    """On the page of the person, for a coordinator."""
    found = []
    if person.is_active:
        if not person.has_address:
            found.append(_on("add_address", _("E-Mail-Adresse ergänzen"), person))
        found.append(_on("edit_person", _("Angaben, Behörde oder Rolle ändern"), person))
        found.append(_on("merge_people", _("Mit einem anderen Konto zusammenführen"), person))
        if may_end(person, reader):
            found.append(_on("end_account", _("Konto beenden"), person))
    elif not (person.merged_into_id or person.restricted_at or person.erased_at):
        found.append(_on("reopen_account", _("Konto wieder öffnen"), person))
    if person.erased_at is None:
        if person.restricted_at is None:
            found.append(_on("restrict_person", _("Verarbeitung einschränken"), person))
        else:
            found.append(_on("end_restriction", _("Einschränkung aufheben"), person))
        found.append(_on("erase_person", _("Daten löschen"), person))
    if second_factor.has_one(person) and second_factor.may_reset(person, reader):
        url = reverse("accounts:reset_second_factor", args=[person.pk])
        back = urlencode({"next": reverse("trainings:person", args=[person.pk])})
        found.append(Action("reset_second_factor", _("Zweiten Faktor zurücksetzen"), f"{url}?{back}"))
    found.append(Action("audit", _("Protokoll zu dieser Person"), f"{reverse('trainings:audit')}?q=%23{person.pk}"))
    for merge in merges:
        if merge.can_be_undone():
            label = _("Zusammenführung vom %(day)s zurücknehmen") % {"day": date_short(merge.at)}
            found.append(Action("undo_merge", label, reverse("trainings:undo_merge", args=[merge.pk])))
    return found


def _on(name: str, label: str, person: User) -> Action:
    return Action(name, label, reverse(f"trainings:{name}", args=[person.pk]))


def _namesakes(person: User) -> list[User]:
    if person.merged_into_id:
        return []
    others = User.objects.filter(erased_at=None, merged_into=None).exclude(pk=person.pk).exclude(last_name="")
    near = finding.named_like(others, person) if person.last_name else others.none()
    mine = sort_key(person.last_name, person.first_name)
    return [one for one in near.select_related("agency") if sort_key(one.last_name, one.first_name) == mine]


def _duties(person: User) -> str:
    return ", ".join(agency.name for agency in by_name(person.spoken_for()))
