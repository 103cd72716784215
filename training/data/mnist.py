"""Loads a set of labelled pictures from a path, or MNIST from Keras's download.

Owns which formats are tried, and the names of the classes of well-known sets. Knows no networks.
Only the download imports Keras.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from training.data.boxes import files_in
from training.data.folders import from_folders
from training.data.idx import from_idx
from training.data.sets import PictureSet, picture_set
from training.data.tables import from_csv, from_npz
from training.errors import DataError

WAYS_TO_GIVE_MNIST = """\
MNIST could not be downloaded ({reason}). Give it in any of these ways:
  --data FOLDER     a folder with the four IDX files, raw or .gz:
                    train-images-idx3-ubyte, train-labels-idx1-ubyte,
                    t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte
  --data FILE.zip   a zip of those four files
  --data mnist.npz  the file that keras.datasets.mnist downloads
or put mnist.npz at ~/.keras/datasets/mnist.npz, where Keras looks before it downloads."""

FORMATS = (from_idx, from_npz, from_csv, from_folders)
UPPER = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = tuple("0123456789")
# EMNIST's balanced classes: where a small letter looks like its capital, they are one class.
MERGED = (*DIGITS, *UPPER, *"abdefghnqrt")
KNOWN_CLASSES = {
    "digits": DIGITS,
    "letters": UPPER,
    "fashion": (
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    "kuzushiji": tuple("おきすつなはまやれを"),
}  # fmt: skip
# Words in the names of files and folders, and the classes that they promise.
PROMISED = {
    r"emnist-(balanced|bymerge)": MERGED,
    r"emnist-byclass": (*DIGITS, *UPPER, *map(str.lower, UPPER)),
    r"emnist-letters": UPPER,
    r"fashion[-_]?mnist|^fashion$": KNOWN_CLASSES["fashion"],
    r"kmnist|^kuzushiji$": KNOWN_CLASSES["kuzushiji"],
}


def load_mnist(path: Path | None = None, names: Sequence[str] = ()) -> PictureSet:
    """Read a set from `path`, or MNIST, which Keras downloads once and keeps."""
    path = downloaded_mnist() if path is None else path
    files, where = files_in(path), str(path)
    promised = promised_names([path.parent.name, path.name, *files])
    for read in FORMATS:
        if (halves := read(files, where)) is not None:
            return picture_set(*halves, names, promised)
    raise DataError(
        f"{path}: expected IDX files, an .npz, .csv files or a folder of pictures for each class; "
        "or a .zip of them"
    )


def names_of(classes: Sequence[str]) -> Sequence[str]:
    """What --classes names: labels, or a well-known set by its one name."""
    return KNOWN_CLASSES.get(classes[0], classes) if len(classes) == 1 else classes


def promised_names(places: Sequence[str]) -> Sequence[str]:
    """The classes of a well-known set, by the names of its files and folders."""
    for pattern, names in PROMISED.items():
        if any(re.search(pattern, place, re.IGNORECASE) for place in places):
            return names
    return ()


def downloaded_mnist() -> Path:
    """Keras's own copy of MNIST, downloaded the first time."""
    import keras

    try:
        keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the download fails
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(WAYS_TO_GIVE_MNIST.format(reason=reason)) from error
    return Path(keras.config.keras_home()) / "datasets" / "mnist.npz"
