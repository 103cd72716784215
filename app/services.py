"""The services that routes ask for: the settings, the recognizer and the counts of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
    counts: Counts | None = None  # of requests; None when rate limits are off
    device_files: Mapping[str, Path] = field(default_factory=dict)  # empty when devices cannot read
    documents: list[dict[str, Any]] = field(default_factory=list)  # for OpenAPI, of each feature

    @property
    def where_read(self) -> str:
        """Where drawings are read: the setting READING; `server` if no device has the weights."""
        return self.settings.reading if self.device_files else "server"

    @property
    def has_snapshots(self) -> bool:
        """Whether the page can show how the network learned."""
        return "snapshots/snapshots.json" in self.device_files

    def join(self, app: Flask) -> None:
        app.extensions[NAME] = self


def services_of(app: Flask) -> Services:
    found: Services = app.extensions[NAME]
    return found


def services() -> Services:
    """The services of the app that answers the current request."""
    return services_of(current_app)
