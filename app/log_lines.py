"""How a line of the log looks: a JSON object in production, words for people at a desk.

No line ever holds what somebody drew or sent. What an exception says may quote it ("could not
convert …"), and gunicorn's word on a broken request does, so a line names the kind of fault and
where in the code it was, and no more; LOG_LEVEL=debug, for a developer's own machine, adds the
rest. Standard library alone: gunicorn's master reads this too.
"""

from __future__ import annotations

import json
import logging
import logging.config
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_FRAMES = 12


def configure(line_format: str, level: str) -> None:
    """Send everything to standard error in this format ("json" or "text")."""
    formatter = JsonLines if line_format == "json" else TextLines
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": {"()": formatter, "is_open": level == "debug"}},
            "filters": {"fit": {"()": lambda: is_fit}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "lines",
                    "filters": ["fit"],
                }
            },
            # Libraries may warn. What they say at length is not for us to vouch for.
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                name: {"level": level.upper(), "propagate": True} for name in ("app", "gunicorn")
            },
        }
    )


def is_fit(record: logging.LogRecord) -> bool:
    """Not `flask run`'s own line for a request, which has the query in it; ours follows."""
    return record.name != "werkzeug" or " - - [" not in record.msg


class _Lines(logging.Formatter):
    def __init__(self, is_open: bool = False) -> None:
        super().__init__()
        self.is_open = is_open

    def fault(self, record: logging.LogRecord) -> list[str]:
        """What was raised and where, the innermost place last; what was said only when open."""
        if not record.exc_info or record.exc_info[1] is None:
            return []
        if self.is_open:
            return "".join(traceback.format_exception(record.exc_info[1])).splitlines()
        lines: list[str] = []
        error: BaseException | None = record.exc_info[1]
        while error is not None:
            lines.append(type(error).__name__)
            lines += places(error.__traceback__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return lines


def places(trace: TracebackType | None) -> list[str]:
    """file:line function, without source lines: those can hold what was sent as well."""
    frames = [
        (Path(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(trace)
    ][-MOST_FRAMES:]
    return [
        f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}:{line} {name}"
        for path, line, name in frames
    ]


class JsonLines(_Lines):
    """One object a line, for machines that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{at}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "process": record.process,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if fault := self.fault(record):
            line["fault"] = fault
        return json.dumps(line, ensure_ascii=False)


class TextLines(_Lines):
    """The time and what happened, for somebody who looks on."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname} " if record.levelno >= logging.WARNING else ""
        return "\n    ".join([f"{at}  {level}{record.getMessage()}", *self.fault(record)])
