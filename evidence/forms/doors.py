"""What do coordinators type for an auditor's door, and auditors behind it? The rules are in ``evidence.doors``."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from evidence import doors
from evidence.models import AuditorDoor, DoorQuestion, ReportingPeriod
from trainings.forms.planning import day_field

_COLUMNS = {column.name: column for column in AuditorDoor._meta.concrete_fields}


class DoorForm(forms.Form):
    """Names and scans are asked only where the grant lets funders see names."""

    auditor = forms.CharField(
        label=_COLUMNS["auditor"].verbose_name, help_text=_COLUMNS["auditor"].help_text, max_length=150
    )
    email = AddressField(label=_COLUMNS["email"].verbose_name, help_text=_COLUMNS["email"].help_text)
    language = forms.ChoiceField(label=_("Sprache der E-Mails"), choices=settings.LANGUAGES)
    ends_on = day_field(_COLUMNS["ends_on"].verbose_name, help_text=_COLUMNS["ends_on"].help_text)
    with_names = forms.BooleanField(label=_("Die Namen der Teilnehmenden zeigen"), required=False)
    with_scans = forms.BooleanField(
        label=_("Die Scans der unterschriebenen Listen zeigen"),
        help_text=_("Auf ihnen stehen Namen und Unterschriften."),
        required=False,
    )

    def __init__(self, data: Any, *, period: ReportingPeriod) -> None:
        allowed = period.funding.names_in_reports
        start = {"ends_on": doors.usual_end(), "language": settings.LANGUAGE_CODE, "with_names": allowed}
        super().__init__(data, initial=start)
        if not allowed:
            del self.fields["with_names"], self.fields["with_scans"]


class ProlongForm(forms.Form):
    ends_on = day_field(_COLUMNS["ends_on"].verbose_name, help_text=_COLUMNS["ends_on"].help_text)


class CodeForm(forms.Form):
    """Pasted with blanks as well."""

    code = forms.CharField(
        label=_("Code aus der E-Mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("Sechs Ziffern"),
    )


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=_("Ihre Frage"),
        max_length=DoorQuestion._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Die Koordination bekommt eine Nachricht. Ihre Antwort steht dann hier und kommt per E-Mail."),
    )


class DoorAnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Antwort"),
        max_length=DoorQuestion._meta.get_field("answer").max_length,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Sie erscheint auf der Seite der Prüfung und geht per E-Mail an sie; ändern lässt sie sich nicht mehr."
        ),
    )
