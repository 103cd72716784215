"""The reader on the device, in a real browser, beside the reader in Python: the same inputs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route

from reader.ink import Ink
from reader.strokes import Strokes
from tests.conftest import ROOT, SHIPPED
from tests.drawings import FILE
from training.data.drawings import read_drawings

WEIGHTS = SHIPPED.with_suffix(".weights")
KINDS = {".js": "text/javascript", ".json": "application/json"}
AT_ONCE = 500


class Device:
    """The modules of static/js/reading, in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def ask(self, what: str, *arguments: Any) -> Any:
        """Call a function of device.js."""
        return self.page.evaluate(
            "async ([what, given]) => (await import('/tests/parity/device.js'))[what](...given)",
            [what, arguments],
        )

    def inks(self, drawings: Sequence[Strokes]) -> Iterator[Ink]:
        """The grey levels of the ink of each drawing."""
        found = self.ask("inks", json.dumps(drawings))
        levels = np.frombuffer(base64.b64decode(found["levels"]), np.uint8)
        start = 0
        for height, width in found["sizes"]:
            yield levels[start : start + height * width].reshape(height, width)
            start += height * width

    def digit_images(self, drawings: Sequence[Strokes]) -> NDArray[np.uint8]:
        """The digit image of each drawing."""
        parts = [
            self.ask("digitImages", json.dumps(drawings[start : start + AT_ONCE]))
            for start in range(0, len(drawings), AT_ONCE)
        ]
        content = b"".join(map(base64.b64decode, parts))
        return np.frombuffer(content, np.uint8).reshape(-1, 28, 28)

    def readings(
        self, drawings: Sequence[Strokes], read_as: str | None = None
    ) -> list[dict[str, Any]]:
        """The reading of each drawing, as `readStrokes` gives it."""
        return [
            reading
            for start in range(0, len(drawings), AT_ONCE)
            for reading in json.loads(
                self.ask("readings", json.dumps(drawings[start : start + AT_ONCE]), read_as)
            )
        ]

    def probabilities(self, weights: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Ten probabilities for each digit image, by the network in a weights file."""
        parts = [
            self.ask("probabilities", text(weights), text(images[start : start + AT_ONCE]))
            for start in range(0, len(images), AT_ONCE)
        ]
        content = b"".join(map(base64.b64decode, parts))
        return np.frombuffer(content, np.float32).reshape(-1, 10)

    def outputs(self, weights: bytes, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """What each layer makes of a digit image, by the layer's name."""
        return {
            layer["name"]: np.frombuffer(base64.b64decode(layer["values"]), np.float32).reshape(
                layer["shape"]
            )
            for layer in self.ask("outputs", text(weights), text(image))
        }


def text(content: bytes | NDArray[np.uint8]) -> str:
    """Bytes as base64."""
    return base64.b64encode(bytes(content)).decode()


def answer(route: Route) -> None:
    """Give a page the project's files. No server is there: none is needed."""
    path = "/" + route.request.url.split("/", 3)[3]
    file = ROOT / path[1:]
    if path == "/":
        route.fulfill(body="<!doctype html>", content_type="text/html")
    elif file.is_file():
        route.fulfill(body=file.read_bytes(), content_type=KINDS.get(file.suffix, "text/plain"))
    else:
        route.fulfill(status=404)


@pytest.fixture(scope="module")
def device(browser: Browser) -> Iterator[Device]:
    """A blank page that can load the project's files."""
    context = browser.new_context()
    context.set_default_timeout(120_000)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://inkling.test/")
    yield Device(page)
    context.close()


@pytest.fixture(scope="session")
def made_drawings() -> list[Strokes]:
    """Some dozens, made by code; and what a pen can do beside them."""
    made = [as_lists(drawing.strokes) for drawing in read_drawings(FILE)]
    odd: list[Strokes] = [
        [],
        [[]],
        [[[3, 4]]],
        [[[3, 4], [3, 4]]],
        [[[0, 0], [0, 1000]]],
        [[[0, 5], [1000, 5]], []],
        [[[0, 0], [1, 1]], [[1e6, -1e6]]],
        [[[0, 0], [0, 900], [450, 900], [450, 0]], [[1000, 20]]],  # a speck
        [[[0, 0], [1e-12, 0]]],
        [[[0.25, 0.5], [17.125, 99.875], [80.0625, 3.3]]],
    ]
    return made + odd


def as_lists(strokes: Any) -> Strokes:
    """Strokes as JSON can say them."""
    return [np.asarray(stroke).tolist() for stroke in strokes]
