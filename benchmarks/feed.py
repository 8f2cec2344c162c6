"""How long does a calendar feed take, how often does it ask the database, and how large is it?

    python -m benchmarks.feed               20, 500 and 10,000 events: new and unchanged, and libraries beside it
    DATABASE_URL=postgres://… python -m benchmarks.feed

Times are the median of 15 requests (3 with 10,000 events) to one warm process through Django's test client, without a
network. A feed is narrowed to 1,000 events and one megabyte, so with 10,000 it is that many that are written. The
libraries write every event with the properties our feed has, in turns with it; vobject only if it can be imported:

    python -m venv /tmp/vobject && /tmp/vobject/bin/pip install vobject==0.9.9
    PYTHONPATH=/tmp/vobject/lib/python3.11/site-packages python -m benchmarks.feed
"""

import cProfile
import datetime as dt
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from benchmarks import size
from benchmarks._databases import prepare

EVENTS = size((20, 500, 10_000), (20,))
PROFILED = size(500, 20)
REPEAT = size(15, 1)
SLOWEST = 8


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.test import Client
        from django.urls import reverse

        from trainings import calendars

        print(f"{'events':>7}  {'feed':<22}{'status':>7}{'queries':>8}{'wall ms':>9}{'CPU ms':>9}{'kB':>9}")
        for events in EVENTS:
            with world(events) as person:
                repeat = REPEAT if events <= 500 else 3
                token = calendars.subscribe(person)
                personal = reverse("trainings:personal_feed", args=[token])
                for name, address in [("personal", personal), ("public", reverse("trainings:public_feed"))]:
                    response = Client().get(address)
                    written = response.content.count(b"BEGIN:VEVENT")
                    assert written == events or calendars.MOST_EVENTS >= written > 500  # noqa: S101
                    report(events, name, address, {}, repeat)
                    report(events, f"{name}, unchanged", address, {"if-none-match": response.headers["ETag"]}, repeat)
                compare(events, person, repeat)
                if events == PROFILED:
                    profile(person)


