"""The back office for people; agencies can be looked at."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.choices import AgencyField, AgencyFilter
from accounts.models import Agency, AgencyMailDomain, User
from accounts.names import CleanNames

# Roles are a field of the person; groups of permissions would be a second source for the same fact.
admin.site.unregister(Group)
# The address is a field of the person, too.
admin.site.unregister(EmailAddress)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at; what is shown changes elsewhere, for superusers as well."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MailDomainInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AgencyMailDomain
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(Agency)
class AgencyAdmin(ReadOnlyAdmin):
    list_display = ["name", "short_name", "kind", "seat"]
    list_filter = ["kind"]
    search_fields = ["name", "short_name", "seat", "mail_domains__domain"]
    inlines = [MailDomainInline]


class PersonForm(CleanNames, forms.ModelForm):  # type: ignore[type-arg]
    """What a coordinator may change about a person. There is no password to set."""

    class Meta:
        model = User
        fields = [
            "email",
            "title",
            "first_name",
            "last_name",
            "form_of_address",
            "phone",
            "group",
            "agency",
            "organisation",
            "role",
            "language",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ["last_name", "group"]:
            if name in self.fields:  # not for people with read-only access
                self.fields[name].required = True

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_agency(self) -> Agency | None:
        """If empty, the agency follows from the mail domain."""
        agency: Agency | None = self.cleaned_data["agency"]
        return agency or Agency.objects.for_email(self.cleaned_data.get("email", ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("role") == User.Role.AGENCY_CONTACT and not cleaned.get("agency"):
            self.add_error("agency", _("Eine Ansprechperson braucht eine Behörde."))
        return cleaned


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = PersonForm
    list_display = ["last_name", "first_name", "email", "agency", "group", "role", "is_active"]
    list_display_links = ["last_name", "email"]
    list_filter = ["role", "group", "is_active", ("agency", AgencyFilter)]
    list_select_related = ["agency"]
    search_fields = ["last_name", "first_name", "email", "agency__name", "organisation"]
    readonly_fields = [
        "name_confirmed_at",
        "affiliation_checked_at",
        "privacy_notice_noted_at",
        "date_joined",
        "last_login",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "email",
                    "title",
                    "first_name",
                    "last_name",
                    "name_confirmed_at",
                    "form_of_address",
                    "phone",
                    "language",
                ]
            },
        ),
        (_("Zugehörigkeit"), {"fields": ["agency", "organisation", "affiliation_checked_at", "group"]}),
        (_("Zugang"), {"fields": ["role", "is_active", "privacy_notice_noted_at", "date_joined", "last_login"]}),
    ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, form_class=AgencyField, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: "forms.ModelForm[User]", change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        if set(form.changed_data) & set(User.PRINTED_NAME):
            obj.name_confirmed_at = None
        obj.profile_completed_at = obj.profile_completed_at or timezone.now()
        super().save_model(request, obj, form, change)
        if change and {"email", "is_active"} & set(form.changed_data):
            access.end_standing_access(obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Changing an address lets one sign in as its owner, so coordinators must not edit superusers."""
        out_of_reach = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not out_of_reach

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are deactivated, never deleted: the history refers to them."""
        return False
