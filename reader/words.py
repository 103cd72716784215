"""The sentences that the page, the API and the device say. static/js reads the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("words.json")
WORDS: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
