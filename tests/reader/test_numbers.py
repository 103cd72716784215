"""Numbers: which strokes, and which pieces of ink, make which digit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.model import Recognizer
from reader.model_card import Thresholds
from reader.numbers import MAX_GROUPS, Digit, Number, candidates, verdict_on
from reader.parts import Box, InkParts, Part, StrokeParts, labels_of
from reader.pictures import ink_from_image
from reader.pieces import pieces_of
from reader.reading import Reading
from reader.strokes import Strokes, ink_from_strokes, rasterise
from tests.paper import (
    as_lists,
    canvas,
    examples,
    file,
    hands,
    on_desk,
    photo,
    side_by_side,
)
from training.data.lines import resampled

Points = np.ndarray


def drawn(strokes: list[Points], px: float = 1.0, pen_px: float = 9) -> np.ndarray:
    """A picture of the strokes."""
    high = np.concatenate(strokes).max(axis=0) * px
    width, height = np.ceil(high + 60).astype(int)
    return rasterise([stroke * px + 30 for stroke in strokes], (height, width), pen_px * px)


def read(recognizer: Recognizer, strokes: list[Points]) -> Reading | Number:
    as_sent = as_lists(strokes)
    return recognizer.read_number(ink_from_strokes(as_sent), as_sent)


@pytest.mark.parametrize("number", ["42", "55", "007", "1234567890", "17", "4444"])
def test_digits_side_by_side_are_a_number(recognizer: Recognizer, number: str) -> None:
    """From strokes and from a picture: a 4 or 5 in two strokes stays a digit."""
    for found in (
        read(recognizer, side_by_side(number)),
        recognizer.read_number(drawn(side_by_side(number))),
    ):
        assert isinstance(found, Number)
        assert (found.verdict, found.number) == ("number", number)


def test_each_digit_has_its_reading_and_its_box(recognizer: Recognizer) -> None:
    """As the API gives it: boxes from left to right, in the drawing's own units."""
    strokes = side_by_side("42")
    answer = read(recognizer, strokes).as_dict()
    assert answer["number"] == "42"
    assert (answer["digit"], answer["probabilities"], answer["runner_up"]) == (None, None, None)
    assert [digit["digit"] for digit in answer["digits"]] == [4, 2]
    product = answer["digits"][0]["confidence"] * answer["digits"][1]["confidence"]
    assert answer["confidence"] == pytest.approx(product, abs=1e-5)
    left, right = (digit["box"] for digit in answer["digits"])
    everything = np.concatenate(strokes)
    assert left[0] == pytest.approx(everything[:, 0].min(), abs=0.01)
    assert left[2] < right[0]
    assert right[2] == pytest.approx(everything[:, 0].max(), abs=0.01)


@settings(max_examples=15)
@given(st.floats(0.01, 1000), st.floats(-1000, 1000), st.floats(-1000, 1000), st.randoms())
def test_size_place_and_order_of_strokes_do_not_matter(
    recognizer: Recognizer, scale: float, right: float, down: float, random: object
) -> None:
    """A number is the same number anywhere, in any unit, drawn in any order."""
    strokes = [stroke * scale + [right, down] for stroke in side_by_side("4517")]
    random.shuffle(strokes)  # type: ignore[attr-defined]
    found = read(recognizer, strokes)
    assert isinstance(found, Number)
    assert found.number == "4517"


@pytest.mark.parametrize("px", [0.4, 1.0, 5.0])
def test_the_size_of_a_picture_does_not_matter(recognizer: Recognizer, px: float) -> None:
    """And the boxes are in its pixels."""
    found = recognizer.read_number(drawn(side_by_side("305"), px))
    assert isinstance(found, Number)
    assert found.number == "305"
    assert found.digits[0].box.left == pytest.approx(30 - 4.5 * px, abs=2 + 2 * px)


def test_single_digits_are_read_as_before(recognizer: Recognizer) -> None:
    """A drawing that is a digit is none of a number, and says the same to the last decimal."""
    for _, strokes in hands(60):
        as_sent = as_lists(strokes)
        ink = ink_from_strokes(as_sent)
        before = recognizer.read(ink)
        if before.verdict == "digit":
            found = recognizer.read_number(ink, as_sent)
            assert isinstance(found, Reading)
            assert found.as_dict() == before.as_dict()


