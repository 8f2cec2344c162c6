"""What do coordinators ask of the mails that were sent, and what do they write themselves?"""

import re
import uuid
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.requests import key_in, words_in
from trainings import mails
from trainings.mails import Audience, Draft
from trainings.models import Announcement, CourseRun, Message, MessageQuerySet, Registration, kind_choices

BOUNCED = "bounced"
KEY = re.compile("[0-9a-f]{32}")


class MessageFilter(forms.Form):
    """A form over the address. A wrong value is named beside its field and left out; the others still apply."""

    mark_optional: ClassVar = False
    use_required_attribute = False

    q = forms.CharField(
        label=_("Name oder E-Mail-Adresse"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    stand = forms.ChoiceField(
        label=_("Stand"),
        choices=[("", _("alle")), *Message.Status.choices, (BOUNCED, _("zurückgekommen"))],
        required=False,
    )
    anlass = forms.ChoiceField(
        label=pgettext_lazy("mail", "Anlass"),
        choices=lambda: [("", _("alle Anlässe")), *kind_choices()],
        required=False,
    )
    termin = forms.CharField(label=pgettext_lazy("number", "Termin"), max_length=20, required=False)
    # Where the lists of registrations and of announcements lead to.
    anmeldung = forms.ModelChoiceField(
        Registration.objects.select_related("person", "run"), required=False, widget=forms.HiddenInput
    )
    nachricht = forms.ModelChoiceField(Announcement.objects.all(), required=False, widget=forms.HiddenInput)

    @property
    def is_narrowed(self) -> bool:
        """Whether a field beside the search is filled in, rightly or wrongly: then it must be in sight."""
        return any(self.data.get(name) for name in ["stand", "anlass", "termin"])

    @property
    def only_of(self) -> Registration | Announcement | None:
        """The one thing all messages found are of."""
        return self.cleaned_data.get("anmeldung") or self.cleaned_data.get("nachricht")

    def clean_termin(self) -> str:
        number: str = self.cleaned_data["termin"]
        if number and not CourseRun.objects.filter(number=number).exists():
            raise forms.ValidationError(_("Einen Termin mit dieser Nummer gibt es nicht."))
        return number

    def found(self) -> MessageQuerySet:
        """In no order."""
        self.is_valid()
        chosen = self.cleaned_data
        found = Message.objects.for_lists().filter(mails.messages_found_by(words_in(chosen.get("q", ""))))
        if (status := chosen.get("stand")) == BOUNCED:
            found = found.filter(bounced_at__isnull=False)
        elif status:
            found = found.filter(status=status)
        if kind := chosen.get("anlass"):
            found = found.filter(kind=kind)
        if number := chosen.get("termin"):
            found = found.filter(Q(run__number=number) | Q(registration__run__number=number))
        if registration := chosen.get("anmeldung"):
            found = found.filter(registration=registration)
        if announcement := chosen.get("nachricht"):
            found = found.filter(announcement=announcement)
        return found


class SendAgainForm(forms.Form):
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class KeysField(forms.TypedMultipleChoiceField):
    """Keys of registrations, also of those that are gone since the preview."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(coerce=int, required=False)

    def valid_value(self, value: Any) -> bool:
        return key_in(value) > 0


class AnnouncementForm(forms.Form):
    """A free message.

    ``key`` is of this writing, so that a second click sends nothing; ``to`` are those whom the preview named.
    """

    mark_optional: ClassVar = False

    subject = forms.CharField(
        label=_("Betreff"),
        max_length=Announcement._meta.get_field("subject").max_length,
        help_text=_("Keine Namen und nichts Persönliches: Der Betreff steht auch auf Sperrbildschirmen."),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=Announcement._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "Ohne Anrede und Gruß. Die Angaben zur Schulung folgen von selbst. Eine Leerzeile trennt Absätze, "
            "Adressen werden zu Links."
        ),
    )
    audience = forms.ChoiceField(
        label=_("An wen?"), choices=Audience.choices, widget=forms.RadioSelect, initial=Audience.PLACE
    )
    chosen = forms.TypedMultipleChoiceField(
        label=_("Ausgewählte Personen"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Gilt nur, wenn oben „nur die unten ausgewählten“ steht."),
    )
    to = KeysField()
    key = forms.CharField(max_length=32, widget=forms.HiddenInput)

    def __init__(self, run: CourseRun, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid.uuid4().hex})
        self.fields["chosen"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"{row.person.list_name} ({row.get_status_display()})") for row in mails.reachable(run)
        ]

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if not KEY.fullmatch(key):
            raise forms.ValidationError(_("Bitte öffnen Sie die Seite noch einmal."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("audience") == Audience.CHOSEN and not cleaned.get("chosen") and "chosen" not in self.errors:
            self.add_error("chosen", _("Bitte wählen Sie mindestens eine Person aus."))
        return cleaned

    @property
    def draft(self) -> Draft:
        """What was written, once it is valid."""
        data = self.cleaned_data
        return Draft(data["subject"], data["text"], data["audience"], frozenset(data["chosen"]))
