"""Which agency does a person belong to if the mail domain does not say?"""

from django.db import transaction
from django.utils import timezone

from accounts.models import Agency, User


@transaction.atomic
def settle(person: User, agency: Agency | None, *, by: User) -> User:
    """A coordinator's decision: the agency, or None to keep what the person typed. ``by`` must be a coordinator."""
    if not by.is_coordinator:
        raise PermissionError("Only coordinators decide on affiliations.")
    person = User.objects.select_for_update().get(pk=person.pk)
    person.agency = agency
    person.affiliation_checked_at = timezone.now()
    person.save(update_fields=["agency", "affiliation_checked_at"])
    return person


@transaction.atomic
def introduce(email: str, *, first_name: str, last_name: str, group: str, organisation: str = "") -> User:
    """Create an account for somebody else, for example after a phone call; they sign in later with that address.

    An account that was begun but never completed is completed. The person still has to acknowledge the privacy notice.
    """
    email = email.strip().lower()
    person = User.objects.filter(email=email, profile_completed_at=None).first() or User.objects.create_user(email)
    person.first_name, person.last_name, person.group = first_name, last_name, group
    person.name_confirmed_at = None
    person.organisation = "" if person.agency_id else organisation
    person.profile_completed_at = timezone.now()
    person.save()
    return person
