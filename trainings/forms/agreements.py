"""What do coordinators type about an agreement? Shapes; the rules are in ``planning``."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import TargetGroup
from trainings.forms.editing import EditForm
from trainings.forms.master_data import MasterDataForm
from trainings.forms.planning import day_field
from trainings.models import Agreement
from trainings.planning import MasterData


class AgreementForm(MasterDataForm):
    """``kept``: by which name a file waits that was handed in with a form that could not be saved yet."""

    further = ("groups", "file")
    not_stored = frozenset({"reason", "file", "kept"})
    layout = (
        ("", (("starts_on", "ends_on"), ("signed_by",), ("signed_on",))),
        (_("Was sie erlaubt"), (("groups",), ("places_per_run",))),
        (_("Unterschriebene Datei"), (("file",), ("note",))),
    )

    groups = forms.MultipleChoiceField(
        label=_("Gilt für"),
        choices=TargetGroup.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nichts angekreuzt: für alle Gruppen."),
    )
    # Read by the view, which keeps it where the form comes back. Where a page asks for JPEG, iPhones convert HEIC.
    file = forms.FileField(
        label=_("Scan oder Foto"),
        required=False,
        help_text=_("PDF, JPEG oder PNG, höchstens 10 MB. Mehrere Seiten bitte als eine PDF-Datei."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )

    def __init__(self, data: Any, files: Any, row: Agreement, start: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, row, start)
        self.fields["kept"] = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
        if files is not None:
            self.files = files

    def values_of(self, row: MasterData) -> dict[str, Any]:
        assert isinstance(row, Agreement)  # noqa: S101  for the types
        return super().values_of(row) | {"groups": list(row.groups)}

    def keep(self, name: str) -> None:
        """The file waits under that name; the page says so."""
        self.typed["kept"] = name

    @property
    def has_kept_file(self) -> bool:
        return bool(self.typed.get("kept"))


class EndAgreementForm(EditForm):
    not_stored = frozenset({"reason"})

    ends_on = day_field(_("Letzter Tag"), help_text=_("An diesem Tag gilt die Vereinbarung noch."))
    reason = forms.CharField(label=_("Grund"), max_length=500, help_text=_("Steht im Verlauf."))

    def __init__(self, data: Any, agreement: Agreement) -> None:
        super().__init__(data, current={"ends_on": agreement.ends_on})
        self.carry_beginning()
