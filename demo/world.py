"""Which world does the demo show? The county's real catalogue and agencies; people, dates and events are invented.

Everything comes about as it would in real life: tables are imported as coordinators import them, places are taken
through ``booking``, attendance is marked, certificates are issued. Days are relative to the day of loading.
"""

import csv
import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import affiliation
from accounts.models import Agency, TargetGroup, User
from accounts.tables import PersonResource, Table, import_table, read_day, read_table
from certificates import issuing
from certificates.models import Certificate
from certificates.paper import render
from trainings import attendance, booking, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.booking import Case, reasons_against
from trainings.models import (
    Agreement,
    AttendanceRecord,
    Contingent,
    Course,
    CourseRun,
    Funding,
    Message,
    Registration,
    Venue,
)
from trainings.planning import AgencyResource, CourseResource, RunResource
from trainings.printing import missing_packages

FIXTURES = settings.BASE_DIR / "fixtures"
COORDINATOR = "koordination@kreis-myk.example"
# Every demo run bears a number that no real run has; they also tell whether the demo is loaded.
ANY_RUN = "03-1"

WEEKDAYS = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
SATURDAY = 5


@dataclass(frozen=True)
class Places:
    """Who registers for a run: ``first`` in this order, then others up to ``number``, then ``last``."""

    number: int
    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)


YILDIZ, WEBER, HOFFMANN, HAILE = (
    "yildiz@mayen.example",
    "weber@bendorf.example",
    "hoffmann@andernach.example",
    "haile@web.example",
)
PLACES = {
    "01-1": Places(8, first=[HOFFMANN, "klein@jobcenter-myk.example"]),
    "02-1": Places(5, first=[HOFFMANN]),
    "03-1": Places(12, first=[YILDIZ, WEBER, "nguyen@jobcenter-myk.example", "oneill@kreis-myk.example"]),
    "03-2": Places(14, first=["kaya@jobcenter-myk.example"]),
    "04-1": Places(3),
    # Three more than there are places: one gives the place back, so one moves up and two go on waiting.
    "05-1": Places(15, first=[WEBER], last=["schaaf@vg-mendig.example", YILDIZ, "tran@vg-pellenz.example"]),
    "05-2": Places(3),
    "06-1": Places(11),
    "06-2": Places(9, first=[YILDIZ, WEBER]),
    "07-1": Places(9, first=[YILDIZ]),
    "08-1": Places(6),
    "09-1": Places(3),
    "10-1": Places(7, first=[WEBER]),
    "11-1": Places(8, first=[HAILE]),
    "12-1": Places(6, first=[HAILE]),
    "13-1": Places(4, first=[HAILE]),
    "14-1": Places(10, first=[YILDIZ, WEBER, HAILE, HOFFMANN]),
    "16-1": Places(8, first=[HAILE]),
    "17-1": Places(25, first=[HOFFMANN, YILDIZ, HAILE, WEBER]),
    "18-1": Places(12, first=[YILDIZ]),
    # So long ago that they should refresh it by next month; the last, so that nobody else is chosen otherwise.
    "07-0": Places(2, first=[WEBER, "schneider@mayen.example"]),
}
GIVES_PLACE_BACK = ("05-1", 3)  # the run, and the place in the order of registration
CANCELLED = ("13-1", "Der Referent ist erkrankt. Ein neuer Termin folgt.")
FINISHED = "03-1"
LONG_AGO = "07-0"
APPROVED = "08-1"
CONTACT = "braun@mayen.example"
# Of those in the finished run, by their place in the list; everybody else was present.
NOT_ALL_DAY = {2: Mark("partial", 315), 5: Mark("absent"), 8: Mark("excused"), 10: Mark("partial", 90)}


def load() -> bool:
    """Load the demo world into a database that does not have it; says whether there was anything to do."""
    if CourseRun.objects.filter(number=ANY_RUN).exists():
        return False
    with transaction.atomic():
        began = timezone.now()
        import_table(AgencyResource(), read_fixture("agencies.csv"))
        import_table(PersonResource(may_appoint_coordinators=True), read_fixture("people.csv"))
        coordinator = _introduce_people()
        _make_venues_and_funding()
        _sign_agreements(coordinator)
        import_table(CourseResource(), read_fixture("courses.csv"))
        import_table(RunResource(), read_runs(timezone.localdate()), user=coordinator, confirmed=True)
        _publish_earlier()
        _register_everybody(coordinator)
        _show_policies()
        _hold(CourseRun.objects.get(number=FINISHED), coordinator, NOT_ALL_DAY)
        _hold(CourseRun.objects.get(number=LONG_AGO), coordinator, {})
        _send_nothing(began)
    return True


