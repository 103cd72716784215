"""The networks, each a short list of built-in Keras layers, and the cost of a forward pass.

Every network maps (28, 28, 1) floats in 0..1 to a probability for each class. The last two layers
are a Dense layer called `logits` and a softmax: training works on the logits, and calibration folds
a temperature into them. Knows nothing of data or training.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
from keras import layers

from training.errors import TrainingError
from training.options import Options

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10  # where nobody says otherwise
# Keras's 0.99 needs hundreds of steps to forget where it began; a quick run has few.
NORM_MOMENTUM = 0.9


@dataclass(frozen=True)
class Shape:
    """The size of a network: `--filters`, `--kernel-size`, `--layers` and `--dropout`."""

    filters: tuple[int, ...]
    kernel_size: int = 3
    layers: int = 1
    dropout: float = 0.0
    classes: int = CLASSES


def textbook(shape: Shape) -> list[layers.Layer]:
    """The CNN of most tutorials: convolution and pooling twice, one dense layer, dropout."""
    body: list[layers.Layer] = []
    for filters in shape.filters:
        for _ in range(shape.layers):
            body.append(layers.Conv2D(filters, shape.kernel_size, activation="relu"))
        body.append(layers.MaxPooling2D())
    return [
        *body,
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(shape.dropout),
    ]


def lenet5(shape: Shape) -> list[layers.Layer]:
    """LeNet-5 (LeCun and others, 1998), with its tanh and its average pooling."""
    body: list[layers.Layer] = []
    for block, filters in enumerate(shape.filters):
        for _ in range(shape.layers):
            padding = "same" if block == 0 else "valid"
            body.append(
                layers.Conv2D(filters, shape.kernel_size, padding=padding, activation="tanh")
            )
        body.append(layers.AveragePooling2D(2))
    return [
        *body,
        layers.Flatten(),
        layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"),
        layers.Dropout(shape.dropout),
    ]


def compact(shape: Shape) -> list[layers.Layer]:
    """The default: a strided 5x5 stem, so that all further layers work at 12x12 and 6x6.

    A 3x3 convolution costs four times as much at 28x28 as at 14x14, and MNIST's strokes are wider
    than two pixels. Batch norm took 40 % of a step on two cores. The stem has none, and elsewhere
    it comes after the pooling: an epoch takes 6.4 s instead of 9.2 s.
    """
    stem, *middle, last = shape.filters
    *wide, pooled = [filters for filters in middle or [stem] for _ in range(shape.layers)]
    body = [layers.Conv2D(stem, 5, strides=2, activation="relu")]
    for filters in wide:
        body += convolution(filters, shape.kernel_size)
    body += convolution(pooled, shape.kernel_size, pool=True)
    for _ in range(shape.layers + 1):
        body += convolution(last, shape.kernel_size)
    return [*body, layers.Flatten(), layers.Dropout(shape.dropout)]


def tapering(shape: Shape) -> list[layers.Layer]:
    """Compact, halved once more: it works at 6x6, and most parameters lie at 3x3.

    At 3x3 a parameter costs a sixteenth of its cost at 12x12, so the network can be deeper.
    """
    stem, *middle, last = shape.filters
    body = [layers.Conv2D(stem, 5, strides=2, activation="relu")]
    for halved, filters in enumerate(middle or [stem]):
        for _ in range(shape.layers if halved else shape.layers - 1):
            body += convolution(filters, shape.kernel_size)
        body += convolution(filters, shape.kernel_size, pool=True)
    for _ in range(shape.layers):
        body += convolution(last, shape.kernel_size)
    return [*body, layers.Flatten(), layers.Dropout(shape.dropout)]


def vgg(shape: Shape) -> list[layers.Layer]:
    """Stacks of same-padded convolutions with batch norm, pooling after each stack."""
    body: list[layers.Layer] = []
    for filters in shape.filters:
        for _ in range(shape.layers):
            body += convolution(filters, shape.kernel_size)
        body += [layers.MaxPooling2D(), layers.Dropout(shape.dropout)]
    return [*body, layers.GlobalAveragePooling2D()]


def convolution(
    filters: int, kernel_size: int, strides: int = 1, pool: bool = False
) -> list[layers.Layer]:
    """Convolution, batch norm, ReLU: the unit that most of these networks repeat.

    With `pool`, norm and ReLU come after the pooling, and work on a quarter of the values.
    """
    return [
        layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False),
        *([layers.MaxPooling2D()] if pool else []),
        layers.BatchNormalization(momentum=NORM_MOMENTUM),
        layers.ReLU(),
    ]


def stacked(body: Callable[[Shape], list[layers.Layer]]) -> Callable[[Shape], keras.Model]:
    """Turn a list of layers into a builder of a model that ends in logits and softmax."""

    def build_stack(shape: Shape) -> keras.Model:
        head = [layers.Dense(shape.classes, name="logits"), layers.Softmax(name="probabilities")]
        return keras.Sequential([keras.Input(INPUT_SHAPE), *body(shape), *head])

    return build_stack


def resnet(shape: Shape) -> keras.Model:
    """A small ResNet: each block adds the output of two convolutions to its input."""
    picture = keras.Input(INPUT_SHAPE)
    flow = apply(convolution(shape.filters[0], shape.kernel_size, strides=2), picture)
    for stage, filters in enumerate(shape.filters):
        for block in range(shape.layers):
            strides = 2 if stage > 0 and block == 0 else 1
            *changing, last_norm, _ = [
                *convolution(filters, shape.kernel_size, strides),
                *convolution(filters, shape.kernel_size),
            ]
            shortcut = flow
            if strides != 1 or flow.shape[-1] != filters:
                shortcut = apply(convolution(filters, 1, strides)[:2], flow)
            flow = layers.ReLU()(layers.add([apply([*changing, last_norm], flow), shortcut]))
    flow = layers.Dropout(shape.dropout)(layers.GlobalAveragePooling2D()(flow))
    logits = layers.Dense(shape.classes, name="logits")(flow)
    return keras.Model(picture, layers.Softmax(name="probabilities")(logits))


def apply(steps: list[layers.Layer], flow: keras.KerasTensor) -> keras.KerasTensor:
    """Apply layers one after the other."""
    for layer in steps:
        flow = layer(flow)
    return flow


NETWORKS: dict[str, tuple[Callable[[Shape], keras.Model], Shape]] = {
    "textbook": (stacked(textbook), Shape(filters=(32, 64), dropout=0.5)),
    "lenet5": (stacked(lenet5), Shape(filters=(6, 16), kernel_size=5)),
    "compact": (stacked(compact), Shape(filters=(16, 32, 64))),
    "tapering": (stacked(tapering), Shape(filters=(24, 32, 64, 128))),
    "vgg": (stacked(vgg), Shape(filters=(16, 32, 64), layers=2, dropout=0.1)),
    "resnet": (resnet, Shape(filters=(16, 32, 64), layers=1)),
}


def build(
    name: str,
    filters: tuple[int, ...] | None = None,
    kernel_size: int | None = None,
    layers: int | None = None,
    dropout: float | None = None,
    classes: int = CLASSES,
) -> keras.Model:
    """Build a network by name. None keeps the network's own default."""
    make, shape = NETWORKS[name]
    asked: dict[str, Any] = {
        "filters": filters,
        "kernel_size": kernel_size,
        "layers": layers,
        "dropout": dropout,
        "classes": classes,
    }
    shape = replace(shape, **{key: value for key, value in asked.items() if value is not None})
    if name in ("compact", "tapering") and len(shape.filters) < 2:
        raise TrainingError(f"--filters: {name} needs at least two numbers, for its stem and after")
    try:
        return make(shape)
    except ValueError as error:  # Keras names one layer; the reason is all flags together
        raise TrainingError(
            f"{name} cannot be built with --filters {','.join(map(str, shape.filters))} "
            f"--kernel-size {shape.kernel_size} --layers {shape.layers}: 28×28 pixels are too few"
        ) from error


