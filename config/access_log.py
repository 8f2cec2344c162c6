"""gunicorn's access log without secrets: ``gunicorn --access-logfile - --logger-class config.access_log.Logger``."""

from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]

from config.redaction import redacted


class Logger(glogging.Logger):  # type: ignore[misc]
    def atoms(self, *args: Any) -> dict[str, Any]:
        """What a line may name: path, request line, referrer."""
        atoms: dict[str, Any] = super().atoms(*args)
        return {name: redacted(value) if isinstance(value, str) else value for name, value in atoms.items()}
