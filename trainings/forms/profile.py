"""What do people choose on their profile page about mails and calendars?"""

from typing import Any, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models import CalendarChoice, Correspondence

CALENDAR_CHOICES = {
    CalendarChoice.MAIL: _("jede Zusage, Änderung und Absage kommt als Kalendereinladung"),
    CalendarChoice.FEED: _("Ihr Kalenderprogramm holt die Termine selbst; die Adresse erzeugen Sie unter „Kalender“"),
    CalendarChoice.NONE: _("E-Mails kommen ohne Kalendereintrag"),
}


class CorrespondenceSection:
    """The digest is for coordinators. Whoever is new gets invitations and reminders and is asked on later visits."""

    def fields(self, person: User) -> dict[str, forms.Field]:
        names = [
            name
            for name, is_asked in [
                ("calendar_choice", not person.must_complete_profile),
                ("wants_refreshers", not person.must_complete_profile),
                ("wants_digest", person.is_coordinator),
            ]
            if is_asked
        ]
        fields = forms.fields_for_model(Correspondence, names, widgets={"calendar_choice": forms.RadioSelect})
        present = Correspondence.objects.of(person)
        for name, field in fields.items():
            field.initial = getattr(present, name)
        if "calendar_choice" in fields:
            explain(cast(forms.ChoiceField, fields["calendar_choice"]))
        return fields

    def save(self, person: User, answers: dict[str, Any]) -> None:
        if answers:
            Correspondence.objects.change(person, **answers)


def explain(calendar_choice: forms.ChoiceField) -> None:
    calendar_choice.choices = [
        (choice.value, format_lazy("{} – {}", choice.label, explanation))
        for choice, explanation in CALENDAR_CHOICES.items()
    ]
    calendar_choice.help_text = _(
        "Bitte nur einen Weg: Sonst steht jeder Termin zweimal im Kalender. Wenn Sie wechseln, bleiben Termine, zu "
        "denen Sie schon eingeladen sind, im Kalender stehen und ändern sich nicht mehr; löschen Sie sie dort. "
        "Einladungen zu Schulungen, für die Sie schon angemeldet sind, liegen der jeweils nächsten E-Mail bei."
    )
