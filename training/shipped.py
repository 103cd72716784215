"""Keeps the shipped model aside before a run replaces it, and brings it back.

The shipped model is known by the proof in its card: no training run writes a proof. Needs no git.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from reader.model_card import ModelError, read_card
from training.errors import TrainingError
from training.export import MODEL_NAME, SUFFIXES
from training.files import workplace

MODELS = Path(__file__).parents[1] / "models"  # the app serves the model in here
KEPT = "shipped"  # the folder, beside a trained model, of the model that was there before
REPLACED = "trained"  # the folder of the trained model, after `restore`


def model_files(folder: Path) -> list[Path]:
    """The model's files and its card, as many as are there."""
    names = [f"{MODEL_NAME}{suffix}" for suffix in (*SUFFIXES, ".json")]
    return [folder / name for name in names if (folder / name).is_file()]


def keep_aside(folder: Path) -> None:
    """Copy the shipped model to `shipped/`, where it is in the folder now."""
    try:
        if "proof" not in read_card(folder / f"{MODEL_NAME}.tflite"):
            return
    except ModelError:  # no model, or none that could be served
        return
    kept, unfinished = folder / KEPT, folder / f".{KEPT}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for path in model_files(folder):
        shutil.copy2(path, unfinished)
    shutil.rmtree(kept, ignore_errors=True)
    unfinished.replace(kept)


def restore(folder: Path) -> int:
    """Bring the shipped model back. The trained one goes to `trained/`."""
    kept, replaced = folder / KEPT, folder / REPLACED
    if not model_files(kept):
        raise TrainingError(f"{kept}: no model is kept there, so there is none to bring back")
    read_card(kept / f"{MODEL_NAME}.tflite")
    with workplace(folder):
        shutil.rmtree(replaced, ignore_errors=True)
        replaced.mkdir()
        for path in model_files(folder):
            path.replace(replaced / path.name)
        for path in model_files(kept):
            path.replace(folder / path.name)
        kept.rmdir()
    print(f"the shipped model is back in {folder}; the trained one is in {replaced}")
    return 0


def what_next(folder: Path) -> str:
    """How to serve what was trained, and how to bring back the shipped model."""
    elsewhere = folder.resolve() != MODELS
    serve = (
        f"MODEL_PATH={folder / MODEL_NAME}.tflite python -m app" if elsewhere else "python -m app"
    )
    lines = [f"draw digits and see it read them:\n  {serve}"]
    if model_files(folder / KEPT):
        out = f" --out {folder}" if elsewhere else ""
        lines.append(
            f"the shipped model is kept in {folder / KEPT}; to bring it back:\n"
            f"  python train.py restore{out}"
        )
    return "\n".join(lines)
