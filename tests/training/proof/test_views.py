"""Dev drawings seen in other ways: flags, dots, corruptions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.data.drawings import Drawing, read_drawings
from training.data.lines import as_points, box
from training.proof import flags, views
from training.proof.corruptions import CORRUPTIONS

ONE = Drawing([[[30, 45], [50, 0], [48, 50], [50, 100]]], 1, "a", "w")
PLAIN_ONE = Drawing([[[50, 0], [50, 50], [50, 100]]], 1, "a", "w")
SEVEN = Drawing([[[0, 4], [60, 0], [40, 50], [30, 100]], [[20, 50], [60, 48]]], 7, "a", "w")


def test_a_one_counts_as_long_flagged_by_how_far_its_flag_comes_down() -> None:
    """A quarter of its height or more; a plain bar and a 7 do not count."""
    short = Drawing([[[40, 20], [50, 0], [50, 100]]], 1)
    assert flags.long_flagged([ONE, PLAIN_ONE, short, SEVEN]) == [ONE]


def test_other_flags_stand_on_the_writers_own_stems() -> None:
    """The flag comes down from a quarter to two thirds; the stem is the writer's."""
    made = flags.ones_with_flags([ONE, SEVEN, PLAIN_ONE])
    assert len(made) == 2 * flags.VERSIONS
    assert made == flags.ones_with_flags([ONE, SEVEN, PLAIN_ONE])
    for drawing in made:
        (stroke,) = as_points(drawing.strokes)
        top = int(stroke[:, 1].argmin())
        reach = (stroke[0, 1] - stroke[top, 1]) / np.ptp(stroke[:, 1])
        assert 0.2 < reach < 0.7
        assert stroke[0, 0] < stroke[top, 0]
        assert drawing.label == 1


def test_sevens_lose_their_crossing_and_keep_their_leg() -> None:
    """One stroke: a short or a slanted bar, then the leg."""
    for drawing in flags.sevens_without_crossing([SEVEN, ONE]):
        (stroke,) = as_points(drawing.strokes)
        low, high = box([stroke])
        assert stroke[0, 1] - low[1] < 0.35 * (high - low)[1]
        assert stroke[-1, 1] == high[1]
        assert drawing.label == 7


def test_dotted_ink_is_dots_with_gaps(digits_file: Path) -> None:
    """No two points are joined, and the gaps are at most two pens wide."""
    rng = np.random.default_rng(0)
    stroke = np.array([[0.0, 0.0], [100.0, 0.0]])
    dots = views._dots(stroke, pen=5.0, gap=2.0, most=30.0, rng=rng)
    steps = np.diff(dots[:, 0])
    assert len(dots) > 5
    assert steps.max() <= 15 + 1
    drawing = read_drawings(digits_file)[0]
    assert (views.dotted((0, drawing)) != views.as_drawn((0, drawing), "canvas")).any()


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corruption_changes_a_picture_and_is_the_same_for_the_same_number(
    corruption: str, digits_file: Path
) -> None:
    """Whoever measures two models shows both the same pictures."""
    drawing = read_drawings(digits_file)[3]
    first = views.corrupted((3, drawing), corruption)
    assert (first == views.corrupted((3, drawing), corruption)).all()
    grey = views.as_mnist_draws(drawing, np.random.default_rng(1))
    assert (CORRUPTIONS[corruption](grey, np.random.default_rng(1)) != grey).any()


def test_views_are_kept(digits_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time nothing is rendered; another view is another picture."""
    drawings = read_drawings(digits_file)[:6]
    view = views.AS_STROKES
    first = views.seen(drawings, "a name", view)
    assert "rendering" in capsys.readouterr().out
    assert (views.seen(drawings, "a name", view) == first).all()
    assert capsys.readouterr().out == ""
    assert (views.seen(drawings, "another", views.AS_PICTURES) != first).any()
