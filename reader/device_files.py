"""The files that the reader on the device needs: the network's weights, the card and the sentences.

Must not know how they are sent. They go by the same names whatever the model is called.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from reader.model_card import ModelError, read_card

WORDS = Path(__file__).parent / "words.json"


def device_files(model_path: Path) -> dict[str, Path]:
    """Each file by its name on the device; none when the model has no weights for the device."""
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
        "words.json": WORDS,
    }
