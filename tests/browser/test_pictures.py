"""files.js: a picture instead of strokes, however it comes in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, features
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.hand import (
    BAR,
    ONE,
    Answer,
    Pad,
    Wire,
    let_requests_come,
    reading,
    stop_the_clock,
)

EXAMPLES = Path(__file__).parents[2] / "static" / "examples.json"


def picture_of(digit: int, side_px: int = 280, compress_level: int = 6) -> bytes:
    """A PNG of the recorded example of that digit: black pen on white paper."""
    strokes = next(e["strokes"] for e in json.loads(EXAMPLES.read_text()) if e["digit"] == digit)
    image = Image.new("L", (side_px, side_px), 255)
    for stroke in strokes:
        points = [(x * side_px / 1000, y * side_px / 1000) for x, y, _ in stroke]
        ImageDraw.Draw(image).line(points, fill=0, width=side_px // 20, joint="curve")
    output = io.BytesIO()
    image.save(output, "PNG", compress_level=compress_level)
    return output.getvalue()


def payload(name: str, data: bytes, mime: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": data}


def hand_over(page: Page, kind: str, data: bytes) -> None:
    """Drops or pastes a file, as the browser would tell the page."""
    page.evaluate(
        """([kind, bytes]) => {
            const transfer = new DataTransfer();
            const content = [new Uint8Array(bytes)];
            transfer.items.add(new File(content, "seven.png", { type: "image/png" }));
            const event = kind === "drop"
                ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", {
                    clipboardData: transfer, bubbles: true, cancelable: true });
            document.querySelector("h1").dispatchEvent(event);
        }""",
        [kind, list(data)],
    )


def test_a_chosen_picture_is_read_and_shown(page: Page, pad: Pad, answer: Answer) -> None:
    page.get_by_label("Choose a picture").set_input_files(payload("seven.png", picture_of(7)))
    expect(answer.digit).to_have_text("7")
    expect(page.get_by_role("img", name="The picture that is being read")).to_be_visible()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_dropped_or_pasted_anywhere(page: Page, answer: Answer, kind: str) -> None:
    hand_over(page, kind, picture_of(7))
    expect(answer.digit).to_have_text("7")


def test_a_drop_without_a_file_keeps_the_page(page: Page, pad: Pad) -> None:
    """A link dragged by mistake must not open in the drawing's place."""
    pad.draw(ONE)
    kept = page.evaluate(
        """() => !document.body.dispatchEvent(new DragEvent("drop",
            { dataTransfer: new DataTransfer(), bubbles: true, cancelable: true }))"""
    )
    assert kept
    assert pad.has_ink(ONE[1])


def test_pasted_text_is_left_alone(page: Page, pad: Pad) -> None:
    pad.draw(ONE)
    page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "seven");
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }"""
    )
    assert pad.has_ink(ONE[1])


def test_a_phone_can_take_a_photo(visit: Any, phone: dict[str, Any]) -> None:
    """The camera opens for it, the one at the back; a laptop is not asked."""
    camera = visit(**phone).get_by_label("Take a photo")
    expect(camera).to_have_attribute("capture", "environment")
    expect(camera.locator("..")).to_be_visible()
    expect(visit().get_by_text("Take a photo")).not_to_be_visible()


def test_drawing_goes_back_to_strokes(page: Page, pad: Pad, answer: Answer) -> None:
    """The pad is drawn on while it shows a picture: a fresh drawing, and the picture is gone."""
    hand_over(page, "paste", picture_of(7))
    expect(answer.digit).to_have_text("7")
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    expect(page.locator("#picture")).not_to_be_visible()


def test_undo_after_a_picture_brings_the_strokes_back(page: Page, pad: Pad, answer: Answer) -> None:
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    hand_over(page, "paste", picture_of(7))
    expect(answer.digit).to_have_text("7")
    assert not pad.has_ink(ONE[1])
    page.keyboard.press("Control+z")
    expect(answer.digit).to_have_text("1")
    assert pad.has_ink(ONE[1])
    page.keyboard.press("Control+y")
    expect(answer.digit).to_have_text("7")
    expect(page.locator("#picture")).to_be_visible()


def test_the_same_picture_can_be_chosen_twice(page: Page, answer: Answer) -> None:
    choose = page.get_by_label("Choose a picture")
    for _ in range(2):
        choose.set_input_files(payload("seven.png", picture_of(7)))
        expect(choose).to_have_value("")  # or a browser would see no change the second time
        expect(answer.digit).to_have_text("7")
        page.keyboard.press("Delete")
        expect(answer.root).to_have_attribute("data-verdict", "blank")


def test_what_is_no_picture(page: Page, pad: Pad, answer: Answer) -> None:
    """The server's own calm words; the strokes are one undo away."""
    pad.draw(BAR)
    page.get_by_label("Choose a picture").set_input_files(
        payload("essay.png", b"This is an essay about the number seven.")
    )
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    expect(answer.sentence).not_to_be_empty()
    expect(page.locator("#picture")).not_to_be_visible()
    page.keyboard.press("Control+z")
    assert pad.has_ink(BAR[1])


