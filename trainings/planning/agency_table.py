"""What does the table of agencies look like?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.addresses import normalised_domain
from accounts.models import Agency, AgencyMailDomain
from accounts.names import by_name
from accounts.tables import Choice, Column, Several
from trainings.acts import Act
from trainings.planning.agencies import save_agency
from trainings.planning.operated import OperatedResource


class MailDomain(Column):
    """One mail domain; an @ in front is forgiven."""

    def read(self, text: str) -> str:
        domain = normalised_domain(text.strip().removeprefix("@"))
        try:
            AgencyMailDomain._meta.get_field("domain").run_validators(domain)
        except ValidationError as invalid:
            raise ValueError(invalid.messages[0]) from None
        return domain


class AgencyResource(OperatedResource):
    key = "short_name"
    file_name = "behoerden"

    name = Column("name", "Name", required=True)
    short_name = Column("short_name", "Kurzname", "Kürzel", required=True)
    kind = Choice("kind", "Art", choices=Agency.Kind.choices, required=True)
    seat = Column("seat", "Sitz", "Ort")
    mail_domains = Several(
        "mail_domains",
        "E-Mail-Domains",
        "E-Mail-Domain",
        "Domains",
        "email_domains",
        item=MailDomain("domain", "E-Mail-Domain"),
    )

    class Meta:
        model = Agency

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._owner_of_name: dict[str, str] = {}
        self._owner_of_domain: dict[str, str] = {}

    def carry_out(self, row: Agency, values: Mapping[str, Any], act: Act) -> Agency:
        return save_agency(row, values, act)

    def get_queryset(self) -> models.QuerySet[Agency]:
        return Agency.objects.prefetch_related("mail_domains")

    def iter_queryset(self, queryset: models.QuerySet[Agency]) -> Iterable[Agency]:
        return by_name(queryset)

    def objects_named(self, keys: set[str]) -> Iterable[Agency]:
        agencies = list(self.get_queryset())
        self._owner_of_name = {agency.name.casefold(): agency.short_name.casefold() for agency in agencies}
        self._owner_of_domain = {
            mail_domain.domain: agency.short_name.casefold()
            for agency in agencies
            for mail_domain in agency.mail_domains.all()
        }
        return agencies

    def stored_values(self, instance: Agency) -> Mapping[str, Any]:
        return {"mail_domains": [mail_domain.domain for mail_domain in instance.mail_domains.all()]}

    def problems_with(self, instance: Agency) -> dict[str, str]:
        """Names and domains belong to one agency, be it stored or in a row above."""
        key = instance.short_name.casefold()
        problems = {}
        if self._owner_of_name.setdefault(instance.name.casefold(), key) != key:
            problems["name"] = _("Eine andere Behörde heißt bereits so.")
        for domain in self.columns["mail_domains"].get_value(instance):
            if self._owner_of_domain.setdefault(domain, key) != key:
                problems["mail_domains"] = _("„%(domain)s“ gehört bereits zu einer anderen Behörde.") % {
                    "domain": domain
                }
        return problems
