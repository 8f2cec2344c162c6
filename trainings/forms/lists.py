"""What do trainers and coordinators type to complete a list: somebody who came along, the paper, the sign-off?"""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings import actions
from trainings.attendance import PaperEntry, PaperRow, UnreadableEntry, objection_to_minutes, on_one_sheet, read_entry
from trainings.dates import session_when
from trainings.forms.coordination import NewPersonForm
from trainings.models import CourseRun, Session, SheetEntry

MOST_BYTES_AT_ONCE = 30 * 1024 * 1024


class WalkInForm(NewPersonForm):
    """Somebody who is on no list. Of an address known already, the name typed here does not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason"]  # they are here
        self.fields["email"].help_text = _("Dorthin geht eine Nachricht, mit der die Person ihre Angaben ergänzt.")

    def clean_email(self) -> str:
        email = cast(str, self.cleaned_data["email"])
        person = User.objects.of_address(email)
        if person is not None and not person.is_active:
            raise forms.ValidationError(_("Dieses Konto ist nicht mehr aktiv."))
        return email


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
