"""Every choice of a training run, its default, and where choices come from.

Defaults, then a recipe, then typed flags: the later wins. Never imports TensorFlow, so `--help`
and mistakes in a recipe are answered at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from training.errors import TrainingError

RECIPES = Path(__file__).parent / "recipes"
NETWORK_NAMES = ("textbook", "lenet5", "compact", "tapering", "vgg", "resnet")
OPTIMIZER_NAMES = ("adam", "adamw", "sgd", "rmsprop")
SCHEDULE_NAMES = ("one-cycle", "cosine", "constant")
KINDS = {
    str: "a text", bool: "true or false", int: "a whole number", float: "a number",
    tuple[str, ...]: "a list of texts", tuple[int, ...]: "a list of whole numbers",
}  # fmt: skip

Rule = tuple[Callable[[Any], bool], str]  # whether a value is fine, and the values that are


def between(low: float, high: float) -> Rule:
    """A number from `low` to `high`, both allowed."""
    return lambda value: low <= value <= high, f"from {low} to {high}"


def share() -> Rule:
    """A part that is never the whole."""
    return lambda value: 0 <= value < 1, "at least 0 and less than 1"


def at_least(low: int) -> Rule:
    """A whole number without an upper end."""
    return lambda value: value >= low, f"at least {low}"


def one_of(names: tuple[str, ...]) -> Rule:
    """One of some names."""
    return lambda value: value in names, f"one of {', '.join(names)}"


RULES: dict[str, Rule] = {
    "network": one_of(NETWORK_NAMES),
    "optimizer": one_of(OPTIMIZER_NAMES),
    "schedule": one_of(SCHEDULE_NAMES),
    "filters": (lambda value: bool(value) and min(value) > 0, "whole numbers of at least 1"),
    "kernel_size": between(1, 7),
    "layers": between(1, 8),
    "dropout": share(),
    "epochs": at_least(1),
    "batch_size": at_least(1),
    "learning_rate": (lambda value: 0 < value <= 10, "more than 0 and at most 10"),
    "patience": at_least(0),
    "augment_strength": between(0, 3),
    "label_smoothing": share(),
    "ema": share(),
    "weight_decay": share(),
    "validation_split": (lambda value: 0 < value < 0.9, "more than 0 and less than 0.9"),
    "seed": between(0, 2**31 - 1),
    "mnist_times": between(1, 20),
    "renderings": between(1, 20),
    "made_junk": at_least(0),
    "made_digits": at_least(0),
    "trust": between(0, 1),
    "classes": (
        lambda labels: len(set(labels)) == len(labels) <= 64,
        "at most 64 names, each once",
    ),
    "require_accuracy": between(0, 1),
}


@dataclass(frozen=True)
class Options:
    """What a run was asked to do. The defaults are what it does without a recipe or a flag."""

    recipe: str | None = None  # where these come from

    network: str = "compact"
    filters: tuple[int, ...] | None = None  # None: the network's own
    kernel_size: int | None = None
    layers: int | None = None
    dropout: float | None = None

    epochs: int = 11
    batch_size: int = 256
    learning_rate: float = 0.012
    optimizer: str = "adam"
    schedule: str = "one-cycle"
    patience: int = 0  # epochs without a better validation result; 0: never stop early
    augment: bool = True
    augment_strength: float = 0.8
    label_smoothing: float = 0.02
    ema: float = 0.99  # 0: none
    weight_decay: float = 0.0
    validation_split: float = 0.05
    seed: int = 0

    data: str | None = None
    classes: tuple[str, ...] = ()  # labels in order, or the one name of a well-known set
    start_from: str | None = None  # a model to train on; another last layer for other classes
    drawings: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    dev_drawings: tuple[str, ...] = ()
    dev_junk: tuple[str, ...] = ()
    mnist_times: int = 1  # how often each MNIST digit is in the training set
    renderings: int = 2  # how often each drawing is rendered
    made_junk: int = 0  # drawings made by code that are no digit
    made_digits: int = 0  # 1s with long flags and 7s with short bars, made by code

    teachers: tuple[str, ...] = ()  # .h5 or .keras models that answer every example too
    trust: float = 0.7  # how much of a target is their answer; the rest is the label

    require_accuracy: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the flag."""
        for name, (fine, allowed) in RULES.items():
            value = getattr(self, name)
            if value is not None and not fine(value):
                shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
                raise TrainingError(
                    f"--{name.replace('_', '-')} cannot be {shown}; it is {allowed}"
                )
        if self.weight_decay and self.optimizer != "adamw":
            raise TrainingError("--weight-decay is for --optimizer adamw")

    def as_json(self) -> dict[str, Any]:
        """Plain values, for the card and the checkpoint."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Options:
        """Undo `as_json`, if it was this Inkling's."""
        if values.keys() != cls.__dataclass_fields__.keys():
            raise ValueError("other options")
        return cls().changed(values)

    def changed(self, values: dict[str, Any]) -> Options:
        """These options with some replaced; lists, as JSON and TOML have them, become tuples."""
        new: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return replace(self, **new)


def recipe_names() -> list[str]:
    """The recipes that come with Inkling."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def read_recipe(name: str) -> dict[str, Any]:
    """The options that a recipe sets: one of ours by name, or any .toml file."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        raise TrainingError(
            f"no recipe {name!r}; there are {', '.join(recipe_names())}, or a .toml file"
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: not TOML ({error})") from error
    values = {key.replace("-", "_"): value for key, value in values.items()}
    kinds = {key: kind for key, kind in option_kinds().items() if key != "recipe"}
    for key, value in values.items():
        if key not in kinds:
            raise TrainingError(f"{path}: no option is called {key!r}")
        if not fits(value, kinds[key]):
            raise TrainingError(f"{path}: `{key}` must be {KINDS[kinds[key]]}, not {value!r}")
    # Keras takes no whole number for a learning rate.
    return {key: float(v) if kinds[key] is float else v for key, v in values.items()}


def option_kinds() -> dict[str, Any]:
    """The type of each option, without the None that TOML cannot say."""
    return {
        key: get_args(hint)[0] if isinstance(hint, UnionType) else hint
        for key, hint in get_type_hints(Options).items()
    }


def fits(value: Any, kind: Any) -> bool:
    """Whether TOML's value is of this type: a whole number is a number, true is none."""
    if get_origin(kind) is tuple:
        return isinstance(value, list) and all(fits(part, get_args(kind)[0]) for part in value)
    return type(value) in ((int, float) if kind is float else (kind,))


def asked_for(recipe: str | None, typed: dict[str, Any]) -> dict[str, Any]:
    """The recipe, then what was typed."""
    return {**(read_recipe(recipe) if recipe else {}), **typed, "recipe": recipe}


def combined(recipe: str | None, typed: dict[str, Any]) -> Options:
    """Defaults, then the recipe, then what was typed."""
    return Options().changed(asked_for(recipe, typed))
