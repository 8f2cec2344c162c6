"""What do people type who check in, and what the trainer who counts them?"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.requests import key_in
from trainings.attendance import DIGITS, Arrival


class CheckInCodeForm(forms.Form):
    """Cleans to six digits; spaces and dashes between them are forgiven."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Sechs Ziffern. Der Code wechselt alle 30 Sekunden."),
        error_messages={"required": _("Bitte geben Sie die sechs Ziffern ein, die im Raum zu sehen sind.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        typed = "".join(c for c in self.cleaned_data["code"] if not c.isspace() and c not in "-–")
        if len(typed) != DIGITS or not typed.isdecimal():
            raise ValidationError(_("Bitte geben Sie die sechs Ziffern ein, die im Raum zu sehen sind."))
        return "".join(str(int(digit)) for digit in typed)


class PersonalCodeForm(forms.Form):
    """What somebody showed the trainer; ``attendance.mark_by_code`` says what is wrong with it."""

    code = forms.CharField(
        label=_("Code der Person"),
        max_length=40,
        help_text=_("Zehn Zeichen, aus der E-Mail oder vom Ausdruck. Groß oder klein ist gleich."),
        error_messages={"required": _("Bitte geben Sie den Code ein, den die Person zeigt.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    mark_optional = False


class HeadCountForm(forms.Form):
    """How many people are in the room, and who checked in without being there."""

    class Excluded:
        OPEN, ABSENT = "open", "absent"

    head_count = forms.IntegerField(
        label=_("Personen im Raum"),
        min_value=0,
        help_text=_("Zählen Sie alle, die teilnehmen, auch wer schon erfasst ist. Sie selbst zählen nicht mit."),
        error_messages={"required": _("Bitte geben Sie ein, wie viele Personen Sie gezählt haben.")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    excluded_as = forms.ChoiceField(
        label=_("Wer nicht im Raum ist,"),
        choices=[(Excluded.OPEN, _("bleibt offen")), (Excluded.ABSENT, _("wird als „gefehlt“ eingetragen"))],
        initial=Excluded.OPEN,
        widget=forms.RadioSelect,
    )

    def __init__(self, arrivals: list[Arrival], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [row.registration for row in arrivals if row.check_in is not None]
        self.fields["excluded"] = forms.TypedMultipleChoiceField(
            label=_("nicht im Raum"),
            choices=[(registration.pk, registration.person.full_name) for registration in people],
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def exclusions(self) -> dict[str, Any]:
        """For ``confirm_arrivals``."""
        are_absent = self.cleaned_data["excluded_as"] == self.Excluded.ABSENT
        return {"excluded": self.cleaned_data["excluded"], "excluded_are_absent": are_absent}

    @property
    def excluded_keys(self) -> set[int]:
        """Registrations with a tick, also in a form that was refused."""
        return {key_in(value) for value in self["excluded"].value() or []}
