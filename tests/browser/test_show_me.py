"""replay.js and examples.json: "Draw one for me", for somebody with no pointer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hand import (
    BAR,
    ONE,
    Answer,
    Pad,
    Point,
    Wire,
    error,
    near,
    reading,
    stop_the_clock,
    strokes_of,
)

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "static" / "examples.json").read_text()
)


def show_me(page: Page) -> None:
    page.get_by_role("button", name="Draw one for me").click()


def test_there_is_one_of_every_digit() -> None:
    assert {example["digit"] for example in EXAMPLES} == set(range(10))


def test_examples_are_drawings_of_the_page() -> None:
    """Within the paper, and every point later than the one before."""
    for example in EXAMPLES:
        points = [point for stroke in example["strokes"] for point in stroke]
        assert all(0 <= x <= 1000 and 0 <= y <= 1000 for x, y, _ in points)
        times = [time for *_, time in points]
        assert times == sorted(set(times)), example["digit"]


def test_every_example_reads_as_its_digit(visit: Any) -> None:
    """Each press shows another digit; all ten are read right, and surely."""
    page = visit(reduced_motion="reduce")
    answer = Answer(page)
    for example in EXAMPLES:
        show_me(page)
        expect(answer.digit).to_have_text(str(example["digit"]))
        expect(answer.root).to_have_attribute("data-verdict", "digit")


def test_it_is_drawn_stroke_by_stroke_and_read_along(page: Page, wire: Wire) -> None:
    """The line grows as it was recorded: an early request holds less than the last."""
    strokes = EXAMPLES[0]["strokes"]
    stop_the_clock(page)
    show_me(page)
    early = sent = asked_in_time(page, wire)
    end = (strokes[-1][-1][0] / 1000, strokes[-1][-1][1] / 1000)
    while len(sent) < len(strokes) or not near(sent[-1][-1], end):
        sent = asked_in_time(page, wire)
    assert sum(map(len, early)) < sum(map(len, sent)) / 2


def asked_in_time(page: Page, wire: Wire) -> list[list[Point]]:
    """The strokes that the page asks about next, as its time goes on; it is answered."""
    for _ in range(1_000):
        if wire.held:
            break
        page.clock.run_for(20)
    return strokes_of(wire.answer_next(reading(7)))


def test_reduced_motion_shows_it_at_once(visit: Any) -> None:
    page = visit(reduced_motion="reduce")
    wire = Wire(page)
    strokes = EXAMPLES[0]["strokes"]
    show_me(page)
    sent = strokes_of(wire.next())
    assert len(sent[0]) == len(strokes[0])


def until(page: Page, happened: Callable[[], object]) -> None:
    for _ in range(6_000):
        if happened():
            return
        page.wait_for_timeout(5)  # lets the browser's events in
    raise AssertionError("it never happened")


def give_examples(page: Page, give: Callable[[Route], None]) -> None:
    """They are fetched early; a page that comes anew is given these."""
    page.route("**/examples.json", give)
    page.reload()
    page.wait_for_selector("html.ready")


TWO_STROKES = {"digit": 4, "strokes": [[[200, 200, 0], [300, 300, 400]], [[800, 200, 500]]]}


def show_two_strokes(page: Page) -> None:
    """The first stroke is begun, its end and the second one are still to come."""
    give_examples(page, lambda route: route.fulfill(json=[TWO_STROKES]))
    stop_the_clock(page)
    show_me(page)
    clear = page.get_by_role("button", name="Clear")
    expect(clear).to_be_disabled()
    for _ in range(1_000):  # the examples come when they come; the replay begins then
        if clear.is_enabled():
            break
        page.clock.run_for(20)
    expect(clear).to_be_enabled()


def test_whoever_draws_meanwhile_takes_over(page: Page, pad: Pad, wire: Wire) -> None:
    """The replay stops where it is; the visitor's stroke stays whole, and is the last."""
    show_two_strokes(page)
    wire.answer_next(reading(7))
    pad.draw(BAR)
    page.clock.run_for(2000)
    first, second = wire.answer_until(2, BAR[-1], reading(7))
    assert first == [[200, 200]]
    assert len(second) == len(BAR)
    page.clock.run_for(2000)
    assert wire.held == []


