"""Plots for the report and the notebook: each function takes numbers and returns a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from training.judging.calibrate import ECE_BINS

INK = "#1d1e2c"
ACCENT = "#3347c4"
QUIET = "#757a9f"
Epochs = Sequence[dict[str, float]]
Losses = Sequence[Sequence[float]]  # epochs done, training loss


def loss_curve(axes: Axes, epochs: Epochs, losses: Losses, best: int) -> None:
    """The loss from step to step, and on the validation digits after each epoch."""
    by_step = np.array(losses or [[n, e["loss"]] for n, e in enumerate(epochs, 1)])
    axes.plot(by_step[:, 0], by_step[:, 1], color=QUIET, lw=0.9, label="training")
    axes.plot(*after_epochs(epochs, "val_loss"), "o-", color=ACCENT, ms=3, label="validation")
    axes.set(title="loss", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    finish(axes, best)


def accuracy_curve(axes: Axes, epochs: Epochs, _losses: Losses, best: int) -> None:
    """The share that is read right, after each epoch."""
    axes.plot(*after_epochs(epochs, "accuracy"), "o-", color=QUIET, ms=3, label="training")
    axes.plot(*after_epochs(epochs, "val_accuracy"), "o-", color=ACCENT, ms=3, label="validation")
    axes.set(title="accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    finish(axes, best)


def rate_curve(axes: Axes, epochs: Epochs, _losses: Losses, best: int) -> None:
    """The learning rate at the end of each epoch."""
    axes.plot(*after_epochs(epochs, "rate"), "o-", color=INK, ms=3, label="at the end of the epoch")
    axes.set(title="learning rate")
    finish(axes, best)


CURVES = {"loss": loss_curve, "accuracy": accuracy_curve, "learning rate": rate_curve}


def after_epochs(epochs: Epochs, name: str) -> tuple[range, list[float]]:
    """A figure of each epoch, at the end of its epoch."""
    return range(1, len(epochs) + 1), [epoch[name] for epoch in epochs]


def finish(axes: Axes, best: int) -> None:
    """The epoch whose weights were kept, and what all curves have."""
    if best >= 0:
        axes.axvline(best + 1, color=ACCENT, ls=":", lw=1.2, label=f"best epoch: {best + 1}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epochs done")
    axes.legend(frameon=False)


def curves(epochs: Epochs, losses: Losses = (), best: int = -1) -> Figure:
    """Loss, accuracy and learning rate in a row."""
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    for axes, draw in zip(figure.subplots(1, 3), CURVES.values(), strict=True):
        draw(axes, epochs, losses, best)
    return figure


def curve(name: str, epochs: Epochs, losses: Losses, best: int) -> Figure:
    """One of them."""
    figure = Figure(figsize=(3.7, 2.9), layout="constrained")
    CURVES[name](figure.subplots(), epochs, losses, best)
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
    axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=max(mistakes.max(), 1))
    for row in range(count):
        for column in range(count):
            if table[row, column]:
                weight = "bold" if row == column else "normal"
                is_dark = mistakes[row, column] > mistakes.max() / 2
                axes.text(
                    column, row, str(table[row, column]), ha="center", va="center", fontsize=8,
                    color="white" if is_dark else INK, weight=weight,
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


def sheet(pictures: NDArray[np.float32]) -> Figure:
    """Pictures of 0..1 in rows and columns, (rows, columns, height, width)."""
    rows, columns = pictures.shape[:2]
    figure = Figure(figsize=(1.05 * columns, 1.05 * rows), layout="constrained")
    for axes, picture in zip(
        figure.subplots(rows, columns, squeeze=False).flat,
        pictures.reshape(-1, *pictures.shape[2:]),
        strict=True,
    ):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        axes.set_axis_off()
    return figure


def reliability(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Figure:
    """Accuracy by confidence. On the diagonal, confidence means what it says."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    used = [b for b in range(ECE_BINS) if (bins == b).any()]
    figure = Figure(figsize=(4.4, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], ":", color=QUIET)
    above.plot(
        [confidence[bins == b].mean() for b in used], [right[bins == b].mean() for b in used],
        "o-", color=ACCENT, ms=4,
    )  # fmt: skip
    above.set(ylabel="share that is right", ylim=(0, 1.02))
    above.yaxis.set_major_formatter(PercentFormatter(1))
    below.xaxis.set_major_formatter(PercentFormatter(1))
    below.hist(confidence, bins=ECE_BINS, range=(0, 1), color=QUIET)
    below.set(xlabel="confidence", ylabel="how many", yscale="log")
    return figure


def network_drawing(shapes: Sequence[tuple[str, tuple[int, ...]]]) -> Figure:
    """Layers from left to right: as tall as their output, wider with more channels."""
    figure = Figure(figsize=(max(6.0, 0.85 * len(shapes)), 2.6), layout="constrained")
    axes = figure.subplots()
    left = 0.0
    for name, shape in shapes:
        tall = shape[0] if len(shape) == 3 else 28 * shape[0] / (shape[0] + 60)
        wide = 1.5 + np.sqrt(shape[-1] if len(shape) == 3 else 1)
        axes.bar(
            left, tall, wide, bottom=-tall / 2, align="edge", color=QUIET, alpha=0.35, edgecolor=INK
        )
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


def placed(
    images: NDArray[np.uint8], places: NDArray[np.float32], captions: Sequence[str]
) -> Figure:
    """Digits in a row, each with the places that spoke for its answer."""
    figure = Figure(figsize=(1.6 * len(images), 1.9), layout="constrained")
    row = figure.subplots(1, len(images), squeeze=False)[0]
    for axes, image, place, caption in zip(row, images, places, captions, strict=True):
        axes.imshow(tinted(image, place))
        axes.set_axis_off()
        axes.set_title(caption, fontsize=8, color=INK)
    return figure


def tinted(image: NDArray[np.uint8], places: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A digit image, dark on light, with the accent where places are near 1; (28, 28, 3)."""
    paper = 255 - image[..., None].astype(np.float32)
    accent = np.array([int(ACCENT[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    share = 0.75 * places[..., None]
    return np.asarray(np.rint(paper * (1 - share) + accent * share), np.uint8)


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
