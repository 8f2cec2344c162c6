"""What kind of request does a view get?"""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """The request of somebody who has signed in; ``LoginRequiredMiddleware`` lets no other reach an ordinary view."""

    user: User


def client_address(request: HttpRequest) -> str:
    """Who asks, as the sign-in counts it: behind a proxy only the trusted header says so. Empty if nothing does."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return ""
