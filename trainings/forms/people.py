"""What do coordinators type about a person? Shapes; the rules are in ``trainings.people``."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from accounts.choices import AgencyField, ByName, told_apart
from accounts.models import AuditEvent, TargetGroup, User
from accounts.names import clean_name
from trainings import people
from trainings.forms.editing import EditForm
from trainings.forms.planning import day_field
from trainings.models import teaching

NAMES = ("title", "first_name", "last_name")
OF_PERSON = (*NAMES, "form_of_address", "email", "phone", "language", "agency", "organisation", "group", "role", "note")


class FindPersonForm(forms.Form):
    mark_optional = False

    q = forms.CharField(
        label=_("Name, E-Mail-Adresse oder Nummer"),
        required=False,
        max_length=200,
        help_text=_("Tippfehler im Namen schaden nicht. Nummern sind die einer Bescheinigung oder eines Kontos."),
    )

    def people(self) -> list[User]:
        return people.find_people(self.cleaned_data["q"]) if self.is_valid() else []


class AddressForm(forms.Form):
    """The address of somebody who was entered without one."""

    email = AddressField(label=_("E-Mail-Adresse"))
    mark_optional = False


class PersonForm(EditForm):
    """Of somebody who exists, or of somebody new: then without a reason and a day."""

    not_stored = frozenset({"since", "reason"})

    title = forms.CharField(label=_("Titel"), required=False, max_length=60)
    first_name = forms.CharField(label=_("Vorname"), required=False, max_length=150)
    last_name = forms.CharField(label=_("Nachname"), max_length=150)
    form_of_address = forms.CharField(label=_("Anrede"), required=False, max_length=40)
    email = AddressField(label=_("E-Mail-Adresse"))
    phone = forms.CharField(label=_("Telefon"), required=False, max_length=40)
    language = forms.ChoiceField(label=_("Sprache der E-Mails und Bescheinigungen"), choices=settings.LANGUAGES)
    agency = AgencyField(
        label=_("Behörde oder Einrichtung"),
        required=False,
        empty_label=_("keine der eingetragenen – folgt aus der Adresse"),
    )
    organisation = forms.CharField(
        label=_("Angegebene Organisation"),
        required=False,
        max_length=200,
        help_text=_("Nur, wenn keine der eingetragenen Behörden passt."),
    )
    group = forms.ChoiceField(label=_("Gruppe"), choices=TargetGroup.choices)
    role = forms.ChoiceField(label=_("Rolle"), choices=User.Role.choices)
    note = forms.CharField(
        label=_("Hinweise zur Zuordnung"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Zum Beispiel: heißt in Videokonferenzen „A. Groß“; nicht Anna Groß aus Bendorf."),
    )

    def __init__(self, data: Any, person: User) -> None:
        stored = {name: getattr(person, name) for name in OF_PERSON}
        stored["language"] = stored["language"] or "de"
        stored["email"] = person.email if person.has_address else ""
        super().__init__(data, current=stored)
        self.person = person
        self.fields["email"].required = person.has_address
        if person.pk is not None:
            self.fields["since"] = day_field(
                _("Behörde und Gruppe ab"),
                required=False,
                help_text=_("Ab diesem Tag zählen Anmeldungen für die neue. Leer: ab heute. Was vorher war, bleibt."),
            )
            self.fields["reason"] = forms.CharField(
                label=_("Grund"), required=False, max_length=500, help_text=_("Steht im Protokoll.")
            )
        self.carry_beginning()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in (*NAMES, "organisation"):
            if name in cleaned:
                cleaned[name] = clean_name(cleaned[name])
        return cleaned

    @property
    def groups(self) -> list[tuple[Any, list[list[forms.BoundField]]]]:
        layout = [
            (_("Name"), [["title", "first_name", "last_name"], ["form_of_address", "language"]]),
            (_("Erreichbar"), [["email", "phone"]]),
            (_("Zugehörigkeit"), [["agency", "organisation"], ["group", "since"]]),
            (_("Konto"), [["role"], ["note"], ["reason"]]),
        ]
        return [
            (heading, [[self[name] for name in cells if name in self.fields] for cells in rows])
            for heading, rows in layout
        ]


class SuccessorField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = ByName

    def label_from_instance(self, obj: User) -> str:
        return told_apart(obj)


class LeavingForm(forms.Form):
    """``people``: who may take over what the person leads."""

    trainer = SuccessorField(
        User.objects.none(), label=_("Wer leitet die Termine weiter?"), required=False, empty_label=_("noch offen")
    )
    reason = forms.CharField(
        label=_("Grund"),
        required=False,
        max_length=500,
        help_text=_("Steht im Protokoll und im Verlauf der Anmeldungen."),
    )

    def __init__(self, data: Any, person: User, *, teaches: bool) -> None:
        super().__init__(data)
        if not teaches:
            del self.fields["trainer"]
            return
        field: Any = self.fields["trainer"]
        field.queryset = teaching().filter(is_active=True).exclude(pk=person.pk)


class AuditFilterForm(forms.Form):
    mark_optional = False

    q = forms.CharField(label=_("Person"), required=False, max_length=200)
    what = forms.ChoiceField(label=_("Was"), required=False)
    since = day_field(_("von"), required=False)
    until = day_field(_("bis"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["what"]
        field.choices = [("", _("alles")), *AuditEvent.What.choices]
