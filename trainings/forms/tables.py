"""Which file do coordinators hand in as a table?"""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tables import Knows, Table, UnreadableTable, read_table, too_large


class TableForm(forms.Form):
    """The content of the file tells its format. ``table`` and ``content`` are what was read."""

    file = forms.FileField(label=gettext_lazy("Datei"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"}))

    table: Table
    content: bytes

    def __init__(self, *args: Any, knows: Knows, **kwargs: Any) -> None:
        """``knows``: whether the import has a column for a heading."""
        super().__init__(*args, **kwargs)
        self._knows = knows
        self.fields["file"].help_text = _(
            "Excel (.xlsx, ein Tabellenblatt) oder CSV, höchstens %(rows)d Zeilen und %(megabytes)d MB. "
            "Zuerst wird nur geprüft; gespeichert wird erst nach Ihrer Bestätigung."
        ) % {"rows": settings.IMPORT_MAX_ROWS, "megabytes": settings.IMPORT_MAX_BYTES // 1024**2}

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large())
        self.content = file.read()
        try:
            self.table = read_table(self.content, self._knows)
        except UnreadableTable as problem:
            raise forms.ValidationError(str(problem)) from None
        return file
