"""What the model is shown in the proof: drawings made by code, framed as the app frames them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader import framing, pictures, strokes
from training.data.drawings import CANVAS_PX, Drawing, as_read_from_canvas, read_drawings
from training.proof.not_digits import KINDS, not_a_digit
from training.proof.pictures import distorted_file, made
from training.proof.styles import STYLES, in_style


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
