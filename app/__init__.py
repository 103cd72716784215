"""Inkling's web app: a drawing comes in, a reading goes out. This module is how it starts.

gunicorn's master imports it on the way to `app.config`, so what only workers need is imported late.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from app.config import SettingError, Settings
from reader.model_card import ModelError

if TYPE_CHECKING:
    from flask import Flask

    from reader.model import Recognizer

# gunicorn ends when a worker exits with 3, "failed to boot"; after any other code it would start
# the next one, and the next, for ever.
CANNOT_START = 3


def create_app(settings: Settings | None = None, recognizer: Recognizer | None = None) -> Flask:
    """The app, with the model loaded and warmed: when it is there, it answers.

    When it cannot start, it says why in one line and ends the process.
    """
    try:
        settings = settings or Settings.from_environment()
        from app.wiring import wire
        from reader.model import Recognizer

        recognizer = recognizer or Recognizer.load(settings.model_path)
        recognizer.warm_up()
        return wire(settings, recognizer)
    except (SettingError, ModelError) as error:
        refuse(error)


def refuse(error: SettingError | ModelError) -> NoReturn:
    """Say why there is nothing to serve, without a traceback that nobody asked for, and end."""
    print(f"Inkling cannot start. {error}", file=sys.stderr, flush=True)
    sys.exit(CANNOT_START)
