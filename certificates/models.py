"""The proof: what a Certificate said when it was issued, and whether it is still valid."""

import datetime as dt
import re
import secrets
import unicodedata
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Agency, LeasedQuerySet, User
from trainings.models import MINUTES_PER_UNIT, Registration, Version
from trainings.reporting import Period

# Crockford's base 32: no I, L, O, U, so that a code survives being read aloud and typed.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16  # 80 random bits
_FORGIVEN = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_IN_ADDRESS = re.compile(r"/pruefen/([^/?#]+)")
# Dashes, the minus among them, blanks, line ends, and what nobody sees.
_BETWEEN = {"Pd", "Zs", "Zl", "Zp", "Cc", "Cf"}


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))


def normalised_code(typed: str) -> str:
    """The code as stored: capitals, without dashes and spaces, with look-alike letters replaced.

    Also of the whole address behind the QR code, and of full-width characters.
    """
    text = unicodedata.normalize("NFKC", typed)
    if address := _IN_ADDRESS.search(text):
        text = unquote(address[1])
    text = "".join(char for char in text if char != "\u2212" and unicodedata.category(char) not in _BETWEEN)
    return text.upper().translate(_FORGIVEN)


def display_code(code: str) -> str:
    """The code as printed: four groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def units(minutes: int) -> int:
    """Whole teaching units in so many minutes; an incomplete unit does not count."""
    return minutes // MINUTES_PER_UNIT


def extent(minutes: int) -> str:
    """„7 UE (5 Std. 50 Min.)“: whole units of 45 minutes and the time to the minute, as on the paper."""
    hours, rest = divmod(minutes, 60)
    number = units(minutes)
    if rest:
        text = ngettext(
            "%(units)d UE (%(hours)d Std. %(minutes)d Min.)", "%(units)d UE (%(hours)d Std. %(minutes)d Min.)", number
        )
    else:
        text = ngettext("%(units)d UE (%(hours)d Std.)", "%(units)d UE (%(hours)d Std.)", number)
    return text % {"units": number, "hours": hours, "minutes": rest}


class CertificateQuerySet(LeasedQuerySet["Certificate"]):
    def valid(self) -> "CertificateQuerySet":
        return self.filter(revoked_at=None, replaced_at=None)

    def ended(self) -> "CertificateQuerySet":
        """Revoked or replaced."""
        return self.exclude(revoked_at=None, replaced_at=None)

    def of(self, person: User) -> "CertificateQuerySet":
        return self.filter(registration__person=person)

    def of_agency(self, agency: Agency) -> "CertificateQuerySet":
        """Of people it sent, on the day."""
        return self.filter(registration__agency=agency)

    def of_period(self, period: Period) -> "CertificateQuerySet":
        """Of runs that end within it."""
        return self.filter(
            registration__run__ends_at__gte=period.begins_at, registration__run__ends_at__lt=period.ends_before
        )

    def due(self) -> "CertificateQuerySet":
        """To be printed now. One that ended before it was printed is never printed."""
        return self.unleased().valid().filter(rendered_at=None, failure="", erased_at=None)

    def rendered(self) -> "CertificateQuerySet":
        return self.filter(rendered_at__isnull=False)

    def with_file(self) -> "CertificateQuerySet":
        """Whose PDF was made and is still kept."""
        return self.rendered().filter(erased_at=None)

    def visible_to(self, person: User) -> "CertificateQuerySet":
        """Whose PDF one may download: coordinators everybody's, people their own as long as it is valid."""
        return self if person.is_coordinator else self.of(person).valid()

    def known_to(self, person: User) -> "CertificateQuerySet":
        """Those one may see listed: coordinators all, people their own, whatever its state.

        Not of one that ended before it was printed: nobody ever held it.
        """
        return self if person.is_coordinator else self.of(person).held()

    def held(self) -> "CertificateQuerySet":
        """Leave out those that ended before they were printed."""
        return self.exclude(models.Q(rendered_at=None) & ~models.Q(revoked_at=None, replaced_at=None))

    def failed(self) -> "CertificateQuerySet":
        """Valid ones that could not be printed: somebody must do something."""
        return self.valid().filter(rendered_at=None).exclude(failure="")

    def without_bytes(self) -> "CertificateQuerySet":
        """For lists: the PDF stays in the database."""
        return self.defer("pdf")


