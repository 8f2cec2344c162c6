"""Which runs and lists does a report of a grant and a period stand on, as far as they are over?

As in the figures: the people of a run are reported where its last session was held, its lists where they were signed.
A list of an earlier period is looked at once more where the people are counted: without it they count as not recorded.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agency, User
from accounts.names import by_name
from trainings.models import CourseRun, Funding, Session
from trainings.reporting import Period, runs_held


def with_what_is_shown(keys: Iterable[int]) -> list[CourseRun]:
    """The runs with these keys, by their first session."""
    runs = CourseRun.objects.filter(pk__in=list(keys)).select_related("course", "coordinator")
    return list(runs.prefetch_related("sessions", "trainers"))


@dataclass(frozen=True)
class Scope:
    """``back``: the page that shows what is missing, to which pages lead back."""

    grant: Funding
    days: Period
    at: dt.datetime
    back: str = ""

    @cached_property
    def _held(self) -> dict[int, bool]:
        """Every run of the grant, or of none, that was held on these days: whether its people are counted here."""
        among = CourseRun.objects.filter(Q(funding=self.grant) | Q(funding=None))
        return {one.pk: one.is_counted for one in runs_held(self.days, among, self.at)}

    @cached_property
    def _found(self) -> list[CourseRun]:
        return with_what_is_shown(self._held)

    @cached_property
    def runs(self) -> dict[int, CourseRun]:
        """Those of the grant, by key."""
        return {run.pk: run for run in self._found if run.funding_id == self.grant.pk}

    @cached_property
    def runs_without_grant(self) -> list[CourseRun]:
        return [run for run in self._found if run.funding_id is None]

    @cached_property
    def counted(self) -> list[int]:
        """The keys of the grant's runs whose people are counted here."""
        return [key for key in self.runs if self._held[key]]

    @cached_property
    def sessions(self) -> dict[int, Session]:
        """By key, of the grant's runs: those whose lists are looked at here."""
        found = {}
        for key, run in self.runs.items():
            for session in run.sessions_taking_place:
                if session.ends_at <= self.at and (self._held[key] or self.days.contains(session.starts_at)):
                    session.run = run
                    found[session.pk] = session
        return found

    @cached_property
    def grants(self) -> list[Funding]:
        """All there are; they are few."""
        return list(Funding.objects.all())

    def days_of(self, run: CourseRun) -> list[dt.date]:
        """On which the run was held here."""
        over = [one for one in run.sessions_taking_place if one.ends_at <= self.at]
        return [timezone.localdate(one.starts_at) for one in over if self.days.contains(one.starts_at)]

    # --- where something is mended, and by whom -------------------------------------------------------

    def page_and_back(self, name: str, run: CourseRun) -> str:
        return self._with_way_back(page(name, run))

    def edit(self, run: CourseRun, field: str) -> str:
        """What a closed run says of its days and its grant changes only once it is open again."""
        if run.is_closed:
            return self.page_and_back("trainings:reopen", run)
        return f"{self.page_and_back('trainings:edit_run', run)}#{field}"

    def edit_grant(self) -> str:
        return self._with_way_back(reverse("trainings:edit_master_data", args=["foerderungen", self.grant.pk]))

    def new_agreement(self, agency: Agency) -> str:
        return self._with_way_back(reverse("trainings:new_agreement", args=[agency.pk]))

    def edit_person(self, run: CourseRun, person: User) -> str:
        """The agency and group of a day; a closed run counts people as it was reported until it is open again."""
        if run.is_closed:
            return self.page_and_back("trainings:reopen", run)
        return f"{self._with_way_back(reverse('trainings:edit_person', args=[person.pk]))}#id_since"

    def _with_way_back(self, address: str) -> str:
        return f"{address}?{urlencode({'next': self.back})}" if self.back else address

    def trainers(self, run: CourseRun, *, also_closed: bool = False) -> tuple[User, ...]:
        """Who leads the run and can still do something about its lists."""
        if run.is_closed and not also_closed:
            return ()
        return tuple(by_name(person for person in run.trainers.all() if person.is_active))


def page(name: str, thing: CourseRun | Session) -> str:
    return reverse(name, args=[thing.pk])


def coordinator_of(run: CourseRun | None) -> str:
    """By name where somebody is responsible for the run, else all of them."""
    return str(run.active_coordinator) if run and run.active_coordinator else _("Koordination")
