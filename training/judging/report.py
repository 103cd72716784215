"""The report: `reports/<run>/index.html`, with every picture inside it.

Owns which parts are shown, and in which order. Numbers come from `figures`, pictures from `plots`,
markup from `report.html` beside this file.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import keras
import numpy as np
import tensorflow as tf
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.data.sets import Digits
from training.files import whole_file, write_text
from training.judging import plots
from training.judging.evaluation import Evaluation
from training.judging.figures import DIGIT_NAMES, confusion, per_digit
from training.judging.robustness import robustness
from training.learning.augment import Strength, augmented
from training.learning.fit import History
from training.learning.networks import LayerCost, layer_costs
from training.options import Options

GRID_ROWS, GRID_COLUMNS = 3, 5
WORST_SHOWN = 20
AUGMENTED_DIGITS, AUGMENTED_VARIANTS = 5, 9


def write_report(
    folder: Path,
    evaluation: Evaluation,
    card: dict[str, Any],
    model: keras.Model | None = None,
    history: History | None = None,
    options: Options | None = None,
) -> Path:
    """Write index.html, classification_report.json and .csv, and history.json; return the page.

    `history` and `options` are given only for a model that was trained just now.
    """
    sections = []
    for name, digits in evaluation.sets.items():
        table = per_digit(evaluation.answers[name], digits.labels, evaluation.classes.labels)
        stem = name.replace(" ", "_")
        write_text(
            folder / f"classification_report_{stem}.json", json.dumps(table, indent=2) + "\n"
        )
        write_csv(folder / f"classification_report_{stem}.csv", table)
        labels = evaluation.classes.labels
        sections.append(section(name, digits, evaluation.answers[name], table, labels))
    if history is not None:
        write_text(folder / "history.json", json.dumps(history.epochs, indent=2) + "\n")
    first_set = next(iter(evaluation.sets.values()))
    costs = [] if model is None else layer_costs(model)
    page = template().render(
        card=card,
        figures=evaluation.figures,
        sections=sections,
        curves=None
        if history is None or not history.epochs
        else inline(plots.curves(history.epochs)),
        augmentation=inline(augmentation_of(first_set, options.augment_strength))
        if options and options.augment
        else None,
        robustness=robustness(evaluation.read, first_set),
        layers=costs,
        drawing=inline(plots.network_drawing(drawn_layers(costs))) if costs else None,
    )
    write_text(folder / "index.html", page)
    return folder / "index.html"


def section(
    name: str,
    digits: Digits,
    answers: NDArray[np.float32],
    table: dict[str, dict[str, float]],
    labels: Sequence[str] = DIGIT_NAMES,
) -> dict[str, Any]:
    """The parts of the page about one set of digits."""
    return {
        "name": name,
        "table": table,
        "confusion": inline(plots.confusion_matrix(confusion(answers, digits.labels), labels)),
        "reliability": inline(plots.reliability(answers, digits.labels)),
        "grid": inline(some_digits(digits, answers, labels)),
        "worst": inline(worst_mistakes(digits, answers, labels)),
    }


def some_digits(
    digits: Digits, answers: NDArray[np.float32], labels: Sequence[str] = DIGIT_NAMES
) -> Figure:
    """The first fifteen digits, with answers and labels."""
    first = np.arange(min(GRID_ROWS * GRID_COLUMNS, len(digits)))
    return captioned(digits, answers, first, labels)


def worst_mistakes(
    digits: Digits, answers: NDArray[np.float32], labels: Sequence[str] = DIGIT_NAMES
) -> Figure:
    """The mistakes with the highest confidence."""
    confidence = answers.max(axis=1)
    wrong = np.flatnonzero(answers.argmax(axis=1) != digits.labels)
    worst = wrong[np.argsort(-confidence[wrong])][:WORST_SHOWN]
    return captioned(digits, answers, worst, labels)


def captioned(
    digits: Digits,
    answers: NDArray[np.float32],
    chosen: NDArray[np.intp],
    labels: Sequence[str],
) -> Figure:
    """Chosen digits in a grid, five in a row."""
    read_as = answers[chosen].argmax(axis=1)
    captions = [
        f"read {labels[read]} ({answers[i, read]:.0%}), is {labels[digits.labels[i]]}"
        for i, read in zip(chosen, read_as, strict=True)
    ]
    wrong = [bool(read != digits.labels[i]) for i, read in zip(chosen, read_as, strict=True)]
    return plots.digit_grid(digits.images[chosen], captions, wrong, GRID_COLUMNS)


def augmentation_of(digits: Digits, strength: float = Options.augment_strength) -> Figure:
    """A few digits, each changed nine times."""
    originals = digits.images[:AUGMENTED_DIGITS]
    pictures = tf.constant(originals, tf.float32) / 255.0
    changed = [
        augmented(pictures, tf.constant([0, variant]), Strength().times(strength)).numpy()
        for variant in range(AUGMENTED_VARIANTS)
    ]
    return plots.augmented_digits(originals, np.stack(changed, axis=1))


def drawn_layers(costs: Sequence[LayerCost]) -> list[tuple[str, tuple[int, ...]]]:
    """The layers with another output shape than the layer before, or with multiply-adds."""
    drawn: list[tuple[str, tuple[int, ...]]] = [("input", (28, 28, 1))]
    for cost in costs:
        if cost.output_shape != drawn[-1][1] or cost.multiply_adds:
            drawn.append((cost.kind, cost.output_shape))
    return drawn


def inline(figure: Figure) -> Markup:
    """A figure as an image inside the page."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    return Markup('<img alt="" src="data:image/png;base64,{}">').format(encoded)


def template() -> jinja2.Template:
    """The markup beside this file."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    ).get_template("report.html")


def write_csv(path: Path, table: dict[str, dict[str, float]]) -> None:
    """A table of named rows, all with the same columns."""
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        rows = [{"name": name, **row} for name, row in table.items()]
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
