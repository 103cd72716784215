"""What a run is trained on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reader.classes import Classes
from tests.training.conftest import LITTLE_MNIST, write_drawings
from training.data import examples
from training.data.drawings import Drawing, Rendered, read_drawings
from training.data.examples import DrawingFile, prepare, read_files
from training.errors import DataError, TrainingError
from training.options import Options


def test_everything_comes_as_often_as_was_asked(digits_file: Path, junk_file: Path) -> None:
    """MNIST `mnist_times`, drawings and junk `renderings` times (four times as often from small
    files), made drawings once; all that is no digit has the flat answer."""
    asked = Options(data=str(LITTLE_MNIST), drawings=(str(digits_file),), junk=(str(junk_file),))
    once = prepare(asked.changed({"renderings": 1})).training
    more = prepare(
        asked.changed({"mnist_times": 3, "renderings": 2, "made_junk": 25, "made_digits": 6})
    ).training
    drawn_digits, drawn_junk = 4 * 40, 4 * 20
    mnist = len(once) - drawn_digits - drawn_junk
    assert len(more) == 3 * mnist + 2 * (drawn_digits + drawn_junk) + 25 + 6
    assert (more.images[:mnist] == more.images[2 * mnist : 3 * mnist]).all()
    flat = (more.targets == np.float32(0.1)).all(axis=1)
    assert flat.sum() == 2 * drawn_junk + 25
    assert np.isin(more.targets[~flat], (0, 1)).all()


def test_what_is_trained_on_is_varied_and_what_judges_is_not(
    digits_file: Path, junk_file: Path, dev_digits_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training sees other hands, pens and places; the dev set what the app would see."""
    rendered: list[tuple[str, str]] = []
    render = DrawingFile.rendered

    def listen(file: DrawingFile, how: str, times: int = 1) -> Rendered:
        rendered.append((file.path.name, how))
        return render(file, how, times)

    monkeypatch.setattr(DrawingFile, "rendered", listen)
    train, dev = (str(digits_file),), (str(dev_digits_file),)
    prepare(Options(data=str(LITTLE_MNIST), drawings=train, junk=(str(junk_file),),
                    dev_drawings=dev))  # fmt: skip
    assert rendered == [
        (digits_file.name, "training"), (junk_file.name, "training"),
        (dev_digits_file.name, "strokes"), (dev_digits_file.name, "canvas"),
    ]  # fmt: skip


def test_a_file_of_drawings_is_of_one_kind(digits_file: Path, junk_file: Path) -> None:
    """Digits given as junk, junk given as digits: one would teach or judge the opposite."""
    read_files([str(digits_file)], [str(junk_file)])
    for drawings, junk, wrong in (
        ([], [digits_file], digits_file),
        ([junk_file], [], junk_file),
    ):
        with pytest.raises(DataError, match=f"{wrong.name}: digits, and nothing else"):
            read_files([str(path) for path in drawings], [str(path) for path in junk])


def test_what_judges_is_not_what_trains(digits_file: Path, tmp_path: Path) -> None:
    """The same drawings under whatever name are refused, and so are two files of one name."""
    copy = tmp_path / "copy.ndjson.gz"
    copy.write_bytes(digits_file.read_bytes())
    other = write_drawings(tmp_path / digits_file.name, [1, 7], seed=9)
    for dev in (digits_file, copy, other):
        asked = Options(data="nowhere", drawings=(str(digits_file),), dev_drawings=(str(dev),))
        with pytest.raises(DataError, match="one content or one name"):
            prepare(asked)


def test_dev_drawings_are_known_by_their_lines(digits_file: Path, tmp_path: Path) -> None:
    """Copies of drawings, scaled, moved and with fewer points, may not choose what learnt them."""
    lines = []
    for drawing in read_drawings(digits_file)[:12]:
        strokes = [
            [[round(40 + 7 * x, 1), round(7 * y - 9, 1)] for x, y in stroke[::2] + stroke[-1:]]
            if len(stroke) > 8
            else [[x / 3, y / 3] for x, y in stroke]
            for stroke in drawing.strokes
        ]
        lines.append(json.dumps({"label": drawing.label, "strokes": strokes}))
    copy = tmp_path / "other.ndjson"
    copy.write_text("\n".join(lines))
    asked = Options(data=str(LITTLE_MNIST), drawings=(str(digits_file),), dev_drawings=(str(copy),))
    with pytest.raises(DataError, match=r"\d of 12 drawings of .*other.ndjson are also in"):
        prepare(asked)


def test_a_run_reads_each_file_of_drawings_once_and_says_what_each_chose(
    digits_file: Path, junk_file: Path, dev_digits_file: Path, dev_junk_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Reading takes seconds; and the report must not hide that dev drawings chose the model."""
    read: list[str] = []

    def listen(path: Path, classes: Classes) -> list[Drawing]:
        read.append(path.name)
        return read_drawings(path, classes)

    monkeypatch.setattr(examples, "read_drawings", listen)
    files = (digits_file, junk_file, dev_digits_file, dev_junk_file)
    drawn, junk, dev, dev_junk = ((str(path),) for path in files)
    data = prepare(
        Options(data=str(LITTLE_MNIST), drawings=drawn, junk=junk, dev_drawings=dev,
                dev_junk=dev_junk, made_junk=9)
    ).data  # fmt: skip
    assert sorted(read) == sorted(path.name for path in files)
    assert "temperature" in data[dev_digits_file.name]["chose"]
    assert data[dev_junk_file.name]["chose"] == "the thresholds"
    assert "chose" not in data[digits_file.name]


def test_rendered_pictures_are_kept(digits_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time nothing is rendered, and the pictures are the same."""
    file = DrawingFile(digits_file, read_drawings(digits_file))
    first, labels = file.rendered("training", 3)
    assert "rendering" in capsys.readouterr().out
    second, _ = file.rendered("training", 3)
    assert capsys.readouterr().out == ""
    assert len(labels) == len(first) == 120
    assert (first == second).all()
    assert (first[:40] != first[40:80]).any()  # no rendering is like another


@pytest.mark.parametrize("share", [0.00001, 0.899])
def test_a_split_that_leaves_nothing_is_refused(share: float, tmp_path: Path) -> None:
    """Neither validation nor training can do with no digit at all."""
    ten = np.arange(10)
    pictures = np.zeros((10, 28, 28), np.uint8)
    path = tmp_path / "ten.npz"
    np.savez(path, x_train=pictures, y_train=ten, x_test=pictures, y_test=ten)
    with pytest.raises(TrainingError, match="--validation-split"):
        prepare(Options(data=str(path), validation_split=share))
