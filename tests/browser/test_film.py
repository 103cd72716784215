"""film.js: what the reader thought at every moment, kept and looked back at."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import BAR, ONE, Answer, Pad, Wire, reading


def drawn_in_three_moments(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """First a 7, then a 2, now a 3; the pen is up."""
    page.mouse.move(*pad.at((0.5, 0.2)))
    page.mouse.down()
    for y, digit in ((0.3, 7), (0.5, 2), (0.8, 3)):
        page.mouse.move(*pad.at((0.5, y)))
        wire.answer_until(1, (0.5, y), reading(digit))
        expect(answer.digit).to_have_text(str(digit))
    page.mouse.up()


def slider(page: Page) -> Any:
    return page.get_by_role("slider", name="Film of the reading")


def test_it_is_told_in_words(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    drawn_in_three_moments(page, pad, wire, answer)
    expect(page.locator("#film p")).to_contain_text("now 3.")
    expect(page.locator("#film p")).to_contain_text("then 2")


def test_the_drawing_and_the_bars_follow_the_slider(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """By keys: back to the first moment, and to the end again."""
    drawn_in_three_moments(page, pad, wire, answer)
    assert pad.has_ink((0.5, 0.75))
    slider(page).focus()
    page.keyboard.press("Home")
    assert not pad.has_ink((0.5, 0.75))
    expect(answer.rows.nth(3)).to_contain_text("<1%")
    page.keyboard.press("End")
    expect(answer.digit).to_have_text("3")
    assert pad.has_ink((0.5, 0.75))


def test_a_screen_reader_hears_each_moment(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    drawn_in_three_moments(page, pad, wire, answer)
    slider(page).focus()
    page.keyboard.press("End")
    expect(slider(page)).to_have_attribute(
        "aria-valuetext", re.compile(r"(\d+) of \1: 3, 98% sure")
    )


def test_a_mouse_slides_from_anywhere_on_the_strip(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    drawn_in_three_moments(page, pad, wire, answer)
    box = slider(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    assert not pad.has_ink((0.5, 0.75))
    page.mouse.up()
    assert slider(page).input_value() == "0"


def test_a_new_stroke_comes_back_to_now(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """Looking back changes nothing: the pen goes on where the drawing is."""
    drawn_in_three_moments(page, pad, wire, answer)
    slider(page).focus()
    page.keyboard.press("Home")
    pad.draw(BAR)
    wire.answer_until(2, BAR[-1], reading(8))
    expect(answer.digit).to_have_text("8")
    assert pad.has_ink((0.5, 0.75))


def test_a_cleared_pad_has_no_film(page: Page, pad: Pad, answer: Answer) -> None:
    expect(slider(page)).to_be_disabled()
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    page.keyboard.press("Delete")
    expect(slider(page)).to_be_disabled()
    expect(page.locator("#film p")).to_have_text("Its guesses appear here while you draw.")


@pytest.mark.parametrize("count", [1, 1000])
def test_a_film_never_grows_without_end(page: Page, count: int) -> None:
    """A long doodle keeps every other moment, and the newest is the last."""
    kept = page.evaluate(
        """async (count) => {
            const { createFilm } = await import("/static/js/answer/film.js");
            const root = document.getElementById("film");
            const labels = [..."0123456789"];
            const film = createFilm(root, { labels, onMoment() {} });
            const probabilities = Array(10).fill(0.1);
            for (let i = 0; i < count; i += 1) {
                const said = { label: labels[i % 10], verdict: "digit", sentence: `${i}` };
                film.add({ strokes: [], reading: { probabilities, ...said } });
            }
            const slider = root.querySelector("input");
            return [Number(slider.max) + 1, slider.getAttribute("aria-valuetext")];
        }""",
        count,
    )
    assert kept[0] <= 300
    assert kept[1].endswith(f": {count - 1}")
