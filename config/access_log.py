"""gunicorn's logs without secrets: ``gunicorn --access-logfile - --logger-class config.access_log.Logger``."""

from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]

from config.redaction import RedactingFormatter, redacted


class Logger(glogging.Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        """The error log too: of a request that failed it writes the address in full."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(RedactingFormatter(self.error_fmt, self.datefmt))

    def atoms(self, *args: Any) -> dict[str, Any]:
        """What a line may name: path, request line, referrer."""
        atoms: dict[str, Any] = super().atoms(*args)
        return {name: redacted(value) if isinstance(value, str) else value for name, value in atoms.items()}
