"""The report: `reports/<run>/index.html`, with every picture inside it.

Owns which parts are shown, and in which order. Numbers come from `figures`, curves from `plots`,
markup and words from `report.html` beside this file.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import keras
import numpy as np
import tensorflow as tf
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from reader.classes import DIGITS
from training.data.sets import Digits
from training.files import whole_file, write_text
from training.judging import plots
from training.judging.evaluation import Evaluation, reading_ms
from training.judging.figures import confusion, per_digit
from training.judging.insides import class_activation, feature_maps
from training.judging.robustness import robustness
from training.learning.augment import Strength, augmented
from training.learning.fit import History
from training.learning.networks import LayerCost, layer_costs
from training.options import Options

SOME_SHOWN, WORST_SHOWN = 15, 20
AUGMENTED_DIGITS, AUGMENTED_VARIANTS = 5, 9
SPOILED = 2000  # digits are enough for the table of robustness, and take a fifth of the time
GAP_PX = 2  # between the pictures of a sheet
THEME = {plots.INK: "var(--ink)", plots.ACCENT: "var(--accent)", plots.QUIET: "var(--fill)"}
SVG_NUMBERS = count()


class Captioned(NamedTuple):
    """Digit images with a caption each; a notebook gives them to `plots.digit_grid`."""

    images: NDArray[np.uint8]
    captions: list[str]
    wrong: list[bool]


def write_report(
    folder: Path,
    evaluation: Evaluation,
    card: dict[str, Any],
    model: keras.Model | None = None,
    history: History | None = None,
    options: Options | None = None,
    commands: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write index.html, classification_report.json and .csv, and history.json; return the page.

    `history`, `options` and `commands`, for what comes next, are given only for a model that was
    trained just now.
    """
    sections = []
    for name, digits in evaluation.sets.items():
        table = per_digit(evaluation.answers[name], digits.labels, evaluation.classes.labels)
        stem = folder / f"classification_report_{name.replace(' ', '_')}"
        write_text(stem.with_suffix(".json"), json.dumps(table, indent=2) + "\n")
        write_csv(stem.with_suffix(".csv"), table)
        sections.append(section(name, digits, evaluation, table))
    if history is not None:
        write_text(folder / "history.json", json.dumps(history.epochs, indent=2) + "\n")
    first_set = next(iter(evaluation.sets.values()))
    spoiled = first_set.take(np.arange(min(SPOILED, len(first_set))))
    costs = [] if model is None else layer_costs(model)
    page = template().render(
        card=card,
        classes=evaluation.classes,
        figures=evaluation.figures,
        sections=sections,
        commands=commands,
        history=history,
        options=options,
        curves={} if history is None else drawn_curves(history),
        reading_ms=reading_ms(evaluation.read, first_set.images[0]),
        inside=None if model is None else inside(model, first_set, evaluation.classes.labels),
        augmentation=sheet(augmentation_of(first_set, options.augment_strength))
        if options and options.augment
        else None,
        robustness={"count": len(spoiled), "rows": robustness(evaluation.read, spoiled)},
        layers=costs,
        drawing=drawn(plots.network_drawing(drawn_layers(costs)), "The layers from left to right")
        if costs
        else None,
    )
    write_text(folder / "index.html", page)
    return folder / "index.html"


