"""Where does the database run, and where did it when its mails were last let go? DatabaseHome: one row."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DatabaseHome(models.Model):
    """``public_url`` and ``machine``: from where mails may leave; ``seen_…``: where a worker last found itself.

    A database copied elsewhere takes the row with it, and so finds out. ``trainings.holding`` alone writes it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)  # not counted: it is one row
    public_url = models.CharField(_("Adresse"), max_length=200, blank=True)
    machine = models.CharField(_("Maschine"), max_length=64, blank=True)
    seen_public_url = models.CharField(_("zuletzt unter der Adresse"), max_length=200, blank=True)
    seen_machine = models.CharField(_("zuletzt auf der Maschine"), max_length=64, blank=True)
    seen_at = models.DateTimeField(_("dort seit"), null=True, blank=True)

    class Meta:
        verbose_name = _("Ort der Datenbank")
        verbose_name_plural = _("Ort der Datenbank")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="database_home_is_one_row")]

    def __str__(self) -> str:
        return self.public_url
