"""The back office shows certificates; they are issued on the coordinators' pages and never change."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin, by_year
from certificates.models import Certificate


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["number", "person", "issued_at", "rendered_at", "revoked_at", "replaced_at", "failure"]
    list_filter = [by_year("issued_at"), "language", "template_version"]
    list_select_related = ["registration__person"]
    search_fields = ["number", "code", "registration__person__last_name", "registration__run__number"]
    exclude = ["pdf"]

    @admin.display(description=Certificate._meta.get_field("registration").verbose_name)
    def person(self, certificate: Certificate) -> str:
        return str(certificate.registration.person)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "is_coordinator", False)

    def has_view_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        return self.has_module_permission(request)
