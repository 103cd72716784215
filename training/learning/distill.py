"""Distillation: larger networks are trained first, and a small network learns from their answers.

The teachers answer several augmented copies of every example once, before the small network
starts. A training step then costs the same as without teachers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.data.examples import Datasets, Examples, prepare
from training.files import cache_folder, read_arrays, whole_file
from training.learning.augment import Strength, augmented
from training.learning.fit import Weights, fit, predict
from training.learning.networks import multiply_adds, new_network
from training.options import Options, read_recipe

TEACHER_RECIPE = "teacher"
CHANGED_AT_ONCE = 500


def datasets_for(options: Options) -> Datasets:
    """All the data of one run, with the teachers' answers where the options ask for teachers."""
    return with_teachers(prepare(options), options)


def with_teachers(datasets: Datasets, options: Options) -> Datasets:
    """Add the teachers' answers where the options ask for teachers."""
    if not options.teachers:
        return datasets
    return replace(datasets, training=taught(datasets.training, datasets.validation, options))


def taught(training: Examples, validation: Examples, options: Options) -> Examples:
    """`options.copies` augmented copies of each example; targets blend labels and teachers."""
    models = [teacher(training, validation, options, number) for number in range(options.teachers)]
    images, targets = [], []
    for copy in range(options.copies):
        print(f"asking the teachers about copy {copy + 1} of {options.copies} ...", flush=True)
        changed = changed_copy(training.images, options, copy)
        said = np.mean([predict(model, changed) for model in models], axis=0)
        images.append(changed)
        targets.append(training.targets * (1 - options.trust) + said * options.trust)
    return Examples(
        np.concatenate(images), np.concatenate(targets).astype(np.float32), changed=True
    )


def changed_copy(images: NDArray[np.uint8], options: Options, copy: int) -> NDArray[np.uint8]:
    """Every picture, augmented as training augments."""
    if not options.augment:
        return images
    strength = Strength().times(options.augment_strength)
    parts = []
    for start in range(0, len(images), CHANGED_AT_ONCE):
        batch = tf.cast(images[start : start + CHANGED_AT_ONCE], tf.float32) / 255.0
        seed = tf.constant([options.seed + copy * 1_000_003, start], tf.int32)
        parts.append(np.rint(augmented(batch, seed, strength).numpy() * 255).astype(np.uint8))
    return np.concatenate(parts)


def teacher(training: Examples, validation: Examples, options: Options, number: int) -> keras.Model:
    """One large network, trained now or kept from an earlier run on the same examples."""
    teacher_options = replace(Options().changed(read_recipe(TEACHER_RECIPE)), seed=1000 + number)
    model = new_network(teacher_options, training.targets.shape[1])
    key = teacher_key(teacher_options, training, validation)
    kept = cache_folder() / "teachers" / f"{key}.npz"
    if kept.is_file():
        weights: Weights = list(read_arrays(kept).values())
        model.set_weights(weights)
        return model
    print(f"teacher {number + 1} of {options.teachers}: {multiply_adds(model) / 1e6:.1f} M "
          "multiply-adds", flush=True)  # fmt: skip
    checkpoint = kept.with_suffix(".checkpoint.npz")
    history = fit(
        model, training, validation, teacher_options, checkpoint, resume=checkpoint.is_file()
    )
    if history.interrupted:
        raise KeyboardInterrupt  # the checkpoint stays, and the next run goes on from it
    with whole_file(kept) as temporary:
        np.savez(temporary, **{f"w{i:03d}": w for i, w in enumerate(model.get_weights())})
    checkpoint.unlink(missing_ok=True)
    return model


def teacher_key(teacher_options: Options, training: Examples, validation: Examples) -> str:
    """A name that changes with the options and with every example."""
    digest = hashlib.sha256(json.dumps(teacher_options.as_json(), sort_keys=True).encode())
    for examples in (training, validation):
        for array in (examples.images, examples.targets):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:24]
