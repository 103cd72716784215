"""The report is one page that needs nothing beside it, with all that was promised."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST
from training.data.mnist import load_mnist
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.judging.evaluation import Evaluation
from training.judging.figures import digit_figures
from training.judging.report import write_report
from training.judging.robustness import CORRUPTIONS
from training.learning.fit import History
from training.options import Options

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def report(trained: Path) -> Path:
    (folder,) = (trained / "reports").iterdir()
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return (report / "index.html").read_text(encoding="utf-8")


def test_the_page_holds_everything_itself(page: str) -> None:
    """No picture, style or script comes from another file or host."""
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert sources
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in sources)
    assert "<script" not in page
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)


def test_the_page_is_whole_html(page: str) -> None:
    """Every element that is opened is closed."""
    stack: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, _attrs: object) -> None:
            if tag not in ("meta", "img", "br"):
                stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

    Check().feed(page)
    assert stack == []


@pytest.mark.parametrize(
    "heading",
    [
        "How it learned", "Confusion matrix", "Reliability", "Classification report",
        "The first 15", "The worst mistakes", "What augmentation makes of a digit",
        "Robustness", "The network", "How it was made", "Drawings as strokes", "Drawings as canvas",
        "What to do next", "What it sees", "Feature maps", "Class activation", "The words",
    ],
)  # fmt: skip
def test_the_page_shows(page: str, heading: str) -> None:
    """Each part that was promised."""
    assert heading in page


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("Figures", "Answered: sure enough to say one digit. Answered right: of those, the share "),
        ("Reliability", "On the dotted line it is right as often as it says. A point may stand "),
        ("Robustness", "The first 120 digits of MNIST test again. In each row, all are spoiled "),
    ],
)
def test_what_needs_a_word_has_one(page: str, heading: str, said: str) -> None:
    """Figures, a picture and a table that a learner could not read without it."""
    part = page.split(f">{heading}</h")[1].split("<h")[0]
    assert f'<p class="note">{said}' in part


def test_every_picture_says_what_it_is(page: str) -> None:
    """For people who do not see it, and in the page's own colours where it is drawn."""
    pictures = re.findall(r"<img [^>]*>|<svg [^>]*>", page)
    assert len(pictures) > 40
    assert all(re.search(r'(?:alt|aria-label)="[^"]{3,}"', picture) for picture in pictures)
    drawn = "".join(re.findall(r"<svg .*?</svg>", page, re.S))
    assert "var(--accent)" in drawn
    assert "#" not in re.sub(r'url\(#|href="#', "", drawn)  # no colour of its own


def test_a_learner_is_told_how_it_went_and_what_comes_next(page: str) -> None:
    """The kept epoch, both times, the loss's floor, shares in percent, and commands to type."""
    for part in ("The weights of the best epoch", " s</dd><dt>of training, 6 epochs",
                 "ms</dd><dt>for a reading", "has a floor above 0", "-m app</pre>",
                 "flask --app app read picture.png"):  # fmt: skip
        assert part in page
    figures = page.split(">Figures</h2>")[1].split("</table>")[0]
    assert re.search(r"<td>accuracy</td><td>[\d.]+&nbsp;%</td>", figures)


def test_the_network_is_shown_layer_by_layer(page: str) -> None:
    """Kinds, shapes, parameters and multiply-adds."""
    for part in ("Conv2D", "BatchNormalization", "12×12×8", "multiply-adds"):
        assert part in page


def test_every_spoiling_has_its_row(page: str) -> None:
    """Rotated, shifted, scaled, thin, thick, noisy, blurred."""
    assert all(name in page for name in CORRUPTIONS)


def test_the_classification_report_is_there_for_programs(report: Path) -> None:
    """As .json and as .csv, with the same numbers."""
    stem = "classification_report_mnist_test"
    as_json = json.loads((report / f"{stem}.json").read_text())
    with (report / f"{stem}.csv").open(newline="") as stream:
        as_csv = {row["name"]: row for row in csv.DictReader(stream)}
    assert set(as_json) == set(as_csv) == {*map(str, range(10)), "macro avg", "weighted avg"}
    for name, row in as_json.items():
        assert float(as_csv[name]["precision"]) == row["precision"]


EPOCH = {"loss": 0.5, "accuracy": 0.9, "val_loss": 0.4, "val_accuracy": 0.92, "rate": 0.01,
         "seconds": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "trained_now", "augmented"),
    [(None, False, False), (Options(augment=False), True, False), (Options(), True, True)],
)
def test_the_page_claims_nothing_that_was_not_done(
    tmp_path: Path, options: Options | None, trained_now: bool, augmented: bool
) -> None:
    """Any model can be judged: how it was chosen and taught is told only of one trained now."""
    digits = load_mnist(LITTLE_MNIST).test.take(np.arange(5))
    answers = np.full((5, 10), 0.1, np.float32)
    figures = {"mnist test": digit_figures(answers, digits.labels, DEFAULT_THRESHOLDS)}
    evaluation = Evaluation(
        lambda _: answers,
        {"mnist test": digits},
        {"mnist test": answers},
        figures,
        DEFAULT_THRESHOLDS,
    )
    made = {"date": "today", "seed": 0, "command": "train.py"}
    network = {"name": "any", "parameters": 0, "multiply_adds": 0}
    card = {"made": made, "network": network, "data": {}}
    history = None if options is None else History([EPOCH])
    page = write_report(tmp_path, evaluation, card, None, history, options).read_text("utf-8")
    assert ("the test set was looked at once" in page) == trained_now
    assert ("What augmentation makes of a digit" in page) == augmented
    assert ("measured on augmented digits" in page) == augmented


def test_tensorboard_logs_are_written_when_asked_for(report: Path) -> None:
    """--tensorboard leaves an event file in the run's folder."""
    assert list((report / "tensorboard").glob("events.out.*"))
