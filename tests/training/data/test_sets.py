"""Any set of small labelled pictures is read as people have it, and its classes get their names."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader.framing import frame
from reader.pictures import ink_from_image
from training.data.idx import IMAGES_MAGIC, LABELS_MAGIC
from training.data.mnist import KNOWN_CLASSES, MERGED, load_mnist
from training.data.sets import PictureSet
from training.errors import DataError

SIGNS = ("star", "heart", "moon", "wave")


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """White ink on black: a bar somewhere in the middle."""
    rng = np.random.default_rng(seed)
    made = np.zeros((count, 28, 28), np.uint8)
    for image in made:
        row, column = rng.integers(4, 20, 2)
        image[row : row + 3, column : column + 5] = rng.integers(100, 256)
    made[0, 6, 6] = 255
    return made


X, Y = pictures(24), np.arange(24) % 4
ARRAYS = {"x_train": X, "y_train": Y, "x_test": X[:8], "y_test": Y[:8]}


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def idx(array: np.ndarray) -> bytes:
    magic = {3: IMAGES_MAGIC, 1: LABELS_MAGIC}[array.ndim]
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.astype("u1").tobytes()


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def same(one: PictureSet, other: PictureSet) -> bool:
    return (one.train.sha256, one.test.sha256) == (other.train.sha256, other.test.sha256)


@pytest.fixture
def plain(tmp_path: Path) -> PictureSet:
    return load_mnist(npz(tmp_path / "plain.npz", **ARRAYS))


@pytest.mark.parametrize(
    "changed",
    [
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: x.reshape(-1, 784),
        lambda x: x.astype(np.float32) / 255,
        lambda x: x.astype(np.float64),
        lambda x: x.astype(np.int64),
        lambda x: 255 - x,
    ],
    ids=["channel last", "channel first", "flat", "0 to 1", "floats", "whole numbers", "on white"],
)
def test_every_shape_and_range_is_the_same_set(
    plain: PictureSet, tmp_path: Path, changed: object
) -> None:
    """(n,28,28), (n,28,28,1), (n,784), floats from 0 to 1 or to 255, black on white."""
    arrays = ARRAYS | {name: changed(ARRAYS[name]) for name in ("x_train", "x_test")}  # type: ignore[operator]
    assert same(load_mnist(npz(tmp_path / "other.npz", **arrays)), plain)


@pytest.mark.parametrize(
    "changed",
    [lambda y: y[:, None], lambda y: np.eye(4)[y], lambda y: y.astype(float), lambda y: y + 1],
    ids=["a column", "one-hot", "floats", "from 1"],
)
def test_every_kind_of_label_is_the_same_set(
    plain: PictureSet, tmp_path: Path, changed: object
) -> None:
    """Places, whichever way they were written."""
    arrays = ARRAYS | {name: changed(ARRAYS[name]) for name in ("y_train", "y_test")}  # type: ignore[operator]
    assert same(load_mnist(npz(tmp_path / "other.npz", **arrays)), plain)


def test_names_are_typed_or_are_the_labels(tmp_path: Path) -> None:
    """--classes names numbers in order; words name themselves."""
    numbers = npz(tmp_path / "numbers.npz", images=X, labels=Y)
    assert load_mnist(numbers).classes.labels == ("0", "1", "2", "3")
    assert load_mnist(numbers, SIGNS).classes.labels == SIGNS
    words = npz(tmp_path / "words.npz", images=X, labels=np.array(SIGNS)[Y])
    assert load_mnist(words).classes.labels == tuple(sorted(SIGNS))
    assert same(load_mnist(words, SIGNS), load_mnist(numbers, SIGNS))
    gaps = npz(tmp_path / "gaps.npz", images=X, labels=np.array([0, 3, 5, 9])[Y])
    assert load_mnist(gaps, SIGNS).classes.labels == SIGNS
    with pytest.raises(DataError, match=r"labels are 0, 3, 5, 9; name what they mean"):
        load_mnist(gaps)


def test_a_set_without_a_test_half_gives_a_sixth_of_each_class(tmp_path: Path) -> None:
    """The same sixth every time, whatever the seed of a run."""
    found = load_mnist(npz(tmp_path / "whole.npz", images=X, labels=Y))
    assert np.bincount(found.test.labels).tolist() == [1] * 4
    assert (len(found.train), len(found.test)) == (20, 4)


@pytest.mark.parametrize("inside", ["", "gzip/"])
def test_emnist_is_turned_and_named(tmp_path: Path, inside: str) -> None:
    """Its letters count from 1, its pictures lie on their side, and six sets share one zip."""
    letters = np.tile(np.arange(1, 27), 2)
    images = pictures(52)
    files = {}
    for half, part in (("train", slice(None)), ("test", slice(26))):
        for split, labels in (("letters", letters), ("digits", letters % 10)):
            turned = images[part].transpose(0, 2, 1)
            files[f"emnist-{split}-{half}-images-idx3-ubyte.gz"] = gzip.compress(idx(turned))
            files[f"emnist-{split}-{half}-labels-idx1-ubyte.gz"] = gzip.compress(idx(labels[part]))
    path = tmp_path / "emnist.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(inside + name, content)
    with pytest.raises(DataError, match=r"holds 2 sets, emnist-digits, emnist-letters; say which"):
        load_mnist(path)
    found = load_mnist(path / "emnist-letters")
    assert found.classes.labels == KNOWN_CLASSES["letters"]
    assert (found.train.images == images).all()
    assert found.train.labels.tolist() == (letters - 1).tolist()
    assert load_mnist(path / "emnist-digits").classes.are_digits
    assert len(MERGED) == 47


def test_torchvisions_folders_and_kmnists_npz_are_read(tmp_path: Path) -> None:
    """FashionMNIST/raw with each file beside its .gz; and four .npz with one array each."""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    images, labels = pictures(20), np.arange(20) % 10
    quad = tmp_path / "kmnist"
    quad.mkdir()
    for half, name in (("train", "train"), ("t10k", "test")):
        for kind, array in (("images", images), ("labels", labels)):
            stem = raw / f"{half}-{kind}-idx{array.ndim}-ubyte"
            stem.write_bytes(idx(array))
            stem.with_suffix(".gz").write_bytes(gzip.compress(idx(array)))
            kind = {"images": "imgs"}.get(kind, kind)
            np.savez(quad / f"kmnist-{name}-{kind}.npz", array)
    fashion, kuzushiji = load_mnist(tmp_path / "FashionMNIST"), load_mnist(quad)
    assert fashion.classes.labels == KNOWN_CLASSES["fashion"]
    assert kuzushiji.classes.labels == KNOWN_CLASSES["kuzushiji"]
    assert same(fashion, kuzushiji)


@pytest.mark.parametrize("head", [True, False])
def test_kaggles_tables_are_read(plain: PictureSet, tmp_path: Path, head: bool) -> None:
    """label,pixel0,… with or without the head, in a zip; a test without labels is none."""
    head_row = "label," + ",".join(f"pixel{i}" for i in range(784)) if head else ""
    path = tmp_path / "kaggle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, images, labels in (("train", X, Y), ("test", X[:8], Y[:8])):
            rows = np.column_stack([labels, images.reshape(-1, 784)])
            text = "\n".join(
                [*([head_row] if head else []), *(",".join(map(str, r)) for r in rows)]
            )
            archive.writestr(f"mnist_{name}.csv", text)
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,0\n")
    assert same(load_mnist(path), plain)
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="has 2 columns; expected a label and 784 pixels"):
        load_mnist(tmp_path / "odd.csv")


@pytest.mark.parametrize("in_halves", [True, False])
def test_a_folder_for_each_class_is_a_set(tmp_path: Path, in_halves: bool) -> None:
    """28×28 pictures are taken as they are; larger ones are framed as the app does."""
    large = np.full((120, 90), 255, np.uint8)
    large[30:90, 40:50] = 0
    for half in ("train", "test") if in_halves else ("",):
        for label in ("☆", "♡"):
            folder = tmp_path / half / label
            folder.mkdir(parents=True)
            (folder / "small.png").write_bytes(png(X[0]))
            for number in range(5):
                (folder / f"large {number}.png").write_bytes(png(large))
            (folder / "notes.txt").write_text("none")
    found = load_mnist(tmp_path)
    assert found.classes.labels == ("☆", "♡")
    assert len(found.test) == (12 if in_halves else 2)
    everything = np.concatenate([found.train.images, found.test.images])
    framed = frame(ink_from_image(png(large)))
    assert {image.tobytes() for image in everything} == {X[0].tobytes(), framed.tobytes()}


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The folder, the file, and what is wrong with it."""
    for label in "ab":
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"a/1\.png: "):
        load_mnist(tmp_path)
    (tmp_path / "2.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"2\.png lies in no folder of a class"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": X, "labels": np.zeros(24, int)}, "1 classes; 2 to 64 are possible"),
        ({"images": X - 1.0, "labels": Y}, "pixels go from -1 to 254"),
        ({"images": X, "labels": Y[:5]}, "24 pictures but 5 labels"),
        ({"images": X, "labels": Y + 0.5}, "one row of whole numbers or of words"),
        ({"images": X[:, :9], "labels": Y}, "expected 28x28 pictures in grey"),
        ({"images": X[:0], "labels": Y[:0]}, "no pictures at all"),
        ({"pictures": X}, "no array named x_train or images; it has pictures"),
    ],
)
def test_what_is_no_set_is_refused_in_a_line(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    """The file, and what was expected."""
    path = npz(tmp_path / "odd.npz", **arrays)
    with pytest.raises(DataError, match=message) as error:
        load_mnist(path)
    assert str(path) in str(error.value)
    with pytest.raises(DataError, match="3"):
        load_mnist(npz(tmp_path / "four.npz", images=X, labels=Y), SIGNS[:3])
