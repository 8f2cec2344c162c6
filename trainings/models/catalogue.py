"""What is taught, where, and who pays: Course, Venue, Funding."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import lru_cache

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import TargetGroup

MOST_YEARS = 20  # until a course is refreshed


class German(str):
    """German on an English page: HTML says so by itself, for whatever reads it aloud. Text is as it was."""

    __slots__ = ()

    def __html__(self) -> str:
        return format_html('<span lang="de">{}</span>', str(self)) if self else ""


def in_active_language(german: str, english: str) -> str:
    """The English text where the page is English and there is one, else the German."""
    if not (get_language() or "de").startswith("en"):
        return german
    return english or German(german)


def lines(text: str) -> list[str]:
    return [type(text)(line.strip()) for line in text.splitlines() if line.strip()]


_OF_DAY = "SELECT * FROM trainings_funding WHERE starts_on <= %s AND ends_on >= %s ORDER BY starts_on DESC LIMIT 1"


class Funding(models.Model):
    """The grant that must be named on everything public (Regulation (EU) 2021/1060, Art. 50)."""

    fund = models.CharField(_("Fonds"), max_length=200)
    fund_en = models.CharField(_("Fonds (englisch)"), max_length=200, blank=True)
    project_title = models.CharField(_("Projekttitel"), max_length=200)
    grant_number = models.CharField(_("Förderkennzeichen"), max_length=60, unique=True)
    beneficiary = models.CharField(_("Zuwendungsempfänger"), max_length=200)
    starts_on = models.DateField(_("Beginn der Förderung"))
    ends_on = models.DateField(_("Ende der Förderung"))
    keep_evidence_until = models.DateField(
        _("Nachweise aufbewahren bis"),
        help_text=_("Bis dahin werden Anmeldungen, Listen und Bescheinigungen nicht gelöscht."),
    )
    names_in_reports = models.BooleanField(
        _("Nachweise nennen Teilnehmende mit Namen"),
        default=False,
        db_default=False,
        help_text=_("Wenn der Fördermittelgeber es verlangt. Sonst zeigen Dossier und Prüfung nur Zahlen."),
    )

    class Meta:
        verbose_name = _("Förderung")
        verbose_name_plural = _("Förderungen")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="funding_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(keep_evidence_until__gte=models.F("ends_on")), name="funding_evidence_outlives_it"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_title} ({self.grant_number})"

    @classmethod
    def of_day(cls, day: dt.date) -> "Funding | None":
        """The grant that runs on that day; of several, the one that began last.

        SQL by hand: the footer of every page asks, and building the statement took four times as long as answering it.
        """
        return next(iter(cls.objects.raw(_OF_DAY, [day, day])), None)

    @property
    def display_fund(self) -> str:
        return in_active_language(self.fund, self.fund_en)


class Venue(models.Model):
    name = models.CharField(_("Name"), max_length=200)
    street = models.CharField(_("Straße und Hausnummer"), max_length=200, blank=True)
    postal_code = models.CharField(_("Postleitzahl"), max_length=10, blank=True)
    town = models.CharField(_("Ort"), max_length=100)
    phone = models.CharField(_("Telefon"), max_length=40, blank=True)
    directions = models.TextField(_("Anfahrt und Barrierefreiheit"), blank=True)
    directions_en = models.TextField(_("Anfahrt und Barrierefreiheit (englisch)"), blank=True)
    changed_at = models.DateTimeField(_("geändert am"), auto_now=True)

    class Meta:
        verbose_name = _("Veranstaltungsort")
        verbose_name_plural = _("Veranstaltungsorte")
        ordering = ["town", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "town"], name="venue_once_per_town")]

    def __str__(self) -> str:
        return f"{self.name}, {self.town}"

    @property
    def address(self) -> str:
        """One line: name, street, postal code and town."""
        return ", ".join(part for part in [self.name, self.street, f"{self.postal_code} {self.town}".strip()] if part)

    @property
    def display_directions(self) -> str:
        return in_active_language(self.directions, self.directions_en)


@lru_cache(maxsize=1000)
def _address_of(slug: str) -> str:
    return reverse("trainings:course", args=[slug])


class CourseQuerySet(models.QuerySet["Course"]):
    def published(self, at: dt.datetime | None = None) -> "CourseQuerySet":
        return self.filter(published_at__lte=at or timezone.now())


class Course(models.Model):
    """The catalogue entry. Contents are German; a field ending in ``_en`` holds the English, if any."""

    class Level(models.TextChoices):
        OPENING = "opening", _("Auftakt")
        BASIC = "basic", _("Basismodul")
        ADVANCED = "advanced", _("Aufbaumodul")
        SPECIALIST = "specialist", _("Fachmodul")
        LEADERSHIP = "leadership", _("Für Leitungen")
        EVENING = "evening", _("Abendveranstaltung")
        CONFERENCE = "conference", _("Fachtag")

    number = models.PositiveIntegerField(_("Nummer im Programm"), unique=True)
    slug = models.SlugField(_("Adresse"), max_length=120, unique=True)
    title = models.CharField(_("Titel"), max_length=200)
    title_en = models.CharField(_("Titel (englisch)"), max_length=200, blank=True)
    summary = models.TextField(_("Kurzbeschreibung"), blank=True)
    summary_en = models.TextField(_("Kurzbeschreibung (englisch)"), blank=True)
    level = models.CharField(_("Stufe"), max_length=20, choices=Level)
    teaching_units = models.PositiveSmallIntegerField(
        _("Unterrichtseinheiten (UE)"), help_text=_("Eine UE dauert 45 Minuten.")
    )
    goals = models.TextField(_("Ziele"), blank=True, help_text=_("Ein Ziel je Zeile."))
    goals_en = models.TextField(_("Ziele (englisch)"), blank=True)
    contents = models.TextField(
        _("Inhalte"), blank=True, help_text=_("Ein Inhalt je Zeile; sie stehen auf der Bescheinigung.")
    )
    contents_en = models.TextField(_("Inhalte (englisch)"), blank=True)
    search_words = models.TextField(
        _("Suchwörter"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Wie es noch heißt oder gesucht wird, auch in anderen Sprachen. Nur die Suche liest sie."),
    )
    prerequisites = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="leads_to",
        verbose_name=_("vorausgesetzte Schulungen"),
        help_text=_("Ob sie verbindlich oder nur empfohlen sind, entscheidet der Termin."),
    )
    refresh_after_years = models.PositiveSmallIntegerField(
        _("Auffrischen nach (Jahren)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_YEARS)],
        help_text=_("Vorher werden alle erinnert, die teilgenommen haben. Leer: Die Schulung wird nicht aufgefrischt."),
    )
    with_badge = models.BooleanField(
        _("mit Open Badge"),
        default=False,
        help_text=_("Die Bescheinigung enthält auch einen digitalen Nachweis (Open Badge 3.0)."),
    )
    published_at = models.DateTimeField(_("veröffentlicht am"), null=True, blank=True)
    changed_at = models.DateTimeField(_("geändert am"), auto_now=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("Schulung")
        verbose_name_plural = _("Schulungen")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(teaching_units__gt=0), name="course_has_teaching_units"),
            models.CheckConstraint(condition=~models.Q(title=""), name="course_has_a_title"),
            models.CheckConstraint(
                condition=models.Q(refresh_after_years=None) | models.Q(refresh_after_years__range=(1, MOST_YEARS)),
                name="course_is_refreshed_in_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return _address_of(self.slug)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def display_title(self) -> str:
        return in_active_language(self.title, self.title_en)

    @property
    def display_summary(self) -> str:
        return in_active_language(self.summary, self.summary_en)

    @property
    def display_goals(self) -> list[str]:
        return lines(in_active_language(self.goals, self.goals_en))

    @property
    def display_contents(self) -> list[str]:
        return lines(in_active_language(self.contents, self.contents_en))

    @property
    def target_groups(self) -> list[TargetGroup]:
        """For whom the course is made; prefetch ``target_group_rows`` in lists, or ``load_target_groups``."""
        loaded: Collection[str] | None = getattr(self, "loaded_groups", None)
        chosen = loaded if loaded is not None else {row.group for row in self.target_group_rows.all()}
        return [group for group in TargetGroup if group in chosen]


class CourseTargetGroup(models.Model):
    """One group a course is made for."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="target_group_rows", verbose_name=_("Schulung"))
    group = models.CharField(_("Zielgruppe"), max_length=20, choices=TargetGroup)

    class Meta:
        verbose_name = _("Zielgruppe")
        verbose_name_plural = _("Zielgruppen")
        ordering = ["course", "group"]
        constraints = [models.UniqueConstraint(fields=["course", "group"], name="target_group_once_per_course")]

    def __str__(self) -> str:
        return self.get_group_display()


def load_target_groups(courses: Iterable[Course]) -> None:
    """In one query, without a model for each: those took a fifth of the time of a list of fifty."""
    by_key: dict[int, set[str]] = {}
    for course in courses:
        course.loaded_groups = by_key.setdefault(course.pk, set())  # type: ignore[attr-defined]
    rows = CourseTargetGroup.objects.filter(course__in=by_key).order_by().values_list("course", "group")
    for pk, group in rows if by_key else ():
        by_key[pk].add(group)