def section(
    name: str, digits: Digits, evaluation: Evaluation, table: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """The parts of the page about one set of digits."""
    answers, labels = evaluation.answers[name], evaluation.classes.labels
    mixed_up = confusion(answers, digits.labels)
    mistakes = mixed_up - np.diag(np.diag(mixed_up))
    was, read = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return {
        "name": name,
        "table": table,
        "confusion": mixed_up.tolist(),
        "mistakes": int(mistakes.sum()),
        "most": int(mistakes.max()),
        "commonest": (labels[was], labels[read]),
        "reliability": drawn(
            plots.reliability(answers, digits.labels),
            f"How often it is right at each confidence, on {name}",
        ),
        "grid": shown(some_digits(digits, answers, labels)),
        "worst": shown(worst_mistakes(digits, answers, labels)),
    }


def drawn_curves(history: History) -> dict[str, Markup]:
    """The curves of a run, each a picture of its own: a phone shows one below the other.

    Of one epoch, only the loss has more than one point.
    """
    told = (history.epochs, history.losses, history.best_epoch)
    shown = list(plots.CURVES)[: None if len(history.epochs) > 1 else 1]
    return {name: drawn(plots.curve(name, *told), f"The {name} over the epochs") for name in shown}


def some_digits(
    digits: Digits, answers: NDArray[np.float32], labels: Sequence[str] = DIGITS.labels
) -> Captioned:
    """The first fifteen digits, with answers and labels."""
    return captioned(digits, answers, np.arange(min(SOME_SHOWN, len(digits))), labels)


def worst_mistakes(
    digits: Digits, answers: NDArray[np.float32], labels: Sequence[str] = DIGITS.labels
) -> Captioned:
    """The mistakes with the highest confidence."""
    confidence = answers.max(axis=1)
    wrong = np.flatnonzero(answers.argmax(axis=1) != digits.labels)
    return captioned(digits, answers, wrong[np.argsort(-confidence[wrong])][:WORST_SHOWN], labels)


def captioned(
    digits: Digits, answers: NDArray[np.float32], chosen: NDArray[np.intp], labels: Sequence[str]
) -> Captioned:
    """Chosen digits, with the answer, its confidence, and the label."""
    read_as = answers[chosen].argmax(axis=1)
    captions = [
        f"read {labels[read]} ({answers[i, read]:.0%}), is\xa0{labels[digits.labels[i]]}"
        for i, read in zip(chosen, read_as, strict=True)
    ]
    wrong = [bool(read != digits.labels[i]) for i, read in zip(chosen, read_as, strict=True)]
    return Captioned(digits.images[chosen], captions, wrong)


def shown(digits: Captioned) -> list[dict[str, Any]]:
    """The same for the page."""
    return [
        {"picture": inline(255 - image, caption), "caption": caption, "is_wrong": wrong}
        for image, caption, wrong in zip(*digits, strict=True)
    ]


def inside(model: keras.Model, digits: Digits, labels: Sequence[str]) -> dict[str, Any]:
    """Feature maps of one digit, and the places that spoke for the answer in one of each class."""
    firsts = [np.flatnonzero(digits.labels == label)[:1] for label in range(len(labels))]
    chosen = digits.take(np.concatenate(firsts)[:10])
    stages = feature_maps(model, digits.images[0])
    return {
        "digit": inline(255 - digits.images[0], "The digit as the network is given it"),
        "maps": {name: sheet(maps[None]) for name, maps in stages},
        "places": [
            {"picture": inline(plots.tinted(image, place), f"A {labels[label]}, tinted"),
             "caption": labels[label]}
            for image, place, label in zip(
                chosen.images, class_activation(model, chosen.images), chosen.labels, strict=True
            )
        ],
    }  # fmt: skip


def augmentation_of(
    digits: Digits, strength: float = Options.augment_strength
) -> NDArray[np.float32]:
    """A row for each of a few digits: as it is, then changed nine times; (rows, 10, 28, 28)."""
    pictures = tf.constant(digits.images[:AUGMENTED_DIGITS], tf.float32) / 255.0
    changed = [
        augmented(pictures, tf.constant([0, variant]), Strength().times(strength)).numpy()
        for variant in range(AUGMENTED_VARIANTS)
    ]
    return np.stack([pictures.numpy(), *changed], axis=1)


def drawn_layers(costs: Sequence[LayerCost]) -> list[tuple[str, tuple[int, ...]]]:
    """The layers with another output shape than the layer before, or with multiply-adds."""
    drawn: list[tuple[str, tuple[int, ...]]] = [("input", (28, 28, 1))]
    for cost in costs:
        if cost.output_shape != drawn[-1][1] or cost.multiply_adds:
            drawn.append((cost.kind, cost.output_shape))
    return drawn


def sheet(pictures: NDArray[np.float32]) -> Markup:
    """Pictures of 0..1 in rows and columns, as one picture, dark on light."""
    rows, columns, height, width = pictures.shape
    framed = np.pad(pictures, [(0, 0), (0, 0), (0, GAP_PX), (0, GAP_PX)])
    whole = framed.swapaxes(1, 2).reshape(rows * (height + GAP_PX), columns * (width + GAP_PX))
    content = 255 - np.rint(np.clip(whole[:-GAP_PX, :-GAP_PX], 0, 1) * 255)
    return inline(content.astype(np.uint8), f"{rows * columns} pictures, {columns} in a row")


def inline(pixels: NDArray[np.uint8], alt: str) -> Markup:
    """Pixels as a picture inside the page."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    return Markup('<img class="pixels" alt="{}" src="data:image/png;base64,{}">').format(
        alt, encoded
    )


def drawn(figure: Figure, label: str) -> Markup:
    """A figure as SVG inside the page, in the page's colours, light or dark."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    svg = stream.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    body = svg[svg.index(">") + 1 :]
    for colour, themed in (*THEME.items(), ("#000000", "var(--ink)"), ("#ffffff", "var(--sheet)")):
        body = body.replace(colour, themed)
    prefix = f"f{next(SVG_NUMBERS)}-"  # two figures on a page may have the same ids
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}", body)
    head = '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">'
    return Markup(head).format(width, height, label) + Markup(body)  # noqa: S704 (our own figure)


def template() -> jinja2.Template:
    """The markup beside this file."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    ).get_template("report.html")


def write_csv(path: Path, table: dict[str, dict[str, float]]) -> None:
    """A table of named rows, all with the same columns."""
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        rows = [{"name": name, **row} for name, row in table.items()]
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