def test_examples_that_come_late_replace_nothing(page: Page, pad: Pad, wire: Wire) -> None:
    """A slow network: what was drawn while the examples were on their way stays, and is read."""
    page.emulate_media(reduced_motion="reduce")
    late: list[Route] = []
    give_examples(page, lambda route: late.append(route))
    show_me(page)
    until(page, lambda: late)
    pad.draw(BAR)
    wire.answer_until(1, BAR[-1], reading(7))
    with page.expect_response("**/examples.json"):
        late[0].fulfill(json=EXAMPLES)
    pad.draw(ONE)
    bar, one = wire.answer_until(2, ONE[-1], reading(7))
    assert (len(bar), len(one)) == (len(BAR), len(ONE))


def test_a_stroke_in_progress_is_not_continued_in_the_example(
    page: Page, pad: Pad, wire: Wire
) -> None:
    """The keyboard asks for an example while the mouse draws: the mouse's stroke is gone, and
    what the mouse does until it lifts draws nothing."""
    slow = {"digit": 1, "strokes": [[[200, 200, 0], [200, 300, 60_000]]]}
    give_examples(page, lambda route: route.fulfill(json=[slow]))
    page.mouse.move(*pad.at((0.5, 0.2)))
    page.mouse.down()
    page.get_by_role("button", name="Draw one for me").press("Enter")
    wire.answer_until(1, (0.2, 0.2), reading(1))
    page.mouse.move(*pad.at((0.9, 0.9)))
    page.mouse.up()
    assert not pad.has_ink((0.5, 0.5))
    assert pad.has_ink((0.2, 0.2))


def test_clear_stops_it(page: Page, wire: Wire, answer: Answer) -> None:
    """Nothing is drawn on the pad that was just cleared."""
    show_two_strokes(page)
    page.keyboard.press("Delete")
    page.clock.run_for(2000)
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


def test_what_was_drawn_before_is_not_lost(page: Page, pad: Pad) -> None:
    """Undo goes back past the example to the visitor's own drawing."""
    page.emulate_media(reduced_motion="reduce")
    pad.draw(BAR)
    show_me(page)
    expect(page.locator("#answer [data-part=digit]")).to_have_text("7")
    page.keyboard.press("Control+z")  # its stroke
    page.keyboard.press("Control+z")  # the clearing before it
    assert pad.has_ink(BAR[1])


def out_of_reach(route: Route) -> None:
    route.abort()


def busy(route: Route) -> None:
    route.fulfill(status=503, json=error("busy", "Too much is arriving at once."))


@pytest.mark.parametrize("refuse", [out_of_reach, busy])
def test_examples_that_cannot_be_fetched(
    page: Page, answer: Answer, refuse: Callable[[Route], None]
) -> None:
    """A calm word below the button, said aloud too; the next press tries again."""
    word = page.locator("[role=status]", has_text="could not be fetched")
    give_examples(page, refuse)
    show_me(page)
    expect(word).to_be_visible()
    page.unroute("**/examples.json")
    show_me(page)
    expect(answer.digit).to_have_text("7")
    expect(word).to_have_count(0)


def test_examples_that_cannot_be_fetched_take_no_answer_away(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """Somebody's own drawing was read; that answer stays where it is."""
    give_examples(page, out_of_reach)
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    show_me(page)
    expect(page.get_by_text("could not be fetched")).to_be_visible()
    expect(answer.root).to_have_attribute("data-verdict", "digit")
    expect(answer.digit).to_have_text("1")
    pad.draw(ONE)
    expect(page.get_by_text("could not be fetched")).to_have_count(0)
