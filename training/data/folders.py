"""Pictures in folders, one folder a class: `signs/star/1.png`, or `train/star/1.png` and a `test`.

A picture of 28×28 is taken as it is. Any other becomes ink and is framed, as the app does.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from reader.classes import as_label
from reader.decoding import decoded, in_grey, opened
from reader.errors import InklingError
from reader.framing import DIGIT_IMAGE_PX, frame
from reader.pictures import ink_from_pixels
from training.data.boxes import Files
from training.data.drawings import side_by_side
from training.data.sets import Half
from training.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
TEST_FOLDERS = ("test", "testing")
HALVES = (*TEST_FOLDERS, "train", "training", "val", "valid", "validation")


def from_folders(files: Files, where: str) -> tuple[Half, Half | None] | None:
    """The halves in folders of pictures; None where there is no picture in a folder."""
    found: dict[bool, list[tuple[str, str]]] = defaultdict(list)  # (label, name) of each picture
    for name in files:
        path = PurePosixPath(name)
        if path.suffix.lower() not in ENDINGS:
            continue
        label = path.parent.name
        if label in ("", *HALVES):
            raise DataError(f"{where}: {name} lies in no folder of a class")
        halves = {part.lower() for part in path.parts[:-2]}
        found[bool(halves & set(TEST_FOLDERS))].append((as_label(label), name))
    if not found:
        return None
    train, test = (half_of(files, found[is_test], where) for is_test in (False, True))
    if train is None:
        return (test, None) if test else None
    return train, test


def half_of(files: Files, named: list[tuple[str, str]], where: str) -> Half | None:
    """Pictures that become digit images."""
    if not named:
        return None
    images = side_by_side(as_digit_image, [(files[name](), f"{where}/{name}") for _, name in named])
    return Half(images, np.array([label for label, _ in named]), where)


def as_digit_image(item: tuple[bytes, str]) -> NDArray[np.uint8]:
    """The digit image of a picture file."""
    content, where = item
    try:
        colour, alpha = decoded(opened(content))
        if colour.shape[:2] == (DIGIT_IMAGE_PX, DIGIT_IMAGE_PX):
            return np.asarray(in_grey(colour), np.uint8)
        return frame(ink_from_pixels(colour, alpha))
    except InklingError as error:
        raise DataError(f"{where}: {error.message}") from error
