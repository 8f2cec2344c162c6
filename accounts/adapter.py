"""How does the sign-in library send its mails and where does it lead afterwards?"""

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come about by signing in with a code; the library's own sign-up stays closed."""
        return False

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        context = {**context, "site_name": settings.SITE_NAME, "public_url": settings.PUBLIC_URL}
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        return super().render_mail(template_prefix, email, context, headers)

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.SITE_NAME}: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sent at once, since somebody waits for the code; a mail server that is down is told, not hidden."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException):
            logger.exception("The sign-in code could not be sent.")
            if self.request:
                messages.error(
                    self.request,
                    _("Die E-Mail mit dem Code konnte gerade nicht versendet werden. Bitte versuchen Sie es in einigen Minuten erneut."),
                )
        if settings.DEMO and self.request and "code" in context:
            messages.info(
                self.request, _("Demo: Der Code lautet %(code)s. Im Echtbetrieb steht er nur in der E-Mail.") % {"code": context["code"]}
            )

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Silent: the pages say themselves what happened, in one voice."""
