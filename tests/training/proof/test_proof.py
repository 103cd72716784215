"""The proof of the shipped model: what it is shown, which rows it makes, and what it guards."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from reader import framing, pictures, strokes
from reader.model_card import ModelError
from tests.conftest import SHIPPED
from tests.training.conftest import LITTLE_MNIST, write_drawings
from training.data.distortions import DISTORTIONS
from training.data.drawings import (
    CANVAS_PX,
    Drawing,
    as_read_from_canvas,
    read_drawings,
)
from training.errors import BelowTheBar, DataError
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.proof.card import CLOSES, OPENS, fallen, page_with_tables, section, tables
from training.proof.command import prove_file
from training.proof.not_digits import KINDS, not_a_digit
from training.proof.pictures import distorted, distorted_file, made
from training.proof.row import Row
from training.proof.rows import not_digit_rows
from training.proof.styles import STYLES, in_style

# ── what is shown ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", STYLES)
def test_no_two_drawings_of_a_style_are_alike(name: str) -> None:
    """A style is drawn anew for each number, and the same for the same."""
    drawn = [in_style(name, number) for number in range(12)]
    assert {drawing.label for drawing in drawn} == {STYLES[name].digit}
    assert len({str(drawing.strokes) for drawing in drawn}) == 12
    assert in_style(name, 7) == drawn[7]


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_of_a_kind_are_alike(kind: str) -> None:
    """What is no digit is made anew for each number, and the same for the same."""
    first, second, again = (not_a_digit(kind, number) for number in (3, 4, 3))
    if isinstance(first, Drawing):
        assert first.label is None
        assert first == again
        assert first != second
    else:
        assert np.array_equal(first, again)
        assert not np.array_equal(first, second)


L_SHAPE = Drawing([[[0, 0], [0, 1000], [600, 1000]]], 4, "test", "t")


def spoiled(distortion: str, number: int, drawing: Drawing = L_SHAPE) -> list[NDArray[np.float64]]:
    return [np.array(stroke) for stroke in distorted(drawing, distortion, number).strokes]


def test_a_tilt_is_of_15_degrees_either_way() -> None:
    """Lengths stay, directions turn."""
    turns = set()
    for number in range(20):
        (stroke,) = spoiled("tilted", number)
        across, down = stroke[1] - stroke[0]
        assert np.hypot(across, down) == pytest.approx(1000)
        turns.add(round(float(np.degrees(np.arctan2(across, down)))))
    assert turns == {-15, 15}


def test_a_shaky_hand_misses_everywhere_but_not_by_much() -> None:
    """A point every 3 hundredths, each off the line by some hundredths of the size."""
    (stroke,) = spoiled("shaky", 0)
    off_the_stem = stroke[:30, 0]
    assert len(stroke) > 40
    assert 5 < np.abs(off_the_stem).mean() < 40
    assert len(np.unique(off_the_stem)) == 30


def test_a_gap_leaves_bare_paper() -> None:
    """The ends are further apart than the pen of MNIST is wide, and nothing else is lost."""
    for number in range(20):
        before, after = spoiled("gap", number)
        assert np.hypot(*(after[0] - before[-1])) > strokes.MNIST_PEN * 1000 * 0.7
        assert (before[0] == [0, 0]).all()
        assert after[-1] == pytest.approx([600, 1000], abs=10)
        way = np.abs(np.diff(np.concatenate([before, after]), axis=0)).sum()
        assert way == pytest.approx(1600, abs=30)


def test_a_stray_dot_lies_outside() -> None:
    """One more stroke of one point, beside the box around the drawing."""
    for number in range(20):
        stroke, dot = spoiled("dot", number)
        assert stroke.tolist() == L_SHAPE.strokes[0]
        (x, y) = dot[0]
        assert not (0 <= x <= 600 and 0 <= y <= 1000)


def test_few_points_leave_straight_lines() -> None:
    """A point a fifth of the size from the next, and the last where it was."""
    (stroke,) = spoiled("few points", 0)
    assert len(stroke) == 10
    assert stroke[-1].tolist() == [600, 1000]
    assert np.hypot(*np.diff(stroke, axis=0)[:-1].T) == pytest.approx(200)


def test_a_slow_line_cuts_the_corner_and_arrives() -> None:
    """No point is at the corner of an L, both ends are where they were, and all are in its box."""
    (stroke,) = spoiled("slow line", 0)
    assert np.hypot(*(stroke - [0, 1000]).T).min() > 30
    assert stroke[0].tolist() == [0, 0]
    assert stroke[-1].tolist() == [600, 1000]
    assert ((stroke >= 0) & (stroke <= [600, 1000])).all()


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_the_smallest_drawings_go_wrong_too(distortion: str) -> None:
    """A dot, or a stroke shorter than a gap, is still a drawing afterwards."""
    for drawn in ([[[5.0, 5.0]]], [[[0.0, 0.0], [1.0, 0.0]], [[0.5, 9.0]]], [[[1, 1], [1, 1]]]):
        wrong = spoiled(distortion, 0, Drawing(drawn, 1))
        assert sum(len(stroke) for stroke in wrong) >= 1
        assert all(np.isfinite(stroke).all() for stroke in wrong)


def test_drawings_gone_wrong_are_kept(
    digits_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time nothing is rendered; another distortion is another picture."""
    first, labels = distorted_file(digits_file, "dot", "strokes")
    assert "rendering" in capsys.readouterr().out
    second, _ = distorted_file(digits_file, "dot", "strokes")
    assert capsys.readouterr().out == ""
    assert (first == second).all()
    assert labels.tolist() == [drawing.label for drawing in read_drawings(digits_file)]
    assert (first != distorted_file(digits_file, "gap", "strokes")[0]).any()


