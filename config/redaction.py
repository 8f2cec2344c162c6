"""What of an address must not stand in a log: secrets of calendars, of answers to mails and of auditors' doors."""

import logging
import re

NAMES = "kalender|freigabe|angebot|abmelden|abbestellen|pruefzugang"
SECRETS = re.compile(rf"((?:/|%2F)(?:{NAMES})(?:/|%2F))[^/\s\"'?&]{{16,}}", re.IGNORECASE)


def redacted(text: str) -> str:
    """``/kalender/***`` instead of the secret, in a path, a request line or a referrer; its ``/`` may be encoded."""
    return SECRETS.sub(r"\1***", text)


class RedactingFormatter(logging.Formatter):
    """The line as usual, its traceback too, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
