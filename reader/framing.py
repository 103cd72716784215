"""Frame ink as MNIST framed its digits: the one place where a drawing becomes 28×28.

Pure: ink in, picture out. Knows no file format, no HTTP and no model. Training, serving and the
tests all call `frame`, so in use the network sees pictures like those in its training.

    ink ─▶ without specks ─▶ cropped ─▶ MNIST's thickness ─▶ fitted in 20×20 ─▶ centred in 28×28
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reader.ink import INKED, Ink, inked
from reader.pieces import Piece, pieces_of
from reader.strokes import CANONICAL_PX

DigitImage = NDArray[np.uint8]
# Ink for sums and blends. The last bits of a sum differ between machines and languages. With 32
# bits that could change a grey level, and static/js/reading/framing.js must give the same levels.
ExactInk = NDArray[np.float64]
AnyInk = TypeVar("AnyInk", Ink, ExactInk)

DIGIT_IMAGE_PX = 28
FIT = 20  # MNIST's digits fill a 20×20 box …
MARGIN = (DIGIT_IMAGE_PX - FIT) // 2 - 0.5  # … and stay inside the picture when they are centred
# MNIST's centre of mass is the middle of pixel 14 (mean of 1,000 digits: 13.99, 14.01), half a
# pixel right of and below the middle of the picture. Missing it costs 0.8 points of accuracy.
CENTRE = 14.5

# Thickness is measured with the digit at this size, four times its final 20 pixels. Strokes are
# drawn at this size, so no other step resizes them.
WORK = CANONICAL_PX
# A line of MNIST is 2.4 of the 20 pixels wide (median of 6,000 digits; 1.7 to 3.5 from the 5th to
# the 95th percentile). A line inside this band keeps its width; a line outside
# it is brought to the nearer edge.
THIN, THICK = 1.9, 2.7
# The places of the digit image's pixels, measured from CENTRE.
PIXELS = np.arange(DIGIT_IMAGE_PX, dtype=np.float32) + np.float32(0.5 - CENTRE)

SPECK_MASS = 0.04  # a speck has less than this share of the heaviest piece's ink …
SPECK_EXTENT_MASS = 0.08  # … or less than this share and, beside the longest piece, less than …
SPECK_EXTENT = 0.15  # … this share of its length


def frame(ink: Ink) -> DigitImage:
    """The digit image of a drawing; all black when there is no ink."""
    if ink.max(initial=0) < INKED:
        return np.zeros((DIGIT_IMAGE_PX, DIGIT_IMAGE_PX), np.uint8)
    exact = at_working_size(without_specks(crop(ink)))
    thick = with_mnist_thickness(exact)
    return centre(
        exact if thick is exact else crop(thick)
    )  # an unchanged drawing is cropped already


def is_blank(digit_image: DigitImage) -> bool:
    """Whether nothing was drawn."""
    return not digit_image.any()


def crop(ink: AnyInk) -> AnyInk:
    """The smallest part of the picture with all the ink in it."""
    drawn = inked(ink)
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def without_specks(ink: Ink) -> Ink:
    """The ink without stray dots, cropped: dots would pull the frame away from the digit."""
    pieces = pieces_of(ink)
    heaviest = max(piece.mass for piece in pieces)
    longest = max(piece.extent for piece in pieces)

    def is_speck(piece: Piece) -> bool:
        share = piece.mass / heaviest
        tiny = piece.extent < SPECK_EXTENT * longest
        return share < SPECK_MASS or (tiny and share < SPECK_EXTENT_MASS)

    specks = [piece.mask(ink.shape) for piece in pieces if is_speck(piece)]
    if not specks:
        return ink
    return crop(np.where(np.logical_or.reduce(specks), np.float32(0), ink))


def _padded(ink: ExactInk, by: int) -> ExactInk:
    """The ink with paper around it. np.pad takes ten times as long."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * by, width + 2 * by), ink.dtype)
    padded[by : by + height, by : by + width] = ink
    return padded


def line_width(ink: ExactInk) -> float:
    """The mean width of the lines, in pixels: twice the area over the perimeter.

    The perimeter is the sum of the changes of grey along rows, columns and both diagonals (Cauchy
    and Crofton). It needs no threshold and no skeleton.
    """
    p = _padded(ink, 1)
    straight = np.abs(np.diff(p, axis=0)).sum() + np.abs(np.diff(p, axis=1)).sum()
    diagonal = np.abs(p[1:, 1:] - p[:-1, :-1]).sum() + np.abs(p[1:, :-1] - p[:-1, 1:]).sum()
    perimeter = (straight + diagonal / np.sqrt(2)) * np.pi / 8
    return float(2 * p.sum() / max(perimeter, 1e-6))


def at_working_size(ink: Ink) -> ExactInk:
    """The ink at WORK pixels or so."""
    if abs(max(ink.shape) - WORK) > 1:
        ink = _resized_to(ink, WORK)
    return ink.astype(np.float64)


