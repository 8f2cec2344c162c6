"""Many people act at once, from several processes: used by the concurrency test and by the benchmark.

Each process is ``python -m MODULE``. It reads its task, one line of JSON, from standard input, gets ready, says so,
waits for a second line, so that all processes begin together, and prints one line of JSON: what came out, errors, and
the seconds each operation took. A process whose task says ``dies`` kills itself in the middle of a transaction.
"""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

Task = dict[str, Any]
GHOST = "dies in mid-transaction"


def race(database_url: str, tasks: Sequence[Task], module: str = "tests.storm") -> dict[str, Any]:
    """Let one process work on each task, all at once; returns outcomes, errors, and seconds in all and each."""
    environment = {**os.environ, "DATABASE_URL": database_url, "LOG_LEVEL": "ERROR"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", module], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _task in tasks
    ]
    for process, task in zip(started, tasks, strict=True):
        _tell(process, json.dumps(task))
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    for process in started:
        _tell(process, "go")
    reports = [process.communicate(timeout=240)[0] for process in started]
    seconds = time.perf_counter() - begin
    results = [json.loads(report) for report in reports if report]
    return {
        "outcomes": dict(sum((Counter(result["outcomes"]) for result in results), Counter())),
        "errors": [error for result in results for error in result["errors"]],
        "killed": sum(process.returncode == -signal.SIGKILL for process in started),
        "seconds": seconds,
        "each": sorted(second for result in results for second in result["each"]),
    }


def storm(database_url: str, run_pks: Sequence[int], person_pks: Sequence[int], processes: int) -> dict[str, Any]:
    """Let ``processes`` processes register the people, each in one of the runs in turn."""
    pairs = [(run_pks[index % len(run_pks)], pk) for index, pk in enumerate(person_pks)]
    return race(database_url, [{"register": pairs[index::processes]} for index in range(processes)])


