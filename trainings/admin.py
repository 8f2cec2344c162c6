"""The back office for courses, runs, venues and fundings; registrations, their history and mails can be looked at."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.tables import ReadOnlyAdmin, TableAdmin
from trainings import planning
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


class SessionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Session
    fields = ("starts_at", "ends_at", "teaching_minutes", "room", "cancelled_at")
    readonly_fields = fields
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(CourseRun)
class CourseRunAdmin(TableAdmin, ReadOnlyAdmin):
    """To look at, to export, and to import through the operations of planning; everything else has its page."""

    resource_classes = [RunResource]
    inlines = [SessionInline]
    list_display = ["number", "starts_at", "course", "place", "capacity", "published_at", "cancelled_at"]
    list_display_links = ["number", "course"]
    list_filter = ["format", "visibility", "course__level", "venue__town"]
    list_select_related = ["course", "venue"]
    search_fields = ["number", "course__title", "venue__name", "venue__town"]
    date_hierarchy = "starts_at"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # Django builds a form to show a run, too

    @admin.display(description=_("Ort"))
    def place(self, run: CourseRun) -> str:
        return run.place


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "street", "postal_code", "town"]
    list_filter = ["town"]
    search_fields = ["name", "town"]

    def save_model(self, request: HttpRequest, obj: Venue, form: "forms.ModelForm[Venue]", change: bool) -> None:
        """Whoever comes there is told of a new address."""
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            planning.save_venue(Venue.objects.get(pk=obj.pk), values, Act(request.user))  # type: ignore[arg-type]
        else:
            super().save_model(request, obj, form, change)


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
