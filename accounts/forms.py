"""What do people type to sign in and to say who they are?"""

from typing import Any, cast

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import affiliation, people, profile
from accounts.choices import AgencyField
from accounts.models import User
from accounts.names import CleanNames

MAX_EMAIL_LENGTH = 254  # of the column; RFC 5321 allows no longer path, so no longer address


def page_language() -> str:
    """The language the person reads the page in, as a first guess of the one they want mails in."""
    return "en" if (get_language() or "de").startswith("en") else "de"


class SignInForm(RequestLoginCodeForm):  # type: ignore[misc]
    """One field for everybody: new people get an account with their first code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.label = _("Dienstliche E-Mail-Adresse")
        field.help_text = _(
            "Zum Beispiel vorname.nachname@behoerde.example. Ehrenamtliche nutzen ihre private Adresse."
        )
        field.validators.append(MaxLengthValidator(MAX_EMAIL_LENGTH))
        field.widget.attrs.update({"autocomplete": "email"})
        field.widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        """The address in lower case; the library keeps the count of codes asked for (rate limit)."""
        email = cast(str, super().clean_email()).lower()
        # Not the library's own table of addresses: an address taken from a person must not open their account.
        self._user = User.objects.filter(email=email, is_active=True).first() or self._new_person(email)
        return email

    @staticmethod
    def _new_person(email: str) -> User | None:
        """An account without a name yet; None, and no code, where the address belongs to a deactivated person."""
        if settings.SITE_READ_ONLY or User.objects.filter(email=email).exists():
            return None
        try:
            with transaction.atomic():
                return User.objects.create_user(email, language=page_language())
        except IntegrityError:  # the same person submitting in another window at the same moment
            return User.objects.filter(email=email, is_active=True).first()


class SignInCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code aus der E-Mail")
        field.help_text = _("Sie können ihn einfügen. Er gilt 15 Minuten.")
        field.widget.attrs.update({"autocomplete": "one-time-code", "autocapitalize": "characters"})
        field.widget.attrs.pop("placeholder", None)


class ProfileForm(CleanNames, forms.ModelForm):  # type: ignore[type-arg]
    """Name, agency and group. The agency is only asked for if the mail domain does not determine it."""

    privacy_notice = forms.BooleanField(label=_("Ich habe die Datenschutzhinweise zur Kenntnis genommen."))

    class Meta:
        model = User
        fields = [
            "title",
            "first_name",
            "last_name",
            "organisation",
            "group",
            "phone",
            "language",
        ]
        widgets = {"group": forms.RadioSelect, "language": forms.RadioSelect}

    field_order = [
        "first_name",
        "last_name",
        "title",
        "organisation",
        "group",
        "phone",
        "language",
        "privacy_notice",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["first_name"].help_text = _("Bleibt leer, wenn Sie nur einen Namen haben.")
        self.fields["last_name"].required = True
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["last_name"].help_text = _("So steht Ihr Name auf der Teilnahmebescheinigung.")
        self.fields["title"].help_text = _("Zum Beispiel Dr.")
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
        self.fields["phone"].help_text = _("Für kurzfristige Rückfragen der Koordination.")
        group = cast(forms.ChoiceField, self.fields["group"])
        group.required = True
        group.choices = [choice for choice in cast(list[tuple[str, str]], group.choices) if choice[0]]
        self.fields["language"].label = _("Sprache der E-Mails und Bescheinigungen")
        if self.instance.agency_id:
            del self.fields["organisation"]
        else:
            self.fields["organisation"].required = True
            self.fields["organisation"].label = _("Behörde oder Organisation")
            self.fields["organisation"].help_text = _(
                "Ihre E-Mail-Adresse ist uns keiner Behörde bekannt. Die Koordination prüft Ihre Angabe."
            )
        if self.instance.privacy_notice_noted_at:
            del self.fields["privacy_notice"]
        self.asked = [(section, section.fields(self.instance)) for section in profile.SECTIONS]
        for _section, fields in self.asked:
            self.fields.update(fields)
        self.order_fields([name for name in self.fields if name != "privacy_notice"])  # it comes last

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        now = timezone.now()
        person = self.instance
        answers = {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.cleaned_data}
        noted = {
            "profile_completed_at": person.profile_completed_at or now,
            "privacy_notice_noted_at": person.privacy_notice_noted_at or now,
        }
        belonging = self._belonging(answers) if person.profile_completed_at else None
        person = people.change(person, answers, by=person, noted=noted)
        if belonging:
            person = affiliation.change(person, timezone.localdate(), belonging, by=person)
        for section, fields in self.asked:
            section.save(person, {name: self.cleaned_data[name] for name in fields})
        return person

    def _belonging(self, answers: dict[str, Any]) -> affiliation.Belonging | None:
        """Another group or organisation than until today; taken out of ``answers``, for it begins with a day."""
        said = {name: answers.pop(name) for name in ("organisation", "group") if name in answers}
        if not {*said} & {*self.changed_data}:
            return None
        new = {"organisation": self.instance.organisation, "group": self.instance.group, **said}
        return affiliation.Belonging(self.instance.agency_id, **new)


class AffiliationForm(forms.Form):
    """A coordinator's decision on a person whose mail domain is unknown."""

    agency = AgencyField(
        label=_("Behörde oder Einrichtung"),
        required=False,
        empty_label=_("keine der eingetragenen – Angabe der Person gilt"),
    )
