"""What do trainers and coordinators type to complete a list: somebody who came along, the paper, the sign-off?"""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import AgencyField
from accounts.models import User
from accounts.names import clean_name
from accounts.requests import key_in
from trainings import actions
from trainings.attendance import (
    PaperEntry,
    PaperRow,
    UnreadableEntry,
    namesakes,
    objection_to_minutes,
    on_one_sheet,
    read_entry,
)
from trainings.dates import session_when
from trainings.forms.coordination import NewPersonForm
from trainings.models import CourseRun, Registration, Session, SheetEntry

MOST_BYTES_AT_ONCE = 30 * 1024 * 1024


class WalkInForm(NewPersonForm):
    """Somebody who is on no list. Of an address known already, the name typed here does not count.

    Without an address the agency is asked for, and where somebody of that name has to do with the run, if it is them.
    """

    ANOTHER = "another"

    agency = AgencyField(
        label=_("Behörde / Einrichtung"),
        required=False,
        empty_label=_("bitte wählen"),
        help_text=_("Nur nötig ohne E-Mail-Adresse; sonst folgt sie aus der Adresse."),
    )
    field_order = ("email", "first_name", "last_name", "group", "agency", "organisation", "same_as")

    def __init__(self, data: Any, session: Session) -> None:
        super().__init__(data)
        del self.fields["reason"]  # they are here
        email = self.fields["email"]
        email.required = False
        email.help_text = _(
            "Dorthin geht eine Nachricht, mit der die Person ihre Angaben ergänzt. "
            "Ist keine zur Hand, lassen Sie das Feld leer; die Koordination fragt nach."
        )
        self.fields["organisation"].label = _("Andere Organisation")
        self.fields["organisation"].help_text = _("Nur nötig, wenn sie keine der eingetragenen Behörden ist.")
        self.namesakes = self._namesakes(session) if data else {}
        if self.namesakes:
            choices = [(str(pk), self._known(row)) for pk, row in self.namesakes.items()]
            self.fields["same_as"] = forms.ChoiceField(
                label=_("Ist es dieselbe Person?"),
                choices=[*choices, (self.ANOTHER, _("Nein, jemand anderes dieses Namens"))],
                error_messages={"required": _("Jemand dieses Namens hat mit dieser Schulung schon zu tun.")},
                widget=forms.RadioSelect,
            )

    def _namesakes(self, session: Session) -> dict[int, Registration]:
        """None where an address says who it is."""
        if str(self.data.get("email", "")).strip():
            return {}
        first_name, last_name = (clean_name(str(self.data.get(name, ""))) for name in ("first_name", "last_name"))
        return namesakes(session, first_name, last_name) if last_name else {}

    @staticmethod
    def _known(registration: Registration) -> str:
        agency = registration.agency_of_day
        return ", ".join(filter(None, [registration.person.full_name, agency, str(registration.get_status_display())]))

    def clean_email(self) -> str:
        email = cast(str, self.cleaned_data["email"])
        person = User.objects.of_address(email) if email else None
        if person is not None and not person.is_active:
            raise forms.ValidationError(_("Dieses Konto ist nicht mehr aktiv."))
        return email

    def clean_organisation(self) -> str:
        """Where neither the domain nor a choice says the agency; a choice beside an unknown domain is to be checked."""
        organisation, agency = clean_name(self.cleaned_data["organisation"]), self.cleaned_data.get("agency")
        email = self.cleaned_data.get("email", "")
        if email:
            self.cleaned_data["organisation"] = organisation or (agency.name if agency else "")
            return super().clean_organisation()
        if (
            not organisation
            and not agency
            and "email" not in self.errors
            and not self.data.get("same_as", "").isdigit()
        ):
            raise forms.ValidationError(_("Bitte wählen Sie die Behörde, oder geben Sie die Organisation an."))
        return organisation

    @property
    def said(self) -> dict[str, Any]:
        """For ``attendance.add_walk_in``."""
        names = ("email", "first_name", "last_name", "group", "organisation", "agency")
        same_as = self.cleaned_data.get("same_as", "")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "same_as": self.namesakes.get(key_in(same_as)),
            "is_another": same_as == self.ANOTHER,
        }


