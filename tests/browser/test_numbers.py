"""A number on the page: what is written is read, and each digit can be looked at."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.hand import Answer, Pad, Wire, number_reading, reading
from tests.browser.test_pictures import payload
from tests.paper import canvas, file, picture, side_by_side


def write(pad: Pad, number: str, width: float = 0.8) -> None:
    """The examples of its digits, side by side on the pad."""
    strokes = side_by_side(number)
    everything = np.concatenate(strokes)
    low, extent = everything.min(axis=0), np.ptp(everything, axis=0)
    box = pad.canvas.bounding_box()
    assert box is not None
    scale = width / extent[0] * np.array([1, box["width"] / box["height"]])
    for stroke in strokes:
        points = (stroke[::3] - low) * scale + [0.1, 0.2]
        pad.draw([(x, y) for x, y in points.tolist()])


def digits_of(page: Page) -> Locator:
    return page.locator("#answer input[type=radio]")


def test_each_digit_shows_its_bars_and_can_be_looked_into(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """By keyboard: the arrows choose, and Look inside is of the chosen digit."""
    write(pad, "42")
    expect(answer.root).to_have_attribute("data-verdict", "number")
    expect(answer.sentence).to_have_text(re.compile("^42, .*sure"))
    expect(answer.root.locator("tr.top th")).to_have_text("2")
    image = answer.root.locator("[data-part=digit-image]")
    of_two = image.get_attribute("src")
    digits_of(page).last.focus()
    page.keyboard.press("ArrowLeft")
    expect(digits_of(page).first).to_be_checked()
    expect(answer.root.locator("tr.top th")).to_have_text("4")
    assert image.get_attribute("src") != of_two
    page.locator("#look-inside").click()
    seen = page.locator("#inside .seen")
    expect(seen).to_have_text(re.compile("^4, "))
    digits_of(page).last.check(force=True)
    expect(seen).to_have_text(re.compile("^2, "))
    page.keyboard.press("Delete")
    expect(digits_of(page)).to_have_count(0)
    expect(answer.root).to_have_attribute("data-verdict", "blank")


def test_a_digit_of_a_picture_can_be_looked_into(page: Page, answer: Answer) -> None:
    """The server finds its ink. Without one of the steps it is still that digit's."""
    photo = payload("number.png", file(picture(canvas(side_by_side("42")))))
    page.locator("#choose").set_input_files(photo)
    expect(answer.root).to_have_attribute("data-verdict", "number")
    page.locator("#look-inside").click()
    seen = page.locator("#inside .seen")
    expect(seen).to_have_text(re.compile("^2, "))
    digits_of(page).first.check(force=True)
    expect(seen).to_have_text(re.compile("^4, "))
    page.get_by_label("Do this step: Stray dots go").uncheck()
    expect(page.locator("#inside .says")).to_have_text(re.compile("without that step: 4, "))


def test_a_number_that_is_not_sure_shows_where(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """The doubtful digit is the chosen digit."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next(number_reading("427"))
    expect(answer.sentence).to_have_text("42, then 7?")
    expect(digits_of(page).last).to_be_checked()


def test_a_chosen_digit_stays_chosen_when_the_same_number_is_read_again(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """A reading that comes late takes nothing back. In another number, nothing is chosen yet."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next(number_reading("427"))
    digits_of(page).first.check(force=True)
    pad.draw([(0.6, 0.6)])
    wire.answer_next({**number_reading("427"), "sentence": "Still 427?"})
    expect(answer.sentence).to_have_text("Still 427?")
    expect(digits_of(page).first).to_be_checked()
    pad.draw([(0.7, 0.7)])
    wire.answer_next(number_reading("437"))
    expect(answer.sentence).to_have_text("43, then 7?")
    expect(digits_of(page).last).to_be_checked()


def test_the_pad_becomes_wider_and_keeps_its_ink(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Ink beyond the narrow pad becomes smaller with it; undo brings the wide pad back."""
    wider = page.get_by_role("button", name="Wider")

    def shape() -> float:
        box = pad.canvas.bounding_box()
        assert box is not None
        return round(box["width"] / box["height"], 1)

    assert shape() == 1
    wider.click()
    expect(wider).to_have_attribute("aria-pressed", "true")
    assert shape() == 2
    pad.draw([(0.9, 0.2), (0.9, 0.8)])
    wire.answer_until(1, (1.8, 0.8), reading(1))
    wider.click()
    assert shape() == 1
    wire.answer_until(1, (1, 0.5 + 0.3 / 1.8), reading(1))
    page.get_by_role("button", name="Undo").click()
    expect(wider).to_have_attribute("aria-pressed", "true")
    wire.answer_until(1, (1.8, 0.8), reading(1))
