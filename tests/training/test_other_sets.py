"""Other classes from end to end: four made signs, and a set like Fashion-MNIST."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from reader.model import Recognizer
from reader.model_card import ModelError, read_card
from reader.strokes import ink_from_strokes
from tests.browser.hand import Pad
from tests.conftest import ROOT
from tests.serving import serving
from training.compare import compare
from training.data.mnist import KNOWN_CLASSES
from training.errors import DataError
from training.judging.command import evaluate_file
from training.options import Options, combined
from training.run import Request, train

pytestmark = pytest.mark.tensorflow

TURN = np.linspace(0, 2 * np.pi, 25)
FIVE = np.pi * (0.5 + 0.8 * np.arange(6))
SIGNS = {
    "☆": [np.stack([np.cos(FIVE), -np.sin(FIVE)], axis=1)],
    "♡": [np.stack([16 * np.sin(TURN) ** 3, -(13 * np.cos(TURN) - 5 * np.cos(2 * TURN)
                    - 2 * np.cos(3 * TURN) - np.cos(4 * TURN))], axis=1) / 16],
    "∿": [np.stack([TURN / np.pi - 1, np.sin(2 * TURN) / 2], axis=1)],
    "▽": [np.array([[-1, -1], [1, -1], [0, 1], [-1, -1]])],
}  # fmt: skip


def drawn(sign: str, rng: np.random.Generator) -> list[list[list[float]]]:
    """A sign by a hand that is never quite the same, in a square of 100."""
    size = 35 * rng.uniform(0.8, 1.2, 2)
    return [
        (50 + stroke * size + rng.normal(0, 1.5, stroke.shape)).round(1).tolist()
        for stroke in SIGNS[sign]
    ]


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that learnt four signs from 18 drawings of each."""
    folder = tmp_path_factory.mktemp("signs")
    rng = np.random.default_rng(0)
    lines = [
        json.dumps({"label": sign, "writer": f"p{number}", "strokes": drawn(sign, rng)})
        for number in range(18)
        for sign in SIGNS
    ]
    (folder / "signs.ndjson").write_text("\n".join(lines))
    options = combined(
        "signs",
        {
            "drawings": (str(folder / "signs.ndjson"),),
            "classes": tuple(SIGNS),
            "start_from": str(ROOT / "models" / "mnist_model.h5"),
            "renderings": 6,
            "made_junk": 20,
            "epochs": 4,
        },
    )
    request = Request(options, out=folder / "models", reports=folder / "reports", report=False)
    assert train(request) == 0
    return folder


@pytest.fixture(scope="module")
def served(signs: Path) -> Iterator[str]:
    model = signs / "models" / "mnist_model.tflite"
    settings = {"MODEL_PATH": str(model), "RATELIMIT_ENABLED": "0", "READING": "device"}
    with serving(signs / "log", **settings) as url:
        yield url


def test_signs_are_learnt_and_read(signs: Path) -> None:
    """New drawings of the signs get their labels, from the .tflite and from the .weights."""
    rng = np.random.default_rng(1)
    for suffix in (".tflite", ".weights"):
        recognizer = Recognizer.load(signs / "models" / f"mnist_model{suffix}")
        readings = [
            (sign, recognizer.read_number(ink_from_strokes(drawn(sign, rng))).as_dict())
            for sign in list(SIGNS) * 5
        ]
        assert np.mean([sign == reading["label"] for sign, reading in readings]) >= 0.9
        assert {reading["digit"] for _, reading in readings} == {None}


def test_the_card_names_the_classes_and_what_was_set_aside(signs: Path) -> None:
    """Four labels, and a sixth of the drawings for the validation and for the test."""
    card = read_card(signs / "models" / "mnist_model.tflite")
    assert card["classes"] == list(SIGNS)
    assert card["figures"]["test set"]["count"] == 2 * 4 * 3  # both ways to reach the app
    assert card["data"]["learnt"] == {"count": 4 * 12}
    assert "mnist test" not in card["figures"]