def compare(events: int, person, repeat: int) -> None:
    """Our builder, without narrowing, and what others would use, once a round each."""
    from trainings import calendars
    from trainings.calendars import ical

    items = all_items(person)
    calendars.MOST_EVENTS, ical.MOST_BYTES, most = 10**6, 10**9, (calendars.MOST_EVENTS, ical.MOST_BYTES)
    contenders: dict[str, Callable[[], bytes]] = {
        "our builder": lambda: calendars.as_ical(items, name="Feed"),
        "icalendar, plain": lambda: with_icalendar(items),
    }
    if find_spec("vobject"):
        contenders["vobject, plain"] = lambda: with_vobject(items)
    cpus: dict[str, list[float]] = {name: [] for name in contenders}
    sizes = {}
    for _ in range(max(1, repeat // 3)):
        for name, build in contenders.items():
            cpu = time.process_time()
            sizes[name] = len(build()) / 1000
            cpus[name].append((time.process_time() - cpu) * 1000)
    calendars.MOST_EVENTS, ical.MOST_BYTES = most
    for name, times in cpus.items():
        print(f"{events:>7}  {name:<22}{'':>7}{0:>8}{'':>9}{statistics.median(times):>9.1f}{sizes[name]:>9.1f}")


def all_items(person) -> list:
    from trainings import calendars

    return calendars.own_items(calendars.own_sessions(person))


def with_icalendar(items: list) -> bytes:
    """As its documentation shows: objects, its own time zone, one call to write it all."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("PRODID", "-//Benchmark//EN")
    calendar.add("VERSION", "2.0")
    for item in items:
        event = Event()
        for name, value in properties(item):
            event.add(name, value)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def with_vobject(items: list) -> bytes:
    import vobject
    from dateutil import tz

    berlin = tz.gettz("Europe/Berlin")
    calendar = vobject.iCalendar()
    for item in items:
        event = calendar.add("vevent")
        for name, value in properties(item):
            if isinstance(value, dt.datetime):  # it knows the zones of dateutil only
                value = value.astimezone(tz.UTC if name in {"DTSTAMP", "LAST-MODIFIED"} else berlin)
            event.add(name.lower()).value = str(value) if isinstance(value, int) else value
    return calendar.serialize().encode()


def properties(item) -> list[tuple[str, object]]:
    from trainings.calendars import ical

    session = item.session
    return [
        ("UID", session.calendar_uid),
        ("DTSTAMP", item.last_modified),
        ("LAST-MODIFIED", item.last_modified),
        ("SEQUENCE", session.sequence + item.changes),
        ("DTSTART", session.starts_at.astimezone(ical.BERLIN)),
        ("DTEND", session.ends_at.astimezone(ical.BERLIN)),
        ("SUMMARY", item.run.course.display_title),
        ("LOCATION", f"{item.run.venue.address}, {session.room}"),
        ("DESCRIPTION", f"Ihr Platz ist bestätigt.\nUmfang: 4 UE (3 Std.)\n{item.run.display_notes}"),
        ("URL", f"https://schulungen.example{item.run.get_absolute_url()}"),
        ("CLASS", "PRIVATE"),
        ("STATUS", "CONFIRMED"),
        ("TRANSP", "OPAQUE"),
        ("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY"),
    ]


def profile(person) -> None:
    """Where the time of a new feed of 500 events goes, by the functions that take the most themselves."""
    from trainings import calendars

    items = all_items(person)
    profiler = cProfile.Profile()
    profiler.runcall(calendars.as_ical, items, name="Feed")
    stats = pstats.Stats(profiler)
    total = sum(row[2] for row in stats.stats.values())  # type: ignore[attr-defined]
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:SLOWEST]  # type: ignore[attr-defined]
    print(f"{'share':>7}  of the builder's own time, under a profiler")
    for (file, _line, function), row in rows:
        print(f"{row[2] / total:>7.0%}  {function}  {'/'.join(file.split('/')[-2:])}")


@contextmanager
def world(events: int) -> Iterator:
    """Somebody with so many sessions, two a run; gone again afterwards."""
    from django.db import transaction
    from django.utils import timezone

    from tests import builders
    from trainings.models import CourseRun, Registration, RegistrationEvent, Session

    with transaction.atomic():
        now = timezone.now()
        person = builders.build_person()
        venue = builders.build_venue("Kreishaus", "Koblenz", street="Bahnhofstr. 9", postal_code="56068")
        courses = [builders.build_course(f"Basisseminar „Interkulturelle Kompetenz“ {number}") for number in range(20)]
        runs = []
        for number in range(events // 2):
            start = builders.in_days(1 + number)
            runs.append(
                CourseRun(
                    course=courses[number % 20], number=f"B-{number}", capacity=10, venue=venue, published_at=now,
                    starts_at=start, ends_at=start + dt.timedelta(days=7, hours=4),
                    notes="Bitte bringen Sie ein Beispiel aus Ihrem Arbeitsalltag mit. " * 3,
                )
            )  # fmt: skip
        runs = CourseRun.objects.bulk_create(runs)
        Session.objects.bulk_create(
            Session(
                run=run, teaching_minutes=180, room="Großer Sitzungssaal",
                starts_at=run.starts_at + dt.timedelta(days=days),
                ends_at=run.starts_at + dt.timedelta(days=days, hours=4),
            )
            for run in runs
            for days in (0, 7)
        )  # fmt: skip
        registrations = Registration.objects.bulk_create(
            Registration(
                run=run, person=person, registered_at=now, queued_at=now, status_changed_at=now,
                status="waitlisted" if number % 5 == 0 else "confirmed",
            )
            for number, run in enumerate(runs)
        )  # fmt: skip
        RegistrationEvent.objects.bulk_create(
            RegistrationEvent(registration=registration, to_status=registration.status, channel="web")
            for registration in registrations
        )
        yield person
        transaction.set_rollback(True)


def report(events: int, name: str, address: str, headers: dict[str, str], repeat: int) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    response = client.get(address, headers=headers)
    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers=headers)
        number = len(queries)
    walls, cpus = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        client.get(address, headers=headers)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    wall, cpu = statistics.median(walls) * 1000, statistics.median(cpus) * 1000
    size = len(response.content) / 1000
    print(f"{events:>7}  {name:<22}{response.status_code:>7}{number:>8}{wall:>9.1f}{cpu:>9.1f}{size:>9.1f}")


if __name__ == "__main__":
    main()
