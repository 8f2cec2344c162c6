"""What do coordinators type when they act for others?"""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import finding
from accounts.addresses import AddressField
from accounts.models import Agency, TargetGroup, User
from accounts.names import CleanNames


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
        """At most twenty active people with a complete profile, found by every word typed, or nearly."""
        people = User.objects.filter(is_active=True, profile_completed_at__isnull=False).select_related("agency")
        return finding.find(people, self.cleaned_data["q"], 20) if self.is_valid() else []


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


class NewPersonForm(CleanNames, forms.Form):
    """Somebody who has never signed in; the agency follows from the address where its domain is known."""

    email = AddressField(label=_("E-Mail-Adresse"))
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
        email = cast(str, self.cleaned_data["email"])
        person = User.objects.of_address(email)
        if person is not None and person.has_completed_profile:
            raise forms.ValidationError(_("Diese Person ist schon bekannt. Bitte suchen Sie oben nach ihr."))
        if person is not None and not person.is_active:
            raise forms.ValidationError(_("Dieses Konto ist nicht mehr aktiv."))
        return email

    def clean_organisation(self) -> str:
        organisation = super().clean_organisation()
        email = self.cleaned_data.get("email")
        if email and not organisation and Agency.objects.for_email(email) is None:
            raise forms.ValidationError(
                _("Diese E-Mail-Domain gehört keiner Behörde. Bitte geben Sie die Organisation an.")
            )
        return organisation
