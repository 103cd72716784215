"""`python -m app` serves Inkling on any system; `python -m app doctor` looks for faults
(app/ops/doctor.py). Both take their settings from the environment.

Where the system has `fork`, gunicorn serves: it runs several workers and replaces a worker that
dies. On Windows, which has no `fork`, waitress serves by itself, in one process.
"""

from __future__ import annotations

import os
import sys

from app import create_app, exit_cannot_start
from app.config import ROOT, SettingError, Settings
from reader.model_card import ModelError, ModelFile
from server import listening
from server.memory import SMALL_THREADS


def main() -> None:
    if sys.argv[1:2] == ["doctor"]:
        from app.ops import doctor

        doctor.main(sys.argv[2:])
    if sys.argv[1:]:
        sys.exit("Usage: python -m app [doctor]. README.md has the settings.")
    serve()


def serve() -> None:
    try:
        settings = Settings.from_environment()
        ModelFile.check(settings.model_path)
        listening.check(settings.host, settings.port)
    except (SettingError, ModelError) as error:
        exit_cannot_start(error)
    if hasattr(os, "fork"):
        config = str(ROOT / "gunicorn.conf.py")
        os.environ.setdefault(*SMALL_THREADS)
        gunicorn = ("-m", "gunicorn", "--config", config, "app:create_app()")
        os.execv(sys.executable, [sys.executable, *gunicorn])  # noqa: S606 - no shell is wanted
    listen = listening.place(settings.host, settings.port)
    threads = listening.threads_for(settings.threads)
    from app import rooms  # Flask, which a start under gunicorn need not read

    app = create_app(settings)
    server = listening.create_server(app, threads, listen=listen)
    rooms.start(app)
    listening.say_ready(settings.host, settings.port)
    server.run()


if __name__ == "__main__":
    main()
