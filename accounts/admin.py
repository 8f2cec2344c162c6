"""The back office shows agencies and people; they change on their own pages."""

from collections import defaultdict
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group
from django.db.models import Max, Min, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import finding
from accounts.choices import AgencyFilter
from accounts.models import Agency, AgencyMailDomain, User
from accounts.requests import words_in

# Roles are a field of the person; groups of permissions would be a second source for the same fact.
admin.site.unregister(Group)
# The address is a field of the person, too.
admin.site.unregister(EmailAddress)
# Nobody looks at secrets, and single sign-on stores nothing.
for model in (Authenticator, SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(model)


MOST_FOUND = 10_000  # people: nobody leafs through more, and SQLite takes some 32,000 values in one query


REACH = 20  # years


class ByYear(admin.SimpleListFilter):
    """From the year of the first row to that of the last, twenty before and after this one at most.

    Django's own hierarchy of dates reads every row for them.
    """

    title = _("Jahr")
    parameter_name = "jahr"
    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        span = model_admin.model._default_manager.aggregate(first=Min(self.field), last=Max(self.field))
        if span["first"] is None:
            return []
        first, last = (timezone.localdate(span[end]).year for end in ("first", "last"))
        this = timezone.localdate().year
        years = range(min(last, this + REACH), max(first, this - REACH) - 1, -1)  # somebody may have mistyped one
        return [(str(year), str(year)) for year in years]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What is no year among them narrows nothing."""
        if self.value() not in {year for year, _name in self.lookup_choices}:
            return queryset
        return queryset.filter(**{f"{self.field}__year": self.value()})


def by_year(field: str) -> type[ByYear]:
    return type("ByYearOf", (ByYear,), {"field": field})


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at; what is shown changes elsewhere, for superusers as well."""

    show_full_result_count = False  # of whom there are besides those found, nobody asked

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By as many words as SQLite can look for at once; nobody types more."""
        return super().get_search_results(request, queryset, search_term[:200])

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A number beyond 64 bits in any filter finds nothing; SQLite would stumble over it."""
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters from error


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


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People change on the pages of the coordinators, each change on record."""

    list_display = ["last_name", "first_name", "email", "agency", "group", "role", "is_active"]
    list_display_links = ["last_name", "email"]
    list_filter = [
        "role",
        "group",
        "is_active",
        ("agency", AgencyFilter),
        ("shared_mailbox", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["agency"]
    search_fields = ["last_name", "first_name", "email", "organisation", "agency__name"]  # shows the field
    readonly_fields = ["shared_mailbox"]
    exclude = ["password", "user_permissions", "groups"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whose name, address or organisation has every word that the name of their agency has not."""
        words = words_in(search_term)
        if not words:
            return queryset, False
        found, of_agency = Q(pk__in=finding.keys_of(words, MOST_FOUND)), defaultdict(list)
        for agency in Agency.objects.all():
            rest = tuple(word for word in words if word.casefold() not in agency.name.casefold())
            of_agency[rest].append(agency)
        for rest, agencies in of_agency.items():
            if len(rest) < len(words):
                of_rest = Q(pk__in=finding.keys_of(rest, MOST_FOUND)) if rest else Q()
                found |= Q(agency__in=agencies) & of_rest
        queryset = queryset.filter(found)
        return queryset, False