def at_digit_size(ink: Ink) -> Ink:
    """All ink, cropped, at the size that the digit in it is framed at: for a look at each step."""
    if ink.max(initial=0) < INKED:
        return np.zeros((1, 1), np.float32)
    cropped = crop(ink)
    factor = max(cropped.shape) / max(without_specks(cropped).shape)
    wanted = min(round(WORK * factor), 5 * WORK)
    return _resized_to(cropped, wanted)


def with_mnist_thickness(ink: ExactInk) -> ExactInk:
    """The ink with its lines brought into MNIST's band of widths."""
    side = max(ink.shape)
    width = line_width(ink)
    wanted = min(max(width, THIN * side / FIT), THICK * side / FIT)
    # What is taken off the lines comes off the digit's size too, so shares count:
    # (width - change) / (side - change) = wanted / side.
    change = (width - wanted) / (1 - wanted / side)
    if abs(change) < 0.25:
        return ink
    return _thinner(ink, change / 2) if change > 0 else _thicker(ink, -change / 2)


def _resized_to(ink: Ink, longer_side: int) -> Ink:
    scale = longer_side / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    filter_ = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(ink).resize(size, filter_), np.float32)


def _thinner(ink: ExactInk, radius: float) -> ExactInk:
    return _spread(ink, radius, np.minimum)


def _thicker(ink: ExactInk, radius: float) -> ExactInk:
    return _spread(_padded(ink, int(np.ceil(radius))), radius, np.maximum)


def _spread(ink: ExactInk, radius: float, pick: Callable[..., ExactInk]) -> ExactInk:
    """Each pixel becomes the least (or the most) of its neighbours within `radius`.

    Plus-shaped and square steps in turn make an octagon, which is close to a disc. A fraction of a
    step is a blend, so that a slightly thicker pen makes a slightly different picture.
    """
    steps, rest = divmod(radius, 1.0)
    for step in range(int(steps)):
        ink = _one_step(ink, pick, square=step % 2 == 1)
    if rest > 0:
        ink = (1 - rest) * ink + rest * _one_step(ink, pick, square=int(steps) % 2 == 1)
    return ink


def _one_step(ink: ExactInk, pick: Callable[..., ExactInk], *, square: bool) -> ExactInk:
    p = _padded(ink, 1)
    across = pick(pick(p[:, :-2], p[:, 1:-1]), p[:, 2:])
    if square:
        return pick(pick(across[:-2], across[1:-1]), across[2:])
    return pick(pick(p[:-2, 1:-1], across[1:-1]), p[2:, 1:-1])


def centre(ink: ExactInk) -> DigitImage:
    """Fit the cropped ink into 20×20, antialiased, its centre of mass where MNIST has it.

    Both happen in one resampling, so the digit is placed to a fraction of a pixel and blurred once.
    """
    height, width = ink.shape
    scale = max(height, width) / FIT  # pixels of ink to one of the digit image
    mass = ink.sum()
    centre_y = float((ink.sum(axis=1) * (np.arange(height) + 0.5)).sum() / mass)
    centre_x = float((ink.sum(axis=0) * (np.arange(width) + 0.5)).sum() / mass)
    # Not so far that ink would leave the picture.
    reach = MARGIN * scale
    centre_y = min(max(centre_y, height / 2 - reach), height / 2 + reach)
    centre_x = min(max(centre_x, width / 2 - reach), width / 2 + reach)

    down = _lanczos(height, scale, centre_y)
    across = _lanczos(width, scale, centre_x)
    picture = down @ ink @ across.T
    # A one-pixel line fades when it is shrunk; MNIST's digits all reach full white.
    brightest = float(picture.max())
    return np.rint(np.maximum(picture, 0) * (255 / max(brightest, 1e-6))).astype(np.uint8)


def _lanczos(size: int, scale: float, centre: float) -> NDArray[np.float32]:
    """A matrix: the share that each pixel of the digit image takes of each of `size` pixels of ink.

    `scale` pixels of ink become one pixel, and the place `centre` goes to CENTRE. Resampling is
    then a product with one matrix on either side, twice as fast as Pillow. The shares of a pixel do
    not add up to 1; the function `centre` scales the brightest pixel to white anyway.
    """
    places = (np.arange(size, dtype=np.float32) + np.float32(0.5 - centre)) / np.float32(scale)
    away = np.abs(places - PIXELS[:, None]) * np.float32(LANCZOS_STEPS)
    return LANCZOS.take(away.astype(np.intp), mode="clip")  # pixels further away give nothing


def _lanczos_shares() -> NDArray[np.float32]:
    """sinc(x) sinc(x / 3) from 0 to 3, and 0 beyond."""
    x = (np.arange(3 * LANCZOS_STEPS) + 0.5) / LANCZOS_STEPS
    return np.append(np.sinc(x) * np.sinc(x / 3), 0).astype(np.float32)


# A table, because computing sines would take half of the time of centring.
LANCZOS_STEPS = 1000  # entries for each pixel of distance
LANCZOS = _lanczos_shares()
