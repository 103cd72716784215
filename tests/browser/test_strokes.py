"""drawing.js: what was drawn, with undo and redo. Pure, so it is asked directly."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = """async (steps) => {
    const { Drawing } = await import("/static/js/pad/drawing.js");
    const drawing = new Drawing();
    const line = () => { drawing.begin([0, 0]); drawing.extend([[9, 9]]); drawing.end(); };
    const image = { name: "a picture" };
    const result = await eval(`(async () => { ${steps} })()`);
    return result ?? {
        strokes: drawing.strokes, image: drawing.image, isBlank: drawing.isBlank,
        canUndo: drawing.canUndo, canRedo: drawing.canRedo, edition: drawing.edition,
    };
}"""


@pytest.fixture(scope="module")
def after(chromium: Any, server: str) -> Any:
    """Runs steps on a new Drawing and tells what is on the paper then."""
    context = chromium.new_context(base_url=server, bypass_csp=True)  # for the eval of the steps
    page: Page = context.new_page()
    page.goto("/api")  # a page without a drawing of its own
    yield lambda steps: page.evaluate(SCRIPT, steps)
    context.close()


def test_clear_can_be_undone(after: Any) -> None:
    """A child who clears by mistake gets every stroke back."""
    paper = after("line(); line(); drawing.clear(); drawing.undo()")
    assert len(paper["strokes"]) == 2


def test_undo_and_redo_go_stroke_by_stroke(after: Any) -> None:
    assert len(after("line(); line(); drawing.undo()")["strokes"]) == 1
    assert len(after("line(); line(); drawing.undo(); drawing.redo()")["strokes"]) == 2


def test_a_new_stroke_ends_what_could_be_redone(after: Any) -> None:
    assert not after("line(); drawing.undo(); line()")["canRedo"]


def test_undo_in_mid_stroke_takes_that_stroke(after: Any) -> None:
    """And what the pointer does until it lifts draws nothing."""
    paper = after("drawing.begin([0, 0]); drawing.undo(); drawing.extend([[50, 50]])")
    assert paper["isBlank"]


def test_undo_and_redo_with_nothing_there_do_nothing(after: Any) -> None:
    assert after("drawing.undo(); drawing.redo()")["edition"] == 0


def test_clearing_a_blank_pad_leaves_nothing_to_undo(after: Any) -> None:
    assert not after("drawing.clear()")["canUndo"]


def test_ink_stays_on_the_paper(after: Any) -> None:
    """A stroke that leaves the pad runs along its edge: no negative or huge coordinates."""
    paper = after("drawing.begin([-50, 500]); drawing.extend([[1e9, 2000]])")
    assert paper["strokes"] == [[[0, 500], [1000, 1000]]]


def test_points_on_one_spot_are_one_point(after: Any) -> None:
    """A pen that rests sends hundreds of points a second; they would fill the server's limit."""
    assert after("drawing.begin([5, 5]); drawing.extend([[5, 5], [5.2, 5]])")["strokes"] == [
        [[5, 5]]
    ]


def test_a_growing_stroke_is_the_same_drawing(after: Any) -> None:
    """A reading of its first half is early, not stale; after an undo it would be stale."""
    assert after("drawing.begin([0, 0]); drawing.extend([[9, 9]]); drawing.end()")["edition"] == 1
    assert after("line(); drawing.undo()")["edition"] == 2


def test_a_picture_is_a_step_like_any_other(after: Any) -> None:
    """It takes the strokes' place, undo brings them back, and drawing takes the picture's."""
    paper = after("line(); drawing.showImage(image)")
    assert (paper["strokes"], paper["image"]["name"]) == ([], "a picture")
    assert len(after("line(); drawing.showImage(image); drawing.undo()")["strokes"]) == 1
    assert after("drawing.showImage(image); line()")["image"] is None


def test_earlier_strokes_are_never_touched(after: Any) -> None:
    """What a listener was given stays as it was: the page sends it later."""
    assert after("line(); const was = drawing.strokes; line(); return was.length") == 1
