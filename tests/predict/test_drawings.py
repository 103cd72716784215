"""What clients send is checked once: type, then size, then meaning."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import MAX_BODY_BYTES
from app.predict.drawings import (
    JSON_MARKS,
    MAX_BATCH_POINTS,
    MAX_DRAWINGS,
    MAX_JSON_MARKS,
    bytes_from_data_url,
    drawings_from_json,
    parse_json,
)
from app.web.errors import BadJson
from reader.errors import BadImage, BadStrokes, InklingError, TooLarge
from reader.strokes import (
    MAX_COORDINATE,
    MAX_POINTS,
    MAX_STROKES,
    checked_strokes,
    ink_from_strokes,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)
named = st.dictionaries(st.sampled_from(["strokes", "image", "drawings"]), json_values)


@given(json_values | named)
def test_any_json_is_ink_or_an_inkling_error(body: Any) -> None:
    """No JSON value of any shape makes the checks themselves fail."""
    try:
        drawings, _ = drawings_from_json(body)
    except InklingError:
        return
    assert all(drawing.ink.ndim == 2 for drawing in drawings)


coordinates = st.integers(-MAX_COORDINATE, MAX_COORDINATE) | st.floats(
    -MAX_COORDINATE, MAX_COORDINATE
)


@given(st.lists(st.lists(st.tuples(coordinates, coordinates).map(list), max_size=20), max_size=9))
def test_any_valid_strokes_become_ink(strokes: list[list[list[float]]]) -> None:
    """Strokes within the limits are always ink, however large, tiny or scattered."""
    ink = ink_from_strokes(checked_strokes(strokes))
    assert (ink.max() > 0) == any(strokes)
    assert ink.size < 200 * 200


@pytest.mark.parametrize(
    "strokes",
    [
        None, 7, "1,2", {}, [1], ["ab"], [[1, 2]], [[[1]]], [[[1, 2, 3]]], [[["1", 2]]],
        [[[True, 1]]], [[[None, 1]]], [[[float("nan"), 1]]], [[[1, float("inf")]]],
        [[[MAX_COORDINATE * 2, 0]]], [[[10**400, 0]]], [[{"x": 1, "y": 2}]],
    ],
    ids=str,
)  # fmt: skip
def test_what_are_no_strokes_is_refused(strokes: Any) -> None:
    """Wrong types, wrong lengths, NaN, infinity and huge numbers are all bad_strokes."""
    with pytest.raises(BadStrokes):
        checked_strokes(strokes)


def test_the_limits_are_the_promised_ones() -> None:
    """200 strokes and 20,000 points are read; one more is too large, and says which limit."""
    checked_strokes([[[0, 0]]] * MAX_STROKES)
    checked_strokes([[[0, 0]] * MAX_POINTS])
    for strokes, code in (
        ([[[0, 0]]] * (MAX_STROKES + 1), "too_many_strokes"),
        ([[[0, 0]] * (MAX_POINTS + 1)], "too_many_points"),
    ):
        with pytest.raises(TooLarge) as refused:
            checked_strokes(strokes)
        assert refused.value.code == code
    with pytest.raises(TooLarge):
        drawings_from_json({"drawings": [{"strokes": []}] * (MAX_DRAWINGS + 1)})


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "[-Infinity]", "[" * 100_000, '{"a": 1e}', b"\xff\xfe"]
)
def test_what_is_not_json_is_refused(text: str) -> None:
    """Python's JSON takes NaN and nests until it falls over; ours does neither."""
    with pytest.raises(BadJson):
        parse_json(text)


@pytest.mark.parametrize(
    "piece", ["[],", "{},", "[[0]],", "0,", '"%07d":0,', '{"%d":0},', '"%07d",'], ids=str
)
def test_no_body_becomes_more_than_it_may(piece: str) -> None:
    """6 MB of JSON are refused, or make less than 45 MB: what two threads may take at once."""
    most_allowed = MAX_JSON_MARKS // sum(map(piece.encode().count, JSON_MARKS))
    most_that_fit = MAX_BODY_BYTES // len(piece % 0 if "%" in piece else piece)
    for count in (most_allowed - 2, most_that_fit):
        pieces = "".join(piece % i if "%" in piece else piece for i in range(count))
        text = ("{%s}" if '":0,' in piece and "{" not in piece else "[%s]") % pieces[:-1]
        tracemalloc.start()
        with contextlib.suppress(InklingError):
            parse_json(text.encode())
        _, most_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most_bytes - len(text) < 45_000_000


def test_the_largest_batch_is_not_too_much_json() -> None:
    """As many points as a batch may have, in as many strokes, are read."""
    each = MAX_BATCH_POINTS // MAX_DRAWINGS
    strokes = [[[1, 2]] * (each // MAX_STROKES)] * (MAX_STROKES - 1)
    strokes.append([[1, 2]] * (each - sum(map(len, strokes))))
    body = {"drawings": [{"strokes": strokes}] * MAX_DRAWINGS}
    assert parse_json(json.dumps(body)) == body


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], BadJson),
        ({}, BadJson),
        ({"strokes": [], "image": ""}, BadJson),
        ({"strokes": [], "colour": "red"}, BadJson),
        ({"drawings": [], "strokes": []}, BadJson),
        ({"drawings": []}, BadJson),
        ({"drawings": {}}, BadJson),
        ({"drawings": [{"drawings": []}]}, BadJson),
        ({"image": "http://example.com/seven.png"}, BadJson),
        ({"image": "data:text/plain;base64,AAAA"}, BadJson),
        ({"image": "data:image/png,AAAA"}, BadJson),
        ({"image": "data:image/png;base64,%%%%"}, BadImage),
        ({"image": "data:image/png;base64,é"}, BadImage),
        ({"image": "data:image/png;base64,AAAA"}, BadImage),
        ({"image": "data:image/png;base64," + "A" * 6_000_000}, TooLarge),
    ],
)
def test_bodies_of_the_wrong_shape_are_refused(body: Any, error: type[InklingError]) -> None:
    """Each wrong body gets the error that says what is wrong with it."""
    with pytest.raises(error):
        drawings_from_json(body)


def test_a_bad_drawing_in_a_batch_is_named() -> None:
    """The message says which of the drawings it is about."""
    with pytest.raises(BadStrokes, match=r"^drawings\[1\]: "):
        drawings_from_json({"drawings": [{"strokes": []}, {"strokes": 7}]})


def test_a_data_url_is_its_bytes() -> None:
    """base64 in, bytes out."""
    assert bytes_from_data_url("data:image/png;base64,aGVsbG8=") == b"hello"
