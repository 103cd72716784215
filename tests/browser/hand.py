"""A visitor's hand, eyes and wire: draws on the pad, looks at the answer, holds back requests.

Knows the page by what a visitor sees and by its requests; never reaches into its modules.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, Route

Point = tuple[float, float]

# Firefox by BiDi hands no request's body over; there the page tells it in a header.
TOLD = "x-told-strokes"
TELL_STROKES = f"""
    const send = window.fetch;
    window.fetch = (url, options) => {{
        const isJson = typeof options?.body === "string";
        const strokes = isJson && JSON.stringify(JSON.parse(options.body).strokes);
        if (strokes) options.headers = {{ ...options.headers, "{TOLD}": strokes }};
        return send(url, options);
    }};
"""

# Parts of the pad's side.
ONE: Sequence[Point] = [(0.5, 0.2), (0.5, 0.4), (0.5, 0.6), (0.5, 0.8)]
BAR: Sequence[Point] = [(0.3, 0.5), (0.5, 0.5), (0.7, 0.5)]


class Pad:
    """The pad under a mouse or a finger; places are parts of its side."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.canvas = page.locator("#pad")
        self._cdp: CDPSession | None = None

    def at(self, point: Point) -> Point:
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    def draw(self, points: Sequence[Point]) -> None:
        """One stroke with the mouse."""
        mouse = self.page.mouse
        mouse.move(*self.at(points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.at(point))
        mouse.up()

    def touch(self, kind: str, *points: Point) -> None:
        """What all fingers on the glass do: `start`, `move`, `end`, `cancel`.

        Name every finger that is on the glass; one that is no longer named has lifted."""
        self._cdp = self._cdp or self.page.context.new_cdp_session(self.page)
        places = [self.at(point) for point in points]
        self._cdp.send(
            "Input.dispatchTouchEvent",
            {
                "type": f"touch{kind.capitalize()}",
                "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)],
            },
        )

    def pen(self, kind: str, point: Point) -> None:
        """What a pen does: `Pressed`, `Moved`, `Released`."""
        self._cdp = self._cdp or self.page.context.new_cdp_session(self.page)
        x, y = self.at(point)
        self._cdp.send(
            "Input.dispatchMouseEvent",
            {
                "type": f"mouse{kind}",
                "pointerType": "pen",
                "button": "left",
                "buttons": 0 if kind == "Released" else 1,
                "clickCount": 1,
                "x": x,
                "y": y,
            },
        )

    def has_ink(self, point: Point) -> bool:
        """Whether the canvas is painted there."""
        look = """(canvas, [x, y]) => new Promise((done) => requestAnimationFrame(() =>
            requestAnimationFrame(() => done(canvas.getContext("2d").getImageData(
                Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1).data[3] > 0))))
        """
        return bool(self.canvas.evaluate(look, list(point)))


class Answer:
    """What the page says."""

    def __init__(self, page: Page) -> None:
        self.root: Locator = page.locator("#answer")
        self.sentence = self.root.locator("[data-part=sentence]")
        self.digit = self.root.locator("[data-part=digit]")
        self.rows = self.root.locator("tbody tr")
        self.live = page.locator("#verdict-live")

    def remember(self) -> None:
        """Keep every sentence from now on, however short it is shown."""
        self.sentence.evaluate(
            """(element) => {
                window.sentences = [element.textContent];
                new MutationObserver(() => window.sentences.push(element.textContent))
                    .observe(element, { childList: true, characterData: true, subtree: true });
            }"""
        )

    def remembered(self) -> list[str]:
        sentences: list[str] = self.sentence.evaluate("() => window.sentences")
        return sentences


class Wire:
    """Stands between the page and /api/predict: every request waits until the test answers it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []
        self.seen: list[Route] = []
        self.most_at_once = 0
        page.route("**/api/predict", self._hold)

    def _hold(self, route: Route) -> None:
        self.held.append(route)
        self.seen.append(route)
        self.most_at_once = max(self.most_at_once, len(self.held))

    def next(self) -> Route:
        """The next request that the page sends, or sent already."""
        patience = time.monotonic() + 30
        while not self.held:
            assert time.monotonic() < patience, "the page asked nothing"
            self.page.wait_for_timeout(5)  # lets the browser's events in
        return self.held.pop(0)

    def answer_next(self, reading: dict[str, Any], status: int = 200) -> Route:
        route = self.next()
        route.fulfill(status=status, json=reading)
        return route

    def answer_until(self, strokes: int, end: Point, reading: dict[str, Any]) -> list[list[Point]]:
        """Answer everything up to the request for a drawing of so many strokes, the last one
        ending there (in parts of the pad's side). Returns what that request held."""
        while True:
            sent = strokes_of(self.answer_next(reading))
            if len(sent) == strokes and near(sent[-1][-1], end):
                return sent


def near(place: Point, part: Point, within: float = 4) -> bool:
    """Whether a place on the page's paper (1000 a side) is that part of the pad."""
    return all(abs(a - b * 1000) <= within for a, b in zip(place, part, strict=True))


def let_requests_come(page: Page) -> None:
    """What the page has asked for has come to its wire by then."""
    page.evaluate("() => fetch('/healthz')")


def stop_the_clock(page: Page) -> None:
    """From here on time passes when the test says so: `page.clock.run_for(milliseconds)`."""
    page.clock.install(time=0)
    page.clock.pause_at(60_000)


def strokes_of(route: Route) -> list[list[Point]]:
    """The strokes in a request."""
    if told := route.request.headers.get(TOLD):
        return json.loads(told)  # type: ignore[no-any-return]
    strokes: list[list[Point]] = route.request.post_data_json["strokes"]
    return strokes


def reading(digit: int, runner_up: int = 1, verdict: str = "digit") -> dict[str, Any]:
    """A reading as the server gives it, sure of one digit."""
    probabilities = [0.0] * 10
    probabilities[runner_up] = 0.02
    probabilities[digit] = 0.98
    return {
        "verdict": verdict,
        "sentence": f"{digit}, 98% sure",
        "digit": digit,
        "label": str(digit),
        "confidence": 0.98,
        "probabilities": probabilities,
        "runner_up": {"digit": runner_up, "label": str(runner_up), "confidence": 0.02},
        "digit_image": "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=",
        "model": "0123456789ab",
    }


def number_reading(number: str) -> dict[str, Any]:
    """A reading of several digits, the last of them doubtful."""
    digits = [{**reading(int(d)), "box": [0, 0, 1, 1], "runs": []} for d in number]
    digits[-1]["confidence"] = 0.7
    sentence = f"{number[:-1]}, then {number[-1]}?"
    none = {"digit": None, "label": None, "probabilities": None, "runner_up": None}
    return {
        **reading(0), **none, "verdict": "unsure", "sentence": sentence, "confidence": 0.6,
        "number": number, "digits": digits,
    }  # fmt: skip


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
