"""Any picture becomes ink: pen on paper, chalk on a board, strokes on transparency.

Pure: knows no HTTP and no model, and not what a digit is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from reader.decoding import LOOK_PX, Picture, Pixels, decoded, in_grey, opened
from reader.ink import Ink
from reader.sheet import may_show_a_desk, without_desk

Counts = NDArray[np.intp]  # of the pixels of each of 256 levels
Light = NDArray[np.float32]  # of the same shape as ink, 0 = black … 1 = white


def ink_from_image(data: bytes) -> Ink:
    """The ink of a picture: pen on paper, chalk on a board, or strokes on transparency."""
    return ink_from_picture(opened(data))


def ink_from_picture(picture: Picture, before_a_photo: Callable[[], None] = lambda: None) -> Ink:
    """`before_a_photo` is called when the picture turns out to be a photo, which is most work."""
    return ink_from_pixels(*decoded(picture), before_a_photo)


LEVELS = np.arange(256, dtype=np.uint8)
# In grey levels of 255.
FAINTEST = 20  # ink that differs less from its paper is not seen
FLAT = 6  # a screen's paper varies by no more than this …
FLAT_SHARE = 0.5  # … over at least this share of the picture
NOISE_SIGMAS = 6  # on a photo, ink stands out from the grain of the paper by this much


def ink_from_pixels(
    colour: Pixels,
    alpha: Pixels | None = None,
    before_a_photo: Callable[[], None] = lambda: None,
) -> Ink:
    """The ink in colours, whatever is paper and whatever is ink."""
    if alpha is not None:
        colour = _on_paper(colour, alpha)
    levels = _strongest(colour)
    if may_show_a_desk(levels):
        colour = without_desk(colour)
        levels = _strongest(colour)
    counts = _counts(levels)
    paper = _flat_paper(colour, levels, counts)
    if paper is not None and len(paper) == 1:
        # Grey, as most are: what a pixel becomes hangs on its level alone, and levels are few.
        difference = _distance(LEVELS, paper[0])
        ink_of_level = np.take(_full_ink(np.bincount(difference, counts, 256)), difference)
        return _without_frame(np.take(ink_of_level, levels))
    if paper is not None:
        planes = [_distance(colour[:, :, c], paper[c]) for c in range(len(paper))]
        difference = functools.reduce(np.maximum, planes)
    else:
        before_a_photo()
        difference = _difference_from_uneven_paper(_shrunk(colour))
    return _without_frame(np.take(_full_ink(_counts(difference)), difference))


def _on_paper(colour: Pixels, alpha: Pixels) -> Pixels:
    """Lay a see-through picture on a paper that its ink stands out from."""
    opaque = alpha > max(FAINTEST, int(alpha.max()) // 2)  # ink may be see-through itself
    if not opaque.any():
        return np.full((*alpha.shape, 1), 255, np.uint8)
    inside = colour[opaque]
    middle = np.median(inside, axis=0)
    # One shade is ink alone, and wants the opposite paper. Several are a picture with its own
    # paper, which is what most of it shows.
    one_shade = (np.abs(inside - middle) > FAINTEST).mean() < 0.005
    paper = (255.0 if middle.mean() < 128 else 0.0) if one_shade else middle
    share = alpha[:, :, None] / np.float32(255)
    return np.rint(colour * share + paper * (1 - share)).astype(np.uint8)


def _flat_paper(colour: Pixels, levels: Pixels, counts: Counts) -> Pixels | None:
    """The one colour of the paper, if the picture was made on a screen; None for a photo."""
    near = np.convolve(counts, np.ones(2 * FLAT + 1, int), mode="same")
    if near.max() < FLAT_SHARE * levels.size:
        return None
    level = np.uint8(near.argmax())
    if colour.shape[2] == 1:
        return np.array([level])
    some = colour[::3, ::3]  # enough to know the paper's colour by
    on_paper = some[_distance(_strongest(some), level) <= FLAT]
    if not on_paper.size:  # every third pixel is ink
        on_paper = colour[_distance(levels, level) <= FLAT]
    return np.asarray(np.median(on_paper, axis=0), np.uint8)


def _counts(levels: Pixels) -> Counts:
    """How many pixels there are of each level."""
    return np.array(Image.fromarray(levels).histogram())  # five times as fast as np.bincount


def _distance(a: Pixels, b: Pixels | np.uint8) -> Pixels:
    """|a - b| of unsigned numbers."""
    return np.asarray(np.maximum(a, b) - np.minimum(a, b))


def _strongest(colour: Pixels) -> Pixels:
    """The largest of the channels, pixel by pixel."""
    if colour.shape[2] == 1:
        return colour[:, :, 0]
    # Twice as fast as colour.max(axis=2), which walks three numbers at a time.
    return np.maximum(np.maximum(colour[:, :, 0], colour[:, :, 1]), colour[:, :, 2])


def _shrunk(colour: Pixels) -> Pixels:
    """A photo of at most LOOK_PX a side: what follows takes work for each pixel."""
    height, width, channels = colour.shape
    longer = max(height, width)
    if longer <= LOOK_PX:
        return colour
    size = (max(1, width * LOOK_PX // longer), max(1, height * LOOK_PX // longer))
    image = Image.fromarray(colour if channels > 1 else colour[:, :, 0])
    smaller = np.asarray(image.resize(size, Image.Resampling.BOX))
    return smaller.reshape(*smaller.shape[:2], channels)


def _difference_from_uneven_paper(colour: Pixels) -> Pixels:
    """How much each pixel differs from the paper around it, on a photo; 0 where it may be grain."""
    light = np.divide(colour, 255, dtype=np.float32)
    lines = _darker_than_around(light if _is_ink_dark(colour) else 1 - light)
    return np.rint(lines * 255).astype(np.uint8)


def _is_ink_dark(colour: Pixels) -> bool:
    """Ink is little, and far from the light around it; paper is much, and near: cubes tell.

    To ask which lines weigh more went wrong in one of ten photos where the digit is about half as
    high as the picture: the paper inside an 8 is a light blot, wider than a line.
    """
    grey = in_grey(colour)
    around = grey.filter(ImageFilter.BoxBlur(max(grey.size) // 8))
    away = np.asarray(grey, np.float32) - np.asarray(around, np.float32)
    return float((away**3).sum()) < 0


def _darker_than_around(light: Light) -> Light:
    """The share of the paper's light that a line takes away.

    A shadow dims paper and ink alike, so shares know nothing of it. Grain does not dim, so what is
    grain is told by plain differences.
    """
    channels = [_smoothed(light[:, :, c]) for c in range(light.shape[2])]
    papers = [_paper_around(channel) for channel in channels]
    missing = [paper - channel for paper, channel in zip(papers, channels, strict=True)]
    depth = np.stack(missing).max(axis=0)
    usual = np.median(depth)
    grain = 1.4826 * np.median(np.abs(depth - usual))
    shares = [gap / np.maximum(paper, 0.02) for gap, paper in zip(missing, papers, strict=True)]
    share = np.clip(np.stack(shares).max(axis=0), 0, 1)
    return np.where(depth > usual + NOISE_SIGMAS * grain, share, np.float32(0))


def _smoothed(light: Light) -> Light:
    """The mean of each pixel and its eight neighbours: a third of the grain."""
    p = np.pad(light, 1, mode="edge")
    across = p[:, :-2] + p[:, 1:-1] + p[:, 2:]
    return np.asarray((across[:-2] + across[1:-1] + across[2:]) / 9, np.float32)


def _paper_around(light: Light) -> Light:
    """The light of the paper: what remains when everything thinner than a window is closed over."""
    height, width = light.shape
    small = _smoothed(np.asarray(Image.fromarray(light).reduce(max(1, max(light.shape) // 64))))
    reach = max(1, max(small.shape) // 12)
    # Beyond the edge the light goes on as it was going: a shade that ends there is no line.
    paper = np.pad(small, 2 * reach, mode="reflect", reflect_type="odd")
    for pick in (np.maximum, np.minimum):
        for axis in (0, 1):
            windows = np.lib.stride_tricks.sliding_window_view(paper, 2 * reach + 1, axis=axis)
            paper = pick.reduce(windows, axis=-1)
    whole = Image.fromarray(paper).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(whole)


def _full_ink(counts: Counts) -> Ink:
    """What each difference from the paper is as ink, stretched to 0…1: a pencil as black as a pen.

    By how often there is each of the 256 differences.
    """
    seen = np.cumsum(np.where(LEVELS > FAINTEST, counts, 0))
    if seen[-1] == 0:
        return np.zeros(256, np.float32)
    full = int(np.searchsorted(seen, 0.9 * seen[-1]))  # the level that a tenth of the ink exceeds
    low, high = max(0.25 * full, FAINTEST / 2), 0.75 * full
    return np.asarray(np.clip((LEVELS - low) / (high - low), 0, 1), np.float32)


FRAME_SHARE = 0.9  # a side of the picture is part of a frame when this much of it is inked


def _without_frame(ink: Ink) -> Ink:
    """The ink without a frame around it, such as a screenshot's border.

    Only what goes round all four sides: one inked side may be the top of a 7 cut out close.
    """
    top, bottom, left, right = 0, ink.shape[0], 0, ink.shape[1]
    framed = False
    while bottom - top > 2 and right - left > 2:
        inside = ink[top:bottom, left:right]
        sides = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
        inked = [float((side > 0.5).mean()) >= FRAME_SHARE for side in sides]
        framed = framed or all(inked)
        if not (framed and any(inked)):
            break
        top, bottom = top + inked[0], bottom - inked[1]
        left, right = left + inked[2], right - inked[3]
    return ink[top:bottom, left:right]
