"""keep.js: a drawing outlives a reload, in its own tab and no longer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import BAR, ONE, Answer, Pad
from tests.browser.test_pictures import hand_over, picture_of


def test_a_reload_keeps_the_drawing(page: Page, pad: Pad, answer: Answer) -> None:
    """It is there again, is read again, and undo takes it back stroke by stroke."""
    pad.draw(ONE)
    pad.draw(BAR)
    page.reload()
    assert pad.has_ink(BAR[0])
    expect(answer.root).not_to_have_attribute("data-verdict", "blank")
    page.keyboard.press("Control+z")
    assert not pad.has_ink(BAR[0])
    expect(answer.digit).to_have_text("1")


def test_a_cleared_drawing_does_not_come_back(page: Page, pad: Pad, answer: Answer) -> None:
    pad.draw(ONE)
    page.reload()
    page.get_by_role("button", name="Clear").click()
    page.reload()
    page.wait_for_selector("html.ready")
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_browser_that_keeps_nothing(visit: Any) -> None:
    """With cookies refused the browser refuses this too: the page draws and reads as ever."""
    page = visit("/nowhere")
    page.add_init_script(
        """Object.defineProperty(window, "sessionStorage", { get() {
            throw new DOMException("The operation is insecure.", "SecurityError"); } })"""
    )
    page.goto("/")
    page.wait_for_selector("html.ready")
    Pad(page).draw(ONE)
    expect(Answer(page).digit).to_have_text("1")
    page.reload()
    page.wait_for_selector("html.ready")
    expect(Answer(page).root).to_have_attribute("data-verdict", "blank")


def thrown_away(page: Page, visit: Any) -> Page:
    """The page as it is loaded again after a phone hid it, and threw it away without a word."""
    kept = page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { value: "hidden" });
            document.dispatchEvent(new Event("visibilitychange"));
            return { ...sessionStorage };
        }"""
    )
    again: Page = visit("/nowhere")
    again.evaluate("(kept) => Object.assign(sessionStorage, kept)", kept)
    again.goto("/")
    return again


def test_a_page_that_is_thrown_away_while_hidden_keeps_the_drawing(
    page: Page, pad: Pad, visit: Any
) -> None:
    """A phone needs the memory for its camera, and has no time for more than "you are hidden"."""
    pad.draw(ONE)
    assert Pad(thrown_away(page, visit)).has_ink(ONE[1])


@pytest.mark.chromium_only("Firefox makes no paste event that holds a file")
def test_the_strokes_beneath_a_picture_are_kept(page: Page, pad: Pad, visit: Any) -> None:
    """The picture lies where it was chosen; what was drawn before it is nowhere else."""
    pad.draw(ONE)
    hand_over(page, "paste", picture_of(7))
    expect(page.locator("#picture")).to_be_visible()
    assert Pad(thrown_away(page, visit)).has_ink(ONE[1])
