"""What does a coordinator type who changes the words of the paper?"""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates import paper
from certificates.models import Wording
from trainings.models import lines


class WordingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Cleans to a ``wording.Text``. ``version`` is the one that the words were made from."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = Wording
        fields = ["certifies", "attended", "has_attended", "closing", "sign_off", "signatories"]
        labels: ClassVar = {
            "certifies": _("Vor dem Namen"),
            "attended": _("Vor dem Titel"),
            "has_attended": _("Nach dem Titel"),
        }
        help_texts: ClassVar = {
            "closing": _("Steht über Ort und Datum."),
            "signatories": _(
                "Eine bis drei Zeilen, je Zeile Name und Funktion, zum Beispiel: Miriam Roth, Koordination. "
                "Wird nur gedruckt, wenn die Bescheinigung unterschrieben wird."
            ),
        }
        widgets: ClassVar = {
            "closing": forms.Textarea(attrs={"rows": 2}),
            "sign_off": forms.RadioSelect,
            "signatories": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, language: str, text: paper.WordingText, based_on: int, **kwargs: Any) -> None:
        self.language = language
        kwargs["initial"] = {**text, "signatories": "\n".join(text["signatories"]), "version": based_on}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("certifies", "attended", "has_attended", "closing"):
            if name in cleaned:
                # A line break within a sentence means a space.
                cleaned[name] = " ".join(cleaned[name].split())
                self._refuse(name, paper.problems_of_text(cleaned[name]))
        signed = cleaned.get("sign_off") == Wording.SignOff.SIGNATURES
        names = lines(cleaned.get("signatories", ""))
        self._refuse("signatories", paper.problems_of_signatories(names, needed=signed))
        if not self.errors and (why := paper.problem_of_sample(paper.INVENTED_FACTS, self.language, self.text)):
            self.add_error(None, why)
        return self.cleaned_data

    @property
    def text(self) -> paper.WordingText:
        """Only for a valid form."""
        cleaned = self.cleaned_data
        return paper.WordingText(
            version=cleaned["version"],
            certifies=cleaned["certifies"],
            attended=cleaned["attended"],
            has_attended=cleaned["has_attended"],
            closing=cleaned["closing"],
            sign_off=cleaned["sign_off"],
            signatories=lines(cleaned["signatories"]),
        )

    def _refuse(self, name: str, problems: list[str]) -> None:
        if problems:
            self.add_error(name, " ".join(problems))
