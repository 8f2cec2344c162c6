"""The back office shows courses, runs, venues, grants, registrations and mails; they change on their own pages."""

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, by_year
from trainings import mails
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


class TargetGroupInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CourseTargetGroup
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ["number", "title", "level", "teaching_units", "published_at"]
    list_display_links = ["number", "title"]
    list_filter = ["level", "target_group_rows__group"]
    search_fields = ["title", "title_en", "contents"]
    inlines = [TargetGroupInline]


class SessionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Session
    fields = ("starts_at", "ends_at", "teaching_minutes", "room", "cancelled_at")
    readonly_fields = fields
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(CourseRun)
class CourseRunAdmin(ReadOnlyAdmin):
    inlines = [SessionInline]
    list_display = ["number", "starts_at", "course", "place", "capacity", "published_at", "cancelled_at"]
    list_display_links = ["number", "course"]
    list_filter = ["format", "visibility", by_year("starts_at"), "course__level", "venue__town"]
    list_select_related = ["course", "venue"]
    search_fields = ["number", "course__title", "venue__name", "venue__town"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # Django builds a form to show a run, too

    @admin.display(description=_("Ort"))
    def place(self, run: CourseRun) -> str:
        return run.place


@admin.register(Venue)
class VenueAdmin(ReadOnlyAdmin):
    list_display = ["name", "street", "postal_code", "town"]
    list_filter = ["town"]
    search_fields = ["name", "town"]


@admin.register(Funding)
class FundingAdmin(ReadOnlyAdmin):
    list_display = ["project_title", "grant_number", "fund", "starts_on", "ends_on", "keep_evidence_until"]


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
    list_filter = ["status", "source", by_year("registered_at"), "run__course"]
    list_select_related = ["person", "run__course"]
    search_fields = ["person__last_name", "person__first_name", "person__email", "run__number", "run__course__title"]
    inlines = [EventInline]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["kind", "address", "status", "queued_at", "sent_at", "attempts"]
    list_filter = ["status", "kind", by_year("queued_at")]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "recipient__last_name", "to_email", "registration__run__number", "run__number"]
    exclude = ["html", "text"]
    readonly_fields = ["words"]

    @admin.display(description=_("an"), ordering="to_email")
    def address(self, message: Message) -> str:
        return str(message.recipient or message.to_email)

    @admin.display(description=_("Text"))
    def words(self, message: Message) -> str:
        """Whoever is addressed decides by a link; nobody else sees it whole."""
        return mails.shorten_links(message.text)
