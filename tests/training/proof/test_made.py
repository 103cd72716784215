"""The drawings that the proof keeps, and how the app sees them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from reader import framing, pictures, strokes
from training.data.drawings import CANVAS_PX, as_read_from_canvas
from training.proof.made import OF_EACH, kinds, made, made_drawings, styles
from training.proof.no_writing import PICTURE_KINDS, picture


def test_there_are_500_different_drawings_of_each_style_and_kind() -> None:
    """A style is of one digit, a kind of none; no drawing comes twice."""
    drawings = made_drawings()
    assert set(drawings) | set(PICTURE_KINDS) == {*styles(), *kinds()}
    assert len(styles()) == 11
    assert len(kinds()) == 10
    for name, some in drawings.items():
        assert {drawing.label for drawing in some} == {styles().get(name)}
        assert len({str(drawing.strokes) for drawing in some}) > OF_EACH - 5


def test_the_drawings_do_not_move() -> None:
    """They are data: a stroke that was kept is the stroke that is read."""
    (bar, leg), cross = made_drawings()["crossed 7"][3].strokes, "Japanese letters"
    assert (bar[0], bar[-1]) == ([0, 2], [14, 120])
    assert (leg[0], leg[-1]) == ([16, 77], [63, 57])
    assert made_drawings()[cross][0].label is None


@pytest.mark.parametrize("kind", PICTURE_KINDS)
def test_pictures_without_writing_are_the_same_for_the_same_number(kind: str) -> None:
    """500 of them are not kept, because pictures of noise are large."""
    assert np.array_equal(picture(kind, 3), picture(kind, 3))
    assert not np.array_equal(picture(kind, 3), picture(kind, 4))


def test_what_is_made_is_framed_by_the_app() -> None:
    """As strokes and as pictures of them in turn; pictures by way of the app's ink."""
    images = made(["crossed 7", "a filled square"], 4)
    sent = strokes.ink_from_strokes(made_drawings()["crossed 7"][0].strokes)
    assert (images["crossed 7"][0] == framing.frame(sent)).all()
    ink = pictures.ink_from_pixels(picture("a filled square", 1))
    assert (images["a filled square"][1] == framing.frame(ink)).all()


def test_a_picture_of_a_drawing_is_what_an_uploaded_file_would_be() -> None:
    """The short cut from canvas to digit image gives what the app makes of the same PNG."""
    drawing = made_drawings()["open 4"][1]
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
