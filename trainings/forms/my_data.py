"""What do people type on the pages of their own data, and coordinators who answer them?"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from trainings.models import DataRequest, Registration


class NeedsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Registration
        fields = ["needs"]
        labels = {"needs": _("Was brauchen Sie, um gut teilnehmen zu können?")}
        help_texts = {
            "needs": _(
                "Bitte nennen Sie keine Diagnosen. Ihre Angabe sieht nur die Koordination; sie wird 14 Tage nach dem "
                "Termin gelöscht. Lassen Sie das Feld leer, wird sie sofort gelöscht."
            )
        }
        widgets = {"needs": forms.Textarea(attrs={"rows": 3})}


class NewSupervisorForm(forms.Form):
    supervisor_email = AddressField(
        label=_("E-Mail-Adresse Ihrer vorgesetzten Person"),
        help_text=_("Sie erhält einen Link und braucht kein Konto. Der Link an die bisherige Adresse gilt nicht mehr."),
    )


class DataRequestForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = DataRequest
        fields = ["words"]
        widgets = {"words": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, kind: DataRequest.Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == DataRequest.Kind.CORRECTION:
            self.fields["words"].label = _("Was stimmt nicht, und wie ist es richtig?")
            self.fields["words"].required = True


class AnswerForm(forms.Form):
    words = forms.CharField(
        label=_("Antwort"),
        max_length=1000,
        help_text=_("Die Person liest sie auf ihrer Seite. Wenn Sie ablehnen, nennen Sie bitte den Grund."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RestrictionForm(forms.Form):
    reason = forms.CharField(label=_("Grund"), max_length=500, help_text=_("Er wird im Protokoll gespeichert."))


class SureForm(forms.Form):
    sure = forms.BooleanField(label=_("Ich habe gelesen, was geschieht. Es lässt sich nicht zurücknehmen."))