def test_a_photo_larger_than_the_server_takes(page: Page, answer: Answer) -> None:
    """A phone's photo of almost 5 MB is made smaller first, instead of being refused."""
    photo = picture_of(7, side_px=2200, compress_level=0)
    assert len(photo) > 4_000_000
    with page.expect_request_finished(lambda sent: sent.url.endswith("/predict")) as first:
        page.get_by_label("Choose a picture").set_input_files(payload("photo.png", photo))
    assert first.value.sizes()["requestBodySize"] < 4_000_000
    expect(answer.digit).to_have_text("7")


@pytest.mark.skipif(not features.check("webp"), reason="this Pillow makes no WebP")
def test_a_light_picture_of_more_pixels_than_the_server_takes(page: Page, answer: Answer) -> None:
    """A sharp drawing of 9 megapixels as a WebP of a few kB: made smaller, not refused."""
    output = io.BytesIO()
    Image.open(io.BytesIO(picture_of(7, side_px=3000))).save(output, "WEBP", method=0)
    assert len(output.getvalue()) < 200_000
    page.get_by_label("Choose a picture").set_input_files(
        payload("seven.webp", output.getvalue(), "image/webp")
    )
    expect(answer.digit).to_have_text("7")


def remember_what_is_sent(page: Page) -> None:
    page.evaluate(
        """() => {
            const send = window.fetch;
            window.fetch = async (url, options) => {
                window.sent = [...new Uint8Array(await options.body.get("image").arrayBuffer())];
                return send(url, options);
            };
        }"""
    )


def what_was_sent(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(bytes(page.evaluate("() => window.sent"))))


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("ink", [0, 255])
def test_a_large_transparent_picture_stays_so(
    page: Page, answer: Answer, ink: int, kind: str
) -> None:
    """Black or white ink on nothing: what is made smaller is still see-through, for the server
    finds a paper that the ink stands out from. On white, white ink was lost."""
    alpha = Image.open(io.BytesIO(picture_of(7, side_px=2400))).point(lambda level: 255 - level)
    picture, output = Image.new("RGBA", alpha.size, (ink, ink, ink, 0)), io.BytesIO()
    picture.putalpha(alpha)
    if kind == "png":
        picture.save(output, "PNG")
    else:
        picture.save(output, "WEBP", method=0)
    remember_what_is_sent(page)
    page.get_by_label("Choose a picture").set_input_files(
        payload(f"seven.{kind}", output.getvalue(), f"image/{kind}")
    )
    expect(answer.digit).to_have_text("7")
    sent = what_was_sent(page)
    assert (sent.format, sent.mode, sent.size) == ("PNG", "RGBA", (1024, 1024))


@pytest.mark.parametrize("opacity", [255, 250])
def test_a_large_picture_that_a_png_would_keep_heavy_is_sent_as_a_jpeg_on_white(
    page: Page, opacity: int, answer: Answer
) -> None:
    """Photos, and what has grain and is see-through: below what the server takes in any case."""
    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024, 4), np.uint8)
    noise[..., 3] = opacity
    if opacity < 255:
        noise[:100, :, 3] = 0
    output = io.BytesIO()
    Image.fromarray(noise).save(output, "PNG", compress_level=0)
    remember_what_is_sent(page)
    page.get_by_label("Choose a picture").set_input_files(payload("noise.png", output.getvalue()))
    page.wait_for_function("() => window.sent")
    expect(answer.root).not_to_have_attribute("data-verdict", "trouble")
    sent = what_was_sent(page)
    assert sent.format == "JPEG"
    if opacity < 255:
        assert sent.convert("L").getpixel((500, 20)) == 255


