"""Which words of the mails has the coordination changed: MessageText. ``message_texts`` has those to begin with."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.message import MOST_CHARACTERS, kind_choices


class MessageText(models.Model):
    """The words of one kind of mail in one language. Each saving is a new version; an empty field means the default."""

    kind = models.CharField(_("Anlass"), max_length=MOST_CHARACTERS, choices=kind_choices)
    language = models.CharField(_("Sprache"), max_length=5, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("Fassung"))
    subject = models.CharField(_("Betreff"), max_length=150, blank=True)
    opening = models.TextField(_("Text vor den Angaben zum Termin"), max_length=3000, blank=True)
    closing = models.TextField(_("Text am Ende"), max_length=3000, blank=True)
    saved_at = models.DateTimeField(_("gespeichert am"), default=timezone.now)
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("gespeichert von"))

    class Meta:
        verbose_name = _("Text einer Nachricht")
        verbose_name_plural = _("Texte der Nachrichten")
        ordering = ["kind", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"], name="one_message_text_per_kind_language_and_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.language} {self.version}"
