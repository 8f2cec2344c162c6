"""How does the sign-in library send its mails and where does it lead afterwards?"""

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.emblem import attach_emblem, emblem_context

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _lazy(
            "Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit der neuesten E-Mail; "
            "nach drei Versuchen gilt er nicht mehr."
        ),
        "too_many_login_attempts": _lazy(
            "Es wurden eben schon mehrere Codes angefordert. "
            "Bitte warten Sie eine Minute und versuchen Sie es dann erneut."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come about by signing in with a code; the library's own sign-up stays closed."""
        return False

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
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        mail: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers)
        mail.reply_to = [settings.CONTACT_EMAIL]
        attach_emblem(mail)
        return mail

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.SITE_NAME}: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sent at once, since somebody waits for the code; a mail server that is down is reported, not hidden."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException):
            logger.exception("The sign-in code could not be sent.")
            if self.request:
                text = _(
                    "Die E-Mail mit dem Code konnte gerade nicht versendet werden. "
                    "Bitte versuchen Sie es in einigen Minuten erneut."
                )
                messages.error(self.request, text)
        if settings.DEMO and self.request and "code" in context:
            text = _("Demo: Der Code lautet %(code)s. Im Echtbetrieb steht er nur in der E-Mail.")
            messages.info(self.request, text % {"code": context["code"]})

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Does nothing: our own pages say what happened."""
