"""How does a funder want its tables? What a row is, which columns in which order, how days and numbers are written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class FormatColumn:
    """``key`` stays the column's while it is moved about; ``content`` is a name of ``formats.CONTENTS``."""

    key: int
    heading: str
    content: str
    text: str = ""  # of a column that says the same in every row


class ExportFormat(models.Model):
    """Made by coordinators; those that come with the software are in ``evidence.formats.standard`` and have no row."""

    class Row(models.TextChoices):
        RUN = "run", _("ein Termin")
        PARTICIPATION = "participation", _("eine Teilnahme")
        PLACE = "place", _("eine Anmeldung")
        PERSON = "person", _("eine Person, ohne Namen")
        PERSON_DAY = "person_day", _("ein Personentag")
        AGENCY = "agency", _("eine Behörde / Einrichtung")

    class TimeIn(models.TextChoices):
        UNITS = "units", _("Unterrichtseinheiten (UE)")
        MINUTES = "minutes", _("Minuten")

    class Days(models.TextChoices):
        GERMAN = "german", "31.12.2026"
        ISO = "iso", "2026-12-31"
        EXCEL = "excel", _("als Datum von Excel")

    class Delimiter(models.TextChoices):
        SEMICOLON = ";", _("Semikolon")
        COMMA = ",", _("Komma")
        TAB = "\t", _("Tabulator")

    class DecimalMark(models.TextChoices):
        COMMA = ",", "2,5"
        POINT = ".", "2.5"

    name = models.CharField(_("Name"), max_length=100)
    row = models.CharField(_("Eine Zeile ist"), max_length=20, choices=Row)
    language = models.CharField(
        _("Sprache"),
        max_length=5,
        choices=settings.LANGUAGES,
        default="de",
        help_text=_("Der Inhalte; die Überschriften sind, wie Sie sie schreiben."),
    )
    time_in = models.CharField(_("Zeiten in"), max_length=10, choices=TimeIn, default=TimeIn.UNITS)
    days = models.CharField(_("Tage"), max_length=10, choices=Days, default=Days.EXCEL)
    delimiter = models.CharField(
        _("Trennzeichen"), max_length=1, choices=Delimiter, default=Delimiter.SEMICOLON, help_text=_("In CSV-Dateien.")
    )
    decimal_mark = models.CharField(
        _("Nachkommastellen"),
        max_length=1,
        choices=DecimalMark,
        default=DecimalMark.COMMA,
        help_text=_("In CSV-Dateien."),
    )
    with_headings = models.BooleanField(_("Mit Überschriften in der ersten Zeile"), default=True)
    columns = models.JSONField(_("Spalten"), default=list, blank=True)

    class Meta:
        verbose_name = _("Format für den Fördermittelgeber")
        verbose_name_plural = _("Formate für den Fördermittelgeber")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="export_format_has_a_name_of_its_own",
                violation_error_message=_("Diesen Namen gibt es schon."),
            )
        ]

    standard = ""  # the word by which one that comes with the software is known

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("evidence:edit_format", args=[self.pk])

    @property
    def code(self) -> str:
        """How addresses call it."""
        return self.standard or str(self.pk)

    @property
    def ordered_columns(self) -> list[FormatColumn]:
        return [FormatColumn(**column) for column in self.columns]

    @ordered_columns.setter
    def ordered_columns(self, columns: Iterable[FormatColumn]) -> None:
        self.columns = [asdict(column) for column in columns]
