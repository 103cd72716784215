"""The page where no script runs: a form, and an answer that the server renders."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import Answer
from tests.browser.test_pictures import payload, picture_of


@pytest.fixture
def plain(visit: Any) -> Page:
    page: Page = visit(java_script_enabled=False)
    return page


def send(page: Page, name: str, data: bytes) -> None:
    page.get_by_label("Choose a picture").set_input_files(payload(name, data))
    page.get_by_role("button", name="Read this picture").click()


def test_only_what_works_is_offered(plain: Page) -> None:
    """No pad, no dead buttons; a file, a button, and a word about why."""
    for dead in ("#pad", "#undo", "#show-me", "#camera"):
        expect(plain.locator(dead)).not_to_be_visible()
    expect(plain.get_by_label("Choose a picture")).to_be_visible()
    expect(plain.get_by_role("button", name="Read this picture")).to_be_visible()
    expect(plain.locator(".without")).to_contain_text("Drawing needs JavaScript")
    expect(plain.locator(".without")).to_be_visible()


def test_a_picture_is_read_and_the_whole_answer_rendered(plain: Page) -> None:
    """Digit, sentence, ten bars with numbers, and the picture that the network saw."""
    send(plain, "seven.png", picture_of(7))
    answer = Answer(plain)
    expect(answer.digit).to_have_text("7")
    expect(answer.sentence).to_contain_text("% sure")
    expect(answer.rows).to_have_count(10)
    widths = [float(row.locator("rect").get_attribute("width") or "") for row in answer.rows.all()]
    assert sum(widths) == pytest.approx(100, abs=0.6)
    expect(answer.rows.nth(7)).to_contain_text(
        f"{round(widths[7])}%" if widths[7] < 99.5 else ">99%"
    )
    expect(answer.rows.nth(0)).to_contain_text("<1%")
    expect(answer.rows.nth(7)).to_have_class("top")
    picture = answer.root.get_by_role("img", name="28 by 28 pixels")
    assert (picture.get_attribute("src") or "").startswith("data:image/png")


def test_what_is_no_picture_is_said_on_the_page(plain: Page) -> None:
    """The same page with the server's words, and the form ready for another try."""
    send(plain, "essay.png", b"This is an essay about the number seven.")
    answer = Answer(plain)
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    expect(plain.get_by_role("alert")).not_to_be_empty()
    send(plain, "seven.png", picture_of(7))
    expect(answer.digit).to_have_text("7")
