"""Four files of pictures and labels, as MNIST, EMNIST, KMNIST and Fashion-MNIST ship theirs.

Owns the IDX format, the names of the files, and what is odd about EMNIST: it lies on its side.
"""

from __future__ import annotations

import io
import re
import struct
from collections import defaultdict
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from training.data.boxes import Files, unpacked
from training.data.sets import Half
from training.errors import DataError
from training.files import arrays_in

IMAGES_MAGIC = 0x803
LABELS_MAGIC = 0x801
# emnist-letters-train-images-idx3-ubyte.gz, t10k-labels.idx1-ubyte, kmnist-test-imgs.npz
NAME = re.compile(
    r"(?P<of>.*?)(?P<half>train|t10k|test)[-_](?P<kind>images|imgs|labels)[-.]?(idx\d-ubyte|npz|npy|)(\.gz)?",
    re.IGNORECASE,
)
PLACES = {"images": "images", "imgs": "images", "labels": "labels"}
Parts = dict[tuple[str, str], list[str]]  # names of files, by half and kind


def from_idx(files: Files, where: str) -> tuple[Half, Half] | None:
    """The two halves; None where no file has such a name."""
    sets: dict[str, Parts] = defaultdict(lambda: defaultdict(list))
    for name in files:
        if match := NAME.fullmatch(PurePosixPath(name).name):
            half = "train" if match["half"].lower() == "train" else "test"
            sets[match["of"]][half, PLACES[match["kind"].lower()]].append(name)
    if not sets:
        return None
    if len(sets) > 1:
        raise several(where, [of.rstrip("-_") or "train" for of in sets])
    ((of, parts),) = sets.items()
    return half_of("train", of, parts, files, where), half_of("test", of, parts, files, where)


def half_of(half: str, of: str, parts: Parts, files: Files, where: str) -> Half:
    """Pictures and labels of one half."""
    images = array_of(one_file(half, "images", of, parts, where), IMAGES_MAGIC, files, where)
    labels = array_of(one_file(half, "labels", of, parts, where), LABELS_MAGIC, files, where)
    if of.lower().startswith("emnist"):
        images = images.transpose(0, 2, 1)
    return Half(images, labels, f"{where}: {parts[half, 'images'][0]}")


def one_file(half: str, kind: str, of: str, parts: Parts, where: str) -> str:
    """The one file of a half and kind; of a file and its .gz side by side, the file."""
    names = parts[half, kind]
    folders = {PurePosixPath(name).parent for name in names}
    if len(folders) > 1:
        raise several(where, [folder.as_posix() for folder in folders])
    if not names:
        stem = {"train": "train", "test": "t10k" if of == "" else "test"}[half]
        digit = {"images": 3, "labels": 1}[kind]
        raise DataError(f"{where}: no file named {of}{stem}-{kind}-idx{digit}-ubyte, raw or .gz")
    return min(names, key=len)


def several(where: str, names: list[str]) -> DataError:
    """The error that asks which set is meant."""
    first, *_ = names = sorted(names)
    return DataError(f"{where}: holds {len(names)} sets, {', '.join(names)}; say which: "
                     f"--data {where}/{first}")  # fmt: skip


def array_of(name: str, magic: int, files: Files, where: str) -> NDArray[np.generic]:
    """The array in a file."""
    data = files[name]()
    if name.endswith((".npz", ".npy")):
        return next(iter(arrays_in(io.BytesIO(data), f"{where}: {name}").values()))
    return parse_idx(unpacked(data, f"{where}: {name}"), magic, f"{where}: {name}")


def parse_idx(data: bytes, magic: int, where: str) -> NDArray[np.uint8]:
    """Parse an IDX file: a magic number, big-endian dimensions, then one byte a value."""
    dimensions = magic & 0xFF
    header_bytes = 4 + 4 * dimensions
    if len(data) < header_bytes:
        raise DataError(f"{where}: only {len(data)} bytes, too short for an IDX file")
    found, *shape = struct.unpack(f">{1 + dimensions}I", data[:header_bytes])
    if found != magic:
        raise DataError(f"{where}: magic number {found:#x}, expected {magic:#x}")
    expected_bytes = header_bytes + int(np.prod([int(size) for size in shape], dtype=object))
    if len(data) != expected_bytes:
        raise DataError(f"{where}: {len(data)} bytes, its header promises {expected_bytes}")
    return np.frombuffer(data, np.uint8, offset=header_bytes).reshape(shape)
