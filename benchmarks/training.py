"""How fast and how well training goes, beside the textbook recipe, in one run on one machine.

    python benchmarks/training.py [--data mnist.npz] [--seeds 5] [RECIPE ...]

Recipes: `textbook` (Keras `fit` on NumPy arrays, as in most notebooks), `quick`, `default`. Each
run is a process of its own. The test set is read after each epoch; the time for that is not
counted, and it chooses nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1]))

BAR = 0.99
RECIPES = ("textbook", "quick", "default")


class Stopwatch:
    """Wall and CPU seconds of training, without the time for the test set."""

    def __init__(self, accuracy: Callable[[], float]) -> None:
        self.accuracy = accuracy
        self.looks: list[tuple[float, float, float]] = []  # wall s, CPU s, accuracy
        self.wall_s, self.cpu_s = -time.perf_counter(), -time.process_time()

    def look(self) -> None:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        self.looks.append((self.wall_s + wall_s, self.cpu_s + cpu_s, self.accuracy()))
        self.wall_s -= time.perf_counter() - wall_s
        self.cpu_s -= time.process_time() - cpu_s


def run_textbook(data: Path | None, seed: int) -> list[tuple[float, float, float]]:
    """Train as most notebooks do: arrays into fit, ten epochs."""
    import keras
    import numpy as np
    from keras import layers

    from training.data.mnist import load_mnist

    mnist = load_mnist(data)
    x_train, x_test = (
        half.images[..., None].astype(np.float32) / 255 for half in (mnist.train, mnist.test)
    )
    y_train = keras.utils.to_categorical(mnist.train.labels, 10)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    watch = Stopwatch(
        lambda: float((model.predict(x_test, verbose=0).argmax(axis=1) == mnist.test.labels).mean())
    )
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: watch.look())
    model.fit(x_train, y_train, batch_size=128, epochs=10, verbose=0, callbacks=[look])
    return watch.looks


def run_ours(recipe: str, data: Path | None, seed: int) -> list[tuple[float, float, float]]:
    """Train as `train.py` does, between reading MNIST and writing the model."""
    from training.data.examples import prepare
    from training.learning.fit import fit, predict
    from training.learning.networks import new_network
    from training.options import combined

    typed = {"seed": seed, "data": str(data) if data else None}
    options = combined(None if recipe == "default" else recipe, typed)
    datasets = prepare(options)
    test = datasets.test
    watch = Stopwatch(
        lambda: float((predict(model, test.images).argmax(axis=1) == test.labels).mean())
    )
    model = new_network(options)
    history = fit(
        model, datasets.training, datasets.validation, options,
        after_epoch=lambda *_: watch.look(),
    )  # fmt: skip
    # Validation chooses the model that is kept.
    wall_s, cpu_s, _ = watch.looks[-1]
    return [*watch.looks, (wall_s, cpu_s, watch.looks[history.best_epoch][2])]


def run_in_own_process(recipe: str, data: Path | None, seed: int) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, __file__, recipe, "--one-seed", str(seed)]
    done = subprocess.run(
        [*command, *(["--data", str(data)] if data else [])],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def one_run(recipe: str, data: Path | None, seed: int) -> dict[str, float | None]:
    """Figures of one training in this process."""
    looks = run_textbook(data, seed) if recipe == "textbook" else run_ours(recipe, data, seed)
    first = next((look for look in looks if look[2] >= BAR), None)
    return {
        "wall_s": looks[-1][0],
        "cpu_s": looks[-1][1],
        "accuracy": looks[-1][2],
        "wall_to_bar_s": first and first[0],
        "cpu_to_bar_s": first and first[1],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def print_table(results: dict[str, list[dict[str, float]]]) -> None:
    """Means over the seeds, and ratios to the textbook."""
    print(
        f"\n{'recipe':<10}{'seeds':>6}{'accuracy':>10}{'lowest':>9}{'wall s':>8}{'CPU s':>8}"
        f"{'to 99 %: wall s':>17}{'CPU s':>8}{'peak MB':>9}{'of textbook: wall':>19}{'CPU':>7}"
    )
    base = results.get("textbook")
    for recipe, runs in results.items():
        reached = [run for run in runs if run["wall_to_bar_s"] is not None]
        wall, cpu = (mean(run[key] for run in runs) for key in ("wall_s", "cpu_s"))
        to_bar = [
            f"{mean(run[key] for run in reached):.1f}" if len(reached) == len(runs) else "not all"
            for key in ("wall_to_bar_s", "cpu_to_bar_s")
        ]
        shares = [
            f"1/{mean(run[key] for run in base) / own:.2f}" if base else "-"
            for key, own in (("wall_s", wall), ("cpu_s", cpu))
        ]
        print(
            f"{recipe:<10}{len(runs):>6}{mean(run['accuracy'] for run in runs):>10.2%}"
            f"{min(run['accuracy'] for run in runs):>9.2%}{wall:>8.1f}{cpu:>8.1f}"
            f"{to_bar[0]:>17}{to_bar[1]:>8}{mean(run['peak_mb'] for run in runs):>9.0f}"
            f"{shares[0]:>19}{shares[1]:>7}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("recipes", nargs="*", default=RECIPES, metavar="RECIPE")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--one-seed", type=int, help=argparse.SUPPRESS)
    typed = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if typed.one_seed is not None:
        print(json.dumps(one_run(typed.recipes[0], typed.data, typed.one_seed)))
        return
    results: dict[str, list[dict[str, float]]] = {recipe: [] for recipe in typed.recipes}
    for seed in range(typed.seeds):  # seed by seed, so that a busy machine slows all recipes alike
        for recipe in typed.recipes:
            results[recipe].append(run_in_own_process(recipe, typed.data, seed))
            print(f"{recipe} seed {seed}: {results[recipe][-1]}", file=sys.stderr, flush=True)
    print_table(results)


if __name__ == "__main__":
    main()
