"""One file of a dossier: its bytes, or where they are."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from evidence.models.dossier import Dossier
from trainings.models import SheetScan


class DossierFileQuerySet(models.QuerySet["DossierFile"]):
    def without_bytes(self) -> "DossierFileQuerySet":
        return self.defer("content")

    def unsound(self) -> "DossierFileQuerySet":
        return self.exclude(expected_sha256="")


class DossierFile(models.Model):
    """Bytes of a signed list or a certificate stay in that row, which cannot be deleted meanwhile.

    A file that was not what its SHA-256 said is copied here as it was found; ``expected_sha256`` is what was filed.
    """

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="files", verbose_name=_("Dossier"))
    path = models.CharField(_("Pfad"), max_length=250)
    size = models.PositiveIntegerField(_("Größe"))
    sha256 = models.CharField("SHA-256", max_length=64)
    crc32 = models.PositiveBigIntegerField("CRC-32")
    content = models.BinaryField(_("Inhalt"), null=True, blank=True)
    scan = models.ForeignKey(
        SheetScan, models.PROTECT, null=True, blank=True, related_name="dossier_files", verbose_name=_("Scan der Liste")
    )
    certificate = models.ForeignKey(
        Certificate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dossier_files",
        verbose_name=_("Teilnahmebescheinigung"),
    )
    expected_sha256 = models.CharField(_("SHA-256 bei der Ablage"), max_length=64, blank=True)

    objects = DossierFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("Datei eines Dossiers")
        verbose_name_plural = _("Dateien eines Dossiers")
        ordering = ["dossier", "path"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "path"], name="a_path_once_per_dossier"),
            models.CheckConstraint(
                condition=models.Q(scan=None, certificate=None, content__isnull=False)
                | models.Q(scan__isnull=False, certificate=None, content=None)
                | models.Q(scan=None, certificate__isnull=False, content=None),
                name="a_dossier_file_is_in_one_place",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def is_sound(self) -> bool:
        """Whether it was, when the dossier was made, the file that had been filed."""
        return not self.expected_sha256
