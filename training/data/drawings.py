"""Reads drawings from files, and renders them as digit images with the reader's own code.

Owns the two file formats and how much renderings vary. Ink belongs to `reader.strokes`, framing to
`reader.framing`. Knows no networks.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from reader import framing, ink, pieces, strokes
from reader.ink import Ink
from reader.strokes import MAX_COORDINATE
from training.data import distortions, lines, writers
from training.data.distortions import TRAINING_DISTORTIONS, TRAINING_SHARES
from training.data.lines import as_points, box, scaled
from training.data.writers import by_another_writer
from training.errors import DataError
from training.files import cache_folder, read_arrays, sha256_of_file, whole_file

Stroke = list[list[float]]
Rendered = tuple[NDArray[np.uint8], NDArray[np.int64]]  # digit images, labels
Item = TypeVar("Item")

CANVAS_PX = 280
CANVAS_SIZES = (0.28, 0.80)  # the longer side of a drawing, as a share of the canvas
CANVAS_PENS_PX = (6.0, 24.0)
STROKE_PENS = (0.07, 0.19)  # pen width as a share of the digit's longer side; MNIST's is 0.12
DISTORTED_SHARE = 0.45  # the share of drawings distorted in training
DISTORTION_STRENGTH = (0.4, 1.3)
WORTH_A_POOL = 2_000  # fewer drawings are rendered sooner than worker processes start


@dataclass(frozen=True)
class Drawing:
    """Strokes, y downwards, and the digit they mean; None means it is not a digit."""

    strokes: list[Stroke]
    label: int | None
    source: str = ""
    writer: str = ""


def read_drawings(path: Path) -> list[Drawing]:
    """Read a file of drawings: .ndjson, or Pendigits in UNIPEN format; either may be gzipped."""
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        text = data.decode("utf-8")
    except (EOFError, zlib.error, UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged ({error})") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    parse = parse_unipen if re.search(r"^\.(PEN_DOWN|SEGMENT)\b", text, re.M) else parse_ndjson
    drawings = list(parse(text, str(path)))
    if not drawings:
        raise DataError(f"{path}: no drawings in it")
    return drawings


def parse_ndjson(text: str, where: str) -> Iterator[Drawing]:
    """One JSON object a line: label, strokes, and where it comes from."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield drawing_from_json(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DataError(f"{where}: line {number} is not a drawing ({error})") from error


def drawing_from_json(record: dict[str, Any]) -> Drawing:
    """Check one line's meaning."""
    label = record["label"]
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise ValueError(f"label must be 0 to 9 or null, not {label!r}")
    strokes = [[[coordinate(x), coordinate(y)] for x, y in stroke] for stroke in record["strokes"]]
    if not any(strokes):
        raise ValueError("strokes must be lists of [x, y] points, at least one")
    return Drawing(strokes, label, str(record.get("source", "")), str(record.get("writer", "")))


def coordinate(value: Any) -> float:
    """A number within the app's limits. Lengths of much larger numbers overflow."""
    number = float(value)
    if not abs(number) <= MAX_COORDINATE:
        raise ValueError(f"{value} is not between ±{MAX_COORDINATE:,}")
    return number


def parse_unipen(text: str, where: str) -> Iterator[Drawing]:
    """Pendigits as UCI ships it: .SEGMENT names the digit, .PEN_DOWN starts a stroke, y is up."""
    label: int | None = None
    strokes: list[Stroke] = []
    pen_is_down = False
    writer = ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        keyword = words[0]
        if keyword == ".SEGMENT":
            if strokes:
                yield Drawing(strokes, label, "pendigits", writer)
            quoted = re.search(r'"(\d)"\s*$', line)
            if quoted is None:
                raise DataError(f"{where}: line {number} names no digit: {line.strip()!r}")
            label, strokes, pen_is_down = int(quoted[1]), [], False
        elif keyword == ".COMMENT" and len(words) >= 3 and words[2].isdigit():
            writer = f"pendigits-w{int(words[2]):03d}"
        elif keyword == ".PEN_DOWN":
            strokes.append([])
            pen_is_down = True
        elif keyword == ".PEN_UP":
            pen_is_down = False
        elif pen_is_down and not keyword.startswith("."):
            try:
                x, y = (coordinate(word) for word in words[:2])
            except ValueError as error:
                raise DataError(f"{where}: line {number} is not a point: {line!r}") from error
            strokes[-1].append([x, -y])
    if strokes:
        yield Drawing(strokes, label, "pendigits", writer)


def as_read_from_strokes(
    drawing: Drawing, pen_width: float = strokes.MNIST_PEN
) -> framing.DigitImage:
    """The digit image of a drawing that the page sends: strokes, drawn with MNIST's pen."""
    return framing.frame(strokes.ink_from_strokes(drawing.strokes, pen_width))


