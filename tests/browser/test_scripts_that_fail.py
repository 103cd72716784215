"""The page when one of its scripts does not arrive: it says so, and the plain form works."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.hand import ONE, Answer, Pad
from tests.browser.test_pictures import payload, picture_of

WORD = "The drawing pad is slow to load"


def broken(visit: Any, **options: Any) -> Page:
    """The page without one of its modules, as it is at first, for as long as anybody looks."""
    page: Page = visit("/nowhere", **options)
    stop_what_waits(page)
    page.route("**/js/answer/bars.js", lambda route: route.abort())
    page.goto("/")
    return page


def stop_what_waits(page: Page) -> None:
    """Time passes for no animation of the pages that come; here they all wait for theirs."""
    glass = page.context.new_cdp_session(page)
    glass.send("Animation.enable")
    glass.send("Animation.setPlaybackRate", {"playbackRate": 0})


def let_it_wait(page: Page) -> None:
    """What is shown when the time for it has come, without waiting for it."""
    page.evaluate("() => document.getAnimations().forEach((waiting) => waiting.finish())")


def places(page: Page) -> list[FloatRect | None]:
    selectors = ("#sheet", ".tools", ".choose", ".keys")
    return [page.locator(selector).first.bounding_box() for selector in selectors]


def test_nothing_dead_invites(visit: Any) -> None:
    """No "Draw here" on a pad that draws nothing, no button that does nothing."""
    page = broken(visit)
    expect(page.get_by_text("Draw here")).not_to_be_visible()
    for button in page.locator(".tools button").all():
        expect(button).to_be_disabled()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_after_a_while_the_page_says_so(visit: Any, motion: str) -> None:
    """Not at once, or every load would flicker; then on the pad, where somebody tries to draw."""
    page = broken(visit, reduced_motion=motion)
    expect(page.get_by_text(WORD)).not_to_be_visible()
    let_it_wait(page)
    expect(page.get_by_text(WORD)).to_be_visible()


def test_a_picture_can_be_sent_then(visit: Any, phone: dict[str, Any]) -> None:
    """The plain form, as without JavaScript; the camera's button, which needs a script, is gone."""
    page = broken(visit, **phone)
    let_it_wait(page)
    expect(page.get_by_text("Take a photo")).not_to_be_visible()
    page.get_by_label("Choose a picture").set_input_files(payload("seven.png", picture_of(7)))
    page.get_by_role("button", name="Read this picture").click()
    expect(Answer(page).digit).to_have_text("7")


def test_an_ordinary_load_never_moves(visit: Any) -> None:
    """What waits for its time takes no room, and is gone once the scripts are there."""
    page = visit()
    expect(page.get_by_text(WORD)).not_to_be_visible()
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect(page.get_by_role("button", name="Read this picture")).not_to_be_visible()
    expect(page.get_by_role("button", name="Draw one for me")).to_be_enabled()
    assert places(broken(visit)) == places(page)


def sent_by_form(page: Page, name: str, data: bytes) -> Answer:
    """The answer to a picture that went through the plain form; now the scripts have come back."""
    page.unroute("**/js/answer/bars.js")
    let_it_wait(page)
    page.get_by_label("Choose a picture").set_input_files(payload(name, data))
    page.get_by_role("button", name="Read this picture").click()
    page.wait_for_selector("html.ready")
    return Answer(page)


def test_the_answer_to_the_form_stays_when_the_scripts_come_back(visit: Any) -> None:
    """What was drawn before that does not come back in its place."""
    page = visit()
    Pad(page).draw(ONE)
    page.route("**/js/answer/bars.js", lambda route: route.abort())
    page.reload()
    answer = sent_by_form(page, "seven.png", picture_of(7))
    expect(answer.digit).to_have_text("7")
    assert not Pad(page).has_ink(ONE[1])


def test_an_error_of_the_form_is_over_with_the_next_answer(visit: Any) -> None:
    """It was an alert and the page's title; what is read while drawing is neither."""
    page = broken(visit)
    title = page.title()
    answer = sent_by_form(page, "essay.png", b"This is an essay about the number seven.")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert page.title() != title
    Pad(page).draw(ONE)
    expect(answer.digit).to_have_text("1")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_title(title)