def mixed_storm(
    database_url: str, run_pks: Sequence[int], *, processes: int, operations: int, seed: int = 1
) -> dict[str, Any]:
    """Let ``processes`` processes do ``operations`` of all kinds each; one more is killed in mid-transaction."""
    tasks: list[Task] = [
        {"mixed": list(run_pks), "operations": operations, "seed": seed * 1000 + index} for index in range(processes)
    ]
    tasks.append({"mixed": list(run_pks), "operations": operations // 4, "seed": seed * 1000 + 999, "dies": True})
    return race(database_url, tasks)


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


# --- in the processes ----------------------------------------------------------------------------


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415  settings first

    django.setup()
    from django.db import connection  # noqa: PLC0415

    task = json.loads(sys.stdin.readline())
    connection.ensure_connection()
    acts = _registrations(task["register"]) if "register" in task else _mixture(task)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(json.dumps(work(acts)))  # noqa: T201


def work(acts: Sequence[Callable[[], str]]) -> dict[str, Any]:
    """Do one act after the other and note what it said, also every error but a refusal, and how long it took."""
    from trainings.refusals import Refused  # noqa: PLC0415  settings first

    outcomes: Counter[str] = Counter()
    errors, each = [], []
    for act in acts:
        begin = time.perf_counter()
        try:
            outcomes[act()] += 1
        except Refused as refused:
            outcomes["refused"] += 1
            outcomes[f"refused: {'; '.join(refused.codes)}"] += 1
        except Exception as error:  # every other error is a result here
            errors.append(f"{type(error).__name__}: {error}")
        each.append(time.perf_counter() - begin)
    return {"outcomes": outcomes, "errors": errors, "each": each}


def _registrations(pairs: Sequence[tuple[int, int]]) -> list[Callable[[], str]]:
    from accounts.models import User  # noqa: PLC0415  settings first
    from trainings import booking  # noqa: PLC0415
    from trainings.acts import Act  # noqa: PLC0415
    from trainings.models import CourseRun  # noqa: PLC0415

    runs = CourseRun.objects.in_bulk([run for run, _person in pairs])
    people = User.objects.select_related("agency").in_bulk([person for _run, person in pairs])

    def act(run: int, person: int) -> str:
        return booking.register(runs[run], people[person], Act(people[person])).status

    return [lambda run=run, person=person: act(run, person) for run, person in pairs]  # type: ignore[misc]


def _mixture(task: Task) -> list[Callable[[], str]]:
    somebody = Somebody(task["mixed"], random.Random(task["seed"]))  # noqa: S311  no secret
    acts: list[Callable[[], str]] = [somebody.act] * task["operations"]
    return [*acts, _die] if task.get("dies") else acts


def _die() -> str:
    """Half of a registration, under the lock of a run; the system ends the process before it commits."""
    from django.db import transaction  # noqa: PLC0415  settings first

    from accounts.models import User  # noqa: PLC0415
    from trainings import booking  # noqa: PLC0415
    from trainings.acts import Act  # noqa: PLC0415
    from trainings.models import CourseRun  # noqa: PLC0415

    with transaction.atomic():
        ghost = User.objects.get(last_name=GHOST)
        run = CourseRun.objects.order_by("pk").first()
        assert run is not None
        booking.register(run, ghost, Act(ghost))
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


class Somebody:
    """Does whatever comes to mind to the runs given, with the people and rows there are at that moment."""

    def __init__(self, run_pks: Sequence[int], dice: random.Random) -> None:
        from accounts.models import User  # noqa: PLC0415  settings first

        self.run_pks, self.dice = run_pks, dice
        people = list(User.objects.select_related("agency").exclude(last_name=GHOST).order_by("pk"))
        self.people = [person for person in people if person.role == User.Role.PARTICIPANT]
        self.contacts = [person for person in people if person.role == User.Role.AGENCY_CONTACT]
        self.coordinator = next(person for person in people if person.is_coordinator)
        self.often: dict[Callable[[], str], int] = {
            self.register: 12,
            self.cancel: 8,
            self.answer_offer: 5,
            self.claim: 3,
            self.decide: 5,
            self.change_capacity: 2,
            self.move_up: 2,
            self.give_now: 1,
            self.take_places: 2,
            self.end_held_place: 3,
            self.substitute: 3,
            self.move: 5,
            self.sweep: 2,
        }

    def act(self) -> str:
        [what] = self.dice.choices(list(self.often), list(self.often.values()))
        return what()

    def register(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        person = self.dice.choice(self.people)
        contact = next((one for one in self.contacts if one.agency_id == person.agency_id), person)
        run = self._run()
        by = self.dice.choice([person, person, contact])
        return f"register: {booking.register(run, person, Act(by), supervisor_email=self._supervisor(person)).status}"

    def cancel(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("confirmed", "waitlisted", "requested", "offered"):
            return f"cancel: {booking.cancel(row, Act(self.dice.choice([row.person, self.coordinator]))).status}"
        return "nothing to do"

    def answer_offer(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("offered"):
            answer = self.dice.choice([booking.accept_offer, booking.accept_offer, booking.decline_offer])
            return f"{answer.__name__}: {answer(row, Act(row.person)).status}"
        return "nothing to do"

    def claim(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("waitlisted"):
            return f"claim: {booking.claim_place(row, Act(row.person)).status}"
        return "nothing to do"

    def decide(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("requested"):
            decision = self.dice.choice([booking.approve, booking.approve, booking.decline_request])
            by_email = row.supervisor_email or "leitung@mayen.example"
            return f"{decision.__name__}: {decision(row, Act(by_email=by_email, reason='Storm')).status}"
        return "nothing to do"

    def change_capacity(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        run = self._run()
        booking.change_capacity(run, max(1, run.capacity + self.dice.choice([-1, 1])), Act(self.coordinator))
        return "capacity changed"

    def move_up(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("waitlisted"):
            return f"move up: {booking.move_up(row, Act(self.coordinator, reason='Storm')).status}"
        return "nothing to do"

    def give_now(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("waitlisted", "offered"):
            return f"give now: {booking.give_now(row, Act(self.coordinator, reason='Storm')).status}"
        return "nothing to do"

    def take_places(self) -> str:
        from django.utils import timezone  # noqa: PLC0415

        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        contact = self.dice.choice(self.contacts)
        taken = booking.hold_places(
            self._run(), contact.agency, self.dice.choice([1, 2]), Act(contact), name_by=timezone.localdate()
        )
        return f"places taken: {len(taken)}"

    def end_held_place(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415
        from trainings.models import HeldPlace  # noqa: PLC0415

        held = list(HeldPlace.objects.open().filter(run__in=self.run_pks).select_related("run", "agency"))
        if not held:
            return "nothing to do"
        place = self.dice.choice(held)
        contact = next(one for one in self.contacts if one.agency_id == place.agency_id)
        if self.dice.random() < 0.5:
            booking.give_back_held_place(place, Act(contact))
            return "place given back"
        booking.name_held_place(place, self._colleague(place.agency_id), Act(contact))
        return "place named"

    def substitute(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415

        if row := self._row("confirmed"):
            asked = booking.substitute(row, self._colleague(row.agency_id), Act(row.person))
            if self.dice.random() < 0.7:
                asked = booking.accept_offer(asked, Act(asked.person))
            return f"substitute: {asked.status}"
        return "nothing to do"

    def move(self) -> str:
        from trainings import booking  # noqa: PLC0415
        from trainings.acts import Act  # noqa: PLC0415
        from trainings.models import CourseRun  # noqa: PLC0415

        if row := self._row("confirmed"):
            others = list(CourseRun.objects.filter(course=row.run.course_id).exclude(pk=row.run_id))
            if others:
                return f"move: {booking.move(row, self.dice.choice(others), Act(row.person)).status}"
        return "nothing to do"

    def sweep(self) -> str:
        from django.utils import timezone  # noqa: PLC0415

        from trainings.booking import deadlines  # noqa: PLC0415

        # half the time as if a day had passed: offers lapse, held places end
        days = self.dice.choice([0, 0, 1.1]) if len(self.run_pks) < 10 else 0
        deadlines.bring_up_to_date(self._run(), at=timezone.now() + dt.timedelta(days=days))
        return "swept"

    def _run(self) -> Any:
        from trainings.models import CourseRun  # noqa: PLC0415

        return CourseRun.objects.get(pk=self.dice.choice(self.run_pks))

    def _row(self, *statuses: str) -> Any:
        from trainings.models import Registration  # noqa: PLC0415

        rows = Registration.objects.filter(run__in=self.run_pks, status__in=statuses).values_list("pk", flat=True)
        if not (pks := list(rows)):
            return None
        return Registration.objects.select_related("run", "person").get(pk=self.dice.choice(pks))

    def _colleague(self, agency: int | None) -> Any:
        return self.dice.choice([person for person in self.people if person.agency_id == agency])

    @staticmethod
    def _supervisor(person: Any) -> str:
        return f"leitung@{person.email.partition('@')[2]}"


# --- before and afterwards -----------------------------------------------------------------------


def build_town(runs: int, people: int) -> list[int]:
    """Two agencies with a contact each, their people, a coordinator, and runs of every policy; the runs' keys.

    Two runs share a course, so that people wait for both and move between them.
    """
    from accounts.models import User  # noqa: PLC0415  settings first
    from tests import builders  # noqa: PLC0415
    from trainings.models import Contingent  # noqa: PLC0415

    agencies = [builders.build_agency(f"Stadt {town}", f"{town}.example") for town in ("mayen", "bendorf")]
    for number, agency in enumerate(agencies):
        domain = ("mayen", "bendorf")[number]
        builders.build_person(f"kontakt@{domain}.example", role=User.Role.AGENCY_CONTACT, agency=agency)
        for index in range(people // 2):
            builders.build_person(f"p{index}@{domain}.example", agency=agency)
    builders.build_person("roth@kreis.example", role=User.Role.COORDINATOR)
    builders.build_person("geist@mayen.example", last_name=GHOST, agency=agencies[0])
    pks = []
    for number in range(runs):
        if number % 2 == 0:
            course = builders.build_course()
        days = (30, 30, 6, 6, 1)[number // 2 % 5]
        policy = {
            "approval": ("none", "required", "none", "inform")[number // 2 % 4],
            "fairness": ("time", "agencies")[number % 2],
        }
        run = builders.build_run(course, capacity=4, starts_at=builders.in_days(days, hour=20), **policy)
        if number % 3 == 0:
            Contingent.objects.create(
                run=run, agency=agencies[number % 2], reserved=1, maximum=3, release_on=builders.in_days(days).date()
            )
        pks.append(run.pk)
    return pks


def broken_rules(run_pks: Sequence[int]) -> list[str]:
    """What must be true of the runs and is not, in words; read from the rows alone."""
    return [problem for pk in run_pks for problem in (*_broken_places(pk), *_broken_histories(pk))]


def _broken_places(pk: int) -> list[str]:
    from django.utils import timezone  # noqa: PLC0415  settings first

    from trainings import booking  # noqa: PLC0415
    from trainings.booking import allocation  # noqa: PLC0415
    from trainings.models import CourseRun, Registration, RegistrationEvent  # noqa: PLC0415

    run, at, problems = CourseRun.objects.get(pk=pk), timezone.now(), []
    situation, queue = booking.situation_of(run, at), booking.queue_of(run)
    beyond = RegistrationEvent.objects.filter(registration__run=run, overrides__contains="full").count()
    if situation.taken > run.capacity + beyond:
        problems.append(f"{run.number}: {situation.taken} of {run.capacity} places taken, {beyond} beyond logged")
    could_go = [step.chosen.pk for step in allocation.steps(situation, queue) if step.chosen]
    if could_go and run.promotion(at) == CourseRun.Promotion.CALL:
        could_go = [] if Registration.objects.filter(run=run, status="waitlisted").exclude(called_at=None) else could_go
    if could_go:
        problems.append(f"{run.number}: {could_go} wait although a place is free")
    active = Registration.objects.active().filter(run=run).values_list("person", flat=True)
    if len(active) != len(set(active)):
        problems.append(f"{run.number}: somebody has two active registrations")
    return problems


def _broken_histories(pk: int) -> list[str]:
    from trainings.booking.transitions import TRANSITIONS  # noqa: PLC0415
    from trainings.models import Registration  # noqa: PLC0415  settings first

    problems = []
    for registration in Registration.objects.filter(run=pk).prefetch_related("events"):
        status: str | None = None
        for event in sorted(registration.events.all(), key=lambda event: event.pk):
            follows = event.from_status == event.to_status or event.to_status in TRANSITIONS[status]
            if (event.from_status or None) != status or not follows:
                problems.append(f"registration {registration.pk}: {status} is followed by {event}")
            status = event.to_status
        if status != registration.status:
            problems.append(f"registration {registration.pk}: {status} by its history, {registration.status} as stored")
    return problems


if __name__ == "__main__":
    main()