def test_what_is_made_is_framed_by_the_app() -> None:
    """As strokes and as pictures of them in turn; pictures by way of the app's ink."""
    images = made(["crossed 7", "a filled square"], 4)
    sent = strokes.ink_from_strokes(in_style("crossed 7", 0).strokes)
    assert (images["crossed 7"][0] == framing.frame(sent)).all()
    square = not_a_digit("a filled square", 1)
    assert not isinstance(square, Drawing)
    assert (images["a filled square"][1] == framing.frame(pictures.ink_from_pixels(square))).all()


def test_a_picture_of_a_drawing_is_what_an_uploaded_file_would_be() -> None:
    """The short cut from canvas to digit image gives what the app makes of the same PNG."""
    drawing = in_style("open 4", 1)
    short_cut = as_read_from_canvas(drawing, np.random.default_rng(5))
    canvases = []
    with pytest.MonkeyPatch.context() as patch:
        rasterise = strokes.rasterise
        patch.setattr(
            strokes, "rasterise", lambda *a: canvases.append(rasterise(*a)) or canvases[0]
        )
        as_read_from_canvas(drawing, np.random.default_rng(5))
    assert canvases[0].shape == (CANVAS_PX, CANVAS_PX)
    stream = io.BytesIO()
    Image.fromarray(np.uint8(255 - canvases[0] * 255)).save(stream, "PNG")
    assert (framing.frame(pictures.ink_from_image(stream.getvalue())) == short_cut).all()


# ── what is guarded ──────────────────────────────────────────────────────────────────────────────

ROWS = (
    Row("figures", "read right", 0.99, 1000, to_reach=0.98),
    Row("not digits", "passes", 0.01, 1000, to_reach=0.02, lower_is_better=True),
)
KEPT = section(ROWS, 0.1, {}, {})


def test_a_fall_of_more_than_two_tenths_of_a_point_is_told() -> None:
    """In the direction that is worse for the row; the other way and up to 0.2 points are fine."""
    good, low = ROWS
    fine = (replace(good, share=0.988), replace(low, share=0.012))
    better = (replace(good, share=1.0), replace(low, share=0.0))
    assert fallen(ROWS, KEPT) == fallen(fine, KEPT) == fallen(better, KEPT) == []
    assert fallen((replace(good, share=0.9879), low), KEPT) == [
        "read right: 98.79 %, the card says 99.00 %"
    ]
    assert fallen((good, replace(low, share=0.0121)), KEPT) == [
        "passes: 1.21 %, the card says 1.00 %"
    ]


def test_a_row_that_is_missing_on_either_side_is_told() -> None:
    """A proof cannot be passed by measuring less."""
    assert fallen(ROWS[:1], KEPT) == ["passes: in the card, but not measured any more"]
    assert fallen((*ROWS, replace(ROWS[0], name="new")), KEPT) == [
        "new: measured, but not in the card"
    ]


def test_a_blank_picture_passes_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app says that there is no ink and asks no network, however sure it would be."""
    images = np.zeros((4, 28, 28), np.uint8)
    images[:1, 8:20, 8:20] = 255
    sure = np.eye(10, dtype=np.float32)[[0] * 4]
    monkeypatch.setattr("training.proof.rows.made", lambda *_: {"a square": images})
    found = list(not_digit_rows(lambda _: sure, DEFAULT_THRESHOLDS, 4))
    assert [row.share for row in found] == [0.25, 0.25]


def test_a_page_without_marks_is_refused() -> None:
    """Tables are never written where nobody asked for them."""
    with pytest.raises(DataError, match="no lines"):
        page_with_tables("# A page\n", {})


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


def proof_of(folder: Path, digits: Path | tuple[Path, ...], junk: Path, write: bool = False) -> int:
    return prove_file(
        folder / "models" / "mnist_model.tflite",
        data=str(LITTLE_MNIST),
        drawings=tuple(map(str, digits if isinstance(digits, tuple) else (digits,))),
        junk=(str(junk),),
        write=write,
        reports=folder / "reports",
        command=("train.py", "prove"),
        of_each=4,
    )


def card_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "models" / "mnist_model.json").read_text())


def test_the_rows_are_in_the_card_and_on_the_page(proved: Path) -> None:
    """Every style, kind, distortion and way has its row; what training wrote is still there."""
    card = card_in(proved)
    rows = card["proof"]["rows"]
    assert set(rows["styles"]) == set(STYLES)
    assert set(rows["not digits"]) == {*KINDS, "all of these"}
    assert len(rows["distortions"]) == len(DISTORTIONS) * 2
    assert rows["figures"]["MNIST test set"]["of"] == 120
    assert rows["figures"]["drawn digits (test), as strokes"]["share"] < 1
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


def test_a_card_without_proof_says_how_to_write_it(
    tmp_path: Path, mislabelled_file: Path, junk_file: Path
) -> None:
    """A model just trained has none yet."""
    with pytest.raises(DataError, match="--write writes it"):
        proof_of(unproved(tmp_path), mislabelled_file, junk_file)


def test_the_shipped_model_is_as_good_as_its_card(outside_data: Path, tmp_path: Path) -> None:
    """`make evaluate`: no row is more than 0.2 points worse than the card says."""
    exit_code = prove_file(
        SHIPPED,
        data=str(outside_data / "mnist.npz"),
        drawings=(str(outside_data / "digits-dev.ndjson.gz"),),
        junk=(str(outside_data / "junk-dev.ndjson.gz"),),
        write=False,
        reports=tmp_path,
        command=("train.py", "prove"),
    )
    assert exit_code == 0
