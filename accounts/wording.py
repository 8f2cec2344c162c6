"""What do our forms say of what was typed wrong? What it was, and how to mend it, where Django would name a rule."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField

TEXTS = {
    "max_length": _(
        "Das ist zu lang: Hier passen höchstens %(limit_value)d Zeichen, jetzt sind es %(show_value)d. Bitte kürzen."
    ),
    "null_characters_not_allowed": _("Hier stehen unsichtbare Zeichen. Bitte tippen Sie die Angabe neu ein."),
}


class OwnWords:
    """For forms that people meet on their own. ``MISSING`` says of a field what is to be done if it stays empty."""

    fields: dict[str, forms.Field]
    MISSING: dict[str, object] = {}

    def say_in_own_words(self) -> None:
        """Called once the fields are there."""
        for name, field in self.fields.items():
            field.error_messages |= TEXTS
            field.error_messages["required"] = self.MISSING.get(name, _missing(field))  # type: ignore[assignment]
            if isinstance(field, AddressField):
                field.error_messages["invalid"] = _(
                    "So ist die E-Mail-Adresse nicht vollständig. Sie hat einen Namen, ein @ und eine "
                    "Domain, zum Beispiel: vorname.nachname@behoerde.example"
                )
            elif isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("Bitte wählen Sie eine der Möglichkeiten aus.")


def _missing(field: forms.Field) -> object:
    if isinstance(field, AddressField):
        return _("Bitte geben Sie die E-Mail-Adresse an.")
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        return _("Bitte wählen Sie eine der Möglichkeiten aus.")
    if isinstance(field, forms.BooleanField):
        return _("Bitte kreuzen Sie das an, um fortzufahren.")
    return _("Bitte füllen Sie dieses Feld aus.")
