"""The model's files and its card: check that they belong together, and give the thresholds.

gunicorn's master checks them before it starts workers, so this module imports no NumPy or LiteRT.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reader.classes import Classes


class ModelError(RuntimeError):
    """The model cannot be used; the message says which file and what to do."""


@dataclass(frozen=True)
class Thresholds:
    """The limits between the verdicts; chosen on drawings and kept in the model's card."""

    digit: float  # with at least this confidence, the verdict is `digit`
    pair: float  # else, when the two likeliest digits together have this much, `unsure`

    @classmethod
    def of_card(cls, card: dict[str, Any]) -> Thresholds:
        return cls(card["thresholds"]["digit"], card["thresholds"]["pair"])


@dataclass(frozen=True)
class ModelFile:
    """A model file that has the hash in its card."""

    path: Path
    card: dict[str, Any]
    content: bytes  # a .tflite runs from these bytes, so the checked model is the model that runs
    sha256: str

    @classmethod
    def check(cls, path: Path) -> ModelFile:
        try:
            if not path.is_file():
                raise ModelError(f"There is no model at {path}. `python train.py` makes one.")
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}, the model, cannot be read: {error.strerror}.") from error
        card = read_card(path)
        sha256 = hashlib.sha256(content).hexdigest()
        promised = card["files"].get(path.name, {}).get("sha256")
        if promised != sha256:
            raise ModelError(
                f"{path} is not the file that its card {card_path(path)} describes: "
                f"sha256 {sha256[:12]}…, not {str(promised)[:12]}…. "
                "Fetch both again, or make both with `python train.py`."
            )
        return cls(path, card, content, sha256)


def card_path(path: Path) -> Path:
    return path.with_suffix(".json")


def read_card(path: Path) -> dict[str, Any]:
    """The card of the model at `path`: how it was made, its figures, thresholds and hashes."""
    try:
        card: dict[str, Any] = json.loads(card_path(path).read_text("utf-8"))
        # The entries that the reader needs.
        if not all(0 <= card["thresholds"][name] <= 1 for name in ("digit", "pair")):
            raise ValueError("its thresholds are no shares.")
        [entry["sha256"] for entry in card["files"].values()]
        Classes.of_card(card)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{card_path(path)}, the model's card, cannot be read: {error}") from error
    return card
