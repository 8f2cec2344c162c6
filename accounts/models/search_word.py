"""By which words is a person found? SearchWord."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User

LONGEST = 254  # as an address; no word of a name is longer


class SearchWord(models.Model):
    """A word of the person's name or address in plain letters. ``accounts.finding`` alone writes it.

    It goes with the name. Indexes find what words begin with; ``backwards`` makes of that what they end with.
    """

    person = models.ForeignKey(
        User,
        models.CASCADE,
        db_constraint=False,  # the version before deletes people and knows nothing of words: ``catch_up`` does
        related_name="search_words",
        verbose_name=_("Person"),
    )
    word = models.CharField(_("Wort"), max_length=LONGEST)
    backwards = models.CharField(_("Wort von hinten"), max_length=LONGEST)

    class Meta:
        verbose_name = _("Wort der Suche")
        verbose_name_plural = _("Wörter der Suche")
        ordering = ["person", "word"]
        indexes = [
            # With these classes PostgreSQL finds what begins with a text, whatever language the database sorts in.
            models.Index(
                fields=["word", "person"], opclasses=["varchar_pattern_ops", "int8_ops"], name="search_word_forwards"
            ),
            models.Index(
                fields=["backwards", "person"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="search_word_backwards",
            ),
        ]

    def __str__(self) -> str:
        return self.word
