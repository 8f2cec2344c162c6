"""What do people type when they register and cancel?"""

from django import forms
from django.utils.translation import gettext_lazy as _


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