def test_digits_that_touch_are_cut_apart(recognizer: Recognizer) -> None:
    """In a picture of 3, 5 and 2, the 5 and the 2 touch."""
    strokes = side_by_side("352")
    of_last = len(dict(examples())[2])
    nearer = [stroke - np.array([29, 0]) for stroke in strokes[-of_last:]]
    touching = [*strokes[:-of_last], *nearer]
    ink = drawn(touching)
    assert len(InkParts(ink).parts) < 3
    found = recognizer.read_number(ink)
    assert isinstance(found, Number)
    assert found.number == "352"


@pytest.mark.parametrize("number", ["22", "89"])
def test_digits_in_one_stroke_are_cut_apart(recognizer: Recognizer, number: str) -> None:
    """The pen was not lifted between them; the cuts are at points of the stroke."""
    stroke = resampled(np.concatenate(side_by_side(number)), 6)
    found = read(recognizer, [stroke])
    assert isinstance(found, Number)
    assert found.number == number
    ends = [run[2] for digit in found.digits for run in digit.runs or []]
    assert max(ends) == len(stroke)


def test_strokes_that_overlap_are_told_apart(recognizer: Recognizer) -> None:
    """Their boxes overlap by a quarter, and their lines cross."""
    strokes = side_by_side("42")
    of_last = len(dict(examples())[2])
    nearer = [stroke - np.array([42, 0]) for stroke in strokes[-of_last:]]
    found = read(recognizer, [*strokes[:-of_last], *nearer])
    assert isinstance(found, Number)
    assert found.number == "42"


def test_a_photo_of_a_number_on_paper(recognizer: Recognizer) -> None:
    """In uneven light, with a shadow, and on a sheet that lies on a desk."""
    drawn = canvas(side_by_side("305"), size=0.8, pen_px=10)
    for shot in (photo(drawn), on_desk(drawn, (0.1, 0.1, 0.1, 0.1))):
        found = recognizer.read_number(ink_from_image(file(shot, "JPEG", quality=85)))
        assert isinstance(found, Number)
        assert found.number == "305"


def test_digits_above_each_other_are_no_number(recognizer: Recognizer) -> None:
    """A number is one line."""
    strokes = side_by_side("42")
    below = [stroke + np.array([0, 160]) for stroke in side_by_side("17")]
    assert read(recognizer, [*strokes, *below]).verdict == "not_a_digit"
    assert recognizer.read_number(drawn([*strokes, *below])).verdict == "not_a_digit"


def test_what_is_not_sure_says_where(recognizer: Recognizer) -> None:
    """The doubtful digit has a question mark; sure digits side by side are one word."""
    sure, doubtful = np.full(10, 0.001), np.full(10, 0.001)
    sure[2], doubtful[4], doubtful[9] = 0.991, 0.6, 0.392
    image = np.ones((28, 28), np.uint8)
    ink = np.ones((1, 1), np.float32)
    digits = tuple(
        Digit(Reading.of(shares, image, "it", recognizer.thresholds), Box(0, 0, 1, 1), ink, None)
        for shares in (doubtful, sure)
    )
    number = Number("unsure", digits, digits[0].reading)
    assert number.sentence == "4?, then 2"
    longer = Number("unsure", digits + digits[1:] * 2, digits[0].reading)
    assert longer.sentence == "4?, then 222"


def test_more_than_ten_digits_are_no_number(recognizer: Recognizer) -> None:
    """Eleven are not read."""
    assert read(recognizer, side_by_side("12345678901")).verdict == "not_a_digit"


