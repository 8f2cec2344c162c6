"""What does the table of people look like?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation, people
from accounts.addresses import mailbox, normalised, stands_for_none
from accounts.models import Agency, TargetGroup, User
from accounts.names import by_name, clean_name
from accounts.tables import mangled, whole_names
from accounts.tables.cells import FromNumber, Table
from accounts.tables.columns import Choice, Column, Lookup, folded
from accounts.tables.importing import TableResource, TableResult


class EmailAddress(Column):
    def read(self, text: str) -> str:
        return normalised(text)


class Phone(Column):
    def read(self, text: str) -> str:
        if mangled.has_exponent(text):
            raise ValueError(_("„%(value)s“ ist keine Telefonnummer: Excel hat sie gerundet.") % {"value": text})
        return clean_name(text)


class PersonResource(TableResource):
    """People by mailbox; the address of somebody known stays theirs.

    Without an agency in the row, it follows from the mail domain.
    A spreadsheet makes nobody a coordinator, nor ends it, unless ``may_appoint_coordinators``.
    """

    key = "email"
    file_name = "personen"

    email = EmailAddress("email", "E-Mail", "E-Mail-Adresse", "Mail", required=True)
    title = Column("title", "Titel")
    first_name = Column("first_name", "Vorname")
    last_name = Column("last_name", "Nachname", "Name", required=True)
    form_of_address = Column("form_of_address", "Anrede")
    group = Choice("group", "Gruppe", choices=TargetGroup.choices, required=True)
    agency = Lookup[Agency](
        "agency",
        "Behörde",
        "Dienststelle",
        "Einrichtung",
        rows=lambda: Agency.objects.all(),
        names=lambda agency: [agency.short_name, agency.name],
    )
    organisation = Column("organisation", "Organisation")
    phone = Phone("phone", "Telefon", "Telefonnummer", "Tel.", "Tel")
    language = Choice("language", "Sprache", choices=settings.LANGUAGES, default="de")
    role = Choice("role", "Rolle", choices=User.Role.choices, default=User.Role.PARTICIPANT)

    class Meta:
        model = User

    def __init__(self, may_appoint_coordinators: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.may_appoint_coordinators = may_appoint_coordinators
        self._agency_of: dict[str, Agency | None] = {}
        self._split = False
        self._user: User | None = None
        self._sharing: set[str] = set()

    def import_data(self, dataset: Table, *args: Any, **kwargs: Any) -> TableResult:
        """``user`` is who imports; without one it is the operator's console."""
        self._user = kwargs.get("user")
        self._split = self._split_names(dataset)
        return super().import_data(dataset, *args, **kwargs)

    @classmethod
    def knows(cls, heading: str) -> bool:
        return super().knows(heading) or folded(heading) in whole_names.HEADINGS

    def _split_names(self, dataset: Table) -> bool:
        """Without a column of first names „Name“ holds whole names, not surnames."""
        headings = [folded(heading) for heading in dataset.headers or []]
        whole = [heading for heading in headings if heading in whole_names.HEADINGS]
        if len(whole) != 1 or self.columns["first_name"].headings & {*headings}:
            return False
        if self.columns["title"].headings & {*headings} or {"nachname", "last_name"} & {*headings}:
            return False
        place, rows = headings.index(whole[0]), [list(row) for row in dataset]
        heading, new = dataset.headers[place], [*dataset.headers]
        new[place : place + 1] = names = ["Titel", "Vorname", "Nachname"]
        letters: dict[str, str] = getattr(dataset, "letters", {})
        if heading in letters:
            letters |= dict.fromkeys(names, letters[heading])
        del dataset[:]
        dataset.headers = None
        for row in rows:
            row[place : place + 1] = whole_names.split(row[place], whole[0])
            dataset.append(row)
        dataset.headers = new
        text = _(
            "Die Spalte „%(heading)s“ ist in Titel, Vorname und Nachname geteilt. Prüfen Sie bitte, ob das stimmt."
        )
        self.remarks.append(text % {"heading": heading})
        return True

    def get_queryset(self) -> models.QuerySet[User]:
        return User.objects.select_related("agency")

    def iter_queryset(self, queryset: models.QuerySet[User]) -> Iterable[User]:
        return by_name(queryset)

    def key_from(self, text: str) -> str:
        """The mailbox; the address itself where it has an account beside that of its mailbox."""
        address = normalised(text)
        return address if address in self._sharing else mailbox(address)

    def objects_named(self, keys: set[str]) -> Iterable[User]:
        people = list(self.get_queryset().filter(mailbox__in=keys))
        self._sharing = {person.email for person in people if person.shared_mailbox}
        return people

    def problems_with(self, instance: User) -> dict[str, str]:
        if instance.merged_into_id is not None:
            return {"email": _("Dieses Konto ist in einem anderen aufgegangen.")}
        return {}

    def init_instance(self, row: Mapping[str, str] | None = None) -> User:
        person = User()
        person.set_unusable_password()
        return person

    def import_instance(self, instance: User, row: Mapping[str, str], **kwargs: Any) -> None:
        role_before, title_before, address = instance.role, instance.title, instance.email
        named_before, phone_before = (instance.first_name, instance.last_name), instance.phone
        super().import_instance(instance, row, **kwargs)
        instance.email = address or instance.email
        if not instance.pk and stands_for_none(instance.email):
            text = _("„%(value)s“ steht für eine fehlende Adresse. Wer neu ist, braucht eine eigene E-Mail-Adresse.")
            raise ValidationError({"email": text % {"value": instance.email}})
        if self._split:  # a list of names does not take titles away
            instance.title = instance.title or title_before
        if (instance.first_name, instance.last_name) != named_before:
            self._check_names(instance, row, kwargs["row_number"])
        phone = row.get("Telefon", "")
        if instance.phone != phone_before and isinstance(phone, FromNumber) and len(phone) > 5:
            text = _("%(cell)s: „%(value)s“ ist eine Zahl; Excel lässt die führende Null und das Plus weg.")
            self._ask(instance, text, "Telefon", phone, kwargs["row_number"])
        if instance.agency is None:
            instance.agency = self._agency_by_domain(instance.email)
        if instance.role == User.Role.AGENCY_CONTACT and instance.agency is None:
            raise ValidationError({"agency": _("Eine Ansprechperson braucht eine Behörde.")})
        appointed = instance.role != role_before and User.Role.COORDINATOR in {instance.role, role_before}
        if appointed and not self.may_appoint_coordinators:
            raise ValidationError(
                {"role": _("Die Rolle „Koordination“ wird nicht über eine Tabelle vergeben oder entzogen.")}
            )

    def _check_names(self, person: User, row: Mapping[str, str], row_number: int) -> None:
        """What is no single name is not stored as one; an order that the address contradicts is asked about."""
        for name in ("last_name", "first_name"):
            if why := whole_names.why_not(getattr(person, name)):
                raise ValidationError({name: why})
        if self._split and whole_names.is_order_contradicted(person.first_name, person.last_name, person.email):
            text = _("%(cell)s: Ist „%(value)s“ der Nachname? Die Adresse legt das Umgekehrte nahe.")
            self._ask(person, text, "Nachname", person.last_name, row_number)

    def _ask(self, person: User, text: str, heading: str, value: str, row_number: int) -> None:
        cell = self.cell(heading, row_number) or _("Zeile %(row)d") % {"row": self._row_numbers[row_number - 1]}
        self.doubts.append((person.email, text % {"cell": cell, "value": value}))

    def _agency_by_domain(self, email: str) -> Agency | None:
        domain = email.rpartition("@")[2]
        if domain not in self._agency_of:
            self._agency_of[domain] = Agency.objects.for_email(email)
        return self._agency_of[domain]

    def save_changes(self, instance: User, changed: dict[str, Any], is_new: bool) -> None:
        """With name and group, everything the first sign-in would ask for is known."""
        values = {name: getattr(instance, name) for name in self.columns}
        now = timezone.now()
        if is_new:
            new = people.create(values.pop("email"), by=self._user, profile_completed_at=now, **values)
            instance.pk = new.pk
            return
        stored = User.objects.get(pk=instance.pk)
        if not stored.profile_completed_at:
            people.change(stored, values, by=self._user, noted={"profile_completed_at": now})
            return
        belonging = affiliation.Belonging(instance.agency_id, values.pop("organisation"), values.pop("group"))
        values.pop("agency")
        if belonging != affiliation.Belonging(stored.agency_id, stored.organisation, stored.group):
            stored = affiliation.change(stored, timezone.localdate(), belonging, by=self._user)
        people.change(stored, values, by=self._user)
