"""What kind of request does a view get?"""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """The request of somebody who has signed in; ``LoginRequiredMiddleware`` lets no other reach an ordinary view."""

    user: User
