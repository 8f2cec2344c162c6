"""What do coordinators type when they issue, revoke and replace?"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.names import CleanNames
from accounts.requests import key_in
from certificates.issuing import Assessment, Name
from certificates.models import Certificate


class SelectionForm(forms.Form):
    """Who gets a certificate; a reason is required if any of them attended too little."""

    chosen = forms.TypedMultipleChoiceField(
        label=_("Auswahl"),
        coerce=int,
        error_messages={"required": _("Bitte wählen Sie mindestens eine Person aus.")},
    )
    override_reason = forms.CharField(
        label=_("Grund bei zu geringer Anwesenheit"),
        required=False,
        max_length=500,
        help_text=_(
            "Nur nötig, wenn jemand aus der Auswahl die Mindestanwesenheit nicht erreicht. Bescheinigt wird, was "
            "erfasst ist. Der Grund wird gespeichert, nur der Koordination gezeigt und nie gedruckt."
        ),
    )
    mark_optional = False

    def __init__(self, *args: Any, assessments: Iterable[Assessment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assessments = {assessment.registration.pk: assessment for assessment in assessments}
        self.fields["chosen"].choices = [  # type: ignore[attr-defined]
            (key, assessment.registration.person.list_name) for key, assessment in self.assessments.items()
        ]

    @property
    def ticked(self) -> set[int]:
        """The boxes as submitted, even if the form was refused."""
        sent = self["chosen"].data or [] if self.is_bound else []
        return {key_in(key) for key in sent}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        below = [
            one.registration.person.list_name
            for key in cleaned.get("chosen", [])
            if (one := self.assessments[key]).code == "too_little" and one.can_be_chosen
        ]
        if below and not cleaned.get("override_reason"):
            text = _("Bitte nennen Sie den Grund; zu wenig anwesend: %(people)s.")
            self.add_error("override_reason", forms.ValidationError(text, params={"people": "; ".join(below)}))
        return cleaned


class EndingForm(forms.Form):
    """Why a certificate is revoked or replaced."""

    reason = forms.CharField(
        label=_("Grund"),
        max_length=500,
        help_text=_("Steht in der Nachricht an die Person; auf der Prüfseite steht er nicht."),
        error_messages={"required": _("Bitte nennen Sie den Grund.")},
    )


class NameForm(CleanNames, forms.ModelForm):  # type: ignore[type-arg]
    """The name as it is to be printed, and the certificates that are replaced for it."""

    certificates = forms.ModelMultipleChoiceField(
        Certificate.objects.none(),
        label=_("Neu ausstellen"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Jede ausgewählte Bescheinigung wird durch eine neue mit neuer Nummer und neuem Code ersetzt."),
    )

    class Meta:
        model = User
        fields = ["title", "first_name", "last_name"]

    field_order = ["first_name", "last_name", "title", "certificates"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].help_text = _("Bleibt leer, wenn die Person nur einen Namen hat.")
        self.fields["last_name"].required = True
        self.fields["title"].help_text = _("Zum Beispiel Dr.")
        valid = Certificate.objects.of(self.instance).valid().select_related("registration").defer("pdf")
        choice = self.fields["certificates"]
        choice.queryset = valid
        choice.label_from_instance = _label
        choice.initial = valid
        if not valid:
            del self.fields["certificates"]

    def name(self) -> Name:
        return Name(**{field: self.cleaned_data[field] for field in User.PRINTED_NAME})


def _label(certificate: Certificate) -> str:
    return f"{certificate.number}: {certificate.title} ({certificate.snapshot['name']})"
