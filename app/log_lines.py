"""How a log line looks: a JSON object in production, plain text at a desk.

No line holds anything that a person drew or sent. The text of an exception may quote a drawing, so
a line names only the kind of fault and its place in the code. LOG_LEVEL=debug adds the text, for a
developer's own machine. This module uses the standard library alone: gunicorn's master imports it.
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
            "filters": {"wanted": {"()": lambda: is_wanted}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "lines",
                    "filters": ["wanted"],
                }
            },
            # Libraries may only warn: we cannot promise what their longer messages quote.
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                name: {"level": level.upper(), "propagate": True} for name in ("app", "gunicorn")
            },
        }
    )


def is_wanted(record: logging.LogRecord) -> bool:
    """Drop `flask run`'s own request line: it holds the query. Our line for the request follows."""
    return record.name != "werkzeug" or " - - [" not in record.msg


class _Lines(logging.Formatter):
    def __init__(self, is_open: bool = False) -> None:
        super().__init__()
        self.is_open = is_open

    def fault(self, record: logging.LogRecord) -> list[str]:
        """The kinds of the exceptions and their places in the code; their texts only when open."""
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
    """file:line function of each frame. Source lines are left out: they can quote a drawing."""
    frames = [
        (Path(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(trace)
    ][-MOST_FRAMES:]
    return [
        f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}:{line} {name}"
        for path, line, name in frames
    ]


class JsonLines(_Lines):
    """One JSON object a line, for log collectors."""

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
    """The time and the message, for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname} " if record.levelno >= logging.WARNING else ""
        return "\n    ".join([f"{at}  {level}{record.getMessage()}", *self.fault(record)])
