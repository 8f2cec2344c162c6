"""What do people type when they register, cancel, pass their place on, or answer a link in a mail?"""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from accounts.models import Agency, TargetGroup, User
from accounts.names import CleanNames
from accounts.wording import OwnWords
from trainings.models import CourseRun, Registration


class SupervisorForm(OwnWords, forms.Form):
    """The address of the supervisor, where the run wants it and somebody could check it."""

    MISSING = {
        "supervisor_email": _("Bitte geben Sie die E-Mail-Adresse Ihrer vorgesetzten Person an."),
    }

    supervisor_email = AddressField(
        label=_("E-Mail-Adresse Ihrer vorgesetzten Person"),
        help_text=_("Sie erhält einen Link und braucht kein Konto. Ihren Bedarf sieht sie nicht."),
    )

    has_no_supervisor = forms.BooleanField(
        label=_("Bei mir gibt es keine vorgesetzte Person"),
        help_text=_("Zum Beispiel im Ehrenamt oder wenn Sie allein arbeiten. Dann entscheidet die Koordination."),
        required=False,
    )

    def __init__(self, *args: Any, run: CourseRun, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if run.approval == CourseRun.Approval.NONE or person.agency_id is None:
            del self.fields["supervisor_email"]
        elif run.approval == CourseRun.Approval.INFORM:
            self.fields["supervisor_email"].help_text = _("Sie wird informiert. Ihren Bedarf sieht sie nicht.")
        if run.approval != CourseRun.Approval.REQUIRED or "supervisor_email" not in self.fields:
            del self.fields["has_no_supervisor"]
        else:
            self.fields["supervisor_email"].required = "has_no_supervisor" not in self.data
        self.say_in_own_words()

    def clean(self) -> dict[str, Any]:
        named, nobody = (self.cleaned_data.get(name) for name in ("supervisor_email", "has_no_supervisor"))
        if named and nobody:
            text = _("Bitte geben Sie entweder eine Adresse an, oder sagen Sie, dass es niemanden gibt.")
            self.add_error("has_no_supervisor", text)
        return self.cleaned_data

    @property
    def supervisor(self) -> dict[str, Any]:
        """Who is to approve, as the operations take it."""
        return {
            "supervisor_email": self.cleaned_data.get("supervisor_email", ""),
            "has_no_supervisor": self.cleaned_data.get("has_no_supervisor", False),
        }


class RegistrationForm(SupervisorForm):
    needs = forms.CharField(
        label=_("Was brauchen Sie, um gut teilnehmen zu können?"),
        help_text=_(
            "Zum Beispiel einen stufenlosen Zugang oder Gebärdensprache. Bitte nennen Sie keine Diagnosen. "
            "Ihre Angabe sieht nur die Koordination; sie wird 14 Tage nach dem Termin gelöscht."
        ),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CancellationForm(OwnWords, forms.Form):
    reason = forms.CharField(
        label=_("Grund"), required=False, max_length=500, help_text=_("Hilft der Koordination bei der Planung.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say_in_own_words()


class DeclineForm(OwnWords, forms.Form):
    MISSING = {"reason": _("Bitte nennen Sie den Grund; die angemeldete Person möchte ihn wissen.")}

    reason = forms.CharField(
        label=_("Grund der Ablehnung"),
        max_length=500,
        help_text=_("Die angemeldete Person erfährt ihn."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say_in_own_words()


class HandOverForm(OwnWords, forms.Form):
    email = AddressField(
        label=_("E-Mail-Adresse der Vertretung"),
        help_text=_("Eine dienstliche Adresse derselben Behörde. Dieser Link gilt danach nicht mehr."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say_in_own_words()


class SubstituteForm(OwnWords, CleanNames, forms.Form):
    """Who takes over the place: name and group are needed only of somebody not known here."""

    email = AddressField(label=_("Dienstliche E-Mail-Adresse"))
    first_name = forms.CharField(label=_("Vorname"), required=False, max_length=150)
    last_name = forms.CharField(
        label=_("Nachname"),
        required=False,
        max_length=150,
        help_text=_("Name und Gruppe sind nur nötig, wenn die Person hier noch kein Konto hat."),
    )
    group = forms.ChoiceField(label=_("Gruppe"), choices=TargetGroup.choices, widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, registration: Registration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.registration = registration
        self.colleague: User | None = None
        self.say_in_own_words()

    def clean_email(self) -> str:
        """Reveals nothing about who is known at other agencies."""
        email = cast(str, self.cleaned_data["email"])
        account = User.objects.of_address(email)
        of_domain = Agency.objects.for_email(email)
        agency = account.agency_id if account else of_domain.pk if of_domain else None
        if agency is None or agency != self.registration.agency_id:
            raise forms.ValidationError(_("Den Platz kann nur jemand aus derselben Behörde übernehmen."))
        if account is not None and not account.is_active:
            raise forms.ValidationError(_("Dieses Konto ist nicht mehr aktiv."))
        self.colleague = account if account and account.has_completed_profile else None
        return email

    def clean(self) -> dict[str, Any]:
        if "email" in self.cleaned_data and self.colleague is None:
            if not self.cleaned_data.get("last_name"):
                self.add_error("last_name", _("Bitte geben Sie den Nachnamen an."))
            if not self.cleaned_data.get("group"):
                self.add_error("group", _("Bitte wählen Sie die Gruppe."))
        return self.cleaned_data
