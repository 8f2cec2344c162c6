"""What does a coordinator type who changes a legal page?"""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from trainings import legal_pages
from trainings.models import PageText


class PageTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """Cleans to a ``PageText`` that is not stored. ``version`` is the one that the words were made from."""

    instance: PageText
    mark_optional = False  # the help texts say what empty means

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = PageText
        fields = ["text", "video", "captions"]
        help_texts: ClassVar = {
            "text": _("Leer heißt: Standardtext."),
            "video": _(
                "Adresse der Datei auf dieser Website, zum Beispiel /medien/gebaerdensprache.mp4; wohin sie gelegt "
                "wird, weiß der Betrieb. Nehmen Sie dann den Hinweis aus dem Text, dass das Video fehlt."
            ),
            "captions": _("Adresse der Untertitel (WebVTT), zum Beispiel /medien/gebaerdensprache.vtt."),
        }
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 24})}

    def __init__(self, *args: Any, text: PageText, based_on: int, **kwargs: Any) -> None:
        kwargs["initial"] = {**legal_pages.shown(text), "version": based_on}
        kwargs["instance"] = PageText(**text.of, version=0)
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["lang"] = text.language
        if text.page != PageText.Page.SIGN_LANGUAGE:
            del self.fields["video"], self.fields["captions"]

    def clean_text(self) -> str:
        text = legal_pages.tidied(self.cleaned_data["text"])
        if problems := legal_pages.problems(text):
            raise forms.ValidationError(" ".join(problems))
        return text

    @property
    def text(self) -> PageText:
        """Only for a valid form."""
        return self.instance
