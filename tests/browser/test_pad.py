"""pad.js and paint.js: incidents between a hand and the paper."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import BAR, ONE, Answer, Pad, Wire, near, reading


def test_a_stroke_is_seen_and_sent_as_strokes_not_pixels(pad: Pad, wire: Wire) -> None:
    """Privacy settings falsify what a canvas gives back; the points themselves cannot be."""
    pad.draw(ONE)
    sent = wire.answer_until(1, ONE[-1], reading(1))
    assert [point for point in ONE if not any(near(place, point) for place in sent[0])] == []
    assert pad.has_ink((0.5, 0.5))
    assert not pad.has_ink((0.3, 0.5))


def test_a_tap_is_a_dot(pad: Pad, wire: Wire) -> None:
    """Somebody dots the pad: that is ink, and it is read."""
    pad.draw([(0.4, 0.4)])
    assert wire.answer_until(1, (0.4, 0.4), reading(1)) == [[pytest.approx([400, 400], abs=4)]]
    assert pad.has_ink((0.4, 0.4))


@pytest.mark.chromium_only("touches come by CDP")
def test_a_second_finger(visit: Any, phone: dict[str, Any]) -> None:
    """A palm or a second finger comes down in mid-stroke: the stroke goes on as if it were not."""
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    pad.touch("start", (0.5, 0.2))
    pad.touch("move", (0.5, 0.4))
    pad.touch("start", (0.5, 0.4), (0.9, 0.9))
    pad.touch("move", (0.5, 0.6), (0.1, 0.9))
    pad.touch("move", (0.5, 0.8))  # the other one has lifted
    pad.touch("end")
    (stroke,) = wire.answer_until(1, (0.5, 0.8), reading(1))
    assert all(abs(x - 500) < 5 for x, _ in stroke), stroke


@pytest.mark.chromium_only("touches come by CDP")
def test_a_pinch_draws_no_one(visit: Any, phone: dict[str, Any]) -> None:
    """Two fingers that come down together want to zoom: no stroke, nothing to undo; the next
    finger draws again."""
    page = visit(**phone)
    pad, answer = Pad(page), Answer(page)
    pad.touch("start", (0.5, 0.4), (0.5, 0.6))
    pad.touch("move", (0.5, 0.2), (0.5, 0.8))
    pad.touch("move", (0.5, 0.2))
    pad.touch("end")
    assert not pad.has_ink((0.5, 0.4))
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    pad.touch("start", (0.3, 0.2))
    pad.touch("move", (0.3, 0.6))
    pad.touch("end")
    assert pad.has_ink((0.3, 0.4))


def test_a_pen_that_is_pressed_harder_draws_a_wider_line(pad: Pad, wire: Wire) -> None:
    """And what is read stays places alone."""
    pad.canvas.evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const event = (kind, x, y, pressure) => new PointerEvent(kind, {
                pointerId: 7, pointerType: "pen", button: 0, buttons: 1, pressure,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height });
            for (const [y, pressure] of [[.3, .1], [.7, 1]]) {
                canvas.dispatchEvent(event("pointerdown", .2, y, pressure));
                for (const x of [.4, .6, .8])
                    canvas.dispatchEvent(event("pointermove", x, y, pressure));
                canvas.dispatchEvent(event("pointerup", .8, y, pressure));
            }
        }"""
    )
    beside = 0.022  # half of what a finger draws, and a little
    assert not pad.has_ink((0.5, 0.3 + beside))
    assert pad.has_ink((0.5, 0.7 + beside))
    strokes = wire.answer_until(2, (0.8, 0.7), reading(1))
    assert {len(point) for stroke in strokes for point in stroke} == {2}


