"""The training loop: steps, checkpoints, and the best weights by validation.

All random numbers are drawn from (seed, epoch, step). A run that was killed and resumed therefore
ends with the same weights, bit for bit, as an unbroken run. Knows neither the source of the
pictures nor the use of the model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reader.framing import DIGIT_IMAGE_PX
from reader.quiet import silence
from training.data.examples import Examples
from training.errors import TrainingError
from training.files import read_arrays, whole_file
from training.learning.augment import Strength, augmented
from training.learning.progress import Progress
from training.learning.schedules import SCHEDULES
from training.options import Options

PREDICTION_BATCH = 500
Weights = list[NDArray[Any]]


@dataclass
class History:
    """The figures of each epoch, and the weights that were best in validation."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_weights: Weights = field(default_factory=list)
    best_epoch: int = -1
    interrupted: bool = False

    def stopped_early(self, patience: int) -> bool:
        """Whether the last `patience` epochs were no better than an earlier epoch."""
        return patience > 0 and len(self.epochs) - 1 - self.best_epoch >= patience


def fit(
    model: keras.Model,
    training: Examples,
    validation: Examples,
    options: Options,
    checkpoint: Path | None = None,
    resume: bool = False,
    after_epoch: Callable[[int, dict[str, float]], None] | None = None,
) -> History:
    """Train `model`, leave its best weights in it, and return the history.

    Ctrl-C keeps the best so far. In the first epoch there is nothing to keep, and it ends the run.
    """
    learner = Learner(model, training, options)
    history = History()
    if checkpoint is not None:
        if resume:
            history = load_checkpoint(checkpoint, learner)
        else:
            checkpoint.unlink(missing_ok=True)  # or --resume would go on with an older run
    progress = Progress(options.epochs, learner.steps_per_epoch)
    try:
        for epoch in range(len(history.epochs), options.epochs):
            if history.stopped_early(options.patience):
                break
            started_s = time.perf_counter()
            figures = learner.epoch(epoch, progress)
            with learner.averaged_weights():
                figures |= validate(model, validation)
                better = not history.best_weights or rank(figures) > rank(
                    history.epochs[history.best_epoch]
                )
                if better:
                    history.best_weights, history.best_epoch = model.get_weights(), epoch
                figures["seconds"] = time.perf_counter() - started_s
                history.epochs.append(figures)
                if after_epoch is not None:
                    after_epoch(epoch, figures)
            progress.epoch(epoch, figures, better)
            if checkpoint is not None:
                save_checkpoint(checkpoint, learner, history)
    except KeyboardInterrupt:
        if not history.epochs:
            raise
        print("\ninterrupted: keeping the best so far", flush=True)
        history.interrupted = True
    model.set_weights(history.best_weights)
    return history


def rank(figures: dict[str, float]) -> tuple[float, float]:
    """The better epoch ranks higher: by accuracy, then by a lower loss."""
    return figures["val_accuracy"], -figures["val_loss"]