def test_a_small_picture_goes_as_it_is(page: Page, answer: Answer) -> None:
    """Not one byte is changed: no detour through a canvas that privacy settings falsify."""
    remember_what_is_sent(page)
    data = picture_of(7)
    hand_over(page, "paste", data)
    expect(answer.digit).to_have_text("7")
    assert bytes(page.evaluate("() => window.sent")) == data


def test_a_picture_on_a_slow_line_has_a_minute_to_arrive(
    page: Page, wire: Wire, answer: Answer
) -> None:
    """As long as the server waits for it; only then is it sent again. It is not kept by the page,
    and nobody says so."""
    stop_the_clock(page)
    hand_over(page, "paste", picture_of(7))
    expect(page.locator("#picture")).to_be_visible()
    page.clock.run_for(150)
    wire.next()
    page.clock.run_for(70_000)
    let_requests_come(page)
    expect(answer.sentence).to_have_text("Reading …")
    assert len(wire.seen) == 1
    page.clock.run_for(6_000)
    expect(answer.sentence).to_have_text("Inkling is not answering. Trying again.")
    page.clock.run_for(1_000)
    wire.answer_next(reading(7))
    expect(answer.digit).to_have_text("7")


@pytest.mark.parametrize("strokes", [1, 2])
def test_who_draws_or_takes_back_need_not_wait_for_a_picture(
    page: Page, pad: Pad, wire: Wire, answer: Answer, strokes: int
) -> None:
    """The picture is on its way for a while; what is on the pad instead is read at once."""
    pad.draw(ONE)
    wire.answer_until(1, ONE[-1], reading(1))
    hand_over(page, "paste", picture_of(7))
    expect(page.locator("#picture")).to_be_visible()
    wire.next()  # it is never answered
    page.keyboard.press("Control+z")
    if strokes == 2:
        pad.draw(BAR)
    wire.answer_until(strokes, (ONE, BAR)[strokes - 1][-1], reading(4))
    expect(answer.digit).to_have_text("4")


def test_a_picture_that_was_cleared_away_holds_nothing_up(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    hand_over(page, "paste", picture_of(7))
    wire.next()  # it is never answered
    page.keyboard.press("Delete")
    pad.draw(ONE)
    wire.answer_until(1, ONE[-1], reading(1))
    expect(answer.digit).to_have_text("1")


def test_a_picture_without_ink_is_told_from_an_empty_pad(
    page: Page, answer: Answer, server: str
) -> None:
    """In the API's own words: the page words no verdict."""
    said: dict[str, Any] = page.request.post(f"{server}/api/predict", data={"strokes": []}).json()
    assert said["verdict"] == "blank"
    output = io.BytesIO()
    Image.new("L", (280, 280), 255).save(output, "PNG")
    hand_over(page, "paste", output.getvalue())
    expect(answer.sentence).to_have_text(said["sentence"])
    assert said["sentence"] == "No ink found here"


def test_a_file_that_cannot_be_read_is_told_and_takes_nothing_away(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """A folder, or a file that was changed meanwhile. Drawing and answer stay; the next one that
    cannot be read is told anew."""
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new Error('a folder')); }"
    )
    word = page.locator("[role=status]", has_text="This file cannot be read")
    for _ in range(2):
        hand_over(page, "drop", picture_of(7))
        expect(word).to_be_visible()
        word.evaluate("(element) => { element.firstChild.wasSaid = true; }")
    hand_over(page, "drop", picture_of(7))
    page.wait_for_function(
        "() => document.querySelector('.word').firstChild?.wasSaid === undefined"
    )
    expect(answer.digit).to_have_text("1")
    expect(answer.root).not_to_have_attribute("aria-busy", "true")
    assert pad.has_ink(ONE[1])
    expect(page.locator("#picture")).not_to_be_visible()
    pad.draw(BAR)
    expect(word).to_have_count(0)


