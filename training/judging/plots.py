"""Plots for the report and the notebook: each function takes numbers and returns a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.judging.calibrate import ECE_BINS

INK = "#22304a"
ACCENT = "#c2410c"
QUIET = "#8792a6"


def curves(epochs: Sequence[dict[str, float]]) -> Figure:
    """Accuracy, loss and learning rate over the epochs."""
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    accuracy, loss, rate = figure.subplots(1, 3)
    numbers = range(1, len(epochs) + 1)
    for axes, name in ((accuracy, "accuracy"), (loss, "loss")):
        axes.plot(numbers, [e[name] for e in epochs], "o-", color=QUIET, ms=3, label="training")
        axes.plot(
            numbers,
            [e[f"val_{name}"] for e in epochs],
            "o-",
            color=ACCENT,
            ms=3,
            label="validation",
        )
        axes.set(title=name, xlabel="epoch")
        axes.legend(frameon=False)
    rate.plot(numbers, [e["rate"] for e in epochs], "o-", color=INK, ms=3)
    rate.set(title="learning rate at the end of the epoch", xlabel="epoch")
    return figure


def confusion_matrix(
    table: NDArray[np.int64], names: Sequence[str] = tuple("0123456789")
) -> Figure:
    """A row for each digit, a column for each answer. Only mistakes are coloured."""
    count = len(names)
    side = max(1.0, count / 14)
    figure = Figure(figsize=(5.6 * side, 5.2 * side), layout="constrained")
    axes = figure.subplots()
    mistakes = table.astype(float)
    np.fill_diagonal(mistakes, 0)
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max() * 1.3, 1))
    for row in range(count):
        for column in range(count):
            if table[row, column]:
                weight = "bold" if row == column else "normal"
                axes.text(
                    column, row, str(table[row, column]), ha="center", va="center", fontsize=8,
                    color=INK, weight=weight,
                )  # fmt: skip
    axes.set(xticks=range(count), yticks=range(count), xlabel="read as", ylabel="was")
    axes.set_xticklabels(names, rotation=90 if max(map(len, names)) > 2 else 0)
    axes.set_yticklabels(names)
    return figure


def digit_grid(
    images: NDArray[np.uint8], captions: Sequence[str], wrong: Sequence[bool], columns: int = 5
) -> Figure:
    """Digits in a grid with a caption each; mistakes in the accent colour."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(1.55 * columns, 1.85 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, caption, is_wrong in zip(grid.flat, images, captions, wrong, strict=False):
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(caption, fontsize=8, color=ACCENT if is_wrong else INK)
    return figure


def augmented_digits(originals: NDArray[np.uint8], changed: NDArray[np.float32]) -> Figure:
    """A row for each digit: as it is, then augmented, (digits, variants, 28, 28)."""
    variants = changed.shape[1]
    figure = Figure(figsize=(1.05 * (variants + 1), 1.05 * len(originals)), layout="constrained")
    grid = figure.subplots(len(originals), variants + 1, squeeze=False)
    for row, original, others in zip(grid, originals, changed, strict=True):
        for axes, picture in zip(row, [original / 255, *others], strict=True):
            axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
            axes.set_axis_off()
    grid[0, 0].set_title("as it is", fontsize=8, color=INK)
    return figure


def reliability(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Figure:
    """Accuracy by confidence. On the diagonal, confidence means what it says."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    used = [b for b in range(ECE_BINS) if (bins == b).any()]
    figure = Figure(figsize=(5.2, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], ":", color=QUIET)
    above.plot(
        [confidence[bins == b].mean() for b in used], [right[bins == b].mean() for b in used],
        "o-", color=ACCENT, ms=4,
    )  # fmt: skip
    above.set(ylabel="share that is right", ylim=(0, 1.02))
    below.hist(confidence, bins=ECE_BINS, range=(0, 1), color=QUIET)
    below.set(xlabel="confidence", ylabel="digits", yscale="log")
    return figure


def network_drawing(shapes: Sequence[tuple[str, tuple[int, ...]]]) -> Figure:
    """Layers from left to right: as tall as their output, wider with more channels."""
    figure = Figure(figsize=(max(6.0, 0.85 * len(shapes)), 2.6), layout="constrained")
    axes = figure.subplots()
    left = 0.0
    for name, shape in shapes:
        tall = shape[0] if len(shape) == 3 else 28 * shape[0] / (shape[0] + 60)
        wide = 1.5 + np.sqrt(shape[-1] if len(shape) == 3 else 1)
        axes.bar(left, tall, wide, bottom=-tall / 2, align="edge", color="#dbe2ee", edgecolor=INK)
        axes.text(
            left + wide / 2, -17, name, rotation=40, ha="right", va="top", fontsize=7, color=INK
        )
        axes.text(
            left + wide / 2, tall / 2 + 0.7, "×".join(map(str, shape)), ha="center", fontsize=6,
            color=INK,
        )  # fmt: skip
        left += wide + 2.5
    axes.set(ylim=(-18, 18), xlim=(-2, left))
    axes.set_axis_off()
    return figure


def search_history(numbers: Sequence[int], values: Sequence[float]) -> Figure:
    """The accuracy of each trial of a search, and the best so far."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(numbers, values, "o", color=QUIET, ms=4, label="a trial")
    axes.step(
        numbers, np.maximum.accumulate(values), color=ACCENT, where="post", label="best so far"
    )
    axes.set(xlabel="trial", ylabel="validation accuracy")
    axes.legend(frameon=False)
    return figure


def importances(shares: dict[str, float]) -> Figure:
    """The share of the differences between trials that each choice explains."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    names = list(shares)[::-1]
    axes.barh(names, [shares[name] for name in names], color=ACCENT)
    axes.set(xlabel="share of the differences explained")
    return figure


def rate_sweep(rates: Sequence[float], losses: Sequence[float], suggested: float) -> Figure:
    """The loss while the learning rate rises, with the suggested rate."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(rates, losses, color=INK)
    axes.axvline(suggested, color=ACCENT, ls=":", label=f"suggested: {suggested:g}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="training loss, smoothed")
    axes.legend(frameon=False)
    return figure
