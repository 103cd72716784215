"""A small network learns from larger ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST
from training.data.examples import Examples
from training.data.mnist import load_mnist
from training.data.sets import one_hot, stratified_split
from training.files import cache_folder
from training.learning import distill
from training.learning.distill import changed_copy, taught, teacher, teacher_key
from training.learning.fit import Learner
from training.learning.networks import build
from training.learning.progress import Progress
from training.options import Options

pytestmark = pytest.mark.tensorflow

OPTIONS = Options(teachers=2, copies=3, trust=0.6, data=str(LITTLE_MNIST))


@pytest.fixture
def little() -> tuple[Examples, Examples]:
    train, validation = stratified_split(load_mnist(LITTLE_MNIST).train, 0.2, 0)
    return tuple(Examples(d.images, one_hot(d.labels)) for d in (train, validation))  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def small_teachers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Teachers that take a second, kept where only this test finds them."""
    small = {"filters": [4, 8, 8], "epochs": 1, "batch_size": 34, "augment": False}
    monkeypatch.setattr(distill, "read_recipe", lambda _: small)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_a_target_is_the_label_and_what_the_teachers_say(
    little: tuple[Examples, Examples],
) -> None:
    """Every copy of every example is there; its target is mixed as `trust` says and sums to 1."""
    training, validation = little
    copies = taught(training, validation, OPTIONS)
    assert copies.changed
    assert len(copies) == 3 * len(training)
    assert np.allclose(copies.targets.sum(axis=1), 1, atol=1e-4)
    of_label = copies.targets[np.arange(len(copies)), np.tile(training.targets.argmax(axis=1), 3)]
    assert of_label.min() >= 1 - OPTIONS.trust - 1e-6

    alone = taught(training, validation, replace(OPTIONS, trust=0.0))
    assert np.allclose(alone.targets, np.tile(training.targets, (3, 1)))


def test_copies_differ_and_can_be_made_again(little: tuple[Examples, Examples]) -> None:
    """No copy is like another, each is the same every time, and --no-augment leaves them alone."""
    images = little[0].images
    first, second = changed_copy(images, OPTIONS, 0), changed_copy(images, OPTIONS, 1)
    assert (first != second).any()
    assert (first == changed_copy(images, OPTIONS, 0)).all()
    assert (changed_copy(images, replace(OPTIONS, augment=False), 0) == images).all()


def test_a_teacher_is_trained_once(
    little: tuple[Examples, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run finds it kept; other examples need another one."""
    first = teacher(*little, OPTIONS, 0).get_weights()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(distill, "fit", refuse)
    for one, other in zip(first, teacher(*little, OPTIONS, 0).get_weights(), strict=True):
        assert (one == other).all()
    fewer = Examples(little[0].images[:100], little[0].targets[:100])
    with pytest.raises(AssertionError, match="trained again"):
        teacher(fewer, little[1], OPTIONS, 0)


def test_a_teacher_is_named_after_all_that_it_learnt_from(
    little: tuple[Examples, Examples],
) -> None:
    """Its options, and both sets to the last target: validation chose its weights."""
    training, validation = little
    more = replace(validation, targets=np.roll(validation.targets, 1, axis=0))
    less = replace(training, images=training.images // 2)
    names = {
        teacher_key(OPTIONS, training, validation),
        teacher_key(replace(OPTIONS, dropout=0.5), training, validation),
        teacher_key(OPTIONS, training, more),
        teacher_key(OPTIONS, less, validation),
    }
    assert len(names) == 4


def test_ctrl_c_while_a_teacher_trains_ends_the_run_and_the_next_one_goes_on(
    little: tuple[Examples, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a teacher is never kept as a whole one; trained to its end it is as if unbroken."""
    recipe = {"filters": [4, 8, 8], "epochs": 3, "batch_size": 34, "augment": False}
    monkeypatch.setattr(distill, "read_recipe", lambda _: recipe)
    folder = cache_folder() / "teachers"
    unbroken = teacher(*little, OPTIONS, 0).get_weights()
    (kept,) = folder.iterdir()
    kept.unlink()

    def press(_: Progress, epoch: int, *__: object) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "epoch", press)
        with pytest.raises(KeyboardInterrupt):
            teacher(*little, OPTIONS, 0)
    assert [path.suffixes for path in folder.iterdir()] == [[".checkpoint", ".npz"]]
    trained: list[int] = []
    monkeypatch.setattr(Progress, "epoch", lambda _, epoch, *__: trained.append(epoch))
    resumed = teacher(*little, OPTIONS, 0).get_weights()
    assert trained == [1, 2]  # the epoch that was cut is done again
    assert list(folder.iterdir()) == [kept]
    for one, other in zip(unbroken, resumed, strict=True):
        assert (one == other).all()


def test_teachers_differ(little: tuple[Examples, Examples]) -> None:
    """Two teachers that say the same would be one."""
    one, other = (teacher(*little, OPTIONS, number).get_weights()[0] for number in (0, 1))
    assert (one != other).any()


def test_changed_examples_are_not_changed_again(little: tuple[Examples, Examples]) -> None:
    """What the teachers saw is what the small network sees: loss without augmentation, exactly."""
    images, targets = little[0].images, little[0].targets
    losses = []
    for examples, augment in (
        (Examples(images, targets, changed=True), True),
        (Examples(images, targets), False),
    ):
        options = replace(OPTIONS, augment=augment, batch_size=34)
        model = build("lenet5", dropout=0.0)
        model.set_weights([np.full(w.shape, 0.01, np.float32) for w in model.get_weights()])
        learner = Learner(model, examples, options)
        losses.append(learner.epoch(0, Progress(1, learner.steps_per_epoch))["loss"])
    assert losses[0] == losses[1]
