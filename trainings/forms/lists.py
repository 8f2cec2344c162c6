"""What do trainers and coordinators type to complete a list: somebody who came along, the paper, the sign-off?"""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings import actions
from trainings.attendance import PaperEntry, PaperRow, UnreadableEntry, objection_to_minutes, read_entry
from trainings.forms.coordination import NewPersonForm
from trainings.models import CourseRun, Session


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

    def clean(self) -> None:
        self.entries: dict[int, PaperEntry | None] = {}
        for row in self.rows:
            name = f"row_{row.registration.pk}"
            try:
                self.entries[row.registration.pk] = read_entry(self.cleaned_data.get(name, ""), self.session)
            except UnreadableEntry as error:
                self.add_error(name, str(error))

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

    @property
    def registrations(self) -> list[int]:
        return [int(key) for key in self.cleaned_data["keys"]]


class ScanForm(forms.Form):
    file = forms.FileField(label=_("Scan oder Foto"), help_text=_("PDF, JPEG oder PNG, höchstens 10 MB."))
    original_at = forms.CharField(
        label=_("Original liegt bei"), max_length=200, help_text=_("Zum Beispiel: Projektbüro, Ordner 3.")
    )
