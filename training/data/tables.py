"""Pictures and labels in tables: an .npz by the names of its arrays, a .csv by its rows."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from pathlib import PurePosixPath

import numpy as np

from training.data.boxes import Files, unpacked
from training.data.sets import PIXELS, Half
from training.errors import DataError
from training.files import Arrays, arrays_in

TRAIN = (("x_train", "y_train"), ("train_images", "train_labels"))
TEST = (("x_test", "y_test"), ("test_images", "test_labels"))
WHOLE = (("images", "labels"), ("x", "y"), ("data", "target"), ("arr_0", "arr_1"))
CSV = re.compile(r"(?P<of>.*?)[-_]?(?P<half>train|test|)(?:ing)?\.csv(?:\.gz)?", re.IGNORECASE)
LABEL_NAMES = ("label", "labels", "class", "target", "y")


def from_npz(files: Files, where: str) -> tuple[Half, Half | None] | None:
    """The halves in the first .npz; None where there is none."""
    name = next((name for name in files if name.endswith(".npz")), None)
    if name is None:
        return None
    where = where if where.endswith(name) else f"{where}: {name}"
    found = arrays_in(io.BytesIO(files[name]()), where)
    arrays = {name.lower(): array for name, array in found.items()}
    train = pair_of(arrays, (*TRAIN, *WHOLE), where)
    if train is None:
        raise DataError(
            f"{where}: no array named x_train or images; it has {', '.join(arrays) or 'none'}"
        )
    return train, pair_of(arrays, TEST, where)


def pair_of(arrays: Arrays, pairs: tuple[tuple[str, str], ...], where: str) -> Half | None:
    """The first pair of arrays that is there."""
    for images, labels in pairs:
        if images in arrays and labels in arrays:
            return Half(arrays[images], arrays[labels], f"{where}: {images}")
        if images in arrays or labels in arrays:
            missing = labels if images in arrays else images
            raise DataError(f"{where}: no array named {missing}")
    return None


def from_csv(files: Files, where: str) -> tuple[Half, Half | None] | None:
    """The halves in .csv files as Kaggle has them: a label and 784 pixels in a row."""
    sets: dict[str, dict[str, Half]] = defaultdict(dict)
    others: dict[str, int] = {}
    for name, read in files.items():
        stem = PurePosixPath(name).name
        match = CSV.fullmatch(stem)
        if match is None:
            continue
        data = unpacked(read(), f"{where}: {name}")
        columns = columns_in(data)
        if len(columns) != PIXELS + 1:  # Kaggle's own test, which has no labels, or another table
            others[name] = len(columns)
            continue
        half = half_in(data, columns, f"{where}: {name}")
        if "emnist" in stem.lower():
            half = Half(half.images.reshape(-1, 28, 28).transpose(0, 2, 1), half.labels, half.where)
        sets[match["of"]]["test" if match["half"].lower() == "test" else "train"] = half
    for name, count in others.items():
        if not sets:
            raise DataError(
                f"{where}: {name} has {count} columns; expected a label and {PIXELS} pixels"
            )
    if not sets:
        return None
    if len(sets) > 1:
        names = ", ".join(sorted(sets))
        raise DataError(f"{where}: holds {len(sets)} sets, {names}; give --data one of them")
    ((_, halves),) = sets.items()
    if "train" not in halves:
        return halves["test"], None
    return halves["train"], halves.get("test")


def columns_in(data: bytes) -> list[str]:
    """The cells of the first row, in small letters."""
    head = data.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().lower()
    return [cell.strip(' "') for cell in head.split(",")]


def half_in(data: bytes, columns: list[str], where: str) -> Half:
    """Pictures and labels in a .csv. The label comes first, if no head says otherwise."""
    has_head = any(re.search("[a-z]", column) for column in columns)
    label = next((columns.index(name) for name in LABEL_NAMES if name in columns), 0)
    try:
        table = np.loadtxt(
            io.BytesIO(data), np.float32, delimiter=",", skiprows=int(has_head), ndmin=2
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{where}: not a table of numbers ({error})") from error
    return Half(np.delete(table, label, axis=1), table[:, label], where)
