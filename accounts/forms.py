"""What do people type to sign in and to say who they are?"""

from typing import Any, cast

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import affiliation, codes, people, profile
from accounts.addresses import AddressField, mailbox
from accounts.choices import AgencyField
from accounts.models import User
from accounts.names import CleanNames, proposed_by
from accounts.wording import OwnWords

TOO_MANY_WRONG_CODES = _(
    "Dieser Code gilt nicht mehr: Es wurden zu viele falsche eingegeben. Bitte fordern Sie einen neuen an."
)


def page_language() -> str:
    """The language the person reads the page in, as a first guess of the one they want mails in."""
    return "en" if (get_language() or "de").startswith("en") else "de"


class SignInForm(OwnWords, RequestLoginCodeForm):  # type: ignore[misc]
    """One field for everybody: new people get an account with their first code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"] = AddressField()
        field.label = _("Dienstliche E-Mail-Adresse")
        field.help_text = _(
            "Zum Beispiel vorname.nachname@behoerde.example. Ehrenamtliche nutzen ihre private Adresse."
        )
        field.widget.attrs.update({"autocomplete": "email"})
        self.say_in_own_words()

    def clean_email(self) -> str:
        """The address as typed. What is counted and looked up is the mailbox, and the code goes to the account's own.

        Nothing that follows may depend on whether there is an account: the page says the same to everybody.
        """
        email: str = self.cleaned_data["email"]
        seconds, whose = codes.ask(context.request, email)
        if seconds:
            raise ValidationError(too_many_requests(seconds, whose), code="rate_limited")
        # Not the library's own table of addresses: an address taken from a person must not open their account.
        self._user = self._person(email)
        return email

    @staticmethod
    def _person(email: str) -> User | None:
        """Who signs in, with a new account if need be; None, and no code, where the mailbox's account has ended.

        A new account is one of the mailbox itself: were it one of a plus tag, whoever has a mailbox of that very name
        where plus tags are unknown could take the place of its owner.
        """
        if settings.SITE_READ_ONLY:
            person = User.objects.of_address(email)
        elif (person := User.objects.of_address(email)) is None:
            person = people.at_address(mailbox(email), language=page_language())
        return person if person and person.is_active else None


def too_many_requests(seconds: int, whose: str) -> str:
    minutes = -(-seconds // 60)
    wait = ngettext("%(minutes)d Minute", "%(minutes)d Minuten", minutes) % {"minutes": minutes}
    if whose == "network":
        text = _(
            "Aus Ihrem Netz wurden gerade ungewöhnlich viele Codes angefordert. "
            "Bitte versuchen Sie es in %(wait)s erneut."
        )
    else:
        text = _(
            "Es wurden eben schon mehrere Codes angefordert. Nehmen Sie bitte den aus der neuesten E-Mail, "
            "oder versuchen Sie es in %(wait)s erneut."
        )
    return str(text) % {"wait": wait}


class SignInCodeForm(OwnWords, ConfirmLoginCodeForm):  # type: ignore[misc]
    MISSING = {"code": _("Bitte geben Sie den Code aus der E-Mail ein.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code aus der E-Mail")
        field.help_text = _("Sie können ihn einfügen. Er gilt 15 Minuten.")
        field.widget.attrs.update({"autocomplete": "one-time-code", "autocapitalize": "characters"})
        field.widget.attrs.pop("placeholder", None)
        self.say_in_own_words()

    def clean_code(self) -> str:
        request = context.request
        self.expected_code = codes.expected(request, self.expected_code or "")  # type: ignore[has-type]
        if codes.is_outdated(request):
            raise ValidationError(TOO_MANY_WRONG_CODES, code="too_many_wrong_codes")
        try:
            code: str = super().clean_code()
        except ValidationError:
            codes.note_wrong(request)
            raise
        codes.note_right(request)
        return code


class ProfileForm(OwnWords, CleanNames, forms.ModelForm):  # type: ignore[type-arg]
    """Name, agency and group. The agency is only asked for if the mail domain does not determine it.

    Only here is a first name required, unless the person has none: whoever enters others, by a list, a table or on the
    spot, may not know it. Everybody whom others have entered is asked here, or to confirm the name.
    """

    MISSING = {
        "first_name": _("Bitte geben Sie den Vornamen an, oder kreuzen Sie an, dass Sie nur einen Namen haben."),
        "last_name": _("Bitte geben Sie den Nachnamen an."),
        "group": _("Bitte wählen Sie Ihre Gruppe aus."),
        "organisation": _("Bitte geben Sie an, für welche Behörde oder Organisation Sie kommen."),
        "privacy_notice": _("Bitte bestätigen Sie, dass Sie die Datenschutzhinweise zur Kenntnis genommen haben."),
    }

    has_one_name = forms.BooleanField(label=_("Ich habe nur einen Namen"), required=False)

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
        "has_one_name",
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
        self.fields["first_name"].required = not self.data.get("has_one_name")
        self.fields["has_one_name"].initial = self.instance.has_completed_profile and not self.instance.first_name
        self.fields["has_one_name"].help_text = _("Dann bleibt der Vorname leer; Ihr Name gehört ins Feld „Nachname“.")
        self.fields["last_name"].required = True
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["last_name"].help_text = _("So steht Ihr Name auf der Teilnahmebescheinigung.")
        if not (self.instance.has_completed_profile or self.instance.first_name or self.instance.last_name):
            self._propose_name()
        self.fields["title"].help_text = _("Zum Beispiel Dr.")
        self.fields["title"].widget.attrs["autocomplete"] = "honorific-prefix"
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
            self.fields["organisation"].widget.attrs["autocomplete"] = "organization"
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
        self.say_in_own_words()

    def _propose_name(self) -> None:
        first, last = proposed_by(self.instance.email)
        if first:
            self.initial.update(first_name=first, last_name=last)
            self.fields["first_name"].help_text = _(
                "Vor- und Nachname sind ein Vorschlag nach Ihrer E-Mail-Adresse. Bitte prüfen Sie beide."
            )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("has_one_name") and self.cleaned_data.get("first_name"):
            text = _("Sie haben einen Vornamen angegeben und angekreuzt, dass Sie nur einen Namen haben. Was stimmt?")
            self.add_error("has_one_name", text)
        self._ask_about_remarks()
        return super().clean() or self.cleaned_data

    def _ask_about_remarks(self) -> None:
        """A name that cannot be printed as it is typed is kept only by whoever says so."""
        names = [self.cleaned_data.get(name, "") for name in User.PRINTED_NAME]
        remarks = profile.remarks_on_name(" ".join(names))
        if not remarks or not {*User.PRINTED_NAME} & {*self.changed_data}:
            return
        label = _("Den Namen trotzdem so speichern; wegen der Bescheinigung melde ich mich bei der Koordination")
        self.fields["keep_name"] = forms.BooleanField(label=label, required=False)
        order = [name for name in self.fields if name != "keep_name"]
        order.insert(order.index("last_name") + 1, "keep_name")
        self.order_fields(order)
        if not self.data.get("keep_name"):
            for remark in remarks:
                self.add_error("last_name", remark)

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
