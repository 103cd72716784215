"""projector/: the page on a wall."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import ONE, Answer, Pad


def on_the_wall(visit: Any, width: int = 1280, height: int = 660) -> Page:
    page: Page = visit(viewport={"width": width, "height": height})
    page.get_by_role("button", name="Projector").click()
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 660), (1920, 1080)])
def test_it_fills_the_wall_with_thick_bars(visit: Any, width: int, height: int) -> None:
    """All of it is in view, and each bar is 24 pixels thick at least."""
    page = on_the_wall(visit, width, height)
    Pad(page).draw(ONE)
    expect(Answer(page).digit).to_have_text("1")
    size = page.evaluate("() => [document.documentElement.scrollWidth, document.body.scrollHeight]")
    assert size[0] <= width
    assert size[1] <= height
    for bar in page.locator(".bars svg").all():
        box = bar.bounding_box()
        assert box is not None
        assert box["height"] >= 24
    expect(page.locator(".masthead")).not_to_be_visible()


def test_an_address_of_this_machine_alone_is_said_to_be_so(visit: Any) -> None:
    page = on_the_wall(visit)
    expect(page.get_by_text("Only this machine can open 127.0.0.1")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_have_count(0)


@pytest.mark.parametrize("key", ["Escape", "Leave"])
def test_there_is_a_way_back(visit: Any, key: str) -> None:
    page = on_the_wall(visit)
    if key == "Escape":
        page.evaluate("() => document.exitFullscreen?.().catch(() => {})")
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Leave").click()
    expect(page.locator(".masthead")).to_be_visible()
    expect(page.get_by_role("button", name="Leave")).to_have_count(0)
