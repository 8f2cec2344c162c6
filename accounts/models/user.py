"""Who are the people?"""

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Concat, Lower
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.addresses import (
    MAILBOX,
    MAX_LENGTH,
    NO_ADDRESS_DOMAIN,
    AddressColumn,
    is_same_person,
    mailbox,
    normalised,
    stands_for_none,
)
from accounts.models.agency import Agency, AgencyQuerySet
from accounts.names import sort_key


class TargetGroup(models.TextChoices):
    """The three groups a person belongs to and a course is made for."""

    STAFF = "staff", _("Mitarbeitende")
    LEADERSHIP = "leadership", _("Führungskräfte")
    VOLUNTEERS = "volunteers", _("Ehrenamtliche")


# Of people who are only a count: nobody has such an address (RFC 2606), and nobody can sign in with it.
ERASED_DOMAIN = "erased.example"


# All that the words of the search are made of.
FOUND_BY = Concat(
    "title", models.Value("\n"), "first_name", models.Value("\n"), "last_name", models.Value("\n"),
    "organisation", models.Value("\n"), "email",
    output_field=models.CharField(),
)  # fmt: skip


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in by e-mail code; only superusers need a password.

        The agency follows from the domain of the address unless given. Raises IntegrityError where somebody has the
        mailbox already; ``at_address`` finds them.
        """
        email = normalised(email)
        fields.setdefault("agency", Agency.objects.for_email(email))
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, role=User.Role.COORDINATOR, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=username or "")

    def of_address(self, email: str) -> "User | None":
        """Whose address that is, or whose mailbox; of accounts that were merged the one they went into.

        An account that has ended is found only where its mailbox has no other.
        """
        address = normalised(email)
        rows = self.filter(models.Q(email=address) | models.Q(mailbox=mailbox(address)))
        accounts = [(_merged(row), row.email == address, not row.shared_mailbox, row) for row in rows.order_by("pk")]
        best = max(accounts, key=lambda found: (found[0].is_active, *found[1:3]), default=None)
        return best[0] if best else None

    def others_with_mailbox(self, email: str, person: "User") -> models.QuerySet["User"]:
        """Accounts that stand against the person's having that address; none for those marked as sharing theirs."""
        key = mailbox(email)
        others = self.filter(mailbox=key).exclude(pk=person.pk)
        return others.none() if person.shared_mailbox == key else others

    def at_address(self, email: str, **fields: Any) -> "tuple[User, bool]":
        """The person of that address, created if there is none, and whether they were: also when two do so at once."""
        if person := self.of_address(email):
            return person, False
        try:
            with transaction.atomic():
                return self.create_user(email, **fields), True
        except IntegrityError:
            if person := self.of_address(email):
                return person, False
            raise

    def coordinators(self) -> models.QuerySet["User"]:
        return self.filter(models.Q(role=User.Role.COORDINATOR) | models.Q(is_superuser=True), is_active=True)

    def active(self) -> models.QuerySet["User"]:
        """Who can sign in: nobody else is offered anything, counted on, or shown as a trainer."""
        return self.filter(is_active=True)

    def contacts_of(self, agency: Agency) -> models.QuerySet["User"]:
        """Who speaks for the agency: its own people, and people of others with that duty. See ``User.spoken_for``."""
        own = models.Q(agency=agency, speaks_only_for_others=False)
        further = models.Q(pk__in=agency.contact_duties.values("person"))
        return self.active().filter(own | further, role=User.Role.AGENCY_CONTACT)

    def contacts_by_agency(self) -> "dict[int, list[User]]":
        """The same for all agencies at once, by their keys."""
        found: dict[int, dict[int, User]] = {}
        contacts = (
            self.active().filter(role=User.Role.AGENCY_CONTACT).annotate(further=models.F("contact_duties__agency"))
        )
        for contact in contacts:
            own = None if contact.speaks_only_for_others else contact.agency_id
            for agency in (own, contact.further):
                if agency is not None:
                    found.setdefault(agency, {})[contact.pk] = contact
        return {agency: [*people.values()] for agency, people in found.items()}

    def never_here(self) -> models.QuerySet["User"]:
        """Entered by others: they have neither signed in nor confirmed anything about themselves."""
        return self.active().filter(last_login=None, privacy_notice_noted_at=None, name_confirmed_at=None)

    def without_address(self) -> models.QuerySet["User"]:
        """Entered by a trainer, who did not know it; somebody is to find out."""
        return self.active().filter(email__endswith=f"@{NO_ADDRESS_DOMAIN}")

    def without_search_words(self) -> models.QuerySet["User"]:
        """Whose name or address is new: their words are made a little later. See ``accounts.finding``."""
        return self.filter(lacks_search_words=True)

    def to_check(self) -> models.QuerySet["User"]:
        """People whose mail domain is unknown and whose organisation a coordinator has not checked yet."""
        return self.filter(is_active=True, agency=None, affiliation_checked_at=None, profile_completed_at__isnull=False)


