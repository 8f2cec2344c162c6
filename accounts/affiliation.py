"""Which agency does a person belong to whose mail domain does not tell?"""

from django.db import transaction
from django.utils import timezone

from accounts.models import Agency, User


@transaction.atomic
def settle(person: User, agency: Agency | None) -> User:
    """Note the coordinator's decision: one of the agencies, or what the person wrote if None.

    What the person wrote is kept either way. The person disappears from the coordinator's list of people to check.
    """
    person.agency = agency
    person.affiliation_checked_at = timezone.now()
    person.save(update_fields=["agency", "affiliation_checked_at"])
    return person
