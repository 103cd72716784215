"""What every route may ask for: the settings, the recognizer and the counts of its app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app

from app.config import Settings
from app.counts import Counts
from reader.model import Recognizer

NAME = "inkling"


@dataclass
class Services:
    settings: Settings
    recognizer: Recognizer
    counts: Counts | None = None  # of requests; None where nobody is counted
    documents: list[dict[str, Any]] = field(default_factory=list)  # for OpenAPI, of each feature

    def join(self, app: Flask) -> None:
        app.extensions[NAME] = self


def services_of(app: Flask) -> Services:
    found: Services = app.extensions[NAME]
    return found


def services() -> Services:
    """The services of the app that answers the current request."""
    return services_of(current_app)
