"""What a run is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST, write_drawings
from training.data import examples
from training.data.drawings import Rendered, rendered_file
from training.data.examples import UNIFORM, check_files, prepare
from training.errors import DataError, TrainingError
from training.options import Options


def test_everything_comes_as_often_as_was_asked(digits_file: Path, junk_file: Path) -> None:
    """MNIST `mnist_times`, drawings and junk `renderings` times (four times as often from small
    files), made drawings once; all that is no digit has the flat answer."""
    asked = Options(data=str(LITTLE_MNIST), drawings=(str(digits_file),), junk=(str(junk_file),))
    once = prepare(asked.changed({"renderings": 1})).training
    more = prepare(asked.changed({"mnist_times": 3, "renderings": 2, "made_junk": 25, "made_digits": 6})).training
    drawn_digits, drawn_junk = 4 * 40, 4 * 20
    mnist = len(once) - drawn_digits - drawn_junk
    assert len(more) == 3 * mnist + 2 * (drawn_digits + drawn_junk) + 25 + 6
    assert (more.images[:mnist] == more.images[2 * mnist : 3 * mnist]).all()
    flat = (more.targets == UNIFORM).all(axis=1)
    assert flat.sum() == 2 * drawn_junk + 25
    assert np.isin(more.targets[~flat], (0, 1)).all()


def test_what_is_trained_on_is_varied_and_what_judges_is_not(
    digits_file: Path, junk_file: Path, dev_digits_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training sees other hands, pens and places; the dev set what the app would see."""
    rendered: list[tuple[str, str]] = []

    def listen(path: Path, how: str, times: int = 1) -> Rendered:
        rendered.append((path.name, how))
        return rendered_file(path, how, times)

    monkeypatch.setattr(examples, "rendered_file", listen)
    train, dev = (str(digits_file),), (str(dev_digits_file),)
    prepare(Options(data=str(LITTLE_MNIST), drawings=train, junk=(str(junk_file),),
                    dev_drawings=dev))  # fmt: skip
    assert rendered == [
        (digits_file.name, "training"), (junk_file.name, "training"),
        (dev_digits_file.name, "strokes"), (dev_digits_file.name, "canvas"),
    ]  # fmt: skip


def test_a_file_of_drawings_is_of_one_kind(digits_file: Path, junk_file: Path) -> None:
    """Digits given as junk, junk given as digits: one would teach or judge the opposite."""
    check_files([str(digits_file)], [str(junk_file)])
    for drawings, junk, wrong in (
        ([], [digits_file], digits_file),
        ([junk_file], [], junk_file),
    ):
        with pytest.raises(DataError, match=f"{wrong.name}: digits, and nothing else"):
            check_files([str(path) for path in drawings], [str(path) for path in junk])


def test_what_judges_is_not_what_trains(digits_file: Path, tmp_path: Path) -> None:
    """The same drawings under whatever name are refused, and so are two files of one name."""
    copy = tmp_path / "copy.ndjson.gz"
    copy.write_bytes(digits_file.read_bytes())
    other = write_drawings(tmp_path / digits_file.name, [1, 7], seed=9)
    for dev in (digits_file, copy, other):
        asked = Options(data="nowhere", drawings=(str(digits_file),), dev_drawings=(str(dev),))
        with pytest.raises(DataError, match="one content or one name"):
            prepare(asked)


@pytest.mark.parametrize("share", [0.00001, 0.899])
def test_a_split_that_leaves_nothing_is_refused(share: float, tmp_path: Path) -> None:
    """Neither validation nor training can do with no digit at all."""
    ten = np.arange(10)
    pictures = np.zeros((10, 28, 28), np.uint8)
    path = tmp_path / "ten.npz"
    np.savez(path, x_train=pictures, y_train=ten, x_test=pictures, y_test=ten)
    with pytest.raises(TrainingError, match="--validation-split"):
        prepare(Options(data=str(path), validation_split=share))
