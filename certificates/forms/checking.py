"""What does somebody type who checks a certificate, or wants a confirmation for an agency?"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.choices import AgencyField
from accounts.models import Agency
from certificates.models import CODE_ALPHABET, CODE_LENGTH, normalised_code
from trainings.forms.figures import PeriodForm
from trainings.reporting import Period


class CertificateCodeForm(forms.Form):
    """Cleans to the code as stored."""

    code = forms.CharField(
        label=_("Prüfcode"),
        max_length=300,
        help_text=_(
            "16 Zeichen, zum Beispiel 7K3M-XQ9A-RTB2-5WZH. Groß oder klein, mit oder ohne Striche; "
            "auch die ganze Adresse von der Bescheinigung."
        ),
        error_messages={"required": _("Bitte geben Sie den Prüfcode ein. Er steht unten auf der Bescheinigung.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = normalised_code(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise ValidationError(
                _("Der Prüfcode hat %(length)d Zeichen; das sind %(typed)d."),
                params={"length": CODE_LENGTH, "typed": len(code)},
            )
        if wrong := sorted(set(code) - set(CODE_ALPHABET)):
            raise ValidationError(
                _("Diese Zeichen kommen in Prüfcodes nicht vor: %(characters)s"), params={"characters": " ".join(wrong)}
            )
        return code


class SurnameForm(forms.Form):
    surname = forms.CharField(
        label=_("Nachname auf der Bescheinigung"),
        max_length=150,
        help_text=_("Wir sagen Ihnen, ob er stimmt. Der Name selbst wird nicht angezeigt."),
        error_messages={"required": _("Bitte geben Sie den Nachnamen ein, der auf der Bescheinigung steht.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FileForm(forms.Form):
    """What the browser reports about a file that is not uploaded."""

    sha256 = forms.RegexField(r"\A[0-9a-f]{64}\Z")


class AgencyPeriodForm(PeriodForm):
    """For coordinators, who choose the agency."""

    behoerde = AgencyField(
        label=_("Behörde / Einrichtung"),
        empty_label=_("Bitte wählen"),
        error_messages={"required": _("Bitte wählen Sie eine Behörde oder Einrichtung.")},
    )
    field_order = ("behoerde", "von", "bis")

    @property
    def agency(self) -> Agency | None:
        """None if none was chosen or the form is invalid."""
        return self.cleaned_data["behoerde"] if self.is_valid() else None


class RecordPeriodForm(PeriodForm):
    """For a person's record: without days it is of all time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {"von", "bis"} <= cleaned.keys() and bool(cleaned["von"]) != bool(cleaned["bis"]):
            text = _("Bitte geben Sie beide Tage an, oder keinen von beiden für den gesamten Zeitraum.")
            self.add_error("bis" if cleaned["von"] else "von", text)
        return cleaned

    @property
    def period(self) -> Period | None:
        """None for all time, and if the form is invalid."""
        return super().period if self.is_valid() and self.cleaned_data["von"] else None
