"""What do runs, registrations, attendance, scans and agreements promise of their rows?"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts import finding
from trainings import keeping, people, retention, unsettled
from trainings.health.verifying import ended_late, promise
from trainings.models import (
    Agreement,
    AttendanceRecord,
    CourseRun,
    Registration,
    RegistrationEvent,
    SheetScan,
    places_taken,
)

AT_ONCE = 2000  # rows read at a time


def declare() -> None:
    promise("capacity", _("Ein Termin hat mehr vergebene Plätze, als er hat, ohne dass es entschieden wurde"), beyond)
    promise("one_active", _("Eine Person ist für einen Termin zweimal angemeldet"), twice_registered)
    promise("history", _("Der Verlauf einer Anmeldung führt nicht zu ihrem Status"), not_as_history_says)
    promise("span", _("Beginn und Ende eines Termins sind nicht die seiner Sitzungen"), not_the_span_of_sessions)
    promise("minutes", _("Jemand war länger da, als eine Sitzung dauerte"), longer_than_the_session)
    promise("scans", _("Ein Scan ist nicht mehr die Datei, die hochgeladen wurde"), changed_scans)
    promise("agreements", _("Zwei Vereinbarungen einer Behörde gelten am selben Tag"), overlapping_agreements)
    promise("settled", _("Von einem Termin, der erledigt schien, ist noch etwas zu tun"), unsettled.overlooked)
    promise("search_words", _("Jemand wird nicht unter seinem Namen gefunden"), not_found_by_name)
    promise("retention", _("Etwas ist noch da, dessen Löschfrist vorbei ist"), past_its_end)


def beyond(_at: dt.datetime) -> Iterator[str]:
    """Each place beyond the capacity is somebody's whom a coordinator or a trainer let in past the rules."""
    decided = RegistrationEvent.objects.filter(registration=OuterRef("pk")).exclude(overrides="")
    over = CourseRun.objects.annotate(taken=places_taken()).filter(taken__gt=F("capacity")).order_by("pk")
    for pk, too_many in over.values_list("pk", F("taken") - F("capacity")):
        if too_many > Registration.objects.taking_a_place().filter(Exists(decided), run=pk).count():
            yield f"CourseRun {pk}"


def twice_registered(_at: dt.datetime) -> Iterator[str]:
    pairs = Registration.objects.active().order_by().values("run", "person").annotate(first=Min("pk"), n=Count("pk"))
    yield from (f"Registration {pair['first']}" for pair in pairs.filter(n__gt=1).order_by("first"))


def not_as_history_says(_at: dt.datetime) -> Iterator[str]:
    """Each event begins where the one before it ended, the first with nothing, and the last is the status."""
    without = Registration.objects.filter(events=None).order_by("pk").values_list("pk", flat=True)
    yield from (f"Registration {pk}" for pk in without)
    rows = RegistrationEvent.objects.order_by("registration_id", "pk").values_list(
        "registration_id", "from_status", "to_status", "registration__status"
    )
    for pk, events in groupby(rows.iterator(AT_ONCE), key=itemgetter(0)):
        known = list(events)
        begins = [from_status for _pk, from_status, _to, _status in known]
        ends = [to_status for _pk, _from, to_status, _status in known]
        status = known[-1][3]
        if [*begins, status] != ["", *ends]:
            yield f"Registration {pk}"


def not_the_span_of_sessions(_at: dt.datetime) -> Iterator[str]:
    runs = CourseRun.objects.annotate(
        first=Min("sessions__starts_at", filter=Q(sessions__cancelled_at=None)),
        last=Max("sessions__ends_at", filter=Q(sessions__cancelled_at=None)),
    ).filter(first__isnull=False)
    wrong = runs.exclude(starts_at=F("first"), ends_at=F("last")).order_by("pk")
    yield from (f"CourseRun {pk}" for pk in wrong.values_list("pk", flat=True))


def not_found_by_name(_at: dt.datetime) -> Iterator[str]:
    yield from (f"User {pk}" for pk in finding.out_of_step())


def longer_than_the_session(_at: dt.datetime) -> Iterator[str]:
    longer = AttendanceRecord.objects.filter(minutes__gt=F("session__teaching_minutes")).order_by("pk")
    yield from (f"AttendanceRecord {pk}" for pk in longer.values_list("pk", flat=True))


def past_its_end(at: dt.datetime) -> Iterator[str]:
    yield from ended_late(retention.clean_up, at)
    yield from ended_late(_people_left, at)


def _people_left(until: dt.datetime) -> dict[str, int]:
    """But for whom is written to, before an account ends or for the last time: nothing of that should be gone."""
    counts = people.clean_up(until)
    return {kind: number for kind, number in counts.items() if kind not in {"farewells", "warned"}}


def changed_scans(at: dt.datetime) -> Iterator[str]:
    """One at a time: each may have ten megabytes. Those whose evidence is over are empty."""
    kept = SheetScan.objects.exclude(content=b"", session__run__in=keeping.over(at).values("pk"))
    for pk in kept.order_by("pk").values_list("pk", flat=True):
        scan = SheetScan.objects.filter(pk=pk).first()
        if scan and hashlib.sha256(bytes(scan.content)).hexdigest() != scan.sha256:
            yield f"SheetScan {pk}"
    for pk in Agreement.objects.exclude(content_type="").order_by("pk").values_list("pk", flat=True):
        agreement = Agreement.objects.filter(pk=pk).first()
        if agreement and hashlib.sha256(bytes(agreement.content or b"")).hexdigest() != agreement.sha256:
            yield f"Agreement {pk}"


def overlapping_agreements(_at: dt.datetime) -> Iterator[str]:
    """The later of two; on SQLite the operation alone keeps them apart."""
    earlier = Agreement.objects.filter(agency=OuterRef("agency"), starts_on__lt=OuterRef("starts_on"))
    reaching = earlier.filter(Q(ends_on=None) | Q(ends_on__gte=OuterRef("starts_on")))
    overlapping = Agreement.objects.filter(Exists(reaching)).order_by("pk")
    yield from (f"Agreement {pk}" for pk in overlapping.values_list("pk", flat=True))