@pytest.mark.chromium_only("motion is a setting of the context")
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_ink_flies_into_the_small_picture(visit: Any, motion: str) -> None:
    """Once the pen is up, and gone in a moment; not for somebody who wants no motion."""
    page = visit(reduced_motion=motion)
    page.evaluate(
        """() => { window.flown = 0; new MutationObserver((all) => all.forEach(({ addedNodes }) => {
            window.flown += [...addedNodes].filter((node) => node.className === "flying").length;
        })).observe(document.body, { childList: true }); }"""
    )
    Pad(page).draw(ONE)
    expect(Answer(page).digit).to_have_text("1")
    expect(page.locator(".flying")).to_have_count(0)
    assert page.evaluate("() => window.flown") == (motion != "reduce")


@pytest.mark.chromium_only("touches come by CDP")
def test_a_pen_takes_over_from_the_hand_that_came_first(visit: Any, phone: dict[str, Any]) -> None:
    """The palm lies on the glass, then the pen draws: its stroke alone is there, and what the palm
    does meanwhile draws nothing."""
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    pad.touch("start", (0.9, 0.9))
    pad.pen("Pressed", (0.5, 0.2))
    pad.touch("move", (0.8, 0.9))
    pad.pen("Moved", (0.5, 0.5))
    pad.touch("end")
    pad.pen("Moved", (0.5, 0.8))
    pad.pen("Released", (0.5, 0.8))
    (stroke,) = wire.answer_until(1, (0.5, 0.8), reading(1))
    assert all(abs(x - 500) < 5 for x, _ in stroke), stroke
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


@pytest.mark.chromium_only("touches come by CDP")
def test_the_second_finger_draws_once_the_first_has_left(visit: Any, phone: dict[str, Any]) -> None:
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    for x in (0.3, 0.7):
        pad.touch("start", (x, 0.3))
        pad.touch("move", (x, 0.7))
        pad.touch("end")
    wire.answer_until(2, (0.7, 0.7), reading(1))


@pytest.mark.chromium_only("touches come by CDP")
def test_pointercancel_in_mid_stroke(visit: Any, phone: dict[str, Any]) -> None:
    """A call comes in, or the system takes the gesture: the ink stays, and the pad draws on."""
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    pad.touch("start", (0.3, 0.2))
    pad.touch("move", (0.3, 0.6))
    pad.touch("cancel")
    pad.touch("start", (0.7, 0.2))
    pad.touch("move", (0.7, 0.6))
    pad.touch("end")
    wire.answer_until(2, (0.7, 0.6), reading(1))
    assert pad.has_ink((0.3, 0.4))


def test_lost_capture_in_mid_stroke(page: Page, pad: Pad, wire: Wire) -> None:
    """Something else takes the pointer: the stroke ends there, and the next one is another."""
    page.mouse.move(*pad.at((0.3, 0.3)))
    page.mouse.down()
    page.mouse.move(*pad.at((0.3, 0.6)))
    pad.canvas.evaluate(
        """canvas => [0, 1].forEach((pointerId) => // Firefox's mouse, and Chromium's
            canvas.dispatchEvent(new PointerEvent("lostpointercapture", { pointerId })))"""
    )
    page.mouse.move(*pad.at((0.9, 0.9)))
    page.mouse.up()
    pad.draw(ONE)
    strokes = wire.answer_until(2, ONE[-1], reading(1))
    assert near(strokes[0][-1], (0.3, 0.6))


@pytest.mark.parametrize("buttons", [0, 2])
def test_a_mouse_released_where_nobody_tells_us(pad: Pad, wire: Wire, buttons: int) -> None:
    """Outside the window, or while the right button is held, which browsers tell as a move: it is
    there with the left button up, and must not draw from there."""
    send = """(canvas, [kind, x, y, buttons]) => {
        const box = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: 7, button: kind === "pointermove" ? -1 : 0, buttons,
            clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
    }"""
    pad.canvas.evaluate(send, ["pointerdown", 0.2, 0.5, 1])
    pad.canvas.evaluate(send, ["pointermove", 0.4, 0.5, 1])
    pad.canvas.evaluate(send, ["pointermove", 0.9, 0.9, buttons])
    pad.canvas.evaluate(send, ["pointermove", 0.1, 0.9, buttons])
    wire.answer_until(1, (0.4, 0.5), reading(1))
    assert not pad.has_ink((0.9, 0.9))


