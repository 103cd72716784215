"""The training loop: steps, checkpoints, and the best weights by validation.

All random numbers are drawn from (seed, epoch, step). A run that was killed and resumed therefore
ends with the same weights, bit for bit, as an unbroken run. Knows neither the source of the
pictures nor the use of the model.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reader.framing import DIGIT_IMAGE_PX
from reader.quiet import silence
from training.data.examples import Examples
from training.errors import LearningFailed, TrainingError
from training.files import read_arrays, whole_file
from training.learning.augment import Strength, augmented
from training.learning.progress import Progress
from training.learning.schedules import SCHEDULES
from training.options import Options

CHANCE = 0.001  # differences in accuracy that say nothing
PREDICTION_BATCH = 500
LOSSES_KEPT = 100  # of each epoch, for the curve by step
NORM_STEPS = 40
FEW_STEPS = 500  # batch norm's averages lag in a run this short
Weights = list[NDArray[Any]]


@dataclass
class History:
    """The figures of each epoch, the losses between, and the weights best in validation."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    losses: list[list[float]] = field(default_factory=list)  # [epochs done, training loss]
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
    after_step: Callable[[Learner, int], None] | None = None,
    data: dict[str, dict[str, Any]] | None = None,
    teachers: Sequence[keras.Model] = (),
) -> History:
    """Train `model`, leave its best weights in it, and return the history.

    Ctrl-C keeps the best so far. In the first epoch there is nothing to keep, and it ends the run.
    `data`, with the hashes of the data, is kept in the checkpoint: a run goes on with the same.
    """
    learner = Learner(model, training, options, teachers)
    history = History()
    if checkpoint is not None:
        if resume:
            history = load_checkpoint(checkpoint, learner, data or {})
        else:
            checkpoint.unlink(missing_ok=True)  # or --resume would go on with an older run
    progress = Progress(options.epochs, learner.steps_per_epoch)
    if after_step is not None and not history.epochs:
        after_step(learner, 0)
    try:
        for epoch in range(len(history.epochs), options.epochs):
            if history.stopped_early(options.patience):
                break
            started_s = time.perf_counter()
            figures = learner.epoch(epoch, progress, after_step)
            history.losses += learner.losses
            with learner.averaged_weights():
                learner.settle_norms(epoch)
                figures |= validate(model, validation)
                better = not history.best_weights or is_better(
                    figures, history.epochs[history.best_epoch], epoch == options.epochs - 1
                )
                if better:
                    history.best_weights, history.best_epoch = model.get_weights(), epoch
                figures["seconds"] = time.perf_counter() - started_s
                history.epochs.append(figures)
                if after_epoch is not None:
                    after_epoch(epoch, figures)
            progress.epoch(epoch, figures, better)
            if checkpoint is not None:
                save_checkpoint(checkpoint, learner, history, data or {})
    except KeyboardInterrupt:
        if not history.epochs:
            raise
        print("\ninterrupted: keeping the best so far", flush=True)
        history.interrupted = True
    model.set_weights(history.best_weights)
    return history


def is_better(figures: dict[str, float], best: dict[str, float], is_last: bool) -> bool:
    """Whether an epoch takes the place of the best so far.

    The last epoch wins unless the best is ahead by more than chance: where the rate falls to 0, the
    weights have settled by then.
    """
    if is_last and figures["val_accuracy"] > best["val_accuracy"] - CHANCE:
        return True
    return rank(figures) > rank(best)


def rank(figures: dict[str, float]) -> tuple[float, float]:
    """The better epoch ranks higher: by accuracy, then by a lower loss."""
    return figures["val_accuracy"], -figures["val_loss"]


def check_learnt(history: History, validation: Examples, options: Options, steps: int) -> None:
    """Raise an error where the best weights are no better than an answer that never changes."""
    digits = validation.targets[validation.targets.max(axis=1) > 0.5]
    chance = float(digits.mean(axis=0).max())
    luck = 3 * math.sqrt(chance * (1 - chance) / len(digits))
    reached = history.epochs[history.best_epoch]["val_accuracy"]
    # Of a few drawings, all right would be no more than luck: half way there will do.
    if reached <= min(chance + luck, (1 + chance) / 2):
        few = f"There were only {steps} steps: more --epochs help, or a smaller --batch-size. "
        raise LearningFailed(
            f"it learnt nothing: {reached:.1%} of the validation digits are read right, and "
            f"{chance:.1%} would be by always giving the same answer. "
            f"{few if steps < FEW_STEPS else ''}{smaller_rate(options)}"
        )


