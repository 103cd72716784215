"""Every choice of a training run, its default, and where choices come from.

Defaults, then a recipe, then typed flags: the later wins. Never imports TensorFlow, so `--help`
and mistakes in a recipe are answered at once.
"""

from __future__ import annotations

import tomllib
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
    drawings: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    dev_drawings: tuple[str, ...] = ()
    dev_junk: tuple[str, ...] = ()
    mnist_times: int = 1  # how often each MNIST digit is in the training set
    renderings: int = 2  # how often each drawing is rendered
    made_junk: int = 0  # drawings made by code that are no digit
    made_digits: int = 0  # 1s with long flags and 7s with short bars, made by code

    start_from: str | None = None  # an .h5 or .keras file whose weights are trained on
    teachers: tuple[str, ...] = ()  # .h5 or .keras files that answer every example too
    trust: float = 0.7  # how much of a target is their answer; the rest is the label

    require_accuracy: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the flag."""
        checks = {
            "--network": self.network in NETWORK_NAMES,
            "--optimizer": self.optimizer in OPTIMIZER_NAMES,
            "--schedule": self.schedule in SCHEDULE_NAMES,
            "--filters": self.filters is None or (bool(self.filters) and min(self.filters) > 0),
            "--kernel-size": self.kernel_size is None or 1 <= self.kernel_size <= 7,
            "--layers": self.layers is None or 1 <= self.layers <= 8,
            "--dropout": self.dropout is None or 0 <= self.dropout < 1,
            "--epochs": self.epochs >= 1,
            "--batch-size": self.batch_size >= 1,
            "--learning-rate": 0 < self.learning_rate <= 10,
            "--patience": self.patience >= 0,
            "--augment-strength": 0 <= self.augment_strength <= 3,
            "--label-smoothing": 0 <= self.label_smoothing < 1,
            "--ema": 0 <= self.ema < 1,
            "--weight-decay": 0 <= self.weight_decay < 1,
            "--validation-split": 0 < self.validation_split < 0.9,
            "--seed": 0 <= self.seed < 2**31,
            "--mnist-times": 1 <= self.mnist_times <= 20,
            "--renderings": 1 <= self.renderings <= 20,
            "--made-junk": self.made_junk >= 0,
            "--made-digits": self.made_digits >= 0,
            "--trust": 0 <= self.trust <= 1,
            "--require-accuracy": self.require_accuracy is None or 0 <= self.require_accuracy <= 1,
        }
        for flag, fine in checks.items():
            if not fine:
                value = getattr(self, flag.lstrip("-").replace("-", "_"))
                raise TrainingError(f"{flag} cannot be {value!r}")
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
