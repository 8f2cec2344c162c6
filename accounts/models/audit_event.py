"""Who did what, who looked, who exported: AuditEvent."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.append_only import AppendOnly, AppendOnlyQuerySet
from accounts.models.user import User


class AuditEventQuerySet(AppendOnlyQuerySet):
    def about(self, person: User) -> "AuditEventQuerySet":
        """What was done to or by the person."""
        return self.filter(models.Q(person=person) | models.Q(by=person))

    def forget_values(self, person: User) -> int:
        """The person has become a count: which fields changed, when and by whom stays; from what to what goes."""
        rows = self.filter(models.Q(person=person) | models.Q(by=person, person=None))
        for row in rows.exclude(changes={}):
            changes: dict[str, list[Any]] = {name: [] for name in row.changes}
            models.QuerySet.update(self.filter(pk=row.pk), changes=changes)
        return models.QuerySet.update(rows.exclude(reason="", about=""), reason="", about="")

    def delete_before(self, at: dt.datetime) -> int:
        """The one end of these rows: their time is over (``RETENTION_AUDIT_DAYS``). Says how many there were."""
        return self.filter(at__lt=at)._raw_delete(self.db)


class AuditEvent(AppendOnly):
    """One thing somebody did with data about people or with their rights. ``accounts.audit`` alone writes it."""

    class What(models.TextChoices):
        SIGNED_IN = "signed_in", _("eingeloggt")
        SIGNED_OUT = "signed_out", _("ausgeloggt")
        CODE_REFUSED = "code_refused", _("falscher Code")
        FACTOR_REFUSED = "factor_refused", _("falscher zweiter Faktor")
        FACTOR_ADDED = "factor_added", _("zweiter Faktor eingerichtet")
        FACTOR_REMOVED = "factor_removed", _("zweiter Faktor entfernt")
        RECOVERY_CODES_RENEWED = "recovery_codes_renewed", _("Wiederherstellungscodes erneuert")
        FACTORS_RESET = "factors_reset", _("zweite Faktoren zurückgesetzt")
        SESSIONS_ENDED = "sessions_ended", _("Geräte ausgeloggt")
        PERSON_CREATED = "person_created", _("Konto angelegt")
        PERSON_CHANGED = "person_changed", _("Angaben geändert")
        ADDRESS_CHANGED = "address_changed", _("E-Mail-Adresse geändert")
        ROLE_CHANGED = "role_changed", _("Rolle geändert")
        AFFILIATION_CHANGED = "affiliation_changed", _("Behörde geändert")
        AFFILIATION_ANNOUNCED = "affiliation_announced", _("Wechsel der Behörde angekündigt")
        PERSON_LEFT = "person_left", _("Konto beendet")
        PERSON_RETURNED = "person_returned", _("Konto wieder geöffnet")
        ACCOUNTS_MERGED = "accounts_merged", _("Konten zusammengeführt")
        MERGE_UNDONE = "merge_undone", _("Zusammenführung zurückgenommen")
        PERSON_VIEWED = "person_viewed", _("Seite einer Person angesehen")
        MAIL_VIEWED = "mail_viewed", _("Nachricht gelesen")
        DATA_COPIED = "data_copied", _("Kopie der eigenen Daten heruntergeladen")
        DATA_REQUESTED = "data_requested", _("Antrag zu den eigenen Daten gestellt")
        PERSON_ERASED = "person_erased", _("Daten gelöscht")
        PERSON_RESTRICTED = "person_restricted", _("Verarbeitung eingeschränkt")
        RESTRICTION_ENDED = "restriction_ended", _("Einschränkung aufgehoben")
        BECAME_A_COUNT = "became_a_count", _("nur noch eine Zahl")
        EXPORTED = "exported", _("Daten heruntergeladen")
        EVIDENCE_VIEWED = "evidence_viewed", _("Nachweis über einen Prüfzugang angesehen")
        MAILS_RELEASED = "mails_released", _("E-Mails freigegeben")
        SETTINGS_CHANGED = "settings_changed", _("Einstellungen geändert")

    what = models.CharField(_("Was"), max_length=30)  # one of What
    at = models.DateTimeField(_("am"), default=timezone.now, db_index=True)
    by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("durch"),
        help_text=_("Leer: automatisch, oder niemand war eingeloggt."),
    )
    person = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("betrifft")
    )
    about = models.CharField(
        _("Gegenstand"),
        max_length=200,
        blank=True,
        help_text=_("Zum Beispiel die Nummer eines Termins."),
    )
    changes = models.JSONField(_("Änderungen"), default=dict, blank=True, help_text=_("Feld: [vorher, nachher]"))
    reason = models.CharField(_("Grund"), max_length=500, blank=True)

    objects: ClassVar = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("Protokolleintrag")
        verbose_name_plural = _("Protokoll")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.label} · {self.at:%Y-%m-%d %H:%M}"

    @property
    def label(self) -> str:
        return str(self.What(self.what).label)
