"""What do coordinators type when they plan: contingents, moved sessions, invitations, a run for all interested?"""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.choices import AgencyField
from accounts.models import Agency, User
from accounts.names import by_name
from trainings import planning
from trainings.dates import run_when
from trainings.models import Contingent, CourseRun, Interest, Venue, validate_reminders


def day_field(label: Any, **options: Any) -> forms.DateField:
    """The browser's calendar; it sends ISO 8601 whatever the language."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def time_field(label: Any, **options: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


class ContingentForm(forms.Form):
    """The rules are those of ``contingents``; the agency of a contingent that exists stays."""

    agency = AgencyField(label=_("Behörde"))
    reserved = forms.IntegerField(label=_("Reservierte Plätze"), min_value=0, max_value=5000)
    maximum = forms.IntegerField(
        label=_("Höchstens"), required=False, min_value=1, max_value=5000, help_text=_("Leer: ohne Obergrenze.")
    )
    release_on = day_field(
        _("Freigabe am"),
        help_text=_("An diesem Tag werden nicht genutzte Plätze für alle frei, und die Obergrenze endet."),
    )

    def __init__(self, *args: Any, contingent: Contingent, **kwargs: Any) -> None:
        if contingent.pk:
            names = ["reserved", "maximum", "release_on"]
            kwargs["initial"] = {name: getattr(contingent, name) for name in names}
        super().__init__(*args, **kwargs)
        if contingent.pk:
            del self.fields["agency"]
        else:
            taken = Contingent.objects.filter(run=contingent.run).values("agency")
            self.fields["agency"].queryset = Agency.objects.exclude(pk__in=taken)  # type: ignore[attr-defined]


class WhenForm(forms.Form):
    """One meeting: a day, from when to when, and how much of it is teaching. In Berlin's time."""

    day = day_field(_("Tag"))
    start = time_field(_("Beginn"))
    end = time_field(_("Ende"))
    teaching_minutes = forms.IntegerField(
        label=_("Unterrichtsminuten"),
        min_value=1,
        max_value=1440,
        help_text=_("Ohne Pausen. Eine Unterrichtseinheit (UE) hat 45 Minuten."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("start", "end"):
            if {"day", name} <= set(cleaned):
                try:
                    cleaned[f"{name}s_at"] = planning.moment_of(cleaned["day"], cleaned[name])
                except ValueError as problem:
                    self.add_error(name, str(problem))
        if {"day", "start", "end"} <= set(cleaned):
            minutes = (cleaned["ends_at"] - cleaned["starts_at"]).total_seconds() / 60
            if minutes <= 0:
                self.add_error("end", _("Das Ende liegt nicht nach dem Beginn."))
            elif cleaned.get("teaching_minutes", 0) > minutes:
                self.add_error("teaching_minutes", _("Das sind mehr Minuten als zwischen Beginn und Ende liegen."))
            elif cleaned["starts_at"] <= timezone.now():
                self.add_error("day", _("Der Beginn liegt nicht in der Zukunft."))
        return cleaned


class InvitationForm(forms.Form):
    """Invite one of the people found."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True, profile_completed_at__isnull=False),
        label=_("Person"),
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label=_("Grund"), max_length=500, required=False, help_text=_("Sieht nur die Koordination.")
    )


class AudienceForm(forms.Form):
    """Whole groups, by ticking; each says how many it has."""

    mark_optional = False

    agencies = forms.MultipleChoiceField(label=_("Ganze Behörden"), required=False, widget=forms.CheckboxSelectMultiple)
    attended_before = forms.BooleanField(label="", required=False)
    interested = forms.BooleanField(label="", required=False)
    reason = forms.CharField(
        label=_("Grund"), max_length=500, required=False, help_text=_("Sieht nur die Koordination.")
    )

    def __init__(self, *args: Any, run: CourseRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = dict(planning.agencies_to_invite(run))
        self.known = {str(agency.pk): agency for agency in by_name(found)}
        self.fields["agencies"].choices = [  # type: ignore[attr-defined]
            (pk, f"{agency} ({found[agency]})") for pk, agency in self.known.items()
        ]
        before = planning.people_of(planning.InvitedGroups(attended_before=True), run).count()
        interested = planning.people_of(planning.InvitedGroups(interested=True), run).count()
        self._offer("attended_before", gettext("Alle, die an der vorausgesetzten Schulung teilgenommen haben"), before)
        self._offer("interested", gettext("Alle, die ihr Interesse vorgemerkt haben"), interested)
        if not found:
            del self.fields["agencies"]

    def _offer(self, name: str, label: str, number: int) -> None:
        if number:
            self.fields[name].label = f"{label} ({number})"
        else:
            del self.fields[name]

    @property
    def offers_something(self) -> bool:
        return len(self.fields) > 1

    @property
    def audience(self) -> planning.InvitedGroups:
        said = self.cleaned_data
        agencies = [self.known[key] for key in said.get("agencies", [])]
        return planning.InvitedGroups(agencies, said.get("attended_before", False), said.get("interested", False))


class OfferForm(forms.Form):
    """Another run for those called off."""

    other = forms.ChoiceField(label=_("Anderer Termin"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, run: CourseRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runs = {}
        choices = []
        for other, number in planning.other_runs(run):
            if number:
                self.runs[str(other.pk)] = other
                shown = {"when": run_when(other), "place": other.place, "number": number}
                text = ngettext(
                    "%(when)s, %(place)s: %(number)d Person bekommt eine E-Mail",
                    "%(when)s, %(place)s: %(number)d Personen bekommen eine E-Mail",
                    number,
                )
                choices.append((str(other.pk), text % shown))
        self.fields["other"].choices = choices  # type: ignore[attr-defined]
        self.fields["other"].initial = choices[0][0] if choices else None

    @property
    def chosen(self) -> CourseRun:
        return self.runs[self.cleaned_data["other"]]


class InterestForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Interest
        fields = ["wish"]


class RunMailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a run's own mails say, and when the reminders go out."""

    class Meta:
        model = CourseRun
        fields = ["reminders", "preparation", "preparation_en", "follow_up", "follow_up_en"]


class PlanForm(WhenForm):
    """A run with one session for everybody interested."""

    capacity = forms.IntegerField(label=_("Plätze"), min_value=1, max_value=5000)
    venue = forms.ModelChoiceField(
        Venue.objects.all(), label=_("Veranstaltungsort"), required=False, help_text=_("Leer: online.")
    )
    online_link = forms.URLField(label=_("Zugangslink"), required=False, assume_scheme="https")
    registration_closes_on = day_field(_("Anmeldeschluss"), required=False)
    preparation = forms.CharField(
        label=_("Mitbringen oder vorher lesen"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Steht in den Erinnerungen vor dem Beginn."),
    )
    reminders = forms.CharField(
        label=_("Erinnerungen"),
        required=False,
        max_length=20,
        initial="7, 1",
        validators=[validate_reminders],
        help_text=_("So viele Tage vor der ersten Sitzung, durch Komma getrennt. Leer: keine."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, closes = cleaned.get("day"), cleaned.get("registration_closes_on")
        if day and closes and closes > day:
            self.add_error("registration_closes_on", _("Der Anmeldeschluss liegt nach dem Beginn."))
        return cleaned