class ClosingForm(forms.Form):
    """What is to be done in the same step as closing, as far as apps above offer something."""

    mark_optional = False

    def __init__(self, *args: Any, run: CourseRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = actions.after_a_run if run.is_finished() and not run.is_cancelled else []
        for added in self.offered:
            if number := added.number_due(run):
                label = added.offer(number)
                self.fields[added.code] = forms.BooleanField(label=label, required=False, initial=True)

    @property
    def chosen(self) -> list[actions.Afterwards]:
        return [added for added in self.offered if self.cleaned_data.get(added.code)]


class SubmissionForm(forms.Form):
    """How much was taught: at most as long as the session lasts."""

    taught_minutes = forms.IntegerField(
        label=_("Gehaltene Unterrichtsminuten"),
        min_value=1,
        help_text=_("Ohne Pausen. Eine Unterrichtseinheit (UE) hat 45 Minuten."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    remark = forms.CharField(
        label=_("Bemerkung"),
        required=False,
        max_length=500,
        help_text=_("Zum Beispiel, warum es mehr oder weniger war als geplant."),
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean_taught_minutes(self) -> int:
        minutes = cast(int, self.cleaned_data["taught_minutes"])
        if objection := objection_to_minutes(self.session, minutes):
            raise forms.ValidationError(objection)
        return minutes


class SheetForm(forms.Form):
    """One field for each row of the paper; ``entries`` has what was read from them."""

    mark_optional = False

    def __init__(self, session: Session, rows: list[PaperRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session, self.rows = session, rows
        for row in rows:
            self.fields[f"row_{row.registration.pk}"] = forms.CharField(
                label=f"{row.number}. {row.registration.person.list_name}",
                required=False,
                max_length=10,
                initial=str(row.entry) if row.entry else "",
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "size": 4}),
            )
        self.fields["others_signed"] = forms.BooleanField(
            label=_("Alle Zeilen, in denen hier nichts steht, sind unterschrieben"), required=False
        )

    def clean(self) -> None:
        self.entries: dict[int, PaperEntry | None] = {}
        otherwise = PaperEntry(SheetEntry.Signature.SIGNED) if self.cleaned_data.get("others_signed") else None
        for row in self.rows:
            name = f"row_{row.registration.pk}"
            try:
                entry = read_entry(self.cleaned_data.get(name, ""), self.session)
            except UnreadableEntry as error:
                self.add_error(name, str(error))
            else:
                self.entries[row.registration.pk] = entry or otherwise

    @property
    def lines(self) -> list[tuple[PaperRow, forms.BoundField]]:
        return [(row, self[f"row_{row.registration.pk}"]) for row in self.rows]


class FollowPaperForm(forms.Form):
    """Which of the differing rows are to be recorded as the paper has them."""

    keys = forms.MultipleChoiceField(label=_("Nach dem Papier eintragen"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("Grund der Änderung"),
        required=False,
        max_length=500,
        help_text=_("Nur nötig, wenn Sie einen bereits erfassten Eintrag ändern. Der alte Eintrag bleibt im Verlauf."),
    )
    mark_optional = False

    def __init__(self, rows: list[PaperRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [  # type: ignore[attr-defined]
            (str(row.registration.pk), f"{row.number}. {row.registration.person.list_name}: {row.difference}")
            for row in rows
            if row.difference
        ]
        self.fields["keys"].initial = [str(row.registration.pk) for row in rows if row.difference]

    @property
    def registrations(self) -> list[int]:
        return [int(key) for key in self.cleaned_data["keys"]]


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, in the order in which they were chosen."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) and data else [None]
        return [super(FilesField, self).clean(file, initial) for file in files]


class ScanForm(forms.Form):
    # Where a page asks for JPEG, iPhones convert their own HEIC. No ``capture``: it would take away choosing a file.
    file = FilesField(
        label=_("Scan oder Foto"),
        help_text=_(
            "PDF, JPEG oder PNG, je Datei höchstens 10 MB, zusammen höchstens 30 MB. Hat die Liste mehrere Seiten,"
            " wählen Sie alle auf einmal; sie bleiben in dieser Reihenfolge."
        ),
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )
    original_at = forms.CharField(
        label=_("Original liegt bei"), max_length=200, help_text=_("Zum Beispiel: Projektbüro, Ordner 3.")
    )

    covers_day = forms.BooleanField(
        label=_("Auf dieser Liste wurde für alle Sitzungen des Tages unterschrieben"), required=False, initial=True
    )
    mark_optional = False

    def __init__(self, session: Session, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(on_one_sheet(session)) == 1:
            del self.fields["covers_day"]

    def clean_file(self) -> list[Any]:
        files = cast(list[Any], self.cleaned_data["file"])
        if sum(file.size or 0 for file in files) > MOST_BYTES_AT_ONCE:
            raise forms.ValidationError(
                _("Das ist zusammen mehr als 30 MB. Bitte scannen Sie mit geringerer Auflösung.")
            )
        return files


class RefileForm(forms.Form):
    """Where a scan belongs and its original lies."""

    session = forms.ModelChoiceField(Session.objects.none(), label=_("Unterschrieben wurde bei"), empty_label=None)
    original_at = ScanForm.base_fields["original_at"]
    reason = forms.CharField(label=_("Grund"), max_length=500)

    def __init__(self, *args: Any, sessions: list[Session], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["session"])  # type: ignore[type-arg]
        field.queryset = Session.objects.filter(pk__in=[session.pk for session in sessions])
        field.choices = [
            (session.pk, f"{session_when(session)}: {session.run.number} {session.run.course.display_title}")
            for session in sessions
        ]
