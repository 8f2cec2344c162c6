"""How does a line of the log look, and which lines are not written because the same was just said?

Lines for people by default; with LOG_FORMAT=json one object of JSON a line, its time in UTC. Neither has secrets.
"""

import datetime as dt
import json
import logging

from config.redaction import RedactingFormatter, redacted
from trainings import outage


class JsonFormatter(RedactingFormatter):
    """``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``, ``process``, and ``error`` with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class OutageFilter(logging.Filter):
    """While the database is away every request fails: that is one line a minute, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is None or not outage.is_away(error):
            return True
        if not outage.may_say():
            return False
        record.msg = "The database is away, and requests are answered by 503: %s"
        record.args = (str(error).strip().partition("\n")[0],)
        record.exc_info = record.exc_text = None
        return True