class Learner:
    """A network, its optimizer, the average of its weights, and the training step."""

    def __init__(self, model: keras.Model, training: Examples, options: Options) -> None:
        self.model, self.options = model, options
        self.count = len(training)
        self.batch_size = min(options.batch_size, self.count)
        self.steps_per_epoch = self.count // self.batch_size
        self.rate_share = SCHEDULES[options.schedule]
        self.optimizer = make_optimizer(options)
        self.optimizer.build(model.trainable_variables)
        self.averages = [tf.Variable(weight, trainable=False) for weight in model.weights]
        self.step = self._compiled_step(training)

    @property
    def state(self) -> list[Any]:
        """Every variable that a checkpoint holds."""
        return [*self.model.variables, *self.optimizer.variables, *self.averages]

    def epoch(self, epoch: int, progress: Progress) -> dict[str, float]:
        """One pass, in an order of seed and epoch. The last, incomplete batch is left out."""
        order = np.random.default_rng((self.options.seed, epoch)).permutation(self.count)
        losses, accuracies = [], []
        rate = 0.0
        for step in range(self.steps_per_epoch):
            number = epoch * self.steps_per_epoch + step
            done = number / (self.options.epochs * self.steps_per_epoch)
            rate = self.options.learning_rate * self.rate_share(done)
            self.optimizer.learning_rate.assign(rate)
            # At first the average is short, or it would remember the random start.
            decay = min(self.options.ema, (1 + number) / (10 + number))
            batch = order[step * self.batch_size : (step + 1) * self.batch_size]
            loss, accuracy = self.step(
                tf.constant(batch, tf.int32),
                tf.constant([self.options.seed, number], tf.int32),
                tf.constant(decay, tf.float32),
            )
            losses.append(float(loss))
            accuracies.append(float(accuracy))
            progress.step(epoch, step, losses[-1], float(np.mean(accuracies[-50:])), rate)
        return {
            "loss": float(np.mean(losses)),
            "accuracy": float(np.mean(accuracies)),
            "rate": rate,
        }

    def averaged_weights(self) -> SwappedWeights:
        """For a `with` block: the model holds the average of its weights."""
        averages = [average.numpy() for average in self.averages] if self.options.ema else None
        return SwappedWeights(self.model, averages)

    def _compiled_step(self, training: Examples) -> Callable[..., Any]:
        options, model = self.options, self.model
        teachers = [keras.saving.load_model(path, compile=False) for path in options.teachers]
        logits_of = logits_model(model)
        all_images, all_targets = tf.constant(training.images), tf.constant(training.targets)
        strength = Strength().times(options.augment_strength)

        # XLA makes the augmentation 2.5 times faster; it would make the convolutions slower.
        @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
        def augment(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
            return augmented(images, seed, strength)

        if options.augment:
            with silence():  # XLA announces its first compilation
                augment(
                    tf.zeros((self.batch_size, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX)), tf.constant([0, 0])
                )

        @tf.function  # type: ignore[untyped-decorator]
        def step(
            batch: tf.Tensor, seed: tf.Tensor, decay: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            images = tf.cast(tf.gather(all_images, batch), tf.float32) / 255.0
            targets = tf.gather(all_targets, batch)
            if options.augment:
                images = augment(images, seed)
            if teachers:
                targets = blended(targets, images, teachers, options.trust)
            smooth = options.label_smoothing
            wanted = targets * (1 - smooth) + smooth / 10
            with tf.GradientTape() as tape:
                logits = logits_of(images[..., None], training=True)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
            gradients = tape.gradient(loss, model.trainable_variables)
            self.optimizer.apply(gradients, model.trainable_variables)
            if options.ema:
                for average, weight in zip(self.averages, model.weights, strict=True):
                    average.assign_add((1 - decay) * (weight.value - average))
            return loss, accuracy_of(logits, targets)

        return step  # type: ignore[no-any-return]


def blended(
    targets: tf.Tensor, images: tf.Tensor, teachers: list[keras.Model], trust: float
) -> tf.Tensor:
    """Labels blended with the mean answer of the teachers, where that answer is right."""
    said = tf.add_n([teacher(images[..., None]) for teacher in teachers]) / len(teachers)
    is_digit = tf.reduce_max(targets, axis=1) > 0.5
    right = is_digit & (tf.argmax(said, axis=1) == tf.argmax(targets, axis=1))
    return tf.where(right[:, None], (1 - trust) * targets + trust * said, targets)


class SwappedWeights:
    """Other weights in a model while a `with` block lasts."""

    def __init__(self, model: keras.Model, weights: Weights | None) -> None:
        self.model, self.weights = model, weights

    def __enter__(self) -> None:
        if self.weights is not None:
            self.own = self.model.get_weights()
            self.model.set_weights(self.weights)

    def __exit__(self, *_: object) -> None:
        if self.weights is not None:
            self.model.set_weights(self.own)


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers, stopping before the softmax."""
    return keras.Model(model.inputs, model.get_layer("logits").output)


def accuracy_of(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """The share of digits that are read right. Junk, whose target is flat, does not count."""
    is_digit = tf.cast(tf.reduce_max(targets, axis=1) > 0.5, tf.float32)
    right = tf.cast(tf.argmax(logits, axis=1) == tf.argmax(targets, axis=1), tf.float32)
    return tf.reduce_sum(right * is_digit) / tf.maximum(tf.reduce_sum(is_digit), 1.0)


def validate(model: keras.Model, examples: Examples) -> dict[str, float]:
    """Loss and accuracy on validation examples."""
    probabilities = predict(model, examples.images)
    entropy = -(examples.targets * np.log(np.maximum(probabilities, 1e-7))).sum(axis=1)
    return {
        "val_loss": float(entropy.mean()),
        "val_accuracy": float(accuracy_of(tf.constant(probabilities), examples.targets)),
    }


def predict(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities of pictures, without the set-up time of `model.predict`."""
    rows = [
        model(tf.constant(images[start : start + PREDICTION_BATCH, ..., None], tf.float32) / 255.0)
        for start in range(0, len(images), PREDICTION_BATCH)
    ]
    return np.concatenate([row.numpy() for row in rows])


def make_optimizer(options: Options) -> keras.optimizers.Optimizer:
    """The optimizer of that name. Its learning rate is set before every step."""
    kinds: dict[str, Callable[[], keras.optimizers.Optimizer]] = {
        "adam": lambda: keras.optimizers.Adam(options.learning_rate),
        "adamw": lambda: keras.optimizers.AdamW(
            options.learning_rate, weight_decay=options.weight_decay
        ),
        "sgd": lambda: keras.optimizers.SGD(options.learning_rate, momentum=0.9, nesterov=True),
        "rmsprop": lambda: keras.optimizers.RMSprop(options.learning_rate),
    }
    return kinds[options.optimizer]()


def save_checkpoint(path: Path, learner: Learner, history: History) -> None:
    """Write everything that a resumed run needs to one file, whole or not at all."""
    about = {
        "options": learner.options.as_json(),
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
    }
    arrays: dict[str, Any] = {f"state_{i}": np.asarray(v) for i, v in enumerate(learner.state)}
    arrays |= {f"best_{i}": weight for i, weight in enumerate(history.best_weights)}
    with whole_file(path) as temporary:
        np.savez(temporary, about=np.array(json.dumps(about)), **arrays)


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """A checkpoint's arrays, or an error that names it."""
    if not path.is_file():
        raise TrainingError(f"{path}: nothing to resume; no checkpoint there")
    return read_arrays(path)


def options_of_checkpoint(path: Path) -> Options:
    """The options of the interrupted run."""
    with explained(path):
        return Options.from_json(json.loads(str(read_checkpoint(path)["about"]))["options"])


def load_checkpoint(path: Path, learner: Learner) -> History:
    """Restore the learner and its history."""
    with explained(path):
        arrays = read_checkpoint(path)
        about = json.loads(str(arrays["about"]))
        for number, variable in enumerate(learner.state):
            variable.assign(arrays[f"state_{number}"])
        best = [arrays[f"best_{number}"] for number in range(len(learner.model.weights))]
        return History(about["epochs"], best, about["best_epoch"])


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors in reading mean a checkpoint of another version, or another file altogether."""
    try:
        yield
    except (KeyError, ValueError, TypeError) as error:
        raise TrainingError(
            f"{path} is no checkpoint of this Inkling ({error}); train anew without --resume"
        ) from error