def test_a_stroke_that_leaves_the_pad_and_comes_back(page: Page, pad: Pad, wire: Wire) -> None:
    """The pointer is captured: one stroke along the edge, not two with a gap."""
    page.mouse.move(*pad.at((0.5, 0.5)))
    page.mouse.down()
    page.mouse.move(*pad.at((1.2, 0.5)))
    page.mouse.move(*pad.at((0.5, 0.8)))
    page.mouse.up()
    (stroke,) = wire.answer_until(1, (0.5, 0.8), reading(1))
    assert max(x for x, _ in stroke) == 1000


def test_coalesced_points_are_all_drawn(pad: Pad, wire: Wire) -> None:
    """A 240 Hz pen on a 60 Hz screen: four points in one event, and the curve keeps all four."""
    pad.canvas.evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const event = (kind, x, y, more) => new PointerEvent(kind, {
                pointerId: 7, button: 0, buttons: 1, ...more,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height });
            canvas.dispatchEvent(event("pointerdown", .2, .5));
            const between = [[.3, .3], [.4, .2], [.5, .3], [.6, .5]];
            canvas.dispatchEvent(event("pointermove", .6, .5, {
                coalescedEvents: between.map(([x, y]) => event("pointermove", x, y)) }));
            canvas.dispatchEvent(event("pointerup", .6, .5));
        }"""
    )
    (stroke,) = wire.answer_until(1, (0.6, 0.5), reading(1))
    assert len(stroke) == 5
    assert near(stroke[2], (0.4, 0.2))


def test_the_right_mouse_button_draws_nothing(page: Page, pad: Pad) -> None:
    page.mouse.move(*pad.at((0.5, 0.5)))
    page.mouse.down(button="right")
    page.mouse.move(*pad.at((0.7, 0.5)))
    page.mouse.up(button="right")
    assert not pad.has_ink((0.6, 0.5))


@pytest.mark.parametrize("by", ["Ctrl+A", "a drag"])
def test_a_pad_that_lies_in_a_selection_is_drawn_on(
    page: Page, pad: Pad, answer: Answer, by: str
) -> None:
    """All was selected, or a stroke began a little beside the pad: the next one is ink, and the
    browser does not carry the selected text away instead."""
    if by == "Ctrl+A":
        page.keyboard.press("Control+a")
    else:
        pad.draw([(0.5, -0.03), (0.5, 0.3), (0.5, 0.9), (0.5, 1.2)])
        if page.context.browser.browser_type.name == "firefox":
            return  # it selects nothing from there
    assert page.evaluate("() => getSelection().toString()") != ""
    pad.draw([(0.25, 0.2), (0.4, 0.2), (0.6, 0.2), (0.75, 0.2), (0.6, 0.5), (0.45, 0.85)])
    expect(answer.digit).to_have_text("7")


@pytest.mark.chromium_only("touches come by CDP")
def test_rotation_in_mid_stroke(visit: Any, phone: dict[str, Any]) -> None:
    """The phone turns while the finger is down: the ink stays in place, the stroke goes on."""
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    pad.touch("start", (0.5, 0.2))
    pad.touch("move", (0.5, 0.4))
    before = pad.canvas.bounding_box()
    page.set_viewport_size({"width": 844, "height": 390})
    assert pad.canvas.bounding_box() != before
    pad.touch("move", (0.5, 0.6))
    pad.touch("end")
    (stroke,) = wire.answer_until(1, (0.5, 0.6), reading(1))
    assert near(stroke[0], (0.5, 0.2))
    assert near(stroke[1], (0.5, 0.4))
    assert pad.has_ink((0.5, 0.3))


def test_a_resized_window_keeps_the_drawing(page: Page, pad: Pad) -> None:
    """Painted anew at its new size, not stretched."""
    pad.draw(BAR)
    for width in (1920, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert pad.has_ink((0.5, 0.5))
        assert not pad.has_ink((0.5, 0.3))
        page.wait_for_function("() => pad.width === pad.clientWidth")  # `pad`: by its id


@pytest.mark.chromium_only("a screen's density")
@pytest.mark.parametrize("density", [1, 2, 3])
def test_sharp_on_every_screen(visit: Any, density: int) -> None:
    """A canvas pixel for a screen pixel, and ink exactly under the pointer."""
    pad = Pad(visit(device_scale_factor=density))
    pad.draw(BAR)
    assert pad.has_ink((0.5, 0.5))
    ratio = pad.canvas.evaluate("canvas => canvas.width / canvas.clientWidth")
    assert ratio == pytest.approx(density, abs=0.01)
    # The edge of a horizontal bar goes from ink to paper within two screen pixels.
    soft = pad.canvas.evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(canvas.width / 2, 0, 1, canvas.height)
            .data].filter((value, i) => i % 4 === 3 && value > 0 && value < 255).length"""
    )
    assert soft <= 4


