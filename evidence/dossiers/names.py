"""Does a dossier name somebody who is not to be named any more? What the funder has stays; no other is given out."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from evidence.facts import evidence_from
from evidence.models import Dossier
from trainings.refusals import Reason


def names_somebody_erased(dossier: Dossier) -> bool:
    """Erased or restricted since its facts were gathered."""
    named = {
        one.person
        for run in evidence_from(dossier.facts or {}).runs
        for one in run.participants
        if one.last_name or one.first_name
    }
    gone = User.objects.filter(Q(erased_at__isnull=False) | Q(restricted_at__isnull=False))
    return not named.isdisjoint(gone.values_list("pk", flat=True))


def erased_since() -> Reason:
    text = _(
        "Dieses Dossier nennt jemanden, dessen Daten inzwischen gelöscht oder gesperrt sind. Bitte erstellen Sie ein"
        " neues."
    )
    return Reason("erased", text)