def test_a_model_file_with_another_number_of_answers_is_refused(
    signs: Path, tmp_path: Path
) -> None:
    """The card says what the answers mean, so there must be as many."""
    card = read_card(signs / "models" / "mnist_model.tflite")
    (tmp_path / "mnist_model.tflite").write_bytes(
        (signs / "models" / "mnist_model.tflite").read_bytes()
    )
    (tmp_path / "mnist_model.json").write_text(json.dumps(card | {"classes": ["a", "b"]}))
    with pytest.raises(ModelError, match="gives 4 answers, and its card names 2 classes"):
        Recognizer.load(tmp_path / "mnist_model.tflite")


def test_evaluate_follows_the_card(
    signs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawings of the signs are data enough; the report names them."""
    monkeypatch.setattr("training.judging.report.robustness", lambda *_: {})  # it takes seconds
    asked = {"junk": (), "require_accuracy": None, "reports": tmp_path, "command": ("train.py",)}
    model = signs / "models" / "mnist_model.h5"
    drawings = (str(signs / "signs.ndjson"),)
    assert evaluate_file(model, None, drawings, **asked) == 0
    (page,) = tmp_path.glob("*/index.html")
    assert "☆" in page.read_text("utf-8")
    with pytest.raises(DataError, match="give --data or --drawings of ☆ ♡ ∿ ▽"):
        evaluate_file(model, None, (), **asked)


def test_a_set_like_fashion_mnist_is_trained_compared_and_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten things by name, in the card and in the reading."""
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 10
    images = rng.integers(0, 60, (120, 28, 28))
    for image, label in zip(images, labels, strict=True):
        image[4:24, 2 + 2 * label : 7 + 2 * label] = 255
    data = tmp_path / "fashion-mnist.npz"
    np.savez(data, x_train=images, y_train=labels, x_test=images[:20], y_test=labels[:20])
    little = Options(data=str(data), network="lenet5", filters=(2, 2), epochs=1, batch_size=20,
                     validation_split=0.2, augment=False)  # fmt: skip
    request = Request(little, out=tmp_path / "out", reports=tmp_path, report=False)
    assert train(request) == 0
    assert read_card(tmp_path / "out/mnist_model.h5")["classes"] == list(KNOWN_CLASSES["fashion"])
    reading = Recognizer.load(tmp_path / "out/mnist_model.tflite").read_digit_image(
        images[0].astype(np.uint8)
    )
    assert reading.as_dict()["label"] in KNOWN_CLASSES["fashion"]
    assert compare(["lenet5"], little, tmp_path) == 0
    assert "test set" in capsys.readouterr().out


def test_the_api_and_its_document_name_the_signs(served: str) -> None:
    """The label beside a digit that is null; two signs side by side are no number."""
    strokes = drawn("▽", np.random.default_rng(2))
    twice = [*strokes, *([[x + 120, y] for x, y in stroke] for stroke in strokes)]
    body = json.dumps({"drawings": [{"strokes": strokes}, {"strokes": twice}]}).encode()
    asked = urllib.request.Request(
        f"{served}/api/predict", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked) as answer:
        one, two = json.load(answer)["readings"]
    assert (one["label"], one["digit"], len(one["probabilities"])) == ("▽", None, 4)
    assert "number" not in two
    with urllib.request.urlopen(f"{served}/openapi.json") as answer:
        assert json.load(answer)["components"]["schemas"]["Label"]["enum"] == list(SIGNS)


def test_signs_are_drawn_in_a_browser(chromium: Browser, served: str) -> None:
    """The page asks for the signs, reads them on the device, names them, and looks inside."""
    context = chromium.new_context(base_url=served)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    page.wait_for_selector("html.ready")
    expect(page).to_have_title("Inkling: draw one of: ☆ ♡ ∿ ▽")
    expect(page.locator("[data-part=sentence]")).to_have_text("Draw one of: ☆ ♡ ∿ ▽")
    expect(page.locator(".bars tbody tr")).to_have_count(4)
    for name in ("show-me", "play", "wider"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    pad = Pad(page)
    pad.draw([(x, y) for x, y in (SIGNS["▽"][0] * 0.3 + 0.5).tolist()])
    expect(page.locator(".bars .top th")).to_have_text("▽")
    expect(page.locator("[data-part=digit]")).to_have_text("▽")
    page.click("#look-inside")
    expect(page.locator("#inside .ten .top span")).to_have_text("▽")
    page.get_by_role("tab", name="Change its mind").click()
    expect(page.locator("#inside select").first).to_have_text("☆♡∿▽")
    assert complaints == []
    context.close()