@pytest.mark.chromium_only("touches come by CDP")
@pytest.mark.parametrize(("start", "scrolls"), [((0.5, 0.9), False), ((0.5, 1.3), True)])
def test_drawing_does_not_scroll_the_page(
    visit: Any, start: tuple[float, float], scrolls: bool
) -> None:
    """On a small phone the page is longer than the screen; only beside the pad a finger scrolls."""
    page = visit(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    pad = Pad(page)
    x, y = pad.at(start)
    glass = page.context.new_cdp_session(page)
    for i in range(12):
        kind, finger = "touchMove" if i else "touchStart", {"x": x, "y": y - 18 * i}
        glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [finger]})
        page.evaluate("() => new Promise(requestAnimationFrame)")  # one place a frame, as a finger
    glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(pad.canvas).to_have_css("touch-action", "none")  # the touch handler is for iOS
    if scrolls:
        page.wait_for_function("() => window.scrollY > 20")
    else:
        assert pad.has_ink((0.5, 0.6))
        assert page.evaluate("() => window.scrollY") == 0


@pytest.mark.chromium_only("colours change by CDP")
def test_ink_turns_light_when_the_page_turns_dark(page: Page, pad: Pad) -> None:
    """Dark mode changes the colour of the ink that is there, never what is sent."""
    pad.draw(BAR)
    look = """canvas => canvas.getContext("2d")
        .getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]"""
    assert pad.has_ink((0.5, 0.5))
    assert pad.canvas.evaluate(look) < 64
    page.emulate_media(color_scheme="dark")
    assert pad.has_ink((0.5, 0.5))
    assert pad.canvas.evaluate(look) > 192


def test_a_detached_pad_is_paper_no_more(page: Page) -> None:
    """detach() ends the stroke and listens no longer."""
    strokes = page.evaluate(
        """async () => {
            const { Drawing } = await import("/static/js/pad/drawing.js");
            const { attachPad } = await import("/static/js/pad/pad.js");
            const canvas = document.createElement("canvas");
            document.body.append(canvas);
            const drawing = new Drawing();
            const detach = attachPad(canvas, drawing);
            const press = () => canvas.dispatchEvent(
                new PointerEvent("pointerdown", { pointerId: 7, button: 0, buttons: 1 }));
            press();
            detach();
            press();
            return { count: drawing.strokes.length, isOpen: drawing.isOpen };
        }"""
    )
    assert strokes == {"count": 1, "isOpen": False}


def test_undo_in_mid_stroke_on_the_page(page: Page, pad: Pad, answer: Answer) -> None:
    """Ctrl+Z while the mouse is down: the stroke is gone, and what follows draws nothing."""
    page.mouse.move(*pad.at((0.3, 0.5)))
    page.mouse.down()
    page.mouse.move(*pad.at((0.5, 0.5)))
    page.keyboard.press("Control+z")
    page.mouse.move(*pad.at((0.7, 0.5)))
    page.mouse.up()
    assert not pad.has_ink((0.4, 0.5))
    assert not pad.has_ink((0.6, 0.5))
    expect(answer.root).to_have_attribute("data-verdict", "blank")