class Certificate(models.Model):
    """A *Teilnahmebescheinigung*. ``snapshot`` holds everything the paper asserts; the bytes are made from it once.

    Valid, revoked and replaced are states; a certificate is never deleted and never rendered again. Once evidence need
    no longer be kept, name and bytes are erased; ``surname_key`` still answers who types the surname.
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="certificates", verbose_name=_("Anmeldung")
    )
    number = models.CharField(_("Nummer"), max_length=30, unique=True)
    code = models.CharField(_("Prüfcode"), max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    language = models.CharField(_("Sprache"), max_length=5, choices=settings.LANGUAGES, default="de")
    template_version = models.CharField(_("Fassung der Vorlage"), max_length=20)
    snapshot = models.JSONField(_("Angaben"))
    issued_at = models.DateTimeField(_("ausgestellt am"), default=timezone.now)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("ausgestellt von"))
    rendered_at = models.DateTimeField(_("PDF erstellt am"), null=True, blank=True)
    pdf = models.BinaryField(_("PDF"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256 des PDF"), max_length=64, blank=True)
    failure = models.CharField(_("Fehler beim Erstellen"), max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    leased_until = models.DateTimeField(_("in Arbeit bis"), null=True, blank=True)
    override_reason = models.CharField(
        _("ausgestellt trotz zu geringer Anwesenheit, weil"), max_length=500, blank=True, editable=False
    )
    surname_key = models.CharField(max_length=64, blank=True, editable=False)
    badge = models.TextField(_("Open Badge"), blank=True, editable=False)
    sealed_at = models.DateTimeField(_("gesiegelt am"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("widerrufen am"), null=True, blank=True)
    replaced_at = models.DateTimeField(_("ersetzt am"), null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("ersetzt durch")
    )
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("beendet durch")
    )
    ending_reason = models.CharField(_("Grund"), max_length=500, blank=True)
    erased_at = models.DateTimeField(_("Name gelöscht am"), null=True, blank=True, editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("Teilnahmebescheinigung")
        verbose_name_plural = _("Teilnahmebescheinigungen")
        ordering = ["-issued_at", "-pk"]
        indexes = [
            # Nearly all are printed; a worker looks for the others every second.
            models.Index(fields=["id"], condition=models.Q(rendered_at=None), name="certificates_not_printed"),
            models.Index(fields=["id"], condition=models.Q(erased_at=None), name="certificates_with_a_name"),
            models.Index(
                fields=["id"], condition=~models.Q(replaced_at=None, revoked_at=None), name="certificates_ended"
            ),
            models.Index(
                fields=["issued_at"], condition=models.Q(erased_at=None), name="certificates_with_a_name_since"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["registration"],
                condition=models.Q(revoked_at=None, replaced_at=None),
                name="one_valid_certificate_per_registration",
            ),
            models.CheckConstraint(
                condition=models.Q(rendered_at=None, pdf=None, sha256="")
                | (models.Q(rendered_at__isnull=False, pdf__isnull=False, erased_at=None) & ~models.Q(sha256=""))
                | (models.Q(rendered_at__isnull=False, pdf=None, erased_at__isnull=False) & ~models.Q(sha256="")),
                name="rendered_certificate_has_its_bytes",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("certificates:download", args=[self.number])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A certificate is revoked or replaced, never deleted.")

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.replaced_at is None

    @property
    def is_ready(self) -> bool:
        return self.rendered_at is not None

    @property
    def replaces_a_printed_one(self) -> bool:
        """Whether it replaces one that was printed."""
        return Certificate.objects.rendered().filter(replaced_by=self.pk).exists()

    @property
    def has_file(self) -> bool:
        """Whether the PDF was made and is still kept."""
        return self.is_ready and self.erased_at is None

    @property
    def display_code(self) -> str:
        return display_code(self.code)

    # --- what the paper says, for pages -----------------------------------------------------------

    @property
    def title(self) -> str:
        return str(self.snapshot["course"]["text"][0])

    @property
    def title_language(self) -> str:
        return str(self.snapshot["course"]["language"])

    @property
    def attended_from(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.snapshot["meetings"][0]["starts_at"])

    @property
    def attended_until(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.snapshot["meetings"][-1]["ends_at"])

    @property
    def days_certified(self) -> list[dt.date]:
        """The days in Berlin of the sessions it names, in order."""
        starts = [dt.datetime.fromisoformat(meeting["starts_at"]) for meeting in self.snapshot["meetings"]]
        return sorted(timezone.localdate(start) for start in starts)

    @property
    def minutes_certified(self) -> int:
        return int(self.snapshot["minutes_attended"])

    @property
    def extent(self) -> str:
        return extent(self.minutes_certified)


class Wording(Version):
    """The words of the paper that the issuer may change, in one language. Each saving is a new version.

    Placeholders such as ``{name}`` are known to ``certificates.paper.wording``, which also has the words to begin with.
    """

    class SignOff(models.TextChoices):
        MACHINE = "machine", _("maschinell erstellt, ohne Unterschrift gültig")
        SIGNATURES = "signatures", _("Unterschriften")

    WORDS = ("certifies", "attended", "has_attended", "closing", "sign_off", "signatories")

    certifies = models.CharField(_("Einleitung"), max_length=300)
    attended = models.CharField(_("vor dem Titel"), max_length=300)
    has_attended = models.CharField(_("nach dem Titel"), max_length=300, blank=True)
    closing = models.CharField(_("Schlusssatz"), max_length=500, blank=True)
    sign_off = models.CharField(_("Unterschrift"), max_length=12, choices=SignOff, default=SignOff.MACHINE)
    signatories = models.TextField(
        _("Wer unterschreibt"),
        blank=True,
        help_text=_("Je Zeile Name und Funktion, zum Beispiel: Miriam Roth, Koordination."),
    )

    class Meta:
        verbose_name = _("Wortlaut der Bescheinigung")
        verbose_name_plural = _("Wortlaute der Bescheinigung")
        ordering = ["language", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["language", "version"], name="one_wording_per_language_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.version}"
