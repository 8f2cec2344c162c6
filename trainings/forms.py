"""What do people type when they register, cancel, mark attendance and coordinate?"""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, TargetGroup, User
from accounts.names import clean_name
from trainings.attendance import InvalidMark, Mark, ReasonMissing, needs_a_reason
from trainings.models import AttendanceRecord, Registration, Session


class RegistrationForm(forms.Form):
    needs = forms.CharField(
        label=_("Was brauchen Sie, um gut teilnehmen zu können?"),
        help_text=_(
            "Zum Beispiel einen stufenlosen Zugang oder Gebärdensprache. Bitte nennen Sie keine Diagnosen. "
            "Ihre Angabe sieht nur die Koordination; sie wird 14 Tage nach dem Termin gelöscht."
        ),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CancellationForm(forms.Form):
    reason = forms.CharField(
        label=_("Grund"), required=False, max_length=500, help_text=_("Hilft der Koordination bei der Planung.")
    )


class ReasonForm(forms.Form):
    """A coordinator's act that must say why."""

    reason = forms.CharField(label=_("Grund"), max_length=500, help_text=_("Wird gespeichert und steht im Verlauf."))


class RunCancellationForm(forms.Form):
    reason = forms.CharField(
        label=_("Grund der Absage"), max_length=500, help_text=_("Steht in der Nachricht an alle Angemeldeten.")
    )


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(label=_("Plätze"), min_value=1, max_value=5000)


class PersonSearchForm(forms.Form):
    mark_optional = False

    q = forms.CharField(label=_("Name oder E-Mail-Adresse"), required=False, max_length=200)

    def people(self) -> list[User]:
        """At most twenty active people with a complete profile, found by every word typed."""
        words = self.cleaned_data.get("q", "").split() if self.is_valid() else []
        if not words:
            return []
        people = User.objects.filter(is_active=True, profile_completed_at__isnull=False).select_related("agency")
        for word in words:
            people = people.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
            )
        return sorted(people[:20], key=lambda person: person.name_sort_key)


class KnownPersonForm(forms.Form):
    """Register one of the people found; ``reason`` is needed only where a rule stands against it."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True, profile_completed_at__isnull=False),
        label=_("Person"),
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label=_("Grund"), required=False, max_length=500, help_text=_("Wird gespeichert und steht im Verlauf.")
    )
    mark_optional = False


class NewPersonForm(forms.Form):
    """Somebody who has never signed in; the agency follows from the address where its domain is known."""

    email = forms.EmailField(label=_("E-Mail-Adresse"))
    first_name = forms.CharField(label=_("Vorname"), required=False, max_length=150)
    last_name = forms.CharField(label=_("Nachname"), max_length=150)
    group = forms.ChoiceField(label=_("Gruppe"), choices=TargetGroup.choices, widget=forms.RadioSelect)
    organisation = forms.CharField(
        label=_("Behörde oder Organisation"),
        required=False,
        max_length=200,
        help_text=_("Nur nötig, wenn die E-Mail-Domain keiner Behörde gehört."),
    )
    reason = forms.CharField(
        label=_("Grund"), required=False, max_length=500, help_text=_("Nur nötig, wenn eine Regel dagegen spricht.")
    )

    def clean_email(self) -> str:
        email = cast(str, self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email, profile_completed_at__isnull=False).exists():
            raise forms.ValidationError(_("Diese Person ist schon bekannt. Bitte suchen Sie oben nach ihr."))
        if User.objects.filter(email=email, is_active=False).exists():
            raise forms.ValidationError(_("Dieses Konto ist nicht mehr aktiv."))
        return email

    def clean_first_name(self) -> str:
        return clean_name(self.cleaned_data["first_name"])

    def clean_last_name(self) -> str:
        name = clean_name(self.cleaned_data["last_name"])
        if not name:
            raise forms.ValidationError(_("Bitte geben Sie den Nachnamen an."))
        return name

    def clean_organisation(self) -> str:
        organisation = clean_name(self.cleaned_data["organisation"])
        email = self.cleaned_data.get("email")
        if email and not organisation and Agency.objects.for_email(email) is None:
            raise forms.ValidationError(
                _("Diese E-Mail-Domain gehört keiner Behörde. Bitte geben Sie die Organisation an.")
            )
        return organisation


@dataclass(frozen=True)
class AttendanceRow:
    """One person's line on the list."""

    registration: Registration
    status: forms.BoundField
    minutes: forms.BoundField

    @property
    def errors(self) -> list[str]:
        return [*self.status.errors, *self.minutes.errors]

    @property
    def shown_values(self) -> str:
        """Hidden fields with what the page showed."""
        return self.status.as_hidden(only_initial=True) + self.minutes.as_hidden(only_initial=True)


class AttendanceForm(forms.Form):
    """One session's list: a status and, for „teilweise“, minutes for each registration.

    The shown value travels along, so that only what was changed here is recorded: two devices do not undo each other.
    """

    reason = forms.CharField(
        label=_("Grund der Änderung"),
        required=False,
        max_length=500,
        help_text=_("Nur nötig, wenn Sie einen bereits erfassten Eintrag ändern. Der alte Eintrag bleibt im Verlauf."),
    )
    mark_optional = False

    def __init__(self, session: Session, registrations: list[Registration], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.registrations = registrations
        records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
        self.asks_for_a_reason = bool(records) and needs_a_reason(session)
        for registration in registrations:
            row = records.get(registration.pk)
            self.fields[f"status_{registration.pk}"] = forms.ChoiceField(
                label=registration.person.full_name,
                choices=AttendanceRecord.Status.choices,
                required=False,
                initial=row.status if row else "",
                show_hidden_initial=True,
                widget=forms.RadioSelect,
            )
            self.fields[f"minutes_{registration.pk}"] = forms.IntegerField(
                label=registration.person.full_name,  # the summary above the form names the person
                required=False,
                min_value=0,
                max_value=session.teaching_minutes,
                initial=row.minutes if row and row.status == AttendanceRecord.Status.PARTIAL else None,
                show_hidden_initial=True,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    @property
    def rows(self) -> list["AttendanceRow"]:
        return [
            AttendanceRow(registration, self[f"status_{registration.pk}"], self[f"minutes_{registration.pk}"])
            for registration in self.registrations
        ]

    def clean(self) -> None:
        """Minutes alone say nothing. Beside a status other than „teilweise“ they do not count; pages hide them."""
        for registration in self.registrations:
            status, minutes = f"status_{registration.pk}", f"minutes_{registration.pk}"
            if self.cleaned_data.get(minutes) is not None and not self.cleaned_data.get(status):
                self.add_error(minutes, _("Bitte wählen Sie zu den Minuten „teilweise“."))

    def marks(self) -> dict[int, Mark]:
        """What to record, by registration: the rows that were changed here."""
        marks = {}
        for registration in self.registrations:
            status, minutes = f"status_{registration.pk}", f"minutes_{registration.pk}"
            if self.cleaned_data[status] and {status, minutes} & set(self.changed_data):
                marks[registration.pk] = Mark(self.cleaned_data[status], self.cleaned_data[minutes])
        return marks

    def add_objections(self, invalid: InvalidMark) -> None:
        """Put each sentence beside its row, and one for the whole list where it belongs."""
        if invalid.text:
            self.add_error("reason" if isinstance(invalid, ReasonMissing) else None, invalid.text)
        for registration_pk, text in invalid.texts.items():
            field = f"minutes_{registration_pk}"
            self.add_error(field if field in self.fields else None, text)
