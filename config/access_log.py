"""gunicorn's logs without secrets: ``gunicorn --access-logfile - --logger-class config.access_log.Logger``."""

import os
from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]

from config.logs import JsonFormatter
from config.redaction import RedactingFormatter, redacted


class Logger(glogging.Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        """The error log too: of a request that failed it writes the address in full."""
        super().setup(cfg)
        as_json = os.environ.get("LOG_FORMAT") == "json"
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter() if as_json else RedactingFormatter(self.error_fmt, self.datefmt))
        for handler in self.access_log.handlers if as_json else []:
            handler.setFormatter(JsonFormatter())

    def atoms(self, *args: Any) -> dict[str, Any]:
        """What a line may name: path, request line, referrer."""
        atoms: dict[str, Any] = super().atoms(*args)
        return {name: redacted(value) if isinstance(value, str) else value for name, value in atoms.items()}
