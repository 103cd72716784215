"""files.js: a picture instead of strokes, however it comes in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, features
from playwright.sync_api import FilePayload, Page, Request, expect

from tests.browser.hand import BAR, ONE, Answer, Pad

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
    expect(page.get_by_alt_text("The picture that is being read")).to_be_visible()


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
    sizes: list[int] = []

    def weigh(request: Request) -> None:
        if request.url.endswith("/predict"):
            sizes.append(request.sizes()["requestBodySize"])

    page.on("requestfinished", weigh)
    page.get_by_label("Choose a picture").set_input_files(payload("photo.png", photo))
    expect(answer.digit).to_have_text("7")
    assert max(sizes) < 4_000_000


def test_a_small_picture_goes_as_it_is(page: Page, answer: Answer) -> None:
    """Not one byte is changed: no detour through a canvas that privacy settings falsify."""
    page.evaluate(
        """() => {
            const send = window.fetch;
            window.fetch = async (url, options) => {
                window.sent = [...new Uint8Array(await options.body.get("image").arrayBuffer())];
                return send(url, options);
            };
        }"""
    )
    data = picture_of(7)
    hand_over(page, "paste", data)
    expect(answer.digit).to_have_text("7")
    assert bytes(page.evaluate("() => window.sent")) == data


def test_a_picture_without_ink_is_told_from_an_empty_pad(page: Page, answer: Answer) -> None:
    """It is the server that says so."""
    output = io.BytesIO()
    Image.new("L", (280, 280), 255).save(output, "PNG")
    hand_over(page, "paste", output.getvalue())
    expect(answer.sentence).to_have_text("No ink found here")


def test_a_file_that_cannot_be_read_is_told_and_not_tried_again(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """A folder, or a file that was changed meanwhile. The drawing stays."""
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new Error('a folder')); }"
    )
    hand_over(page, "drop", picture_of(7))
    expect(answer.sentence).to_have_text("This file cannot be read. Choose another one, or draw.")
    assert pad.has_ink(ONE[1])
    expect(page.locator("#picture")).not_to_be_visible()


def test_a_picture_that_comes_late_replaces_no_newer_drawing(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """A large photo takes a while to be made smaller; meanwhile somebody draws."""
    page.evaluate(
        """() => {
            const read = Blob.prototype.arrayBuffer;
            const late = new Promise((done) => { window.comes = done; });
            Blob.prototype.arrayBuffer = async function () { await late; return read.call(this); };
        }"""
    )
    hand_over(page, "drop", picture_of(7))
    pad.draw(ONE)
    expect(answer.digit).to_have_text("1")
    page.evaluate("async () => { window.comes(); await new Promise((done) => setTimeout(done)); }")
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
