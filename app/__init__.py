"""Inkling's web app: a drawing comes in, a reading goes out. This module is how it starts.

gunicorn's master imports this module on the way to `app.config`. So packages that only workers need
are imported inside functions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from app.config import SettingError, Settings
from reader.model_card import ModelError

if TYPE_CHECKING:
    from flask import Flask

    from reader.model import Recognizer

# When a worker exits with 3, "failed to boot", gunicorn ends. After any other code it would start
# another worker, and another, for ever.
CANNOT_START = 3


def create_app(settings: Settings | None = None, recognizer: Recognizer | None = None) -> Flask:
    """The app, with the model loaded and warmed up, ready to answer.

    If it cannot start, it prints the reason in one line and ends the process.
    """
    try:
        settings = settings or Settings.from_environment()
        from app.wiring import wire
        from reader.model import Recognizer

        recognizer = recognizer or Recognizer.load(settings.model_path)
        recognizer.warm_up()
        return wire(settings, recognizer)
    except (SettingError, ModelError) as error:
        exit_cannot_start(error)


def exit_cannot_start(error: SettingError | ModelError) -> NoReturn:
    """Print the reason in one line, without a traceback, and end the process."""
    print(f"Inkling cannot start. {error}", file=sys.stderr, flush=True)
    sys.exit(CANNOT_START)
