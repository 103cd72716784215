"""The digit image: the same 784 levels from Python and from JavaScript."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reader.framing import frame
from reader.strokes import Strokes, ink_from_strokes
from tests.parity.conftest import Device
from tests.parity.test_strokes import scrawls


def images_in_python(drawings: list[Strokes]) -> NDArray[np.uint8]:
    return np.stack([frame(ink_from_strokes(strokes)) for strokes in drawings])


def test_made_drawings_have_the_same_digit_image(
    device: Device, made_drawings: list[Strokes]
) -> None:
    """Digits, what is no digit, dots, specks and nothing: every pixel."""
    found, wanted = device.digit_images(made_drawings), images_in_python(made_drawings)
    np.testing.assert_array_equal(found, wanted)


def test_scrawls_have_the_same_digit_image(device: Device) -> None:
    """Short strokes beside long ones are specks, or not; dots are enlarged: every pixel."""
    drawings = scrawls(400, seed=6)
    np.testing.assert_array_equal(device.digit_images(drawings), images_in_python(drawings))
