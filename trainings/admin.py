"""The back office for courses, runs, venues and fundings; registrations, their history and mails can be looked at."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.tables import ReadOnlyAdmin, TableAdmin
from trainings import booking, planning
from trainings.acts import Act
from trainings.models import (
    Course,
    CourseRun,
    CourseTargetGroup,
    Funding,
    Message,
    Registration,
    RegistrationEvent,
    Session,
    Venue,
)
from trainings.planning import CourseResource, RunResource
from trainings.refusals import Refused


class TargetGroupInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CourseTargetGroup
    extra = 1
    max_num = 3


@admin.register(Course)
class CourseAdmin(TableAdmin):
    resource_classes = [CourseResource]
    list_display = ["number", "title", "level", "teaching_units", "published_at"]
    list_display_links = ["number", "title"]
    list_filter = ["level", "target_group_rows__group"]
    search_fields = ["title", "title_en", "contents"]
    inlines = [TargetGroupInline]
    autocomplete_fields = ["prerequisites"]
    actions = ["publish"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "number",
                    "title",
                    "slug",
                    "level",
                    "teaching_units",
                    "prerequisites",
                    "with_badge",
                    "published_at",
                ]
            },
        ),
        (_("Texte"), {"fields": ["summary", "goals", "contents"]}),
        (_("Englisch"), {"fields": ["title_en", "summary_en", "goals_en", "contents_en"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Course | None = None) -> list[str]:
        """Somebody may have kept the address of a published course."""
        return ["published_at", "slug"] if obj and obj.published_at else ["published_at"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Course | None = None) -> dict[str, Sequence[str]]:
        return {} if obj and obj.published_at else {"slug": ["title"]}

    @admin.action(description=_("Veröffentlichen"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: models.QuerySet[Course]) -> None:
        now = timezone.now()
        published = queryset.filter(published_at=None).update(published_at=now, changed_at=now)
        text = ngettext("%(number)d Schulung veröffentlicht.", "%(number)d Schulungen veröffentlicht.", published)
        messages.success(request, text % {"number": published})


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]
    call_off = forms.BooleanField(label=_("entfällt"), required=False)

    class Meta:
        model = Session
        fields = ["starts_at", "ends_at", "teaching_minutes", "room"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_cancelled:
            self.initial["call_off"] = True
            for field in self.fields.values():
                field.disabled = True


class SessionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Session
    form = SessionForm
    extra = 1
    can_delete = False


class RunForm(forms.ModelForm):  # type: ignore[type-arg]
    """The admin adds model and fields."""

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        taken = self.instance.places_taken if self.instance.pk else 0
        if capacity < taken:
            text = gettext("Es sind bereits %(taken)d Plätze vergeben; weniger sind nicht möglich.")
            raise forms.ValidationError(text % {"taken": taken})
        return capacity

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "visibility" in cleaned and "agencies" in cleaned:
            reserved = cleaned["visibility"] == CourseRun.Visibility.AGENCIES
            if reserved != bool(cleaned["agencies"]):
                text = gettext("Behörden werden genau dann genannt, wenn der Termin nur für bestimmte Behörden ist.")
                self.add_error("agencies", text)
        return cleaned


class CopyForm(ActionForm):
    """Beside the list of actions: by how many days a copy is moved."""

    days = forms.IntegerField(
        label=_("Tage verschieben um"), required=False, initial=364, min_value=-3660, max_value=3660
    )


@admin.register(CourseRun)
class CourseRunAdmin(TableAdmin):
    """Whatever has consequences goes through ``scheduling`` and ``booking``."""

    resource_classes = [RunResource]
    form = RunForm
    formfield_overrides = {models.URLField: {"assume_scheme": "https", "widget": AdminURLFieldWidget}}
    action_form = CopyForm
    actions = ["publish", "copy"]
    inlines = [SessionInline]
    list_display = ["number", "starts_at", "course", "place", "capacity", "published_at", "cancelled_at"]
    list_display_links = ["number", "course"]
    list_filter = ["format", "visibility", "course__level", "venue__town"]
    list_select_related = ["course", "venue"]
    search_fields = ["number", "course__title", "venue__name", "venue__town"]
    date_hierarchy = "starts_at"
    autocomplete_fields = ["trainers", "agencies"]
    fieldsets = [
        (None, {"fields": ["course", "number", "capacity", "minimum_number", "language", "trainers", "funding"]}),
        (_("Ort"), {"fields": ["format", "venue", "online_link"]}),
        (
            _("Wer sich anmelden kann"),
            {"fields": ["visibility", "agencies", "only_for_group", "group_rule", "prerequisite_rule"]},
        ),
        (
            _("Regeln der Anmeldung"),
            {
                "fields": [
                    "approval",
                    "approval_days",
                    "fairness",
                    "direct_promotion_days",
                    "first_come_days",
                    "offer_hours",
                    "decide_on",
                ]
            },
        ),
        (
            _("Fristen und Regeln"),
            {
                "fields": [
                    "registration_opens_on",
                    "registration_closes_on",
                    "cancellation_closes_on",
                    "required_attendance_percent",
                ]
            },
        ),
        (_("Hinweise"), {"fields": ["notes", "notes_en"]}),
        (
            _("Nachrichten vor und nach der Schulung"),
            {"fields": ["reminders", "preparation", "preparation_en", "follow_up", "follow_up_en"]},
        ),
        (_("Stand"), {"fields": ["published_at", "cancelled_at", "cancellation_reason"]}),
    ]
    readonly_fields = ["published_at", "cancelled_at", "cancellation_reason"]

    @admin.display(description=_("Ort"))
    def place(self, run: CourseRun) -> str:
        return run.place

    def get_readonly_fields(self, request: HttpRequest, obj: CourseRun | None = None) -> list[str]:
        return [*self.readonly_fields, "course"] if obj else [*self.readonly_fields]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today = timezone.localdate()
        funding = Funding.objects.filter(starts_on__lte=today, ends_on__gte=today).first()
        return {"number": planning.next_run_number(today.year), "funding": funding}

    def save_model(self, request: HttpRequest, obj: CourseRun, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        many = {field.name for field in obj._meta.many_to_many}
        changed = [name for name in form.changed_data if name not in many | {"capacity"}]
        obj.save(update_fields=[*changed, "changed_at"] if changed else [])
        if not set(planning.PLACE).isdisjoint(form.changed_data):
            planning.touch_sessions(obj)
        if "capacity" in form.changed_data:
            try:
                booking.change_capacity(obj, form.cleaned_data["capacity"], Act(request.user))  # type: ignore[arg-type]
            except Refused as refused:  # somebody was quicker than this form
                messages.error(request, str(refused))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Sessions first: whoever takes over the run is told its days."""
        trainers = form.cleaned_data.pop("trainers", None)  # not saved with the other fields
        super().save_related(request, form, formsets, change)
        if trainers is not None:
            planning.set_trainers(form.instance, trainers)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for one in formset.forms:
            if one.has_changed() and one.instance.run_id:
                one.instance.run = form.instance
                session = planning.save_session(one.instance)
                if one.cleaned_data.get("call_off"):
                    planning.cancel_session(session)

    @admin.action(description=_("Veröffentlichen"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: models.QuerySet[CourseRun]) -> None:
        published = 0
        for run in queryset.filter(published_at=None):
            try:
                planning.publish(run)
                published += 1
            except Refused as refused:
                messages.warning(request, f"{run}: {refused}")
        text = ngettext("%(number)d Termin veröffentlicht.", "%(number)d Termine veröffentlicht.", published)
        messages.success(request, text % {"number": published})

    @admin.action(description=_("Termin kopieren"), permissions=["add"])
    def copy(self, request: HttpRequest, queryset: models.QuerySet[CourseRun]) -> HttpResponse | None:
        form = CopyForm(request.POST)
        del form.fields["action"]  # its choices are known to the list only
        days = form.cleaned_data.get("days") if form.is_valid() else None
        if days is None or queryset.count() != 1:
            messages.error(
                request, gettext("Bitte wählen Sie genau einen Termin und um wie viele Tage er verschoben wird.")
            )
            return None
        copy = planning.copy_run(queryset.get(), days=days)
        messages.success(request, gettext("Die Kopie ist ein Entwurf, ohne Kursleitung und ohne Anmeldungen."))
        return redirect("admin:trainings_courserun_change", copy.pk)


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "street", "postal_code", "town"]
    list_filter = ["town"]
    search_fields = ["name", "town"]

    def save_model(self, request: HttpRequest, obj: Venue, form: "forms.ModelForm[Venue]", change: bool) -> None:
        """Calendars show the address."""
        super().save_model(request, obj, form, change)
        if change and {"name", "street", "postal_code", "town"} & set(form.changed_data):
            for run in obj.runs.upcoming():
                planning.touch_sessions(run)


@admin.register(Funding)
class FundingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["project_title", "grant_number", "fund", "starts_on", "ends_on", "keep_evidence_until"]

    def has_delete_permission(self, request: HttpRequest, obj: Funding | None = None) -> bool:
        return False


class EventInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RegistrationEvent
    fields = ("at", "from_status", "to_status", "actor", "on_behalf_of", "channel", "reason")
    readonly_fields = fields
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = ["person", "run", "status", "registered_at", "source"]
    list_filter = ["status", "source", "run__course"]
    list_select_related = ["person", "run__course"]
    search_fields = ["person__last_name", "person__first_name", "person__email", "run__number", "run__course__title"]
    date_hierarchy = "registered_at"
    inlines = [EventInline]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["kind", "address", "status", "queued_at", "sent_at", "attempts"]
    list_filter = ["status", "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "recipient__last_name", "to_email", "registration__run__number", "run__number"]
    date_hierarchy = "queued_at"
    exclude = ["html"]

    @admin.display(description=_("an"), ordering="to_email")
    def address(self, message: Message) -> str:
        return str(message.recipient or message.to_email)
