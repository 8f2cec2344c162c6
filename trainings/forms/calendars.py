"""What does somebody choose who subscribes to a calendar?"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.calendars import FEED_OPTIONS, FeedKind, feed_kinds_for
from trainings.models import CalendarChoice, CalendarSubscription, Correspondence

# Options that mean nothing in other calendars.
ONLY_IN = {
    "with_waitlisted": {FeedKind.PERSONAL},
    "reminder": {FeedKind.PERSONAL, FeedKind.TRAINER},
    "instead_of_mail": {FeedKind.PERSONAL},
}


class OptionsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and options of a subscription there is; what it contains stays."""

    class Meta:
        model = CalendarSubscription
        fields: Sequence[str] = FEED_OPTIONS
        help_texts = {
            "with_waitlisted": _("Sie stehen mit Vorbehalt im Kalender."),
            "with_cancelled": _("Sie bleiben 60 Tage stehen, mit „ABGESAGT“ im Titel, und blockieren keine Zeit."),
            "reminder": _("Google und Apple übernehmen Erinnerungen aus Abonnements nicht immer."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reminder"].choices = [("", _("keine Erinnerung")), *CalendarSubscription.Reminder.choices]  # type: ignore[attr-defined]
        self.leave_out({FeedKind(self.instance.kind)})

    def leave_out(self, kinds: set[FeedKind]) -> None:
        """Drop the options that apply to none of these calendars."""
        for name, meant_for in ONLY_IN.items():
            if name in self.fields and not meant_for & kinds:
                del self.fields[name]

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class SubscriptionForm(OptionsForm):
    """A new subscription. ``person`` decides which calendars there are to choose from."""

    instead_of_mail = forms.BooleanField(
        label=_("Termine nicht zusätzlich per E-Mail einladen"),
        required=False,
        initial=True,
        help_text=_("Sonst steht jeder Termin zweimal in Ihrem Kalender. Im Konto können Sie das ändern."),
    )

    class Meta(OptionsForm.Meta):
        fields = ("name", "kind", *FEED_OPTIONS[1:])

    field_order = ("name", "kind")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.kinds = feed_kinds_for(person)
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in self.kinds]  # type: ignore[attr-defined]
        if len(self.kinds) == 1:
            del self.fields["kind"]
        if Correspondence.objects.of(person).calendar_choice != CalendarChoice.MAIL:
            del self.fields["instead_of_mail"]
        for name in ONLY_IN.keys() & self.fields.keys():
            self._say_for_which(name)

    def _say_for_which(self, name: str) -> None:
        """Before the help of an option that not every calendar on offer knows."""
        meant_for = [kind.label for kind in self.kinds if kind in ONLY_IN[name]]
        if len(meant_for) < len(self.kinds):
            named = gettext("“ und „").join(str(label) for label in meant_for)
            only = gettext("Nur für „%(calendars)s“.") % {"calendars": named}
            self.fields[name].help_text = f"{only} {self.fields[name].help_text}"

    def leave_out(self, kinds: set[FeedKind]) -> None:
        super().leave_out(set(self.kinds))

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of ``subscriptions.subscribe``."""
        return self.cleaned_data