def people() -> list[User]:
    """Everybody of the demo, as loaded."""
    emails = [row["E-Mail"] for row in _rows("people.csv")]
    return list(User.objects.filter(email__in=emails).select_related("agency").order_by("pk"))


# --- Tables ------------------------------------------------------------------------------------


def read_fixture(name: str) -> Table:
    return read_table((FIXTURES / name).read_bytes())


def _rows(name: str) -> list[dict[str, str]]:
    with Path(FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def read_runs(today: dt.date) -> Table:
    """The table of runs, with days for ``{+12}``, ``{Sa +33}`` and ``{Di nächste Woche}``."""
    return read_table(_with_days("runs.csv", today).encode())


def _with_days(name: str, today: dt.date) -> str:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    return re.sub(r"{([^}]+)}", lambda found: f"{day(found[1], today):%d.%m.%Y}", text)


def day(words: str, today: dt.date) -> dt.date:
    """The working day so many days away or the next one (for days gone by: the one before); or a named weekday."""
    weekday, _space, rest = words.rpartition(" ") if words[0] not in "+-" else ("", "", words)
    if words.endswith("nächste Woche"):
        monday = today + dt.timedelta(days=7 - today.weekday())
        return monday + dt.timedelta(days=WEEKDAYS.index(words[:2]))
    wanted = {WEEKDAYS.index(weekday)} if weekday else set(range(SATURDAY))
    found = today + dt.timedelta(days=int(rest))
    forward = int(rest) > 0
    while found.weekday() not in wanted:
        found += dt.timedelta(days=1 if forward else -1)
    # By two weeks, so that the sessions of one run keep their distance over Christmas.
    return found + dt.timedelta(days=14 if forward else -14) if _nobody_works(found) else found


def _nobody_works(on: dt.date) -> bool:
    """Christmas to New Year, and the other public holidays in Rheinland-Pfalz that have a fixed day."""
    return (on.month, on.day) in {(1, 1), (5, 1), (10, 3), (11, 1)} or (on.month == 12 and on.day >= 24)


def _make_venues_and_funding() -> None:
    for row in _rows("venues.csv"):
        Venue.objects.get_or_create(
            name=row["Name"],
            town=row["Ort"],
            defaults={
                "street": row["Straße"],
                "postal_code": row["Postleitzahl"],
                "phone": row["Telefon"],
                "directions": row["Anfahrt"],
                "directions_en": row["Anfahrt (englisch)"],
            },
        )
    today = timezone.localdate()
    Funding.objects.get_or_create(
        grant_number="AMIF-DEMO-0000",
        defaults={
            "fund": "Asyl-, Migrations- und Integrationsfonds (AMIF)",
            "fund_en": "Asylum, Migration and Integration Fund (AMIF)",
            "project_title": "MiKo-MYK (Demo)",
            "beneficiary": "Landkreis Mayen-Koblenz",
            "starts_on": dt.date(today.year - 1, 1, 1),
            "ends_on": dt.date(today.year + 2, 12, 31),
            "keep_evidence_until": dt.date(today.year + 8, 12, 31),
        },
    )


def _sign_agreements(coordinator: User) -> None:
    """With a few agencies; one of the agreements ends soon."""
    groups = {str(group.label): group.value for group in TargetGroup}
    rows = csv.DictReader(_with_days("agreements.csv", timezone.localdate()).splitlines(), delimiter=";")
    for row in rows:
        values = {
            "starts_on": read_day(row["Gilt ab"]),
            "ends_on": read_day(row["Gilt bis"]) if row["Gilt bis"] else None,
            "signed_by": row["Unterschrieben von"],
            "signed_on": read_day(row["Unterschrieben am"]),
            "groups": [groups[word] for word in row["Gilt für"].split(", ") if word],
            "places_per_run": int(row["Plätze je Termin"]) if row["Plätze je Termin"] else None,
            "note": row["Anmerkung"],
            "file": (FIXTURES / row["Datei"]).read_bytes() if row["Datei"] else b"",
        }
        agency = Agency.objects.get(short_name=row["Behörde"])
        planning.save_agreement(Agreement(agency=agency), values, Act(coordinator))


# --- Events ------------------------------------------------------------------------------------


def _introduce_people() -> User:
    """Demo people have noted the privacy notice; that the trainers work freelance is settled."""
    coordinator = User.objects.get(email=COORDINATOR)
    everybody = people()
    User.objects.filter(pk__in=[person.pk for person in everybody]).update(privacy_notice_noted_at=timezone.now())
    for person in everybody:
        if person.email.endswith("@trainings.example"):
            affiliation.settle(person, None, by=coordinator)
    return coordinator


def _publish_earlier() -> None:
    """Before the first registration."""
    earlier = timezone.now() - dt.timedelta(days=90)
    CourseRun.objects.filter(number__in=PLACES).update(published_at=earlier)
    Course.objects.exclude(published_at=None).update(published_at=earlier)


def _register_everybody(coordinator: User) -> None:
    """In the weeks before today, or before the start; an hour lies between two registrations."""
    by_email = {person.email: person for person in people()}
    named = {email for places in PLACES.values() for email in [*places.first, *places.last]}
    others = [person for person in by_email.values() if person.email not in named and _takes_part(person)]
    registered: Counter[User] = Counter()
    runs = {run.number: run for run in CourseRun.objects.filter(number__in=PLACES).select_related("course")}
    for number, places in PLACES.items():
        run = runs[number]
        at = min(timezone.now(), run.starts_at or timezone.now()) - dt.timedelta(days=20)
        candidates = [person for person in others if _may_come(run, person, at)]
        candidates.sort(key=lambda person: (registered[person], person.email[::-1]))
        chosen = [by_email[email] for email in places.first]
        chosen += candidates[: places.number - len(chosen)]
        chosen += [by_email[email] for email in places.last]
        registered.update(chosen)
        registrations = []
        for hours, person in enumerate(chosen):
            invited = run.visibility == CourseRun.Visibility.INVITATION
            by, reason = (coordinator, "Einladung angenommen") if invited else (person, "")
            moment = at + dt.timedelta(hours=hours)
            registrations.append(booking.register(run, person, Act(by, reason=reason, at=moment)))
        if number == GIVES_PLACE_BACK[0]:
            registration = registrations[GIVES_PLACE_BACK[1]]
            booking.cancel(registration, Act(registration.person, at=at + dt.timedelta(days=5)))
    planning.cancel_run(runs[CANCELLED[0]], Act(coordinator, reason=CANCELLED[1]))


def _show_policies() -> None:
    """A run of each kind: with approval, a contingent, another order of the queue, a decision due, places to name."""
    today = timezone.localdate()
    runs = CourseRun.objects.in_bulk(field_name="number")
    Course.objects.get(number=5).prerequisites.add(Course.objects.get(number=3))
    CourseRun.objects.filter(number="02-1").update(fairness=CourseRun.Fairness.AGENCIES)
    CourseRun.objects.filter(number="05-2").update(decide_on=today)
    CourseRun.objects.filter(number=APPROVED).update(approval=CourseRun.Approval.REQUIRED)
    Contingent.objects.create(
        run=runs["04-1"], agency=Agency.objects.get(short_name="Jobcenter MYK"), reserved=4, maximum=6,
        release_on=today + dt.timedelta(days=30),
    )  # fmt: skip
    weber = User.objects.get(email=WEBER)
    booking.register(runs[APPROVED], weber, Act(weber), supervisor_email="sachgebiet@bendorf.example")
    contact = User.objects.get(email=CONTACT)
    agency = Agency.objects.get(people=contact)
    booking.hold_places(runs["14-1"], agency, 2, Act(contact), name_by=today + dt.timedelta(days=14))


def _takes_part(person: User) -> bool:
    return person.role == User.Role.PARTICIPANT and not person.email.endswith("@trainings.example")


def _may_come(run: CourseRun, person: User, at: dt.datetime) -> bool:
    return {reason.code for reason in reasons_against(Case(run, person, Act(person, at=at)))} <= {"invitation"}


def _hold(run: CourseRun, coordinator: User, not_all_day: dict[int, Mark]) -> None:
    """Attendance is marked on the evening, certificates are issued the day after."""
    trainer = run.trainers.get()
    for session in run.sessions.all():
        expected = attendance.expected(session)
        marks = {expected[place].pk: mark for place, mark in not_all_day.items()}
        present = Mark(AttendanceRecord.Status.PRESENT)
        attendance.record(session, marks, Act(trainer, at=session.ends_at), others=present)
    issued_at = (run.ends_at or timezone.now()) + dt.timedelta(days=1)
    for certificate in issuing.issue(run, Act(coordinator, at=issued_at)):
        if not missing_packages():  # else the worker will, once they are there
            render(certificate)


def _send_nothing(began: dt.datetime) -> None:
    """What happened before today was told before today: the first mails are those of the people who try the demo."""
    Message.objects.filter(queued_at__gte=began).update(
        status=Message.Status.DROPPED, last_error="Demo: nicht versendet."
    )


def summary() -> list[str]:
    """What there is, in numbers."""
    return [
        f"{Course.objects.count()} Schulungen, {CourseRun.objects.count()} Termine, {User.objects.count()} Personen,",
        f"{Registration.objects.count()} Anmeldungen, {Certificate.objects.count()} Teilnahmebescheinigungen.",
    ]
