"""Who has attended a course? One answer for the path of a person and for refreshers.

Whose recorded minutes reach the run's own rule, or who has a proof of it that an app above knows: a coordinator may
issue a certificate below the rule. Registered is not attended, and neither is what nobody recorded.
"""

import datetime as dt
from collections.abc import Callable

from django.db.models import Exists, Q
from django.utils import timezone

from trainings.models import Registration, attended_enough

Proof = Callable[[], Exists]

_proofs: list[Proof] = []


def register_proof(proof: Proof) -> None:
    """Apps above say when they start what else proves it: of the registration ``OuterRef("pk")``."""
    if proof not in _proofs:
        _proofs.append(proof)


def has_attended(at: dt.datetime | None = None) -> Q:
    """The condition on registrations, for ``filter`` and ``annotate``: the run is over and the person took part."""
    is_proved = Q(attended_enough())
    for proof in _proofs:
        is_proved |= Q(proof())
    took_place = Q(status=Registration.Status.CONFIRMED, run__cancelled_at=None, run__ends_at__lte=at or timezone.now())
    return took_place & is_proved
