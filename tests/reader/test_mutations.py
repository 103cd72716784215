"""Thousands of bodies that are nearly right: each gets an answer in the usual shape, no leak."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.predict.openapi import EXAMPLE_STROKES
from app.web.errors import CODES
from tests.paper import as_lists, canvas, file, hands, picture

COUNT = 2_000
MAY_GROW_MB = 15  # over the second half; what a leak of 15 kB a request would add


def rss_mb() -> float:
    """The memory that this process has now."""
    done = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def mutated_bytes(seed: bytes, rng: random.Random) -> bytes:
    """Bits flipped, numbers replaced, pieces cut out, doubled or swapped: one to six of these."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, 6)):
        # The head says what is to come, so it is worth more attention than its length.
        place = rng.randrange(min(len(data), rng.choice((40, 200, len(data)))) or 1)
        kind = rng.randrange(6)
        if kind == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            data[place : place + 1] = bytes([data[place] ^ 1 << rng.randrange(8)]) if data else b""
        elif kind == 2:
            number = rng.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
            size = rng.choice((2, 4))
            data[place : place + size] = (number & (1 << 8 * size) - 1).to_bytes(
                size, rng.choice(("big", "little"))
            )
        elif kind == 3:
            del data[place : place + rng.choice((1, 4, 30, len(data)))]
        elif kind == 4:
            piece = data[place : place + rng.choice((1, 8, 100))]
            data[place:place] = piece * rng.choice((1, 2, 50))
        else:
            data += data[: rng.randrange(len(data) + 1)]
        data = data or bytearray(b"\0")
    return bytes(data)


def mutated_images() -> Iterator[tuple[bytes, str]]:
    rng = random.Random(5)
    shades = [picture(canvas(strokes)).resize((60, 60)) for _, strokes in hands(4)]
    seeds = [
        file(shade.convert(mode), kind, **options)
        for shade in shades
        for kind, mode, options in (
            ("PNG", "L", {}), ("PNG", "RGBA", {}), ("PNG", "P", {}), ("PNG", "1", {}),
            ("JPEG", "RGB", {}), ("JPEG", "L", {"progressive": True}), ("JPEG", "CMYK", {}),
            ("WEBP", "RGB", {}), ("WEBP", "RGBA", {"lossless": True}),
            ("WEBP", "RGB", {"save_all": True, "append_images": [shades[0].convert("RGB")]}),
            ("GIF", "P", {"save_all": True, "append_images": [shades[0].convert("P")]}),
            ("BMP", "L", {}), ("BMP", "RGB", {}),
        )
    ]  # fmt: skip
    for _ in range(COUNT):
        yield mutated_bytes(rng.choice(seeds), rng), "image/png"


ODD: tuple[Any, ...] = (
    None, True, 0, -1, 0.5, 1e308, -1e308, 10**40, "", "7", "\ud800", "\0", [], {}, [[]], [[[]]],
    [[[0]]], [[[0, 0, 0]]], "data:image/png;base64,", "data:image/svg+xml;base64,PHN2Zz4=",
)  # fmt: skip


def mutated_value(value: Any, rng: random.Random) -> Any:
    """The same, with one thing somewhere in it replaced, removed, doubled or renamed."""
    if rng.random() < 0.25 or not isinstance(value, list | dict) or not value:
        return copy.deepcopy(rng.choice(ODD))
    if isinstance(value, dict):
        name = rng.choice(list(value))
        changed = dict(value)
        if rng.random() < 0.15:
            changed[rng.choice(("strokes", "image", "drawings", "x"))] = changed.pop(name)
        else:
            changed[name] = mutated_value(value[name], rng)
        return changed
    place, changed = rng.randrange(len(value)), list(value)
    if (what := rng.random()) < 0.1:
        del changed[place]
    elif what < 0.2:
        changed.insert(place, changed[place])
    elif what < 0.25:
        changed *= rng.choice((2, 70, 300))
    else:
        changed[place] = mutated_value(changed[place], rng)
    return changed


def mutated_json() -> Iterator[tuple[bytes, str]]:
    rng = random.Random(6)
    drawings = [{"strokes": as_lists(strokes)} for _, strokes in hands(3)]
    small = {"strokes": EXAMPLE_STROKES}
    seeds: list[Any] = [small, *drawings, {"drawings": [small, small]}, {"drawings": drawings[:2]}]
    for _ in range(COUNT):
        body = rng.choice(seeds)
        if rng.random() < 0.6:
            for _ in range(rng.randint(1, 3)):
                body = mutated_value(body, rng)
            yield json.dumps(body).encode(), "application/json"
        else:
            yield mutated_bytes(json.dumps(body).encode(), rng), "application/json"


@pytest.mark.parametrize("bodies", [mutated_images, mutated_json], ids=["images", "json"])
def test_mutated_bodies_are_answered_and_leave_nothing(
    client: FlaskClient, bodies: Callable[[], Iterator[tuple[bytes, str]]]
) -> None:
    """2,000 of them: a reading or an error with its own status, never a 500; memory stays."""
    statuses: dict[int, int] = {}
    half_way_mb = 0.0
    for number, (body, kind) in enumerate(bodies()):
        if number == COUNT // 2:
            half_way_mb = rss_mb()
        answer = client.post("/api/predict", data=body, content_type=kind)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if answer.status_code != 200:
            code = answer.json["error"]["code"]
            assert code != "server_error", body[:200]
            assert CODES[code][0] == answer.status_code
    assert rss_mb() - half_way_mb < MAY_GROW_MB
    # Mutations that all fail alike, or not at all, would show nothing.
    assert statuses[200] > COUNT // 50
    assert statuses[400] > COUNT // 10
