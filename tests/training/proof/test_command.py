"""`train.py prove`: the rows that it measures, writes and guards."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reader.model_card import ModelError, Thresholds, read_card
from tests.conftest import SHIPPED
from tests.training.conftest import LITTLE_MNIST, write_drawings
from training.data.examples import dev_digits, read_files
from training.data.mnist import load_mnist
from training.errors import BelowTheBar, DataError
from training.export import load_predictor
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.judging.evaluation import evaluate
from training.proof.card import CLOSES, OPENS, fallen, tables
from training.proof.command import prove_file
from training.proof.corruptions import CORRUPTIONS, STRAY_LINES
from training.proof.made import kinds, styles
from training.proof.rows import digit_rows, group_names, junk_rows, not_digit_rows
from training.proof.views import DISTORTIONS

pytestmark = pytest.mark.tensorflow


def test_a_blank_picture_passes_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app says that there is no ink and asks no network, however sure it would be."""
    images = np.zeros((4, 28, 28), np.uint8)
    images[:1, 8:20, 8:20] = 255
    sure = np.eye(10, dtype=np.float32)[[0] * 4]
    monkeypatch.setattr("training.proof.rows.made", lambda *_: {"a square": images})
    found = list(not_digit_rows(lambda _: sure, DEFAULT_THRESHOLDS, 4))
    assert [row.share for row in found] == [0.25, 0.25]


@pytest.fixture(scope="module")
def mislabelled_file(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn digits, one of which is not what its label says: any model's mistake."""
    lines = gzip.decompress(digits_file.read_bytes()).decode().splitlines()
    lines[0] = lines[0].replace('"label": 0', '"label": 7')
    path = tmp_path_factory.mktemp("mislabelled") / "digits.ndjson"
    path.write_text("\n".join(lines))
    return path


def unproved(folder: Path) -> Path:
    """The shipped model as it was before it was proved."""
    (folder / "models").mkdir()
    shutil.copy(SHIPPED, folder / "models")
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    card.pop("proof", None)
    (folder / "models" / "mnist_model.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def proved(
    mislabelled_file: Path, junk_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a model and the proof of it, on a little data, in its card and on its page."""
    folder = unproved(tmp_path_factory.mktemp("proved"))
    (folder / "models" / "README.md").write_text(f"# A page\n\n{OPENS}\nold\n{CLOSES}\n\nend\n")
    assert proof_of(folder, mislabelled_file, junk_file, write=True) == 0
    return folder


def proof_of(
    folder: Path,
    digits: Path | tuple[Path, ...],
    junk: Path,
    write: bool = False,
    against: Path | None = None,
) -> int:
    return prove_file(
        folder / "models" / "mnist_model.tflite",
        data=str(LITTLE_MNIST),
        drawings=tuple(map(str, digits if isinstance(digits, tuple) else (digits,))),
        junk=(str(junk),),
        write=write,
        reports=folder / "reports",
        command=("train.py", "prove"),
        against=against,
        of_each=4,
    )


def card_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "models" / "mnist_model.json").read_text())


def test_the_rows_are_in_the_card_and_on_the_page(proved: Path) -> None:
    """Every style, kind, distortion and way has its row; what training wrote is still there."""
    card = card_in(proved)
    rows = card["proof"]["rows"]
    assert set(rows["styles"]) == set(styles())
    assert set(rows["not digits"]) == {*kinds(), "all of these"}
    assert len(rows["distortions"]) == len(DISTORTIONS) * 2 + 1
    assert len(rows["writers"]) == 2
    assert len(rows["corruptions"]) == 1 + 2 * len(CORRUPTIONS) + len(STRAY_LINES)
    assert all("interval" in row for row in rows["styles"].values())
    assert rows["figures"]["MNIST test set"]["of"] == 120
    assert rows["figures"]["drawn digits (digits), as strokes"]["share"] < 1
    assert "flatter" in card["proof"]["about"]
    assert card["files"]
    page = (proved / "models" / "README.md").read_text()
    assert page == f"# A page\n\n{OPENS}\n\n{tables(card)}\n\n{CLOSES}\n\nend\n"
    for row in ("MNIST test set", "6 that leans", "a photo with no writing", "parameters"):
        assert f"| {row} |" in page


def test_sheets_of_the_mistakes_are_written(proved: Path) -> None:
    """Pictures to look at, for the sets with mistakes in them."""
    sheets = list((proved / "reports").glob("*/mistakes-*.png"))
    assert sheets
    for sheet in sheets:
        with Image.open(sheet) as picture:
            assert picture.width > 400


def test_a_model_as_good_as_its_card_passes_and_a_worse_one_does_not(
    proved: Path, mislabelled_file: Path, junk_file: Path
) -> None:
    """The same model on the same data holds; against a card that claims more it fails, by name."""
    assert proof_of(proved, mislabelled_file, junk_file) == 0
    path = proved / "models" / "mnist_model.json"
    true_text = path.read_text()
    card = json.loads(true_text)
    card["proof"]["rows"]["styles"]["crossed 7"]["share"] += 0.003
    path.write_text(json.dumps(card))
    with pytest.raises(BelowTheBar, match="crossed 7"):
        proof_of(proved, mislabelled_file, junk_file)
    path.write_text(true_text)


def test_other_data_is_no_comparison(
    proved: Path, mislabelled_file: Path, digits_file: Path, junk_file: Path
) -> None:
    """Rows of other drawings are refused, and so is a model that is not its card's."""
    more = write_drawings(proved / "more.ndjson", [1, 7])
    for digits in ((digits_file,), (mislabelled_file, more)):
        with pytest.raises(DataError, match="not what the card was proved with"):
            proof_of(proved, digits, junk_file)
    model = proved / "models" / "mnist_model.tflite"
    true_bytes = model.read_bytes()
    model.write_bytes(true_bytes + b"\0")
    with pytest.raises(ModelError, match="not the file that its card"):
        proof_of(proved, mislabelled_file, junk_file)
    model.write_bytes(true_bytes)


def test_a_model_without_proof_is_measured_and_compared_with_another(
    tmp_path: Path, mislabelled_file: Path, junk_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any .tflite has its table. Against itself, no row moves."""
    folder = unproved(tmp_path)
    assert proof_of(folder, mislabelled_file, junk_file, against=SHIPPED) == 0
    shown = capsys.readouterr().out
    assert "the card has no proof to compare this with; --write writes it" in shown
    assert "MNIST test set" in shown
    assert shown.rstrip().endswith("(by chance in less than 5% of cases)")


def test_the_shipped_model_is_as_good_as_its_card(outside_data: Path) -> None:
    """No row about MNIST, drawn digits and junk is more than 0.2 points worse than the card says.

    `make evaluate` measures the other rows, too: distortions, styles and what is no digit.
    """
    card = read_card(SHIPPED)
    files = ([str(outside_data / f"{name}.ndjson.gz") for name in names]
             for names in (("digits-dev", "digits-dev-more"),
                           ("junk-dev", "junk-scripts-dev")))  # fmt: skip
    drawn, junk = read_files(*files)
    evaluation = evaluate(
        load_predictor(SHIPPED),
        load_mnist(outside_data / "mnist.npz").test,
        dev_digits(drawn),
        None,
        Thresholds.of_card(card),
    )
    groups = group_names({file.path.name.split(".")[0]: file.drawings for file in drawn})
    rows = [*digit_rows(evaluation, groups), *junk_rows(evaluation, junk)]
    assert fallen(rows, {"rows": {"figures": card["proof"]["rows"]["figures"]}}) == []