def _merged(person: "User") -> "User":
    while person.merged_into is not None:
        person = person.merged_into
    return person


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login; there is no password to remember."""

    class Role(models.TextChoices):
        """What a person may do beyond taking part. Teaching is not a role but a relation to a run."""

        PARTICIPANT = "participant", _("Teilnehmende")
        AGENCY_CONTACT = "agency_contact", _("Ansprechperson der Behörde")
        COORDINATOR = "coordinator", pgettext_lazy("role", "Koordination")

    email = AddressColumn(_("E-Mail-Adresse"), unique=True)
    # The database computes it, whoever writes the address; read it there, for a changed row shows the old one.
    mailbox = models.GeneratedField(
        expression=MAILBOX,
        output_field=models.CharField(max_length=MAX_LENGTH),
        db_persist=True,
        verbose_name=_("Postfach"),
    )
    shared_mailbox = models.CharField(
        _("Postfach mit einem weiteren Konto"),
        max_length=MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Beide gab es schon, bevor jedes Postfach nur noch ein Konto haben durfte."),
    )
    first_name = models.CharField(_("Vorname"), max_length=150, blank=True)
    last_name = models.CharField(_("Nachname"), max_length=150, blank=True)
    form_of_address = models.CharField(_("Anrede"), max_length=40, blank=True)
    title = models.CharField(_("Titel"), max_length=60, blank=True)
    phone = models.CharField(_("Telefon"), max_length=40, blank=True)
    group = models.CharField(_("Gruppe"), max_length=20, choices=TargetGroup, blank=True)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("Behörde / Einrichtung")
    )
    organisation = models.CharField(
        _("Angegebene Organisation"),
        max_length=200,
        blank=True,
        help_text=_("Von der Person selbst angegeben, weil ihre E-Mail-Domain keiner Behörde gehört."),
    )
    affiliation_checked_at = models.DateTimeField(_("Zugehörigkeit geprüft am"), null=True, blank=True)
    role = models.CharField(_("Rolle"), max_length=20, choices=Role, default=Role.PARTICIPANT)
    speaks_only_for_others = models.BooleanField(
        _("Ansprechperson allein für andere Behörden"), default=False, db_default=False, editable=False
    )
    language = models.CharField(_("Sprache"), max_length=5, choices=settings.LANGUAGES, default="de")
    profile_completed_at = models.DateTimeField(_("Angaben vollständig seit"), null=True, blank=True)
    name_confirmed_at = models.DateTimeField(_("Schreibweise des Namens bestätigt am"), null=True, blank=True)
    privacy_notice_noted_at = models.DateTimeField(
        _("Datenschutzhinweise zur Kenntnis genommen am"), null=True, blank=True
    )
    is_active = models.BooleanField(_("aktiv"), default=True)
    date_joined = models.DateTimeField(_("angelegt am"), default=timezone.now)
    note = models.CharField(
        _("Hinweise zur Zuordnung"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Sieht nur die Koordination."),
    )
    # What their words were made of (``accounts.finding``); whoever writes a name or an address leaves it as it is, and
    # the database says that the words are to be made. Read that there, too.
    found_by = models.CharField(max_length=820, blank=True, default="", db_default="", editable=False)
    lacks_search_words = models.GeneratedField(
        expression=models.Case(
            models.When(models.Q(erased_at=None) & ~models.Q(found_by=FOUND_BY), then=True),
            # Erased by the version before, which knows of no words: they have to go.
            models.When(models.Q(erased_at__isnull=False) & ~models.Q(found_by=""), then=True),
            default=False,
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    left_at = models.DateTimeField(_("Konto beendet am"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_accounts", verbose_name=_("aufgegangen in")
    )
    restricted_at = models.DateTimeField(
        _("eingeschränkt am"), null=True, blank=True, help_text=_("Was noch Nachweis ist, wird nur noch aufbewahrt.")
    )
    erased_at = models.DateTimeField(
        _("gelöscht am"), null=True, blank=True, help_text=_("Nur noch eine Zahl: ohne Namen und Adresse.")
    )

    objects = UserManager()

    # What formal_name is made of: a change to any of these must clear name_confirmed_at.
    PRINTED_NAME = ("title", "first_name", "last_name")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("Personen")
        ordering = ["last_name", "first_name", "pk"]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="user_by_name"),
            # However many people there are, these are few.
            models.Index(
                fields=["restricted_at"], condition=models.Q(restricted_at__isnull=False), name="user_restricted"
            ),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="user_merged"),
            models.Index(
                fields=["role"],
                condition=~models.Q(role="participant") | models.Q(is_superuser=True),
                name="user_with_role",
            ),
            models.Index(
                fields=["date_joined"],
                condition=models.Q(last_login=None, profile_completed_at=None),
                name="user_never_signed_in",
            ),
            models.Index(
                fields=["profile_completed_at"],
                condition=models.Q(is_active=True, agency=None, affiliation_checked_at=None),
                name="user_to_check",
            ),
            models.Index(
                fields=["date_joined"],
                condition=models.Q(is_active=True, email__endswith=f"@{NO_ADDRESS_DOMAIN}"),
                name="user_without_address",
            ),
            models.Index(fields=["id"], condition=models.Q(lacks_search_words=True), name="user_without_search_words"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_is_lower_case"),
            models.UniqueConstraint(
                fields=["mailbox"],
                condition=~models.Q(mailbox=models.F("shared_mailbox")),
                name="one_account_per_mailbox",
                violation_error_message=_("Zu dieser Adresse, oder zu ihrem Postfach, gibt es schon ein Konto."),
            ),
            models.CheckConstraint(
                condition=models.Q(profile_completed_at=None) | (~models.Q(last_name="") & ~models.Q(group="")),
                name="completed_profile_has_name_and_group",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="agency_contact") | models.Q(agency__isnull=False),
                name="agency_contact_has_an_agency",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False)
                | models.Q(left_at=None, merged_into=None, restricted_at=None, erased_at=None),
                name="ended_account_is_not_active",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def full_name(self) -> str:
        """First name and surname as the person writes them; people with one name have only the surname."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def display_name(self) -> str:
        return self.full_name or self.address_or_nobody

    @property
    def address_or_nobody(self) -> str:
        """What somebody without a name is called."""
        return gettext("gelöschte Person") if self.erased_at else self.email

    @property
    def has_address(self) -> bool:
        """Whether anybody can write to them. Whoever has none was entered on the spot, and cannot sign in yet."""
        return not stands_for_none(self.email)

    @property
    def shown_email(self) -> str:
        """The address, or that there is none yet."""
        return self.email if self.has_address else gettext("noch ohne E-Mail-Adresse")

    @property
    def list_name(self) -> str:
        """Surname first, as in a list."""
        return ", ".join(part for part in [self.last_name, self.first_name] if part) or self.address_or_nobody

    @property
    def has_unconfirmed_name(self) -> bool:
        """Whether nobody has said yet that it is spelled right."""
        return bool(self.formal_name) and self.name_confirmed_at is None

    @property
    def formal_name(self) -> str:
        """The name as printed on a certificate: title, first name, surname."""
        return f"{self.title} {self.full_name}".strip()

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return sort_key(self.last_name, self.first_name, self.email)

    @property
    def agency_name(self) -> str:
        """The agency's name, or what the person typed if the agency is unknown."""
        return self.agency.name if self.agency else self.organisation

    @property
    def has_completed_profile(self) -> bool:
        return self.profile_completed_at is not None

    @property
    def was_never_here(self) -> bool:
        """``never_here`` of one person."""
        said = (self.last_login, self.privacy_notice_noted_at, self.name_confirmed_at)
        return self.is_active and not any(said)

    @property
    def must_complete_profile(self) -> bool:
        """Whether the profile must still be filled in or, if somebody else did so, the privacy notice acknowledged."""
        return self.profile_completed_at is None or self.privacy_notice_noted_at is None

    def reads(self, email: str) -> bool:
        """Whether mail to that address surely reaches this person, by whatever address of theirs.

        Plus tags and sub-domains count, the further addresses of the account, those of accounts that became this one,
        and the same name in another domain of the agency.
        """
        own = {self.email, *self._further_addresses()}
        if any(is_same_person(email, one) for one in own):
            return True
        if self.agency_id is None:
            return False
        agency = Agency.objects.for_email(email)
        if agency is None or agency.pk != self.agency_id:
            return False
        domains = agency.mail_domains.values_list("domain", flat=True)
        names = {one.rpartition("@")[0] for one in own if Agency.objects.for_email(one) == agency}
        return any(is_same_person(email, f"{name}@{domain}") for name in names for domain in domains)

    def _further_addresses(self) -> list[str]:
        from allauth.account.models import EmailAddress  # noqa: PLC0415  its models need this one first

        accounts = [self, *([self.merged_into] if self.merged_into else [])]
        for account in accounts:  # grows while it is walked: accounts may have been merged one after the other
            accounts += [one for one in account.merged_accounts.all() if one not in accounts]
        further = EmailAddress.objects.filter(user__in=accounts).values_list("email", flat=True)
        return [*(one.email for one in accounts), *further]

    @property
    def has_ended(self) -> bool:
        return not self.is_active

    @property
    def is_coordinator(self) -> bool:
        return self.is_active and (self.role == self.Role.COORDINATOR or self.is_superuser)

    @property
    def is_agency_contact(self) -> bool:
        return self.is_active and self.role == self.Role.AGENCY_CONTACT

    def spoken_for(self) -> AgencyQuerySet:
        """The agencies the person speaks for as their contact. See ``UserManager.contacts_of`` for the other way."""
        if not self.is_agency_contact:
            return Agency.objects.none()
        own = models.Q() if self.speaks_only_for_others else models.Q(pk=self.agency_id)
        return Agency.objects.filter(own | models.Q(pk__in=self.contact_duties.values("agency")))

    def speaks_for(self, agency_id: int | None) -> bool:
        """The same of one agency; of the own one without asking the database."""
        if agency_id is None or not self.is_agency_contact:
            return False
        if agency_id == self.agency_id and not self.speaks_only_for_others:
            return True
        return self.contact_duties.filter(agency=agency_id).exists()

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this: master data belong to the coordinators."""
        return self.is_coordinator
