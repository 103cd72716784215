"""game/: a round of 0 to 9 in 30 seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import Pad, Point, stop_the_clock
from tests.browser.test_show_me import EXAMPLES


@pytest.fixture
def playing(page: Page) -> Page:
    """A round has begun; the clock stands."""
    stop_the_clock(page)
    page.get_by_role("button", name="0 to 9 in 30 seconds").click()
    expect(page.locator(".hud b")).to_have_text("0")
    return page


def draw_digit(page: Page, digit: int) -> None:
    strokes: Sequence[Any] = next(e["strokes"] for e in EXAMPLES if e["digit"] == digit)
    for stroke in strokes:
        points: list[Point] = [(x / 1000, y / 1000) for x, y, _ in stroke[:-1:3] + stroke[-1:]]
        Pad(page).draw(points)


def play(page: Page, digit: int, then: str) -> None:
    """Draw one, and let time pass until the next is asked for, or the card is there."""
    draw_digit(page, digit)
    for _ in range(200):
        page.clock.run_for(50)
        page.wait_for_timeout(10)  # a reading comes by the real clock
        if page.locator(then).count():
            return
    raise AssertionError(f"{digit} never counted")


def test_a_digit_that_is_read_brings_the_next(playing: Page) -> None:
    play(playing, 0, ".hud b:text('1')")
    play(playing, 1, ".hud b:text('2')")


def test_a_wrong_digit_is_wiped_away_and_asked_for_again(playing: Page) -> None:
    play(playing, 7, "#sheet.blank")
    expect(playing.locator(".hud b")).to_have_text("0")


def test_the_card_shows_what_was_drawn_and_can_be_kept(playing: Page) -> None:
    """After thirty seconds: how many, a picture, a way to play again."""
    play(playing, 0, ".hud b:text('1')")
    playing.clock.run_for(31_000)
    card = playing.get_by_role("dialog", name="1 of 10 in 30 seconds")
    expect(card).to_be_visible()
    with playing.expect_download() as kept:
        card.get_by_role("button", name="Keep the picture").click()
    assert kept.value.suggested_filename == "inkling-0-to-9.png"
    card.get_by_role("button", name="Play again").click()
    expect(playing.locator(".hud b")).to_have_text("0")
    expect(card).not_to_be_visible()


def test_escape_stops_a_round(playing: Page) -> None:
    playing.keyboard.press("Escape")
    expect(playing.locator(".hud")).not_to_be_visible()
    expect(playing.get_by_role("button", name="0 to 9 in 30 seconds")).to_be_visible()
    playing.clock.run_for(40_000)
    expect(playing.get_by_role("dialog")).to_have_count(0)


def test_a_game_that_cannot_be_fetched_is_said(page: Page) -> None:
    page.route("**/game.js", lambda route: route.abort())
    page.get_by_role("button", name="0 to 9 in 30 seconds").click()
    expect(page.get_by_text("could not be fetched")).to_be_visible()
