"""How do the pages of the back office import and export tables?

The library's pages, with this project's formats, limits and messages, and without what its content security policy
forbids. An upload waits for its confirmation in the cache, under a random name and for an hour.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm, ImportForm
from import_export.tmp_storages import CacheStorage

from accounts.tables.importing import TableResource, TableResult
from accounts.tables.spreadsheets import CsvFile, TableFile, UnreadableTable, XlsxFile, gone, too_large


class WaitingUpload(CacheStorage):  # type: ignore[misc]
    """In the cache, so that every process sees it and no personal data is left on disk."""

    CACHE_LIFETIME = 3600


class TableImportForm(ImportForm):  # type: ignore[misc]
    """One field: the format follows from the content of the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["import_file"]
        field.label = _("Datei")
        field.help_text = _(
            "Excel (.xlsx, das erste Tabellenblatt) oder CSV, höchstens %(rows)d Zeilen und %(megabytes)d MB. "
            "Zuerst wird nur geprüft; gespeichert wird erst nach Ihrer Bestätigung."
        ) % {"rows": settings.IMPORT_MAX_ROWS, "megabytes": settings.IMPORT_MAX_BYTES // 1024**2}
        self.fields["format"].widget = forms.HiddenInput()
        self.initial["format"] = "0"

    @property
    def media(self) -> forms.Media:
        return forms.Media()

    def clean_import_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["import_file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large())
        return file


class TableExportForm(ExportForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].initial = "0"


class TableAdmin(ImportExportMixin, admin.ModelAdmin):  # type: ignore[misc, type-arg]
    """Import with a preview and export. Subclasses set ``resource_classes``."""

    import_formats = [TableFile]
    export_formats = [XlsxFile, CsvFile]
    import_form_class = TableImportForm
    export_form_class = TableExportForm
    tmp_storage_class = WaitingUpload

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Check the file and show what it would change."""
        response: TemplateResponse = super().import_action(request, **kwargs)
        context = response.context_data or {}
        upload = context["form"].cleaned_data.get("import_file") if context["form"].is_bound else None
        name = getattr(upload, "tmp_storage_name", None)
        if name and "confirm_form" not in context:
            WaitingUpload(name=name).remove()
        return response

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save what was confirmed."""
        name = request.POST.get("import_file_name", "")
        if request.method == "POST" and self.has_import_permission(request) and WaitingUpload(name=name).read() is None:
            messages.error(request, gone())
            return self._to_import()
        response: HttpResponse = super().process_import(request, **kwargs)
        return response

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the warnings of the preview are confirmed."""
        form = kwargs["form"]
        return {**super().get_import_data_kwargs(**kwargs), "confirmed": "confirmed" in form.data}

    def _to_import(self) -> HttpResponseRedirect:
        return redirect("admin:{}_{}_import".format(*self.get_model_info()))

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        if not isinstance(e, UnreadableTable):
            raise e
        form.add_error("import_file", str(e))

    def process_result(self, result: TableResult, request: HttpRequest) -> HttpResponse:
        """What the rows depend on may have changed between preview and confirmation."""
        if result.problems:
            messages.error(
                request,
                _("Nichts wurde gespeichert: Die Tabelle passt nicht mehr zum Bestand. Bitte prüfen Sie sie erneut."),
            )
            return self._to_import()
        response: HttpResponse = super().process_result(result, request)
        return response

    def add_success_message(self, result: TableResult, request: HttpRequest) -> None:
        text = _("Gespeichert: %(new)d neu, %(update)d geändert, %(skip)d unverändert.")
        messages.success(request, text % result.totals)

    def _create_log_entry(self, user_pk: int, rows: list[models.Model], import_type: str, action_flag: int) -> None:
        text = {ADDITION: _("Durch Import angelegt."), CHANGE: _("Durch Import geändert.")}[action_flag]
        LogEntry.objects.log_actions(user_pk, rows, action_flag, change_message=text)

    def get_export_filename(self, request: HttpRequest, queryset: models.QuerySet[Any], file_format: CsvFile) -> str:
        name = self.resource_classes[0].file_name
        return f"{name}-{timezone.localdate():%Y-%m-%d}.{file_format.get_extension()}"

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resource: TableResource = self.resource_classes[0]()
        return {"columns": resource.columns.values()}


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: these rows are changed elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
