"""The signed paper: its scan, and what stands on it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.registration import Registration
from trainings.models.session import Session


class SheetScanQuerySet(models.QuerySet["SheetScan"]):
    def without_bytes(self) -> "SheetScanQuerySet":
        return self.defer("content")

    def of_list(self, session: Session) -> "SheetScanQuerySet":
        """Of the session, or of the list of its day."""
        of_day = models.Q(covers_day=True, session__starts_at__date=timezone.localdate(session.starts_at))
        return self.filter(session__run=session.run_id).filter(models.Q(session=session) | of_day)

    def with_pages(self) -> "SheetScanQuerySet":
        """Each with ``pages``: how many files the list has that it belongs to."""
        together = models.Window(models.Count("pk"), partition_by=[models.F("filing")])
        return self.annotate(pages=models.Case(models.When(filing=None, then=1), default=together))

    def filed_with(self, scan: "SheetScan") -> "SheetScanQuerySet":
        """The pages of one list, in order; before ``filing`` each file was one."""
        return self.filter(filing=scan.filing) if scan.filing else self.filter(pk=scan.pk)


class SheetScan(models.Model):
    """A scan or photo of the signed list, as it was handed in. The original on paper is the evidence."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="scans", verbose_name=_("Sitzung"))
    content = models.BinaryField(_("Datei"))
    content_type = models.CharField(_("Art"), max_length=40)
    size = models.PositiveIntegerField(_("Größe"))
    sha256 = models.CharField("SHA-256", max_length=64)
    original_at = models.CharField(_("Original liegt bei"), max_length=200)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("hochgeladen von"))
    uploaded_at = models.DateTimeField(_("hochgeladen am"), default=timezone.now)
    filing = models.UUIDField(
        _("Ablage"), null=True, blank=True, help_text=_("Dateien, die zusammen abgelegt wurden: eine Liste.")
    )
    page = models.PositiveSmallIntegerField(_("Seite"), default=1, db_default=1)
    covers_day = models.BooleanField(
        _("gilt für den Tag"),
        default=False,
        db_default=False,
        help_text=_("Die Liste hat eine Spalte für jede Sitzung des Termins an diesem Tag."),
    )

    objects = SheetScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("Scan der Liste")
        verbose_name_plural = _("Scans der Listen")
        ordering = ["uploaded_at", "page", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "sha256"], name="a_scan_is_kept_once_per_session"),
        ]
        indexes = [
            models.Index(fields=["filing"], name="scans_of_a_filing"),
            models.Index(fields=["uploaded_by", "uploaded_at", "id"], name="scans_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.sha256[:8]}"

    @property
    def is_kept(self) -> bool:
        """Whether it is still evidence; where the original lies is said of every scan until then."""
        return self.original_at != ""

    @property
    def page_of(self) -> str:
        """„Seite 2 von 3“ of a list of several files; empty where it is one. Needs ``with_pages``."""
        pages: int = self.pages  # type: ignore[attr-defined]
        return gettext("Seite %(page)d von %(pages)d") % {"page": self.page, "pages": pages} if pages > 1 else ""

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")


class SheetEntry(models.Model):
    """What the paper says of one person: signed or not, and minutes where somebody noted that it was not all."""

    class Signature(models.TextChoices):
        SIGNED = "signed", _("unterschrieben")
        MISSING = "missing", _("keine Unterschrift")

    session = models.ForeignKey(Session, models.PROTECT, related_name="sheet_entries", verbose_name=_("Sitzung"))
    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="sheet_entries", verbose_name=_("Anmeldung")
    )
    signature = models.CharField(_("Unterschrift"), max_length=10, choices=Signature)
    minutes = models.PositiveSmallIntegerField(_("Minuten"), null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("eingetragen von"))
    entered_at = models.DateTimeField(_("eingetragen am"), default=timezone.now)

    class Meta:
        verbose_name = _("Eintrag der Liste auf Papier")
        verbose_name_plural = _("Einträge der Liste auf Papier")
        ordering = ["session", "registration"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "session"], name="one_sheet_entry_per_person_and_session")
        ]

    def __str__(self) -> str:
        return f"{self.registration.person} · {self.get_signature_display()}"
