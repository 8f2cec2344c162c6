"""Which runs and courses did somebody ask for? The catalogue's filter, which the public calendar takes as well.

Group, level and search term choose courses; format, place, month and free places choose runs.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import TargetGroup, User
from accounts.names import sort_key
from trainings import dates
from trainings.catalogue import listing
from trainings.catalogue.cards import FilterShown
from trainings.catalogue.listing import CatalogueRun
from trainings.catalogue.searching import Hits, search
from trainings.models import Course, CourseQuerySet, CourseRun, CourseRunQuerySet, Venue

# Of a course, the most important first; trainers and places of its runs count as its title does.
SEARCHED_FIELDS = [["title", "title_en", "search_words"], ["summary", "summary_en", "contents", "contents_en"]]
SEARCHED_FIELDS += [["goals", "goals_en"]]
# Of a course its card says nothing about these.
NOT_ON_CARDS = ["contents", "contents_en", "goals", "goals_en", "search_words"]
LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
MONTH = re.compile(r"\A(20\d\d)-(0[1-9]|1[0-2])\Z", re.ASCII)


@dataclass(frozen=True)
class Selection:
    """A drop-down list of the filter, ready for its template."""

    field: forms.BoundField
    chosen: str
    options: list[tuple[str, Any]]


class CatalogueFilter(forms.Form):
    """A form over the address. A wrong value is named beside its field and left out; the others still apply."""

    mark_optional: ClassVar = False
    use_required_attribute = False

    q = forms.CharField(
        label=_("Suchbegriff"), max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    zielgruppe = forms.ChoiceField(
        label=_("Zielgruppe"), choices=[("", _("alle Zielgruppen")), *TargetGroup.choices], required=False
    )
    stufe = forms.ChoiceField(label=_("Stufe"), choices=[("", _("alle Stufen")), *Course.Level.choices], required=False)
    format = forms.ChoiceField(
        # With a context, because a library translates the bare word as „Dateiformat“.
        label=pgettext_lazy("run", "Format"),
        choices=[("", _("alle Formate")), *CourseRun.Format.choices],
        required=False,
    )
    # Places and months are checked by themselves: an address stays good when the last run there has passed.
    ort = forms.CharField(label=_("Ort"), max_length=100, required=False)
    monat = forms.CharField(label=_("Beginn im Monat"), max_length=7, required=False)
    frei = forms.BooleanField(label=_("nur mit freien Plätzen"), required=False)

    COURSE_FIELDS: ClassVar = ["q", "zielgruppe", "stufe"]
    RUN_FIELDS: ClassVar = ["format", "ort", "monat", "frei"]

    def __init__(self, data: Any = None, *, viewer: User | None = None, at: dt.datetime | None = None) -> None:
        """``viewer`` decides which runs count, None being the public; ``at`` is now unless given."""
        super().__init__(data=data if data is not None else {}, auto_id="filter_%s")
        self.viewer = viewer
        self.at = at or timezone.now()

    # --- checking ------------------------------------------------------------------------------

    def clean_ort(self) -> str:
        town: str = self.cleaned_data["ort"]
        if town and not Venue.objects.filter(town=town).exists():
            raise ValidationError(_("Diesen Ort gibt es in unserem Programm nicht."), code="invalid_choice")
        return town

    def clean_monat(self) -> str:
        month: str = self.cleaned_data["monat"]
        if month and not MONTH.match(month):
            raise ValidationError(_("Bitte wählen Sie einen Monat aus der Liste."), code="invalid_choice")
        return month

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The valid values that narrow the choice, in a fixed order."""
        self.is_valid()
        values = {name: self.cleaned_data.get(name) for name in self.COURSE_FIELDS + self.RUN_FIELDS}
        return {name: value for name, value in values.items() if value}

    @property
    def is_active(self) -> bool:
        return bool(self.chosen)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the search term is filled in, rightly or wrongly: then its fields must be in sight."""
        return any(name != "q" for name in [*self.chosen, *self.errors])

    @property
    def asks_for_runs(self) -> bool:
        """Whether a course without a matching run is not wanted."""
        return any(name in self.chosen for name in self.RUN_FIELDS)

    @property
    def query_string(self) -> str:
        """The same choice for another address, without ``?``: fixed order, no empty and no wrong values."""
        return urlencode({name: "1" if value is True else value for name, value in self.chosen.items()})

    # --- what they chose -----------------------------------------------------------------------

    def courses(self) -> CourseQuerySet:
        """Published courses that match the term, the group and the level."""
        found = Course.objects.published(self.at)
        if group := self.chosen.get("zielgruppe"):
            found = found.filter(target_group_rows__group=group)
        if level := self.chosen.get("stufe"):
            found = found.filter(level=level)
        if "q" in self.chosen:
            found = found.filter(pk__in=[*self.hits.ranks])
        return found

    @property
    def is_near(self) -> bool:
        """Whether nothing has the words that were typed, and what is found only has words like them."""
        return "q" in self.chosen and self.hits.are_near

    @cached_property
    def hits(self) -> Hits:
        """What the term finds among all published courses: two queries, whatever is chosen besides."""
        names = [name for layer in SEARCHED_FIELDS for name in layer]
        courses = Course.objects.published(self.at).values("pk", "level", *names)
        by_course: defaultdict[int, set[str]] = defaultdict(set)
        runs = CourseRun.objects.filter(published_at__lte=self.at).not_finished(self.at).visible_to(self.viewer)
        columns = ("course", "venue__name", "venue__town", "format", "language")
        of_trainers = ("trainers__first_name", "trainers__last_name", "trainers__is_active")
        # Of many runs of a course few say anything new.
        rows = runs.order_by().values_list(*columns, *of_trainers).distinct()
        for pk, name, town, form, language, first, last, is_active in rows:
            shown = [CourseRun.Format(form).label, CourseRun.Language(language).label]
            by_course[pk] |= {*map(str, filter(None, (name, town, *shown)))}
            if is_active:
                by_course[pk].add(f"{first} {last}")
        documents = {
            course["pk"]: [
                [*map(course.__getitem__, SEARCHED_FIELDS[0]), *by_course[course["pk"]]],
                [*map(course.__getitem__, SEARCHED_FIELDS[1]), str(Course.Level(course["level"]).label)],
                [*map(course.__getitem__, SEARCHED_FIELDS[2])],
            ]
            for course in courses
        }
        return search(self.chosen["q"], documents)

    def runs(self) -> CourseRunQuerySet:
        """Published runs the viewer may see that are not over and match everything; cancelled ones are among them."""
        found = self._narrowed().filter(course__published_at__lte=self.at)
        if any(name in self.chosen for name in self.COURSE_FIELDS):
            found = found.filter(course__in=self.courses())
        return found.filter(pk__in=[run.pk for run in self.listed]) if self.chosen.get("frei") else found

    @cached_property
    def listed(self) -> list[CatalogueRun]:
        """The same, whatever the course, by their beginning."""
        found = listing.listed(self._narrowed())
        return list(listing.with_a_place(found, self.at)) if self.chosen.get("frei") else found

    def _narrowed(self) -> CourseRunQuerySet:
        """By all but whether there is a place."""
        found = CourseRun.objects.filter(published_at__lte=self.at, ends_at__gt=self.at).visible_to(self.viewer)
        if run_format := self.chosen.get("format"):
            found = found.filter(format=run_format)
        if town := self.chosen.get("ort"):
            found = found.filter(venue__town=town)
        if month := self.chosen.get("monat"):
            first, after = _month_bounds(month)
            found = found.filter(starts_at__gte=first, starts_at__lt=after)
        return found

    @cached_property
    def to_come(self) -> dict[int, list[CatalogueRun]]:
        """By course: a run that has begun is on its course's page and in calendars, but nobody can still choose it."""
        return listing.by_course(run for run in self.listed if not run.has_started(self.at))

    @cached_property
    def courses_by_next_run(self) -> list[Course]:
        """Matching courses, the next to begin first; those one can no longer register for after all others.

        Courses without a run come last, or are left out if runs were asked for.
        """
        found = self.courses().defer(*NOT_ON_CARDS)
        return sorted((one for one in found if one.pk in self.to_come or not self.asks_for_runs), key=self._place)

    def _place(self, course: Course) -> tuple[Any, ...]:
        """Where something was looked for, what says it in its title comes before what mentions it."""
        runs = self.to_come.get(course.pk, [])
        next_open = next((run.starts_at for run in runs if run.is_open(self.at)), LAST)
        rank = self.hits.ranks.get(course.pk, len(SEARCHED_FIELDS)) if "q" in self.chosen else 0
        return rank, next_open, runs[0].starts_at if runs else LAST, course.number

    def next_runs(self, courses: Iterable[int], number: int) -> list[CatalogueRun]:
        """The first matching ones of each course, by their beginning, counted."""
        wanted = [run for course in courses for run in self.to_come.get(course, [])[:number]]
        return sorted(listing.counted(wanted, self.at), key=lambda run: (run.starts_at, run.pk))

    def with_a_place(self) -> Iterator[CatalogueRun]:
        """Those of published courses in which whoever registers now gets a place, by their beginning."""
        published = {course.pk for course in self.courses_by_next_run}
        return listing.with_a_place((run for run in self.listed if run.course_id in published), self.at)

    def without_one(self) -> list["CatalogueFilter"]:
        """Where nothing was found: the same choice with one value less each, if that finds something."""
        tried = [{**self.chosen, name: None} for name in self.chosen if len(self.chosen) > 1]
        fewer = [CatalogueFilter(values, viewer=self.viewer, at=self.at) for values in tried]
        return [form for form in fewer if form.number]

    @cached_property
    def number(self) -> int:
        """Of courses."""
        return len(self.courses_by_next_run)

    @property
    def in_words(self) -> str:
        """What is chosen, in the words of its fields: „Mitarbeitende, Koblenz“."""
        labels = {selection.field.name: dict(selection.options) for selection in self.selections}
        words = [
            _("nur mit freien Plätzen") if value is True else labels.get(name, {}).get(value, f"„{value}“")
            for name, value in self.chosen.items()
        ]
        return ", ".join(map(str, words))

    # --- what they may choose ------------------------------------------------------------------

    @property
    def selections(self) -> list[Selection]:
        """The lists, in the order of the page. Django's own widgets would take a third of the catalogue's time."""
        options = {"ort": self.place_choices, "monat": self.month_choices}
        return [
            Selection(
                field=self[name],
                chosen=self.chosen.get(name, ""),
                options=options.get(name) or list(getattr(self.fields[name], "choices", [])),
            )
            for name in ("zielgruppe", "stufe", "format", "ort", "monat")
        ]

    @classmethod
    def drawn_from(cls, shown: FilterShown) -> "CatalogueFilter":
        """The same form from what it draws, without a question to the database."""
        form = cls(dict(shown.typed))
        form.offered = list(shown.offered)
        return form

    @property
    def shown(self) -> FilterShown:
        """What the form draws, where nothing in it is wrong."""
        typed = tuple((name, str(self.data[name])) for name in self.fields if name in self.data)
        return FilterShown(typed, tuple(sorted((town or "", month) for town, month in self.offered)))

    @cached_property
    def offered(self) -> list[tuple[str, str]]:
        """Towns and months (``2026-03``) of runs that are not over, in one query, or none where all of them are listed.

        The month is that of the time in UTC: it differs only for a run that begins within two hours of midnight.
        """
        if not self.is_active:
            published = {course.pk for course in self.courses_by_next_run}
            of_them = (run for run in self.listed if run.course_id in published)
            found = {(run.town or "", run.starts_at.year, run.starts_at.month) for run in of_them}
            return [(town, f"{year:04d}-{month:02d}") for town, year, month in found]
        runs = CourseRun.objects.published(self.at).not_finished(self.at).visible_to(self.viewer)
        month = Substr(Cast("starts_at", CharField()), 1, 7)
        return list(runs.order_by().values_list("venue__town", month).distinct())

    @cached_property
    def place_choices(self) -> list[tuple[str, Any]]:
        towns = {town for town, _month in self.offered if town}
        return _with_all(_("alle Orte"), sorted(towns | self._kept("ort"), key=sort_key), str)

    @cached_property
    def month_choices(self) -> list[tuple[str, Any]]:
        months = {month for _town, month in self.offered}
        return _with_all(_("alle Monate"), sorted(months | self._kept("monat")), _month_label)

    def _kept(self, name: str) -> set[str]:
        """The value now chosen stays in the list, even where no run has it any more."""
        return {self.chosen[name]} if name in self.chosen else set()


def _month_bounds(month: str) -> tuple[dt.datetime, dt.datetime]:
    """``2026-03`` as its first moment in Berlin and that of the month after."""
    first = dt.date.fromisoformat(f"{month}-01")
    after = (first + dt.timedelta(days=31)).replace(day=1)
    return _midnight(first), _midnight(after)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _month_label(month: str) -> str:
    return dates.month_name(dt.date.fromisoformat(f"{month}-01"))


def _with_all(label: Any, values: Iterable[str], name: Callable[[str], str]) -> list[tuple[str, Any]]:
    return [("", label), *((value, name(value)) for value in values)]
