"""What is typed about a dossier: in which language it is made, how it was handed in, which one is to be checked?"""

import hashlib

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from evidence.dossiers import LARGEST_MANIFEST


class DossierForm(forms.Form):
    """``named``: whether the funder gets names; only then there are copies of certificates."""

    language = forms.ChoiceField(label=_("Sprache"), choices=settings.LANGUAGES, initial="de")
    with_copies = forms.BooleanField(
        label=_("Mit Kopien der Teilnahmebescheinigungen"),
        required=False,
        help_text=_("Sonst nennt das Dossier nur ihre Nummern."),
    )

    def __init__(self, data: object = None, *, named: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        if not named:
            del self.fields["with_copies"]


class HandingInForm(forms.Form):
    reason = forms.CharField(
        label=_("Wie und an wen abgegeben"),
        max_length=500,
        help_text=_("Zum Beispiel: hochgeladen im Portal des Fördermittelgebers. Steht im Verlauf."),
        error_messages={"required": _("Bitte schreiben Sie, wie und an wen abgegeben wurde.")},
    )


class CheckForm(forms.Form):
    """Either; ``cleaned_data["asked"]`` is the SHA-256 of the manifest."""

    sha256 = forms.CharField(
        label=_("SHA-256 der Datei manifest.json"),
        max_length=100,
        required=False,
        help_text=_("64 Zeichen, Ziffern und die Buchstaben a bis f."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    manifest = forms.FileField(
        label=_("Oder die Datei manifest.json selbst"),
        required=False,
        help_text=_("Sie liegt oben in der ZIP-Datei. Es wird nichts davon gespeichert."),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_sha256(self) -> str:
        typed = "".join(self.cleaned_data["sha256"].split()).lower()
        if typed and (len(typed) != 64 or set(typed) - set("0123456789abcdef")):
            raise ValidationError(_("Das ist keine SHA-256: Sie hat 64 Zeichen, Ziffern und die Buchstaben a bis f."))
        return typed

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        file = values.get("manifest")
        if file and file.size > LARGEST_MANIFEST:
            text = _("Diese Datei ist zu groß. Gefragt ist nur manifest.json, nicht die ganze ZIP-Datei.")
            self.add_error("manifest", text)
        elif file:
            values["asked"] = hashlib.sha256(file.read()).hexdigest()
        elif values.get("sha256"):
            values["asked"] = values["sha256"]
        elif not self.errors:
            self.add_error("sha256", _("Bitte geben Sie die SHA-256 ein, oder wählen Sie die Datei manifest.json."))
        return values
