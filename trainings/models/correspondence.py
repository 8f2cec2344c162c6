"""How do we write to a person: which mails they want, and whether mails arrive?"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class CalendarChoice(models.TextChoices):
    """How trainings get into the person's calendar."""

    MAIL = "mail", _("Einladungen per E-Mail")
    FEED = "feed", _("Kalender-Abonnement")
    NONE = "none", _("gar nicht")


class CorrespondenceQuerySet(models.QuerySet["Correspondence"]):
    def of(self, person: User) -> "Correspondence":
        """The person's row; as long as there is none, an unsaved one that says what goes for everybody."""
        try:
            return person.correspondence
        except Correspondence.DoesNotExist:
            return Correspondence(person_id=person.pk)

    def change(self, person: User, **values: object) -> None:
        self.update_or_create(person_id=person.pk, defaults=values)


class Correspondence(models.Model):
    """One row for each person who has chosen something, or whose address has failed."""

    person = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="correspondence", verbose_name=_("Person")
    )
    calendar_choice = models.CharField(
        _("Termine im Kalender"),
        max_length=10,
        choices=CalendarChoice,
        default=CalendarChoice.MAIL,
        help_text=_("Eines von beidem: Sonst steht jeder Termin zweimal im Kalender."),
    )
    wants_digest = models.BooleanField(_("morgendliche Übersicht per E-Mail"), default=True)
    wants_refreshers = models.BooleanField(
        _("Erinnerung per E-Mail, wenn eine Auffrischung fällig wird"), default=True, db_default=True
    )
    bounced_at = models.DateTimeField(_("Adresse unzustellbar seit"), null=True, blank=True, editable=False)
    bounce_reason = models.CharField(_("Antwort des Mailservers"), max_length=300, blank=True, editable=False)

    objects = CorrespondenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Schriftverkehr")
        verbose_name_plural = _("Schriftverkehr")
        indexes = [
            models.Index(
                fields=["bounced_at"], condition=models.Q(bounced_at__isnull=False), name="correspondence_bounced"
            )
        ]

    def __str__(self) -> str:
        return str(self.person)
