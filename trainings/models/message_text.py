"""Which words of the mails have coordinators changed: MessageText. The kinds of mail declare the defaults."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trainings.models.message import MOST_CHARACTERS, kind_choices
from trainings.models.version import Version


class MessageText(Version):
    """The words of one kind of mail in one language. Each saving is a new version; an empty field means the default."""

    WORDS = ("subject", "opening", "closing")
    OF = ("kind", "language")

    kind = models.CharField(pgettext_lazy("mail", "Anlass"), max_length=MOST_CHARACTERS, choices=kind_choices)
    subject = models.CharField(_("Betreff"), max_length=150, blank=True)
    opening = models.TextField(_("Text vor den Angaben zum Termin"), max_length=3000, blank=True)
    closing = models.TextField(_("Text am Ende"), max_length=3000, blank=True)

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

    @property
    def is_changed(self) -> bool:
        """Whether it has words other than the defaults."""
        return any(self.words.values())