def new_network(options: Options, classes: int = CLASSES) -> keras.Model:
    """The network of a run, its first weights drawn by the run's seed."""
    keras.utils.set_random_seed(options.seed)
    return build(
        options.network,
        options.filters,
        options.kernel_size,
        options.layers,
        options.dropout,
        classes,
    )


def with_new_head(model: keras.Model, classes: int) -> keras.Model:
    """The same network and weights for other classes: its last layer has learnt nothing."""
    config = model.get_config()
    for layer in config["layers"]:
        if layer["config"]["name"] == "logits":
            layer["config"]["units"] = classes
    fresh: keras.Model = model.__class__.from_config(config)
    for layer in fresh.layers:
        if layer.name != "logits":
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return fresh


@dataclass(frozen=True)
class LayerCost:
    """One layer, as the report shows it."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def layer_costs(model: keras.Model) -> list[LayerCost]:
    """Shapes, parameters and multiply-adds of each layer, for one digit image."""
    return [
        LayerCost(
            name=layer.name,
            kind=type(layer).__name__,
            output_shape=tuple(layer.output.shape[1:]),
            parameters=layer.count_params(),
            multiply_adds=multiply_adds_of(layer),
        )
        for layer in model.layers
    ]


def multiply_adds_of(layer: layers.Layer) -> int:
    """Multiply-adds of a convolution or dense layer. The other layers cost little beside them.

    Batch norm is not counted: the converter folds it into the convolution before it.
    """
    if isinstance(layer, layers.Conv2D):
        _, height, width, _ = layer.output.shape
        return int(height * width * math.prod(layer.kernel.shape))
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    return 0


def multiply_adds(model: keras.Model) -> int:
    """The multiply-adds of one reading."""
    return sum(cost.multiply_adds for cost in layer_costs(model))