def as_read_from_canvas(drawing: Drawing, rng: np.random.Generator) -> framing.DigitImage:
    """The digit image of a picture: the drawing at a random place, size and pen width."""
    return framing.frame(canvas_of(drawing, rng))


def canvas_of(drawing: Drawing, rng: np.random.Generator) -> Ink:
    """The picture itself, as ink."""
    pen_width_px = rng.uniform(*CANVAS_PENS_PX)
    longer_side_px = CANVAS_PX * rng.uniform(*CANVAS_SIZES)
    sized = scaled(as_points(drawing.strokes), longer_side_px)
    # The pen's edge stays on the canvas too.
    room = np.maximum(CANVAS_PX - box(sized)[1] - pen_width_px, 0)
    corner = pen_width_px / 2 + rng.uniform(size=2) * room
    return strokes.rasterise(
        [stroke + corner for stroke in sized], (CANVAS_PX, CANVAS_PX), pen_width_px
    )


def render_for_training(drawing: Drawing, seed: Sequence[int]) -> framing.DigitImage:
    """One varied rendering: by another writer, at times distorted, as strokes or as a picture."""
    rng = np.random.default_rng(seed)
    strokes = by_another_writer(as_points(drawing.strokes), rng)
    if rng.random() < DISTORTED_SHARE:
        distort = TRAINING_DISTORTIONS[
            str(rng.choice(list(TRAINING_DISTORTIONS), p=TRAINING_SHARES))
        ]
        strokes = distort(strokes, rng, rng.uniform(*DISTORTION_STRENGTH))
    drawing = replace(drawing, strokes=[stroke.tolist() for stroke in strokes])
    if rng.random() < 0.5:
        return as_read_from_strokes(drawing, rng.uniform(*STROKE_PENS))
    return as_read_from_canvas(drawing, rng)


def render_as_strokes(drawing: Drawing, _seed: Sequence[int]) -> framing.DigitImage:
    """The digit image of strokes that the page sends."""
    return as_read_from_strokes(drawing)


def render_as_canvas(drawing: Drawing, seed: Sequence[int]) -> framing.DigitImage:
    """The digit image of an uploaded picture of the drawing."""
    return as_read_from_canvas(drawing, np.random.default_rng(seed))


RENDERERS = {
    "training": render_for_training,
    "strokes": render_as_strokes,
    "canvas": render_as_canvas,
}


def _render_one(item: tuple[int, Drawing], how: str, seed: int) -> framing.DigitImage:
    number, drawing = item
    return RENDERERS[how](drawing, (seed, number))


def render_all(drawings: Sequence[Drawing], how: str, seed: int = 0) -> NDArray[np.uint8]:
    """Render drawings to (count, 28, 28); each depends on its own number and the seed alone."""
    return side_by_side(partial(_render_one, how=how, seed=seed), list(enumerate(drawings)))


def side_by_side(
    render: Callable[[Item], framing.DigitImage], items: Sequence[Item]
) -> NDArray[np.uint8]:
    """One digit image of each item, (count, 28, 28). Many items are rendered in parallel."""
    if len(items) < WORTH_A_POOL:
        return np.stack([render(item) for item in items])
    # Spawned, not forked: a fork would lose TensorFlow's threads.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return np.stack(list(pool.map(render, items, chunksize=256)))


def rendered_file(path: Path, how: str, times: int = 1) -> Rendered:
    """All drawings of a file rendered `times` over, and their labels (-1: not a digit)."""

    def render() -> Rendered:
        drawings = read_drawings(path)
        print(
            f"rendering {times} x {len(drawings):,} drawings of {path.name} as {how} ...",
            flush=True,
        )
        images = np.concatenate([render_all(drawings, how, seed) for seed in range(times)])
        return images, np.concatenate([labels_of(drawings)] * times)

    return kept(f"{how} {times} {sha256_of_file(path)}", render)


def labels_of(drawings: Sequence[Drawing]) -> NDArray[np.int64]:
    """The labels; -1: not a digit."""
    return np.array([-1 if d.label is None else d.label for d in drawings], np.int64)


def kept(what: str, render: Callable[[], Rendered], code: Sequence[str] = ()) -> Rendered:
    """Pictures from the cache, or rendered now and put there.

    Rendering 15,892 drawings takes about 10 s on two cores. The name in the cache changes with
    `what`, and with the code that draws: the modules here, and the files named in `code`.
    """
    digest = hashlib.sha256(what.encode())
    drawing_code = (strokes, ink, pieces, framing, writers, distortions, lines)
    for module in (*(str(module.__file__) for module in drawing_code), __file__, *code):
        digest.update(Path(module).read_bytes())
    cache = cache_folder() / "rendered" / f"{digest.hexdigest()[:24]}.npz"
    if cache.is_file():
        arrays = read_arrays(cache)
        return arrays["images"], arrays["labels"]
    images, labels = render()
    with whole_file(cache) as temporary:
        np.savez_compressed(temporary, images=images, labels=labels)
    return images, labels
