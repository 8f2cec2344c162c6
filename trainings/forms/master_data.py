"""What do coordinators type about courses, venues, grants and agencies? Shapes; the rules are in ``planning``."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import DateField, Field, TextField
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from accounts.models import Agency, TargetGroup, User
from trainings import planning
from trainings.forms.editing import EditForm
from trainings.forms.planning import day_field
from trainings.models import Course, in_active_language
from trainings.planning import MasterData

Rows = tuple[tuple[str, ...], ...]


def _formfield(field: "Field[Any, Any]") -> forms.Field:
    if isinstance(field, DateField):
        return day_field(field.verbose_name, help_text=field.help_text, required=not field.blank)
    formfield: forms.Field = field.formfield()  # type: ignore[assignment]
    if isinstance(field, TextField):
        formfield.widget.attrs["rows"] = 4
    return formfield


class MasterDataForm(EditForm):
    """``layout`` are groups of fields with their heading; the fields of a row stand side by side."""

    layout: ClassVar[tuple[tuple[Any, Rows], ...]]
    further: ClassVar[tuple[str, ...]] = ()  # not columns of the row
    not_stored = frozenset({"reason"})

    def __init__(self, data: Any, row: MasterData, start: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, current=self.values_of(row) | dict(start or {}))
        self.row = row
        of = {one.name: one for one in row._meta.get_fields()}
        names = [name for _heading, rows in self.layout for cells in rows for name in cells]
        self.fields = {name: self.fields.get(name) or _formfield(of[name]) for name in names}  # type: ignore[arg-type]
        self.fields["reason"] = forms.CharField(
            label=_("Grund"), required=False, max_length=500, help_text=_("Steht im Verlauf.")
        )
        if row.pk is None:
            del self.fields["reason"]
        self.carry_beginning()

    def values_of(self, row: MasterData) -> dict[str, Any]:
        names = [name for _heading, rows in self.layout for cells in rows for name in cells]
        return {name: getattr(row, name) for name in names if name not in self.further}

    @property
    def sections(self) -> list[tuple[Any, list[list[forms.BoundField]]]]:
        return [(heading, [[self[name] for name in cells] for cells in rows]) for heading, rows in self.layout]

    @property
    def values(self) -> dict[str, Any]:
        """What has changed of a row that exists; all of a new one."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in self.not_stored}
        values = cleaned if self.row.pk is None else self.changed
        # Browsers send the lines of a text as Windows has them.
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in values.items()
        }


class CoursesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, course: Course) -> str:
        return in_active_language(course.title, "")


class CourseForm(MasterDataForm):
    further = ("target_groups", "prerequisites", "published")
    layout = (
        (
            "",
            (
                ("number", "level"),
                ("title", "title_en"),
                ("teaching_units", "refresh_after_years"),
                ("target_groups",),
                ("prerequisites",),
            ),
        ),
        (
            _("Texte"),
            (("summary", "summary_en"), ("goals", "goals_en"), ("contents", "contents_en"), ("search_words",)),
        ),
        ("", (("with_badge",), ("published",))),
    )

    target_groups = forms.MultipleChoiceField(
        label=_("Zielgruppen"), choices=TargetGroup.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    prerequisites = CoursesField(
        Course.objects.all(),
        label=_("Vorausgesetzte Schulungen"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ob sie verbindlich oder nur empfohlen sind, entscheidet der Termin."),
    )
    published = forms.BooleanField(
        label=_("Veröffentlicht"), required=False, help_text=_("Die Schulung steht im Programm.")
    )

    def __init__(self, data: Any, row: Course, start: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, row, start)
        others = Course.objects.exclude(pk=row.pk)
        self.fields["prerequisites"].queryset = others  # type: ignore[attr-defined]

    def values_of(self, row: MasterData) -> dict[str, Any]:
        assert isinstance(row, Course)  # noqa: S101  for the types
        is_stored = row.pk is not None
        return super().values_of(row) | {
            "target_groups": list(row.target_groups) if is_stored else [],
            "prerequisites": list(row.prerequisites.all()) if is_stored else [],
            "published": row.is_published,
        }


class VenueForm(MasterDataForm):
    layout = (
        ("", (("name",), ("street",), ("postal_code", "town"), ("phone",))),
        ("", (("directions", "directions_en"),)),
    )


class FundingForm(MasterDataForm):
    layout = (
        ("", (("fund", "fund_en"), ("project_title",), ("grant_number",), ("beneficiary",))),
        (_("Zeitraum"), (("starts_on", "ends_on"), ("keep_evidence_until",), ("names_in_reports",))),
    )


class AgencyForm(MasterDataForm):
    further = ("mail_domains",)
    layout = (("", (("name",), ("short_name",), ("kind", "seat"), ("mail_domains",))),)

    mail_domains = forms.CharField(
        label=_("E-Mail-Domains"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Je Zeile eine, zum Beispiel mayen.example. Wer sich so einloggt, gehört zu dieser Behörde."),
    )

    def values_of(self, row: MasterData) -> dict[str, Any]:
        assert isinstance(row, Agency)  # noqa: S101  for the types
        domains = row.mail_domains.values_list("domain", flat=True) if row.pk is not None else []
        return super().values_of(row) | {"mail_domains": "\n".join(domains)}

    @property
    def values(self) -> dict[str, Any]:
        values = super().values
        if "mail_domains" in values:
            values["mail_domains"] = values["mail_domains"].replace(",", " ").replace(";", " ").split()
        return values


class ContactForm(forms.Form):
    email = AddressField(
        label=_("E-Mail-Adresse"), help_text=_("Die Person braucht ein Konto: Sie hat sich schon einmal eingeloggt.")
    )
    # Shown where it is needed.
    of_another = forms.BooleanField(
        label=_("Die Person gehört zu einer anderen Behörde und soll allein für diese hier sprechen"),
        required=False,
        widget=forms.HiddenInput,
    )

    def clean_email(self) -> User:
        person = User.objects.of_address(self.cleaned_data["email"])
        if person is None or not person.is_active:
            raise forms.ValidationError(_("Mit dieser Adresse gibt es kein aktives Konto."))
        return person

    def ask_about_other_agency(self) -> None:
        """Only now: most people belong to the agency they are to speak for."""
        self.fields["of_another"].widget = forms.CheckboxInput()


def empty_course() -> dict[str, Any]:
    return {"number": planning.next_course_number(), "teaching_units": 8}