def smaller_rate(options: Options) -> str:
    """What to try after a run that failed."""
    rate = options.learning_rate
    return f"Try --learning-rate {rate / 10:.2g} (it was {rate:.2g}); --lr-find suggests one"


class Learner:
    """A network, its optimizer, the average of its weights, and the training step."""

    def __init__(
        self,
        model: keras.Model,
        training: Examples,
        options: Options,
        teachers: Sequence[keras.Model] = (),
    ) -> None:
        self.model, self.options, self.teachers = model, options, teachers
        self.count = len(training)
        self.batch_size = min(options.batch_size, self.count)
        self.steps_per_epoch = self.count // self.batch_size
        self.steps_in_all = options.epochs * self.steps_per_epoch
        self.rate_share = SCHEDULES[options.schedule]
        self.optimizer = make_optimizer(options)
        self.optimizer.build(model.trainable_variables)
        self.averages = [tf.Variable(weight, trainable=False) for weight in model.weights]
        self.step, self.forward = self._compiled(training)

    @property
    def state(self) -> list[Any]:
        """Every variable that a checkpoint holds."""
        return [*self.model.variables, *self.optimizer.variables, *self.averages]

    def epoch(
        self,
        epoch: int,
        progress: Progress,
        after_step: Callable[[Learner, int], None] | None = None,
    ) -> dict[str, float]:
        """One pass, in an order of seed and epoch. The last, incomplete batch is left out."""
        order = np.random.default_rng((self.options.seed, epoch)).permutation(self.count)
        losses, accuracies = [], []
        rate = 0.0
        for step in range(self.steps_per_epoch):
            number = epoch * self.steps_per_epoch + step
            done = number / self.steps_in_all
            rate = self.options.learning_rate * self.rate_share(done)
            batch = order[step * self.batch_size : (step + 1) * self.batch_size]
            loss, accuracy = self.take_step(number, batch, rate)
            if not math.isfinite(loss):
                raise LearningFailed(
                    f"it diverged: at step {number + 1} the loss is no number any more. "
                    f"{smaller_rate(self.options)}"
                )
            losses.append(loss)
            accuracies.append(accuracy)
            progress.step(epoch, step, loss, float(np.mean(accuracies[-50:])), rate)
            if after_step is not None:
                after_step(self, number + 1)
        parts = np.array_split(losses, min(LOSSES_KEPT, len(losses)))
        self.losses = [
            [epoch + (part + 1) / len(parts), float(np.mean(some))]
            for part, some in enumerate(parts)
        ]
        return {
            "loss": float(np.mean(losses)),
            "accuracy": float(np.mean(accuracies)),
            "rate": rate,
        }

    def take_step(self, number: int, batch: NDArray[np.intp], rate: float) -> tuple[float, float]:
        """Learn from a batch, and return its loss, without label smoothing, and its accuracy."""
        self.optimizer.learning_rate.assign(rate)
        # At first the average is short, or it would remember the random start.
        decay = min(self.options.ema, (1 + number) / (10 + number))
        loss, accuracy = self.step(
            tf.constant(batch, tf.int32),
            tf.constant([self.options.seed, number], tf.int32),
            tf.constant(decay, tf.float32),
        )
        return float(loss), float(accuracy)

    def settle_norms(self, epoch: int) -> None:
        """Give batch norm the averages of the weights that are in the model now.

        Its moving averages lag behind. After a few dozen steps they still remember the start, and
        a network that reads half of its training digits is judged to read a tenth.
        """
        kinds = {type(layer) for layer in self.model.layers}
        if keras.layers.BatchNormalization not in kinds or self.steps_per_epoch * epoch > FEW_STEPS:
            return
        order = np.random.default_rng((self.options.seed, epoch, 1)).permutation(self.count)
        for step in range(NORM_STEPS):
            batch = np.take(order, np.arange(self.batch_size) + step * self.batch_size, mode="wrap")
            self.forward(tf.constant(batch, tf.int32), tf.constant([epoch, -1 - step], tf.int32))

    def averaged_weights(self) -> SwappedWeights:
        """For a `with` block: the model holds the average of its weights."""
        averages = [average.numpy() for average in self.averages] if self.options.ema else None
        return SwappedWeights(self.model, averages)

    def _compiled(self, training: Examples) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """A step of learning, and the same without learning."""
        options, model = self.options, self.model
        logits_of = logits_model(model)
        all_images, all_targets = tf.constant(training.images), tf.constant(training.targets)
        augment = compiled_augmentation(options.augment_strength)
        if options.augment:
            with silence():  # XLA announces its first compilation
                augment(
                    tf.zeros((self.batch_size, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX)), tf.constant([0, 0])
                )

        def pictures(batch: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
            images = tf.cast(tf.gather(all_images, batch), tf.float32) / 255.0
            return (augment(images, seed) if options.augment else images)[..., None]

        @tf.function  # type: ignore[untyped-decorator]
        def step(
            batch: tf.Tensor, seed: tf.Tensor, decay: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            images, targets = pictures(batch, seed), tf.gather(all_targets, batch)
            weights = weights_of(targets, options.junk_weight)
            if self.teachers:
                targets = blended(targets, images, self.teachers, options.trust)
            smooth = options.label_smoothing
            wanted = targets * (1 - smooth) + smooth / targets.shape[1]
            with tf.GradientTape() as tape:
                logits = logits_of(images, training=True)
                loss = cross_entropy(wanted, logits, weights)
            gradients = tape.gradient(loss, model.trainable_variables)
            self.optimizer.apply(gradients, model.trainable_variables)
            if options.ema:
                for average, weight in zip(self.averages, model.weights, strict=True):
                    average.assign_add((1 - decay) * (weight.value - average))
            return cross_entropy(targets, logits), accuracy_of(logits, targets)

        @tf.function  # type: ignore[untyped-decorator]
        def forward(batch: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
            return logits_of(pictures(batch, seed), training=True)

        return step, forward


def blended(
    targets: tf.Tensor, images: tf.Tensor, teachers: Sequence[keras.Model], trust: float
) -> tf.Tensor:
    """Labels blended with the mean answer of the teachers, where that answer is right."""
    said = tf.add_n([teacher(images) for teacher in teachers]) / len(teachers)
    is_digit = tf.reduce_max(targets, axis=1) > 0.5
    right = is_digit & (tf.argmax(said, axis=1) == tf.argmax(targets, axis=1))
    return tf.where(right[:, None], (1 - trust) * targets + trust * said, targets)


@cache
def compiled_augmentation(strength: float) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Augmentation for any number of runs: compiling takes seconds.

    XLA makes the augmentation 2.5 times faster. It would make the convolutions slower.
    """

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def augment(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return augmented(images, seed, Strength().times(strength))

    return augment  # type: ignore[no-any-return]


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
    return keras.Model(model.inputs[0], model.get_layer("logits").output)


def cross_entropy(
    targets: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor | float = 1.0
) -> tf.Tensor:
    """The loss of a batch; `weights` say how much each example counts."""
    return tf.reduce_mean(weights * tf.nn.softmax_cross_entropy_with_logits(targets, logits))


def weights_of(targets: tf.Tensor, junk_weight: float) -> tf.Tensor:
    """How much each example counts: what is no digit less than a digit."""
    return tf.where(tf.reduce_max(targets, axis=1) > 0.5, 1.0, junk_weight)


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


def save_checkpoint(
    path: Path, learner: Learner, history: History, data: dict[str, dict[str, Any]]
) -> None:
    """Write everything that a resumed run needs to one file, whole or not at all."""
    about = {
        "options": learner.options.as_json(),
        "data": data,
        "epochs": history.epochs,
        "losses": history.losses,
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


def load_checkpoint(path: Path, learner: Learner, data: dict[str, dict[str, Any]]) -> History:
    """Restore the learner and its history."""
    with explained(path):
        arrays = read_checkpoint(path)
        about = json.loads(str(arrays["about"]))
        kept = about["data"]
        changed = sorted(name for name in kept | data if kept.get(name) != data.get(name))
        if changed:
            raise TrainingError(
                f"{path} was made with other data: {', '.join(changed)} changed since; "
                "train anew without --resume"
            )
        for number, variable in enumerate(learner.state):
            variable.assign(arrays[f"state_{number}"])
        best = [arrays[f"best_{number}"] for number in range(len(learner.model.weights))]
        return History(about["epochs"], about["losses"], best, about["best_epoch"])


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors in reading mean a checkpoint of another version, or another file altogether."""
    try:
        yield
    except (KeyError, ValueError, TypeError) as error:
        raise TrainingError(
            f"{path} is no checkpoint of this Inkling ({error}); train anew without --resume"
        ) from error
