"""Mails about accounts: a changed address, a change among the coordinators, an end."""

from django.utils.translation import gettext_lazy as _

from trainings.mails import contexts, objections
from trainings.models import MailKind

ADDRESS_CHANGED = MailKind(
    name="address_changed",
    label=_("E-Mail-Adresse geändert"),
    words=None,
    context=contexts.address_changed,
    true_while=frozenset(),
    objection=objections.always_true,
    tells_calendar=False,
)
COORDINATORS_CHANGED = MailKind(
    name="coordinators_changed",
    label=_("Koordination geändert"),
    words=None,
    context=contexts.coordinators_changed,
    true_while=frozenset(),
    objection=objections.always_true,
    tells_calendar=False,
)
ACCOUNT_ENDED = MailKind(
    name="account_ended",
    label=_("Konto beendet"),
    words=None,
    context=contexts.account_ended,
    true_while=frozenset(),
    objection=objections.always_true,
    tells_calendar=False,
)
