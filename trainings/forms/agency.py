"""What do agency contacts type, and coordinators who register a whole list?"""

from collections import Counter
from typing import Any, cast

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from accounts.choices import ByName
from accounts.models import Agency, TargetGroup, User
from accounts.names import CleanNames, by_name, clean_name
from accounts.tables import UnreadableTable, read_table, too_large
from trainings import booking
from trainings.acts import Act
from trainings.booking import Line
from trainings.forms.planning import day_field
from trainings.models import CourseRun, Registration

MAX_CHARACTERS = 60_000
LINES_HELP = _(
    "Zeilen aus einer Tabelle, Adressen aus Outlook oder eine Person je Zeile: Name, "
    "E-Mail-Adresse, Gruppe. In zwei Spalten ohne Überschrift steht zuerst der Nachname. Höchstens 200 Personen. Im "
    "nächsten Schritt sehen Sie, was gelesen wurde, und können es ändern."
)


def colleagues_of(agency: Agency | None) -> QuerySet[User]:
    return User.objects.filter(agency=agency, is_active=True, profile_completed_at__isnull=False)


def needs_of_somebody_else() -> forms.CharField:
    """What a colleague needs, under the same note as on the form of their own."""
    return forms.CharField(
        label=_("Was braucht diese Person, um gut teilnehmen zu können?"),
        help_text=_(
            "Freiwillig und nur, wenn die Person einverstanden ist. Bitte nennen Sie keine Diagnosen. Die Angabe sehen "
            "nur die Person selbst und die Koordination; sie wird 14 Tage nach dem Termin gelöscht."
        ),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = ByName

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.list_name} ({obj.get_group_display()}, {obj.shown_email})"


class PeopleField(PersonField, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    pass


class LinesField(forms.CharField):
    """Lines as typed become ``booking.Line``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_CHARACTERS, strip=False, **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            return booking.read_lines(super().clean(value))
        except booking.TooManyLines as error:
            raise forms.ValidationError(str(error)) from None


class ListForm(forms.Form):
    """Colleagues known already, and lines for the others; ``lines_given`` has both."""

    people = PeopleField(
        User.objects.none(), label=_("Bekannte Personen"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lines = LinesField(
        label=_("Weitere Personen"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=LINES_HELP,
    )
    mark_optional = False

    def __init__(self, *args: Any, run: CourseRun, agency: Agency | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registered = Registration.objects.active().filter(run=run).values("person")
        people = colleagues_of(agency).exclude(pk__in=registered)
        cast(PeopleField, self.fields["people"]).queryset = people
        if not people.exists():
            del self.fields["people"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        known = [booking.line_of(0, person) for person in by_name(data.get("people") or ())]
        data["given"] = [*known, *data.get("lines", [])]
        data["found"] = booking.addresses_in(str(self.data.get("lines", "")))
        if not self.errors and not data["given"]:
            raise forms.ValidationError(_("Bitte wählen Sie Personen aus oder fügen Sie Zeilen ein."))
        if len(data["given"]) > booking.MAX_LINES:
            raise forms.ValidationError(_("Das sind zu viele Personen auf einmal. Bitte teilen Sie die Liste auf."))
        return data


class ImportForm(forms.Form):
    """People of any agency, pasted or from a file."""

    lines = LinesField(
        label=_("Zeilen"), required=False, widget=forms.Textarea(attrs={"rows": 8}), help_text=LINES_HELP
    )
    file = forms.FileField(
        label=_("Oder eine Datei"),
        required=False,
        help_text=_("CSV oder Excel (.xlsx), mit den Überschriften Nachname, Vorname, E-Mail, Gruppe."),
    )
    reason = forms.CharField(
        label=_("Grund"),
        required=False,
        max_length=500,
        help_text=_("Nur nötig, wenn eine Regel dagegen spricht. Wird gespeichert und steht im Verlauf."),
    )
    mark_optional = False

    found_in_file = Counter[int]()

    def clean_file(self) -> list[Line]:
        file = self.cleaned_data["file"]
        if not file:
            return []
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large())
        try:
            table = read_table(file.read())
            if unknown := table.unknown_cell():
                raise UnreadableTable(_("Der Wert der Zelle %(cell)s ist nicht bekannt: „%(value)s“.") % unknown)
            rows = [table.headers, *table]
            self.found_in_file = Counter(booking.addresses_in_rows(rows))
            return booking.read_rows(rows)
        except (UnreadableTable, booking.TooManyLines) as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["given"] = [*data.get("lines", []), *data.get("file", [])]
        data["found"] = Counter(booking.addresses_in(str(self.data.get("lines", "")))) + self.found_in_file
        if not self.errors and not data["given"]:
            raise forms.ValidationError(_("Bitte fügen Sie Zeilen ein oder wählen Sie eine Datei."))
        if len(data["given"]) > booking.MAX_LINES:
            raise forms.ValidationError(_("Das sind zu viele Personen auf einmal. Bitte teilen Sie die Liste auf."))
        return data


class HoldPlacesForm(forms.Form):
    number = forms.IntegerField(label=_("Anzahl der Plätze"), min_value=1, max_value=100)
    name_by = day_field(
        _("Namen folgen bis"), help_text=_("Plätze, für die Sie bis dahin niemanden benannt haben, werden frei.")
    )


class ColleagueForm(forms.Form):
    """One colleague: known, or new with an address of the agency."""

    person = PersonField(
        User.objects.none(), label=_("Bekannte Person"), required=False, empty_label=_("– jemand Neues, siehe unten –")
    )
    email = AddressField(label=_("E-Mail-Adresse"), required=False)
    last_name = forms.CharField(label=_("Nachname"), required=False, max_length=150)
    first_name = forms.CharField(label=_("Vorname"), required=False, max_length=150)
    group = forms.ChoiceField(label=_("Gruppe"), required=False, choices=TargetGroup.choices, widget=forms.RadioSelect)
    needs = needs_of_somebody_else()
    mark_optional = False

    def __init__(self, *args: Any, agency: Agency | None, without: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = colleagues_of(agency)
        field = cast(PersonField, self.fields["person"])
        field.queryset = people.exclude(pk=without.pk) if without else people
        if without:
            del self.fields["needs"]  # they are asked first, and say it themselves

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("person") and not data.get("email"):
            self.add_error("person", _("Bitte wählen Sie eine Person oder tragen Sie unten jemanden ein."))
        return data

    def colleague(self, act: Act) -> User:
        """The person chosen, or entered now. Raises Refused."""
        data = self.cleaned_data
        if data["person"]:
            return cast(User, data["person"])
        names = clean_name(data["last_name"]), clean_name(data["first_name"])
        # Typed into fields that say what is what: nothing of it was guessed.
        return booking.person_of(Line(1, data["email"], *names, data["group"], is_sure=True), act)


class ColleagueNameForm(CleanNames, forms.Form):
    title = forms.CharField(label=_("Titel"), required=False, max_length=60)
    first_name = forms.CharField(label=_("Vorname"), required=False, max_length=150)
    last_name = forms.CharField(label=_("Nachname"), max_length=150)


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label=_("Begründung"),
        required=False,
        max_length=500,
        help_text=_("Nötig, wenn Sie ablehnen; die angemeldete Person erfährt sie."),
    )
