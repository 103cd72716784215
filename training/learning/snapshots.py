"""The network at some moments of its training, for a page that shows how it learned.

A snapshot is a weights file, as the page reads the finished network. `snapshots.json` lists the
snapshots, each with its accuracy on the validation examples. Knows nothing of the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.data.examples import Examples
from training.files import write_bytes, write_text
from training.learning.fit import Learner, validate
from training.weights import weights_file

FOLDER = "snapshots"
LIST = "snapshots.json"
# Steps, after which most of the learning is done. The last step of the run is one more.
MOMENTS = (0, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


class Snapshots:
    """Is told of each step, and saves the network after some of them."""

    def __init__(self, folder: Path, validation: Examples, about: dict[str, Any]) -> None:
        self.folder, self.validation, self.about = folder, validation, about

    def after_step(self, learner: Learner, steps: int) -> None:
        """Save the network if this is one of the moments. A resumed run takes some again."""
        if steps not in (*MOMENTS, learner.steps_in_all):
            return
        with learner.averaged_weights():
            content = weights_file(learner.model, "")  # no .tflite has the same network
            accuracy = round(validate(learner.model, self.validation)["val_accuracy"], 6)
        name = f"{steps}.weights"
        write_bytes(self.folder / name, content)
        before = [one for one in self._taken() if one["steps"] < steps] if steps else []
        taken = [*before, {"file": name, "steps": steps, "accuracy": accuracy}]
        listed = {**self.about, "validation": len(self.validation), "snapshots": taken}
        write_text(self.folder / LIST, json.dumps(listed, indent=2) + "\n")
        for path in self.folder.glob("*.weights"):  # of an earlier run
            if path.name not in [one["file"] for one in taken]:
                path.unlink()

    def _taken(self) -> list[dict[str, Any]]:
        path = self.folder / LIST
        return json.loads(path.read_text())["snapshots"] if path.is_file() else []
