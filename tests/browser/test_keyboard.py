"""pen.js, keys.js and the buttons: the page for somebody without a pointer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import BAR, ONE, Answer, Pad, Wire, near, reading

BLANK = re.compile(r"\bblank\b")


def walk(page: Page, key: str, steps: int) -> None:
    for _ in range(steps):
        page.keyboard.press(key)


def focus_pad(page: Page) -> None:
    """As a keyboard reaches it: by Tab alone."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "pad":
            return
    raise AssertionError("Tab never reached the pad")


def test_a_drawing_by_keyboard_alone_is_read(page: Page, answer: Answer) -> None:
    """Tab to the pad, Space, arrows, Space: a one, read by the server and said aloud."""
    focus_pad(page)
    page.keyboard.press("Space")
    walk(page, "ArrowDown", 26)
    page.keyboard.press("Space")
    expect(answer.digit).to_have_text("1")
    expect(answer.live).to_contain_text("1, ")


def test_space_puts_the_pen_down_and_lifts_it(page: Page, wire: Wire, pad: Pad) -> None:
    """Two strokes with a gap that was walked with the pen up."""
    focus_pad(page)
    for key in ("Space", "Shift+ArrowDown", "Space", "Shift+ArrowRight", "Space", "ArrowRight"):
        page.keyboard.press(key)
    first, second = wire.answer_until(2, (0.6, 0.33), reading(1))
    assert (first[0], first[-1]) == ([500, 250], [500, 330])
    assert (second[0], second[-1]) == ([580, 330], [600, 330])


def test_two_arrows_at_once_go_diagonally(page: Page, wire: Wire) -> None:
    focus_pad(page)
    page.keyboard.press("Space")
    page.keyboard.down("ArrowDown")
    page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowDown")
    page.keyboard.up("ArrowLeft")
    (stroke,) = wire.answer_until(1, (0.48, 0.29), reading(1))
    assert stroke == [[500, 250], [500, 270], [480, 290]]


def test_the_pen_stays_on_the_paper(page: Page, wire: Wire) -> None:
    focus_pad(page)
    page.keyboard.press("Space")
    walk(page, "Shift+ArrowUp", 6)
    wire.answer_until(1, (0.5, 0), reading(1))


def test_the_pen_can_be_seen_and_heard(page: Page, pad: Pad) -> None:
    """A ring where the pen is, filled when it is down; its place and state in a live region."""
    said = page.locator("#pen-live")
    focus_pad(page)
    assert pad.has_ink((0.5 + 0.026, 0.25))  # the ring
    assert not pad.has_ink((0.5, 0.25))
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("52% across, 25% down")
    page.keyboard.press("Space")
    expect(said).to_have_text("Pen down")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Pen up")
    page.keyboard.press("Tab")
    assert not pad.has_ink((0.52 + 0.026, 0.25))


def test_leaving_the_pad_lifts_the_pen(page: Page, wire: Wire) -> None:
    """Tab away with the pen down and come back: walking draws nothing."""
    focus_pad(page)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    walk(page, "Shift+ArrowDown", 3)
    page.keyboard.press("Space")
    strokes = wire.answer_until(2, (0.5, 0.51), reading(1))
    assert len(strokes[0]) == 2


def test_an_arrow_that_is_let_go_elsewhere_is_not_held_for_ever(page: Page) -> None:
    """Tab away with an arrow held and let it go there: back on the pad it moves nothing."""
    focus_pad(page)
    page.keyboard.down("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.up("ArrowDown")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#pen-live")).to_have_text("52% across, 27% down")


@pytest.mark.parametrize("key", ["Control+z", "Delete"])
def test_a_shortcut_that_lifts_the_pen_says_so(page: Page, key: str) -> None:
    """The stroke is gone from under the pen; who cannot see it must know to put it down again."""
    said = page.locator("#pen-live")
    focus_pad(page)
    page.keyboard.press("Space")
    expect(said).to_have_text("Pen down")
    page.keyboard.press(key)
    expect(said).to_have_text("Pen up")


def test_arrows_do_not_scroll_the_page_while_drawing(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 400})
    page.locator("#pad").focus()
    before = page.evaluate("() => window.scrollY")
    walk(page, "Shift+ArrowDown", 5)
    page.keyboard.press("Space")
    assert page.evaluate("() => window.scrollY") == before


