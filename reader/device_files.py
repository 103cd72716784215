"""The files that the reader on the device needs: the network's weights, the card and the sentences.
And, where training left them, the network at moments of its training, for Look inside.

Must not know how they are sent. Their names do not depend on the model's name.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from reader import words
from reader.model_card import ModelError, read_card

SNAPSHOTS = "snapshots"


def device_files(model_path: Path) -> dict[str, Path]:
    """The files by name; empty when the model has no `.weights` file."""
    weights = model_path.with_suffix(".weights")
    promised = read_card(model_path)["files"].get(weights.name)
    if promised is None or not weights.is_file():
        return {}
    if hashlib.sha256(weights.read_bytes()).hexdigest() != promised["sha256"]:
        raise ModelError(
            f"{weights} is not the file that the card {model_path.with_suffix('.json')} describes. "
            "Fetch both again, or make both with `python train.py`."
        )
    return {
        "model.weights": weights,
        "model.json": model_path.with_suffix(".json"),
        "words.json": words.PATH,
        **{f"{SNAPSHOTS}/{path.name}": path for path in snapshots(model_path)},
    }


def snapshots(model_path: Path) -> list[Path]:
    """The list of the snapshots and the files that it names; empty without a list."""
    found = model_path.parent / SNAPSHOTS / "snapshots.json"
    if not found.is_file():
        return []
    listed = json.loads(found.read_text())["snapshots"]
    return [found, *(found.parent / one["file"] for one in listed)]
