"""Training survives what happens to it: kill -9, Ctrl-C, damaged checkpoints."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.conftest import LITTLE_MNIST, LITTLE_RUN
from tests.training.processes import Started, start
from training.data.examples import Examples
from training.data.mnist import load_mnist
from training.data.sets import one_hot, stratified_split
from training.errors import LearningFailed, TrainingError
from training.learning.fit import (
    History,
    Learner,
    accuracy_of,
    blended,
    check_learnt,
    cross_entropy,
    fit,
    is_better,
    options_of_checkpoint,
    predict,
    rank,
    read_checkpoint,
    validate,
    weights_of,
)
from training.learning.networks import build
from training.learning.progress import Progress
from training.learning.schedules import SCHEDULES
from training.options import Options
from training.run import Request, resumed_options

pytestmark = pytest.mark.tensorflow

OPTIONS = Options(
    network="lenet5", filters=(4, 8), epochs=4, batch_size=34, dropout=0.2, validation_split=0.2,
    learning_rate=0.01, data=str(LITTLE_MNIST),
    augment=False,
)  # fmt: skip


def little() -> tuple[Examples, Examples]:
    train, validation = stratified_split(load_mnist(LITTLE_MNIST).train, 0.2, 0)
    return tuple(Examples(d.images, one_hot(d.labels)) for d in (train, validation))  # type: ignore[return-value]


def network(options: Options = OPTIONS) -> keras.Model:
    keras.utils.set_random_seed(options.seed)
    return build(options.network, options.filters, dropout=options.dropout)


class PowerCut(Exception):
    """The end of a process, as near as a test in the same process comes to it."""


def cut_after(epoch: int) -> Callable[[int, dict[str, float]], None]:
    def cut(number: int, figures: dict[str, float]) -> None:
        if number == epoch:
            raise PowerCut

    return cut


def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(tmp_path: Path) -> None:
    """Cut in the third epoch and resumed from the second; with dropout, norm and augmentation."""
    training, validation = little()
    options = replace(OPTIONS, network="compact", filters=(4, 8, 8), augment=True)
    unbroken = network(options)
    history = fit(unbroken, training, validation, options)

    checkpoint = tmp_path / "checkpoint.npz"
    with pytest.raises(PowerCut):
        fit(network(options), training, validation, options, checkpoint, after_epoch=cut_after(2))
    resumed = network(options)
    again = fit(resumed, training, validation, options, checkpoint, resume=True)

    for one, other in zip(unbroken.get_weights(), resumed.get_weights(), strict=True):
        assert (one == other).all()
    assert [e["val_loss"] for e in again.epochs] == [e["val_loss"] for e in history.epochs]


def test_another_seed_is_another_run() -> None:
    """The seed decides, and nothing else does."""
    training, validation = little()
    runs = []
    for seed in (0, 0, 1):
        options = Options(**{**OPTIONS.__dict__, "seed": seed, "epochs": 1})
        model = network(options)
        fit(model, training, validation, options)
        runs.append(predict(model, validation.images))
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).any()


def test_ctrl_c_keeps_the_best_so_far(capsys: pytest.CaptureFixture[str]) -> None:
    """The model holds the best epoch's weights, and the history says it was interrupted."""
    training, validation = little()
    model = network()

    def press(number: int, figures: dict[str, float]) -> None:
        if number == 2:
            raise KeyboardInterrupt

    history = fit(model, training, validation, OPTIONS, after_epoch=press)
    assert history.interrupted
    assert len(history.epochs) == 3
    best = max(figures["val_accuracy"] for figures in history.epochs)
    assert validate(model, validation)["val_accuracy"] == best
    assert "keeping the best so far" in capsys.readouterr().out


def test_ctrl_c_in_the_first_epoch_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing worth keeping yet, so nobody is handed an untrained network."""

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "step", press)
    with pytest.raises(KeyboardInterrupt):
        fit(network(), *little(), OPTIONS)


def test_a_new_run_leaves_no_older_checkpoint_to_resume(tmp_path: Path) -> None:
    """Killed before its first epoch is done, it has none: --resume must not take another's."""
    training, validation = little()
    checkpoint = tmp_path / "checkpoint.npz"
    checkpoint.write_bytes(b"of another run")
    with pytest.raises(PowerCut):
        fit(network(), training, validation, OPTIONS, checkpoint, after_epoch=cut_after(0))
    assert not checkpoint.exists()


