"""Mails about the account itself, which tell of no training."""

from django.utils.translation import gettext_lazy as _

from trainings.mails import contexts, objections
from trainings.models import MailKind

ACCOUNT_ENDS = MailKind(
    name="account_ends",
    label=_("Konto endet, weil es niemand nutzt"),
    words=None,
    context=contexts.account_ends,
    true_while=frozenset(),
    objection=objections.used_again,
    tells_calendar=False,
)
ERASED = MailKind(
    name="erased",
    label=_("Daten gelöscht"),
    words=None,
    context=contexts.erased,
    true_while=frozenset(),
    objection=objections.always_true,
    tells_calendar=False,
)
