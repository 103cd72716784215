"""invitation.js: a ghost pen on a page that nobody touches."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.hand import ONE, Answer, Pad

AFTER_MS = 4_000


def idle(visit: Any, **options: Any) -> Page:
    """A page whose clock the test moves; the examples are here."""
    page: Page = visit("/nowhere", idle=True, **options)
    page.clock.install(time=0)
    page.goto("/")
    page.wait_for_selector("html.ready")
    page.evaluate("async () => (await fetch(document.getElementById('show-me').dataset.examples))")
    return page


def wait_idly(page: Page) -> None:
    page.clock.run_for(AFTER_MS)
    for _ in range(20):
        page.clock.run_for(50)
        page.wait_for_timeout(20)  # a reading comes by the real clock


def test_a_ghost_draws_and_the_bars_move(visit: Any) -> None:
    """It can be told from ink, leaves nothing to undo, and claims no answer."""
    page = idle(visit)
    answer = Answer(page)
    wait_idly(page)
    expect(page.locator("#sheet")).to_have_class("sheet blank haunted")
    expect(answer.rows.nth(0)).to_contain_text("%")
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_whoever_draws_ends_it_for_good(visit: Any) -> None:
    page = idle(visit)
    pad, answer = Pad(page), Answer(page)
    wait_idly(page)
    pad.draw(ONE)
    page.clock.run_for(1_000)
    expect(answer.digit).to_have_text("1")
    page.keyboard.press("Delete")
    wait_idly(page)
    wait_idly(page)
    expect(page.locator("#sheet")).to_have_class("sheet blank")


def test_reduced_motion_has_no_ghost(visit: Any) -> None:
    page = idle(visit, reduced_motion="reduce")
    wait_idly(page)
    expect(page.locator("#sheet")).to_have_class("sheet blank")


def test_a_ghost_never_says_that_the_server_is_silent(visit: Any) -> None:
    """Nobody has asked anything."""
    page = idle(visit)
    page.route("**/predict", lambda route: route.abort())
    wait_idly(page)
    expect(Answer(page).root).to_have_attribute("data-verdict", "blank")
    expect(page.locator("#sheet")).to_have_class("sheet blank")
