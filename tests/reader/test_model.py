"""The one door to the model: the shipped files agree, and nothing else gets in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from reader.framing import frame
from reader.model import Recognizer
from reader.model_card import ModelError, read_card
from reader.strokes import ink_from_strokes
from tests.conftest import SHIPPED
from tests.paper import as_lists, hands


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped model and card, to be spoilt."""
    for path in (SHIPPED, SHIPPED.with_suffix(".json")):
        shutil.copy(path, tmp_path)
    return tmp_path / SHIPPED.name


def test_the_shipped_model_reads_the_pages_examples(recognizer: Recognizer) -> None:
    """Each of the ten digits that the page draws by itself is read as that digit."""
    for digit, strokes in hands(10, seed=0):
        reading = recognizer.read(ink_from_strokes(strokes))
        assert reading.best is not None
        assert reading.best.digit == digit


@pytest.mark.tensorflow
def test_h5_and_tflite_agree(recognizer: Recognizer) -> None:
    """The .h5 and the .tflite give the same probabilities within 1e-4 on the same drawings."""
    keras = Recognizer.load(SHIPPED.with_suffix(".h5"))
    for _, strokes in hands(30):
        ink = ink_from_strokes(strokes)
        ours, theirs = (r.read(ink).probabilities for r in (recognizer, keras))
        assert np.abs(np.subtract(ours, theirs)).max() < 1e-4


def test_numpy_reads_where_litert_cannot_be_installed(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same digits, and probabilities that differ by less than 16-bit weights allow."""
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    numpy_recognizer = Recognizer.load(SHIPPED)
    for digit, strokes in hands(10):
        ink = ink_from_strokes(as_lists(strokes))
        expected, reading = recognizer.read(ink), numpy_recognizer.read(ink)
        assert reading.verdict == expected.verdict, digit
        assert reading.probabilities == pytest.approx(expected.probabilities, abs=0.003)
        assert reading.model == expected.model


def test_many_threads_get_the_same_answers(recognizer: Recognizer) -> None:
    """Eight threads at once read as one does: interpreters are not shared."""
    pictures = [frame(ink_from_strokes(strokes)) for _, strokes in hands(60)]
    alone = [recognizer.read_digit_image(picture).probabilities for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(recognizer.read_digit_image, pictures * 3))
    assert [reading.probabilities for reading in together] == alone * 3


def test_an_answer_outlives_the_next_one(recognizer: Recognizer) -> None:
    """LiteRT answers in memory of its own; who asks keeps what was answered."""
    pictures = [frame(ink_from_strokes(strokes)) for _, strokes in hands(2)]
    first, second = (
        recognizer.network(np.float32(picture / 255).reshape(1, 28, 28, 1)) for picture in pictures
    )
    assert (first != second).any()


def test_what_was_checked_is_what_reads(copy: Path, recognizer: Recognizer) -> None:
    """A file that is replaced or gone after the start changes no answer, in any thread."""
    loaded = Recognizer.load(copy)
    copy.write_bytes(b"another model")
    picture = frame(ink_from_strokes(hands(1)[0][1]))
    wanted = recognizer.read_digit_image(picture)
    with ThreadPoolExecutor(2) as pool:
        for reading in pool.map(loaded.read_digit_image, [picture] * 8):
            assert reading.probabilities == wanted.probabilities
    assert loaded.model == wanted.model


def test_serving_never_imports_tensorflow() -> None:
    """A process that reads a drawing has neither TensorFlow nor the training code in it."""
    code = (
        "import sys; from app import create_app; create_app();"
        "print([m for m in ('tensorflow', 'keras', 'training', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.tensorflow
def test_an_h5_is_read_without_a_word_of_tensorflows() -> None:
    """A reading by the .h5, as a command prints it, has nothing beside it on the terminal."""
    pytest.importorskip("tensorflow", reason="no TensorFlow here")
    code = (
        "from pathlib import Path; from reader.model import Recognizer;"
        f"Recognizer.load(Path({str(SHIPPED.with_suffix('.h5'))!r})).warm_up()"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_missing_model_says_how_to_make_one(tmp_path: Path) -> None:
    """No file: the message names it and the command."""
    with pytest.raises(ModelError, match=r"no model at .*train\.py"):
        Recognizer.load(tmp_path / "mnist_model.tflite")


def test_a_path_that_no_file_can_have_is_named() -> None:
    """What the system says of it is no traceback."""
    with pytest.raises(ModelError, match="cannot be read"):
        Recognizer.load(Path("/" + "a" * 300 + ".tflite"))


def test_a_model_that_is_not_its_cards_is_refused(copy: Path) -> None:
    """One changed byte and the model is not loaded."""
    data = bytearray(copy.read_bytes())
    data[1000] ^= 1
    copy.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="is not the file that its card"):
        Recognizer.load(copy)


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"files": {}}', "{nonsense"])
def test_a_spoilt_card_is_named(copy: Path, card: str) -> None:
    """Whatever is wrong with the card, the error says that it is the card."""
    copy.with_suffix(".json").write_text(card)
    with pytest.raises(ModelError, match="card"):
        Recognizer.load(copy)


def test_a_file_that_is_no_network_is_refused_even_with_a_card(no_network: Path) -> None:
    """A text file with the right hash is still no model."""
    with pytest.raises(ModelError):
        Recognizer.load(no_network)


def test_the_card_names_what_it_must() -> None:
    """The card says how the model was made, its figures, its thresholds and its files' hashes."""
    card = read_card(SHIPPED)
    assert {"made", "network", "data", "figures", "temperature", "thresholds", "files"} <= set(card)
    assert 0 < card["thresholds"]["digit"] < card["thresholds"]["pair"] < 1