@pytest.mark.parametrize("count", [3, 20, 200, 2_000])
def test_a_page_full_of_dots_stays_cheap(count: int) -> None:
    """However many parts, there are few groups to read."""
    places = np.random.default_rng(count).uniform(0, 1000, (count, 2))
    dots = [[place.tolist(), (place + 3).tolist()] for place in places]
    ink = rasterise(dots, (1000, 1000), 9)
    for parts in (StrokeParts(dots).parts, InkParts(ink).parts):
        assert len(candidates(parts)) <= MAX_GROUPS


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), max_size=6), max_size=8
    )
)
@settings(max_examples=40)
def test_anything_is_answered(
    recognizer: Recognizer, strokes: list[list[tuple[float, float]]]
) -> None:
    """No drawing breaks the search, as strokes or as ink."""
    as_sent: Strokes = [[list(point) for point in stroke] for stroke in strokes]
    ink = ink_from_strokes(as_sent)
    for found in (recognizer.read_number(ink, as_sent), recognizer.read_number(ink)):
        assert found.as_dict()["verdict"] in ("digit", "unsure", "not_a_digit", "blank", "number")


def test_pieces_touch_at_their_corners_too() -> None:
    """A ring, a spiral of corners, and a dot apart."""
    rows = ["##.#.....", "#.#......", "....#.#..", "...#.#...", "........#"]
    labels = labels_of(np.array([[cell == "#" for cell in row] for row in rows]))
    assert len(np.unique(labels[labels > 0])) == 3
    assert labels[0, 0] == labels[1, 2] == labels[0, 3]
    assert labels[2, 4] == labels[3, 3] == labels[2, 6]


@given(st.integers(0, 2**32), st.floats(0.1, 0.7))
@settings(max_examples=60)
def test_pieces_are_those_of_the_coarse_grid(seed: int, share: float) -> None:
    """The same pixels hang together for framing, which finds them in another way."""
    cells = np.random.default_rng(seed).random((24, 40)) < share
    labels = labels_of(cells)
    pieces = pieces_of(cells.astype(np.float32))
    assert labels.max() == len(pieces)
    for piece in pieces:
        (label,) = np.unique(labels[piece.cells])
        np.testing.assert_array_equal(labels == label, piece.cells)


def test_parts_far_from_each_other_are_never_one_digit() -> None:
    """Groups hang together."""
    line = np.array([[0.0, 0.0], [0.0, 100.0]])
    apart = [
        Part(Box.of(moved), moved) for x in (0, 500, 1000) for moved in [line + np.array([x, 0])]
    ]
    assert [candidate.group for candidate in candidates(apart)] == [(0,), (1,), (2,)]


THREE = np.array([[0, 5], [25, 0], [38, 15], [18, 42], [42, 60], [38, 90], [10, 100], [-5, 88]])


def loop(x: float, y: float, width: float, height: float) -> Points:
    turn = np.linspace(0, 6.4, 20)
    return np.stack([x + width * np.cos(turn), y + height * np.sin(turn)], axis=1)


@pytest.mark.parametrize(
    ("number", "strokes"),
    [
        ("38", [THREE * 0.75 + [0, 33], loop(125, 0, 32, 23), loop(110, 71, 38, 32)]),
        (
            "35",
            [THREE, [[80, 45], [78, 70], [105, 75], [110, 105], [76, 111]], [[88, 0], [118, -2]]],
        ),
    ],
)
def test_strokes_far_apart_or_of_two_loops_are_one_digit(
    recognizer: Recognizer, number: str, strokes: list[Points]
) -> None:
    """An 8 of two loops is no 0 over a 0, and the bar of a 5 may lie far from the rest."""
    found = read(recognizer, [np.asarray(stroke) for stroke in strokes])
    assert isinstance(found, Number)
    assert found.number == number


@pytest.mark.parametrize(
    ("doubtful", "sure", "verdict"),
    [(1, 3, "unsure"), (2, 4, "unsure"), (2, 3, None), (2, 2, None)],
)
def test_one_digit_in_three_may_be_doubtful(doubtful: int, sure: int, verdict: str | None) -> None:
    """Or one of two, when the others are sure; more, and it is no number."""

    def reading(best: float) -> Reading:
        shares = np.full(10, (1 - best) / 9)
        shares[1] = best
        return Reading.of(shares, np.ones((28, 28), np.uint8), "it", Thresholds(0.65, 0.7))

    readings = [reading(0.3)] * doubtful + [reading(0.999)] * sure
    assert verdict_on(readings) == verdict
