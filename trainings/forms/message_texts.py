"""What does a coordinator type who changes the words of a mail?"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from trainings import mail_texts
from trainings.mails import Example
from trainings.models import MessageText


class MessageTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """Cleans to a ``MessageText`` that is not stored. ``version`` is the one that the words were made from."""

    instance: MessageText
    mark_optional = False  # the help texts say what empty means

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    example = forms.CharField(label=_("Vorschau mit"), required=False, widget=forms.Select)

    class Meta:
        model = MessageText
        fields = ["subject", "opening", "closing"]
        help_texts: ClassVar = {
            "subject": _("Eine Zeile. Leer heißt: Standardtext."),
            "opening": _("Eine leere Zeile beginnt einen Absatz. Leer heißt: Standardtext."),
            "closing": _("Steht vor dem Gruß. Darf leer bleiben."),
        }
        widgets: ClassVar = {
            "opening": forms.Textarea(attrs={"rows": 7}),
            "closing": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(
        self, *args: Any, text: MessageText, based_on: int, examples: Sequence[Example], **kwargs: Any
    ) -> None:
        kwargs["initial"] = {**mail_texts.shown(text), "version": based_on}
        kwargs["instance"] = MessageText(kind=text.kind, language=text.language, version=0)
        super().__init__(*args, **kwargs)
        for name in mail_texts.FIELDS:
            self.fields[name].widget.attrs["lang"] = text.language
        if examples:
            self.fields["example"].widget.choices = [(one.key, one.label) for one in examples]
        else:
            del self.fields["example"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in mail_texts.FIELDS:
            if name in cleaned:
                cleaned[name] = mail_texts.tidied(name, cleaned[name])
                if problems := mail_texts.problems(self.instance.kind, name, cleaned[name]):
                    self.add_error(name, " ".join(problems))
        return cleaned

    @property
    def text(self) -> MessageText:
        """Only for a valid form."""
        return self.instance
