"""What do the legal pages say? PageText. The texts to begin with are files of ``trainings.legal_pages``."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from trainings.models.version import Version

# On our own host: nothing is loaded from elsewhere, and the content security policy would not let it.
_VIDEO = RegexValidator(
    r"^(?:/[\w.-]+)+\.(?:mp4|webm)\Z",
    _("Eine Adresse auf dieser Website, die mit / beginnt und auf .mp4 oder .webm endet."),
)
_CAPTIONS = RegexValidator(
    r"^(?:/[\w.-]+)+\.vtt\Z", _("Eine Adresse auf dieser Website, die mit / beginnt und auf .vtt endet.")
)


class PageText(Version):
    """The words of one legal page in one language. Each saving is a new version; an empty text means the default."""

    class Page(models.TextChoices):
        """By the name of its address."""

        IMPRINT = "imprint", _("Impressum")
        PRIVACY = "privacy", _("Datenschutzhinweise")
        ACCESSIBILITY = "accessibility", _("Erklärung zur Barrierefreiheit")
        EASY_LANGUAGE = "easy_language", _("Leichte Sprache")
        SIGN_LANGUAGE = "sign_language", _("Deutsche Gebärdensprache")

    WORDS = ("text", "video", "captions")
    OF = ("page", "language")

    page = models.CharField(_("Seite"), max_length=20, choices=Page)
    text = models.TextField(_("Text"), max_length=30_000, blank=True)
    video = models.CharField(_("Video"), max_length=200, blank=True, validators=[_VIDEO])
    captions = models.CharField(_("Untertitel"), max_length=200, blank=True, validators=[_CAPTIONS])

    class Meta:
        verbose_name = _("Text einer rechtlichen Seite")
        verbose_name_plural = _("Texte der rechtlichen Seiten")
        ordering = ["page", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "language", "version"], name="one_page_text_per_page_language_and_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_page_display()} · {self.language} {self.version}"

    @property
    def is_changed(self) -> bool:
        """Whether it has words other than the defaults."""
        return any(self.words.values())