def test_the_best_epoch_wins_not_the_last() -> None:
    """Weights are chosen by validation accuracy."""
    training, validation = little()
    options = Options(**{**OPTIONS.__dict__, "schedule": "constant", "ema": 0.0, "epochs": 5})
    model = network(options)
    history = fit(model, training, validation, options)
    best = max(figures["val_accuracy"] for figures in history.epochs)
    assert validate(model, validation)["val_accuracy"] == best
    assert history.epochs[history.best_epoch]["val_accuracy"] == best


def test_a_better_epoch_is_more_accurate_or_as_accurate_with_a_lower_loss() -> None:
    """Accuracy comes in steps, so the loss decides between two that are alike."""
    good, lower_loss, better = (
        {"val_accuracy": accuracy, "val_loss": loss}
        for accuracy, loss in ((0.9, 0.3), (0.9, 0.2), (0.91, 0.5))
    )
    assert rank(good) < rank(lower_loss) < rank(better)


def test_patience_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """After that many epochs without a better one, and never when patience is 0."""
    history = History(epochs=[{}] * 5, best_epoch=1)
    assert history.stopped_early(3)
    assert not history.stopped_early(4)
    assert not history.stopped_early(0)
    no_better = {"val_accuracy": 0.5, "val_loss": 1.0}
    monkeypatch.setattr("training.learning.fit.validate", lambda *_: no_better)
    assert len(fit(network(), *little(), replace(OPTIONS, patience=1)).epochs) == 2