def test_a_blank_pad_is_blank_again_after_a_file_that_cannot_be_read(
    page: Page, answer: Answer
) -> None:
    page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => new Promise((_, fail) => {"
        "window.fails = fail; }); }"
    )
    hand_over(page, "drop", picture_of(7))
    expect(answer.sentence).to_have_text("Reading …")
    page.evaluate("() => window.fails()")
    expect(answer.sentence).to_have_text("Draw a digit, or a number like 42")


def keep_files_waiting(page: Page) -> None:
    """No file can be read until `window.comes()`."""
    page.evaluate(
        """() => {
            const read = Blob.prototype.arrayBuffer;
            const late = new Promise((done) => { window.comes = done; });
            Blob.prototype.arrayBuffer = async function () { await late; return read.call(this); };
        }"""
    )


def let_files_come(page: Page) -> None:
    page.evaluate("async () => { window.comes(); await new Promise((done) => setTimeout(done)); }")


def test_delete_while_a_picture_is_being_opened(page: Page, answer: Answer) -> None:
    """It is not wanted any more, though nothing is on the pad yet. Until then the pad does not
    invite anybody to draw."""
    hint = page.get_by_text("Draw here")
    keep_files_waiting(page)
    hand_over(page, "drop", picture_of(7))
    expect(answer.sentence).to_have_text("Reading …")
    expect(hint).not_to_be_visible()
    page.keyboard.press("Delete")
    expect(answer.sentence).to_have_text("Draw a digit, or a number like 42")
    expect(hint).to_be_visible()
    let_files_come(page)
    let_requests_come(page)
    expect(page.locator("#picture")).not_to_be_visible()


def test_a_picture_that_comes_late_replaces_no_newer_drawing(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """A large photo takes a while to be made smaller; meanwhile somebody draws."""
    keep_files_waiting(page)
    hand_over(page, "drop", picture_of(7))
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    let_files_come(page)
    expect(page.locator("#picture")).not_to_be_visible()
    assert pad.has_ink(ONE[1])


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow makes no AVIF")
def test_a_kind_that_the_browser_knows_is_sent_as_one_that_the_server_does(
    page: Page, answer: Answer
) -> None:
    """A phone's HEIC or AVIF, which it shows well enough."""
    output = io.BytesIO()
    Image.open(io.BytesIO(picture_of(7))).save(output, "AVIF")
    page.get_by_label("Choose a picture").set_input_files(
        payload("seven.avif", output.getvalue(), "image/avif")
    )
    expect(answer.digit).to_have_text("7")


@pytest.mark.parametrize("is_file", [True, False])
def test_only_a_file_lights_the_pad_up(page: Page, is_file: bool) -> None:
    """Text, or a picture of the page's own, would not be taken."""
    page.evaluate(
        """(isFile) => {
            const dataTransfer = new DataTransfer();
            if (isFile) dataTransfer.items.add(new File(["x"], "x.png"));
            else dataTransfer.setData("text/plain", "seven");
            const options = { dataTransfer, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("dragover", options));
        }""",
        is_file,
    )
    assert ("drop" in (page.locator("#sheet").get_attribute("class") or "")) == is_file


def test_no_input_is_called_wrong_before_anybody_has_chosen(page: Page) -> None:
    """Only the form without scripts needs a picture; a screen reader would say "invalid"."""
    assert page.get_by_label("Choose a picture").evaluate("(input) => input.validity.valid")


def test_an_iphones_photo_is_answered_with_advice(page: Page, pad: Pad, answer: Answer) -> None:
    """Where the browser cannot open HEIC, nothing is sent; the drawing stays."""
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    page.get_by_label("Choose a picture").set_input_files(
        payload("IMG_0007.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic")
    )
    advice = "This browser can’t open iPhone HEIC photos. Save it as JPEG or send a screenshot."
    expect(page.get_by_role("status").filter(has_text="HEIC")).to_have_text(advice)
    expect(answer.digit).to_have_text("1")


def test_a_gif_shows_the_frame_that_is_read(page: Page, answer: Answer) -> None:
    """The first one, standing still: what moves on cannot be compared with the answer."""
    frames = [Image.open(io.BytesIO(picture_of(digit))) for digit in (7, 3)]
    output = io.BytesIO()
    frames[0].save(output, "GIF", save_all=True, append_images=frames[1:], duration=20, loop=0)
    page.get_by_label("Choose a picture").set_input_files(
        payload("film.gif", output.getvalue(), "image/gif")
    )
    expect(answer.digit).to_have_text("7")
    expect(page.locator("canvas#picture")).to_be_visible()


def test_a_drawing_that_is_refused_is_not_shown(page: Page, answer: Answer) -> None:
    """The server reads no SVG, whatever a browser makes of it."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M4 1v7"/></svg>'
    page.get_by_label("Choose a picture").set_input_files(payload("a.svg", svg, "image/svg+xml"))
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    expect(page.locator("#picture")).not_to_be_visible()
