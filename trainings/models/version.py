"""Words that coordinators change: each saving is a new row, and no row ever changes. ``trainings.versions`` saves."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Version(models.Model):
    """Subclasses name their words, and of what these are. Version 0 was never stored: the words to begin with."""

    WORDS: ClassVar[tuple[str, ...]]
    OF: ClassVar[tuple[str, ...]] = ("language",)

    language = models.CharField(_("Sprache"), max_length=5, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("Fassung"))
    saved_at = models.DateTimeField(_("gespeichert am"), default=timezone.now)
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("gespeichert von"))

    class Meta:
        abstract = True

    @property
    def of(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.OF}

    @property
    def words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.WORDS}
