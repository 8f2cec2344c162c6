"""Does a dossier name somebody who is not to be named any more? What the funder has stays; no other is given out."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from evidence.facts import evidence_from
from evidence.models import Dossier
from trainings.refusals import Reason


def names_too_many(dossier: Dossier) -> Reason | None:
    """Somebody erased or restricted since its facts were gathered; anybody, where the grant names nobody any more."""
    told = evidence_from(dossier.facts or {})
    named = {
        one.person for run in told.runs for one in run.participants if one.last_name or one.first_name
    }  # fmt: skip
    if named and not dossier.period.funding.names_in_reports:
        text = _(
            "Dieses Dossier nennt Teilnehmende mit Namen; für die Förderung ist das nicht mehr vorgesehen. Bitte "
            "erstellen Sie ein neues."
        )
        return Reason("names", text)
    gone = User.objects.filter(Q(erased_at__isnull=False) | Q(restricted_at__isnull=False))
    if not named.isdisjoint(gone.values_list("pk", flat=True)):
        text = _(
            "Dieses Dossier nennt jemanden, dessen Daten inzwischen gelöscht oder gesperrt sind. Bitte erstellen Sie "
            "ein neues."
        )
        return Reason("erased", text)
    return None