@pytest.mark.parametrize(
    ("undo", "redo", "clear"),
    [
        ("Control+z", "Control+Shift+z", "Delete"),
        ("Meta+z", "Meta+Shift+z", "Backspace"),
        ("Control+z", "Control+y", "Delete"),
    ],
)
def test_undo_redo_and_clear_by_keys(
    page: Page, pad: Pad, undo: str, redo: str, clear: str
) -> None:
    """Wherever the focus is; a cleared drawing comes back by one undo."""
    pad.draw(ONE)
    pad.draw(BAR)
    page.keyboard.press(undo)
    assert not pad.has_ink(BAR[0])
    page.keyboard.press(redo)
    assert pad.has_ink(BAR[0])
    page.keyboard.press(clear)
    assert not pad.has_ink(ONE[1])
    page.keyboard.press(undo)
    assert pad.has_ink(ONE[1])
    assert pad.has_ink(BAR[0])


@pytest.mark.parametrize(
    ("undo", "redo"),
    [
        (("я", "KeyZ"), ("н", "KeyY")),  # Russian
        (("ζ", "KeyZ"), ("υ", "KeyY")),  # Greek
        (("z", "KeyY"), ("y", "KeyZ")),  # German: the letter on the key wins over its place
        (("z", "KeyW"), ("y", "KeyY")),  # French
    ],
)
def test_undo_and_redo_on_other_keyboards(
    page: Page, pad: Pad, undo: tuple[str, str], redo: tuple[str, str]
) -> None:
    """Where no Latin letters are on the keys, Ctrl and the key in the place of Z or Y."""

    def press(key: tuple[str, str]) -> None:
        page.evaluate(
            """([key, code]) => document.body.dispatchEvent(new KeyboardEvent("keydown",
                { key, code, ctrlKey: true, bubbles: true, cancelable: true }))""",
            list(key),
        )

    pad.draw(ONE)
    press(undo)
    assert not pad.has_ink(ONE[1])
    press(redo)
    assert pad.has_ink(ONE[1])
    press(("w", "KeyZ"))  # on French keys, W is in the place of Z
    assert pad.has_ink(ONE[1])


def test_undo_redo_and_clear_by_buttons(page: Page, pad: Pad, answer: Answer) -> None:
    """Each can be pressed only when it would do something."""
    undo, redo, clear = (
        page.get_by_role("button", name=name) for name in ("Undo", "Redo", "Clear")
    )
    for button in (undo, redo, clear):
        expect(button).to_be_disabled()
    pad.draw(ONE)
    clear.click()
    assert not pad.has_ink(ONE[1])
    expect(clear).to_be_disabled()
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    undo.click()
    assert pad.has_ink(ONE[1])
    undo.click()
    expect(undo).to_be_disabled()
    expect(page.locator("#sheet")).to_have_class(BLANK)
    redo.click()
    assert pad.has_ink(ONE[1])


@pytest.mark.parametrize(
    ("name", "key"), [("Clear", "Enter"), ("Clear", "Delete"), ("Undo", "Control+z")]
)
def test_focus_is_not_lost_with_a_button_that_switches_off(
    page: Page, pad: Pad, name: str, key: str
) -> None:
    """Clear by keyboard: the button is disabled under the fingers, the focus goes to the pad."""
    pad.draw(ONE)
    page.get_by_role("button", name=name).focus()
    page.keyboard.press(key)
    expect(pad.canvas).to_be_focused()


def test_keys_in_a_text_field_belong_to_the_field(page: Page, pad: Pad) -> None:
    """Backspace while typing must not clear the drawing."""
    pad.draw(ONE)
    page.evaluate("() => document.querySelector('main').append(document.createElement('input'))")
    field = page.locator("main > input")
    field.fill("seven")
    field.press("Control+z")
    assert pad.has_ink(ONE[1])
    field.press("Backspace")
    assert pad.has_ink(ONE[1])


def test_the_mouse_takes_over_from_the_keyboard_pen(page: Page, pad: Pad, wire: Wire) -> None:
    """With the pen still down, a mouse stroke is a stroke of its own, and arrows do not bend it."""
    focus_pad(page)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.mouse.move(*pad.at(BAR[0]))
    page.mouse.down()
    page.keyboard.press("ArrowDown")
    page.mouse.move(*pad.at(BAR[-1]))
    page.mouse.up()
    strokes = wire.answer_until(2, BAR[-1], reading(1))
    assert strokes[0] == [[500, 250], [500, 270]]
    assert len(strokes[1]) == 2
    assert near(strokes[1][0], BAR[0])


def test_a_screen_reader_hears_how_to_draw(page: Page) -> None:
    """What the browser says of the pad, not what the page hopes: a folded text is not said."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    (pad,) = [node for node in nodes if node.get("role", {}).get("value") == "application"]
    assert "Arrow keys move the pen" in pad["description"]["value"]
