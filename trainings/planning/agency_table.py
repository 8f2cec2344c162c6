"""What does the table of agencies look like?"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import normalised_domain
from accounts.models import Agency, AgencyMailDomain
from accounts.names import by_name
from accounts.tables import Aside, Cell, Choice, Column, Several, read_day
from trainings.acts import Act
from trainings.models import Agreement, agreements_of, last_covering
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


class AgreementUntil(Aside):
    """Until when the agency is covered from today on. For those who read the table: what comes in changes nothing."""

    OPEN = "unbefristet"

    @property
    def hint(self) -> str:
        return _("nur zur Ansicht")

    def write(self, value: Agreement | None) -> Cell:
        if value is None:
            return ""
        return value.ends_on or self.OPEN

    def save(self, instance: models.Model, row: Mapping[str, str], is_m2m: bool = False, **kwargs: Any) -> None:
        """It is changed on the page of the agency."""

    def says_the_same(self, text: str, value: Agreement | None) -> bool:
        written = self.write(value)
        try:
            return text == written or read_day(text) == written
        except ValueError:
            return False


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
    agreement = AgreementUntil("agreement", "Vereinbarung bis", default=None)

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

    @cached_property
    def _agreements(self) -> dict[int, list[Agreement]]:
        return agreements_of(list(Agency.objects.order_by().values_list("pk", flat=True)))

    def _agreement_of(self, agency: Agency | None) -> Agreement | None:
        return last_covering(self._agreements[agency.pk], timezone.localdate()) if agency else None

    def stored_values(self, instance: Agency) -> Mapping[str, Any]:
        domains = [mail_domain.domain for mail_domain in instance.mail_domains.all()]
        return {"mail_domains": domains, "agreement": self._agreement_of(instance)}

    def before_import_row(self, row: Mapping[str, str], **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        column = self.fields["agreement"]
        text = row.get(column.column_name, "")
        if text and not column.says_the_same(text, self._agreement_of(self.existing.get(self.key_of(row)))):
            remark = _("Die Spalte „%(heading)s“ wird nicht gelesen: Vereinbarungen ändern Sie bei der Behörde.")
            self.remarks = [remark % {"heading": column.column_name}]

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
