"""How does the sign-in library send its mails and where does it lead afterwards?"""

import logging
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import codes, destinations, second_factor, sign_in_mails
from accounts.emblem import emblem_context
from accounts.models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit der neuesten E-Mail; "
            "nach drei Versuchen gilt er nicht mehr."
        ),
        "too_many_login_attempts": gettext_lazy("Das waren zu viele Versuche. Bitte warten Sie einige Minuten."),
        "rate_limited": gettext_lazy("Das waren zu viele Versuche. Bitte warten Sie einige Minuten."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come about by signing in with a code; the library's own sign-up stays closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return destinations.home_of(request.user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of the pages where second factors are added and taken away."""
        return not second_factor.may_add(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The second factors; who has none signs in again. Nobody has a password."""
        if not user.is_authenticated:
            return []
        methods = [method for method in super().get_reauthentication_methods(user) if method["id"] != "reauthenticate"]
        sign_in_again = {"id": "sign_in_again", "description": "", "url": reverse("account_reauthenticate")}
        return methods or [sign_in_again]

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        context = {
            **context,
            **emblem_context(),
            "site_name": settings.SITE_NAME,
            "operator_name": settings.OPERATOR_NAME,
            "contact_email": settings.CONTACT_EMAIL,
            "contact_phone": settings.CONTACT_PHONE,
            "privacy_url": f"{settings.PUBLIC_URL}{reverse('privacy')}",
        }
        return cast(EmailMultiAlternatives, super().render_mail(template_prefix, email, context, headers))

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.SITE_NAME}: {subject}"

    def generate_login_code(self) -> str:
        """Twice as long where somebody has been guessing: then it cannot be guessed, and nobody need be kept out."""
        code = str(super().generate_login_code())
        return f"{code}-{super().generate_login_code()}" if codes.must_be_long(self.request) else code

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """By the fast lane, since somebody waits for the code; where there is none, a dead mail server is told."""
        if not (email := self._where_to_mail(email)):
            self._show_in_demo(codes.expected(self.request, ""))
            return
        site = {"request": self.request, "email": email, "current_site": get_current_site(self.request)}
        try:
            sign_in_mails.send(self.render_mail(template_prefix, email, {**site, **context}))
            codes.note_mailed(self.request, context["code"])
        except OSError as error:
            logger.error("The sign-in code could not be sent: %s.", type(error).__name__)
            text = _(
                "Die E-Mail mit dem Code konnte gerade nicht versendet werden. "
                "Bitte versuchen Sie es in einigen Minuten erneut."
            )
            messages.error(self.request, text)
        self._show_in_demo(context["code"])

    def _show_in_demo(self, code: str) -> None:
        if settings.DEMO and code:
            text = _("Demo: Der Code lautet %(code)s. Im Echtbetrieb steht er nur in der E-Mail.")
            messages.info(self.request, text % {"code": code})

    def _where_to_mail(self, typed: str) -> str:
        """The account's own address, whichever of its mailbox's was typed; empty if no code is to be mailed now."""
        person = User.objects.of_address(typed)
        may_sign_in = person is not None and person.is_active and person.has_address
        return person.email if person and may_sign_in and codes.is_to_be_mailed(self.request) else ""

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Does nothing: our own pages say what happened."""
