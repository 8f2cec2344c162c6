"""Of which runs was something left to do when they were last looked through? UnsettledRuns: one row, or none yet."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnsettledRuns(models.Model):
    """``runs`` are their keys; what has happened up to ``looked_until`` is in there. Read ``trainings.unsettled``."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)  # not counted: it is one row
    looked_until = models.DateTimeField(_("durchgesehen bis"))
    runs = models.JSONField(_("Termine"), default=list)

    class Meta:
        verbose_name = _("Termine, von denen etwas zu tun bleibt")
        verbose_name_plural = _("Termine, von denen etwas zu tun bleibt")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="unsettled_runs_are_one_row")]

    def __str__(self) -> str:
        return str(len(self.runs))
