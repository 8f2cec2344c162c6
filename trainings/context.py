"""What every page says of the funding (Regulation (EU) 2021/1060, Art. 50)."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from trainings.models import Funding


def funding(request: HttpRequest) -> dict[str, object]:
    """The grant of today; asked of the database only by pages that show it."""
    today = timezone.localdate()
    return {
        "funding": SimpleLazyObject(lambda: Funding.objects.filter(starts_on__lte=today, ends_on__gte=today).first())
    }