def test_each_epoch_has_its_own_order_and_each_step_its_own_rate() -> None:
    """Every example once an epoch, shuffled anew; the rate moves as --schedule says."""
    options = replace(OPTIONS, epochs=2, schedule="cosine", learning_rate=0.5)
    learner = Learner(network(), little()[0], options)
    batches: list[int] = []
    rates: list[float] = []

    def step(batch: tf.Tensor, *_: tf.Tensor) -> tuple[float, float]:
        batches.extend(batch.numpy())
        rates.append(float(learner.optimizer.learning_rate))
        return 0.0, 0.0

    learner.step = step
    steps = learner.steps_per_epoch
    for epoch in range(2):
        learner.epoch(epoch, Progress(2, steps, io.StringIO()))
    first, second = np.split(np.array(batches), 2)
    in_order = np.arange(len(first))
    for one, other in ((first, second), (first, in_order), (second, in_order)):
        assert (one != other).any()
    assert len(set(first)) == len(set(second)) == steps * OPTIONS.batch_size
    assert rates == pytest.approx(
        [0.5 * SCHEDULES["cosine"](n / steps / 2) for n in range(2 * steps)]
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_label_smoothing_gives_some_of_each_target_to_all_digits(smoothing: float) -> None:
    """As by hand, of a network that always says the same; the loss is told without it."""
    model = build("lenet5", dropout=0.0)
    model.set_weights([np.zeros(weight.shape) for weight in model.get_weights()])
    bias = np.arange(10, dtype=np.float32) / 3
    model.get_layer("logits").bias.assign(bias)
    examples = Examples(np.zeros((4, 28, 28), np.uint8), one_hot(np.array([2, 2, 2, 2])))
    options = Options(
        label_smoothing=smoothing, augment=False, optimizer="sgd", schedule="constant"
    )
    loss = Learner(model, examples, options).epoch(0, Progress(1, 1, io.StringIO()))["loss"]
    said = np.exp(bias) / np.exp(bias).sum()
    assert loss == pytest.approx(-np.log(said[2]), rel=1e-5)
    wanted = (1 - smoothing) * np.eye(10)[2] + smoothing / 10
    moved = model.get_layer("logits").bias.numpy() - bias
    np.testing.assert_allclose(moved / moved[2], (wanted - said) / (wanted - said)[2], rtol=1e-3)


@pytest.mark.parametrize("name", ["vgg", "resnet"])
def test_batch_norm_is_settled_before_a_short_run_is_judged(name: str) -> None:
    """After a few steps its moving averages remember the start: what is judged has them anew."""
    training, validation = little()
    options = replace(OPTIONS, network=name, filters=(4, 8, 8), epochs=1, dropout=0.0)
    model = network(options)
    fit(model, training, validation, options)
    (norm, *_) = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    before = keras.Model(model.inputs[0], norm.input)
    maps = before(training.images[..., None].astype(np.float32) / 255).numpy()
    np.testing.assert_allclose(norm.moving_mean, maps.mean(axis=(0, 1, 2)), rtol=0.2, atol=0.02)


def test_a_run_that_diverges_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """No number any more: one line, with a smaller rate to try."""
    options = replace(OPTIONS, learning_rate=10.0, optimizer="sgd", network="textbook")
    model = network(replace(options, learning_rate=0.01))
    model.set_weights([weight * 1e15 for weight in model.get_weights()])
    with pytest.raises(LearningFailed, match=r"diverged: at step \d+ .* Try --learning-rate 1 "):
        fit(model, *little(), options)


@pytest.mark.parametrize(("reached", "learnt"), [(0.1, False), (0.12, False), (0.5, True)])
def test_a_run_that_learnt_nothing_says_so(reached: float, learnt: bool) -> None:
    """No better than always the same answer, and luck; few steps are named as a reason."""
    validation = Examples(np.zeros((500, 28, 28), np.uint8), one_hot(np.arange(500) % 10))
    history = History([{"val_accuracy": reached}], best_epoch=0)
    if learnt:
        check_learnt(history, validation, OPTIONS, 20)
        return
    with pytest.raises(LearningFailed, match=r"learnt nothing: .* only 20 steps.* 0.001 "):
        check_learnt(history, validation, OPTIONS, 20)


def test_resume_refuses_data_that_changed(tmp_path: Path) -> None:
    """A run goes on with what it began with, or not at all; the data is named."""
    path = tmp_path / "checkpoint.npz"
    begun = {"mnist train": {"sha256": "a"}, "mnist test": {"sha256": "b"}}
    with pytest.raises(PowerCut):
        fit(network(), *little(), OPTIONS, path, after_epoch=cut_after(1), data=begun)
    other = begun | {"mnist train": {"sha256": "c"}}
    with pytest.raises(TrainingError, match="made with other data: mnist train changed"):
        fit(network(), *little(), OPTIONS, path, resume=True, data=other)


@pytest.mark.parametrize(("ema", "kept"), [(0.99, 0.1), (0.05, 0.05)])
def test_the_average_of_weights_soon_forgets_the_first(ema: float, kept: float) -> None:
    """After one step a tenth of the random start is left in it, or less where --ema is less."""
    model = network()
    learner = Learner(model, little()[0], replace(OPTIONS, ema=ema, batch_size=1000))
    before = model.get_weights()
    learner.epoch(0, Progress(1, 1, io.StringIO()))
    for average, old, new in zip(learner.averages, before, model.get_weights(), strict=True):
        np.testing.assert_allclose(average, kept * old + (1 - kept) * new, atol=1e-6)


def test_accuracy_is_of_digits_alone() -> None:
    """What is no digit, whose target is flat, counts neither as right nor as wrong."""
    logits = tf.constant(np.eye(10, dtype=np.float32)[[0, 1, 0, 0]])
    targets = np.vstack([one_hot(np.array([0, 2])), np.full((2, 10), 0.1)])
    assert float(accuracy_of(logits, tf.constant(targets, tf.float32))) == 0.5


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    """No traceback from the depths of NumPy."""
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint\.npz: damaged"):
        read_checkpoint(path)


@pytest.mark.parametrize("about", [None, "[]", '{"options": {"gone_option": 1}}'])
def test_a_checkpoint_of_another_inkling_is_named(tmp_path: Path, about: str | None) -> None:
    """Some other .npz, or one whose options were others: one line for --resume."""
    path = tmp_path / "checkpoint.npz"
    np.savez(path, **({} if about is None else {"about": np.array(about)}))
    with pytest.raises(TrainingError, match=r"checkpoint\.npz is no checkpoint of this Inkling"):
        options_of_checkpoint(path)


def test_a_checkpoint_of_another_network_is_named(tmp_path: Path) -> None:
    """The same options, but what they mean has changed since."""
    training, validation = little()
    path = tmp_path / "checkpoint.npz"
    with pytest.raises(PowerCut):
        fit(network(), training, validation, OPTIONS, path, after_epoch=cut_after(1))
    other = network(replace(OPTIONS, filters=(4, 9)))
    with pytest.raises(TrainingError, match="is no checkpoint of this Inkling"):
        fit(other, training, validation, OPTIONS, path, resume=True)


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    """--resume without a run to resume."""
    with pytest.raises(TrainingError, match="nothing to resume"):
        read_checkpoint(tmp_path / "checkpoint.npz")


def begin(out: Path, *more: str) -> Started:
    words = [
        *LITTLE_RUN,
        "--network",
        "lenet5",
        "--filters",
        "4,8",
        "--no-report",
        "--out",
        str(out),
    ]
    return start([*words, *more], out.with_suffix(".log"))


def test_kill_9_then_resume_gives_the_same_model(tmp_path: Path) -> None:
    """Really killed: the resumed model is the unbroken one's, bit for bit; so is its recipe."""
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    recipe = ("--recipe", "quick", "--epochs", "8")
    cut = begin(broken, *recipe)
    cut.wait_for("epoch 3/8")
    cut.kill()
    assert not (broken / "mnist_model.h5").exists()
    whole, resumed = (
        begin(unbroken, *recipe),
        start(["--resume", "--no-report", "--out", str(broken)], tmp_path / "resumed.log"),
    )
    assert (whole.wait(), resumed.wait()) == (0, 0), whole.said() + resumed.said()
    first = re.search(r"epoch (\d+)/8", resumed.said())
    assert first is not None
    assert int(first[1]) >= 3  # the third may not have been kept yet; or it was killed later
    served = "mnist_model.tflite"
    assert (broken / served).read_bytes() == (unbroken / served).read_bytes()
    assert json.loads((broken / "mnist_model.json").read_text())["made"]["recipe"] == "quick"
    assert not (broken / "mnist_model.checkpoint.npz").exists()


def test_ctrl_c_in_a_real_run_leaves_a_whole_model(tmp_path: Path) -> None:
    """Exit code 130, model, card and a checkpoint to go on from."""
    process = begin(tmp_path / "out", "--no-augment", "--epochs", "1000")
    process.wait_for("epoch 3/1000")
    os.kill(process.pid, signal.SIGINT)
    assert process.wait() == 130, process.said()
    card = json.loads((tmp_path / "out" / "mnist_model.json").read_text())
    assert card["made"]["interrupted"] is True
    whole = {".h5", ".keras", ".tflite", ".weights", ".json", ".npz"}
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == whole


def test_resume_refuses_flags_that_disagree(tmp_path: Path) -> None:
    """A flag that says otherwise than the interrupted run is an error, not ignored."""
    checkpoint = tmp_path / "checkpoint.npz"
    with pytest.raises(PowerCut):
        fit(network(), *little(), OPTIONS, checkpoint, after_epoch=cut_after(1))
    assert resumed_options(checkpoint, Request(Options(), typed={"seed": 0})) == OPTIONS
    for typed, answer in (
        ({"seed": 5}, "--seed 0, not 5"),
        ({"recipe": "quick"}, "--recipe None, not quick"),
    ):
        with pytest.raises(TrainingError, match=answer):
            resumed_options(checkpoint, Request(Options(), typed=typed))


def test_the_last_epoch_wins_unless_the_best_is_ahead_by_more_than_chance() -> None:
    """Another epoch must be better; the last may be worse by less than a tenth of a point."""
    best, hardly_worse, worse = (
        {"val_accuracy": accuracy, "val_loss": 0.1} for accuracy in (0.99, 0.9895, 0.988)
    )
    assert is_better(hardly_worse, best, is_last=True)
    assert not is_better(hardly_worse, best, is_last=False)
    assert not is_better(worse, best, is_last=True)


def test_junk_counts_less_than_a_digit() -> None:
    """The weight of what is no digit, whose target is flat, is the option's; a digit counts 1."""
    targets = tf.constant([[0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    logits = tf.constant([[0.0, 2.0, 0.0], [0.0, 2.0, 0.0]])
    assert weights_of(targets, 0.25).numpy().tolist() == [1.0, 0.25]
    digit, junk = (cross_entropy(targets[i : i + 1], logits[:1]) for i in (0, 1))
    both = cross_entropy(targets, logits, weights_of(targets, 0.25))
    assert float(both) == pytest.approx(float(digit + 0.25 * junk) / 2)


def test_a_teacher_is_believed_where_it_is_right() -> None:
    """A target is label and answer, mixed as `trust` says. A wrong answer changes no target."""
    labels = tf.constant([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])

    def teacher(_: tf.Tensor) -> tf.Tensor:
        return tf.constant([[0.6, 0.4, 0.0]] * 3)

    targets = blended(labels, tf.zeros((3, 28, 28, 1)), [teacher], trust=0.5).numpy()
    assert targets[0] == pytest.approx([0.8, 0.2, 0.0])
    assert targets[1:] == pytest.approx(labels[1:].numpy())
