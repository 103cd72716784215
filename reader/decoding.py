"""A picture file becomes pixels: upright, small, within limits of work and memory.

A bad file raises `BadImage`, `Unsupported` or `TooLarge`. Pure: knows no HTTP and no ink.
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from reader.errors import BadImage, TooLarge, Unsupported
from reader.picture_files import bare

Pixels = NDArray[np.uint8]  # (height, width) or (height, width, 1 or 3)

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_IMAGE_BYTES = 4 * 1024 * 1024
MAX_IMAGE_PIXELS = 20_000_000
# Decoding one picture may take this much memory: 20 megapixels at 4 bytes, 5 of a WebP, 13 of a
# progressive JPEG with fine colour. With the file itself, the worker grows by less than 100 MB.
MAX_DECODED_BYTES = 80_000_000
# No JPEG, GIF or WebP has more pixels on a side. Pillow stores the place of every row, so 39 kB of
# PNG with 20 million rows of one pixel took 184 MB.
MAX_SIDE_PX = 65_535
# Larger pictures are shrunk to one or two times this. A digit a quarter as high as the photo then
# still has as many pixels as framing needs, and the grain of a large photo is averaged away.
LOOK_PX = 256
TILE_PIXELS = 500_000  # large pictures are shrunk in tiles, or each step would copy them whole
# Threads decode small pictures side by side, but large pictures one at a time, to save memory.
LARGE_BYTES = 8_000_000
_one_large_picture_at_a_time = threading.Lock()
# The transposition that turns a picture upright, by EXIF orientation.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A picture file whose header was read: the memory to decode it is known, and allowed."""

    image: Image.Image
    orientation: int
    pixels: int
    decoded_bytes: float


def opened(data: bytes) -> Picture:
    """The picture in a file, not yet decoded."""
    if len(data) > MAX_IMAGE_BYTES:
        if kind := _kind_we_do_not_read(data):  # shrinking it would not help
            raise _unsupported(kind)
        raise TooLarge(
            f"The picture is larger than {MAX_IMAGE_BYTES // 1024**2} MB.", "image_too_large"
        )
    file = bare(data)
    image = _image_in(file.data)
    if max(image.size) > MAX_SIDE_PX:
        raise TooLarge(f"A picture may be {MAX_SIDE_PX:,} pixels long.", "image_too_large")
    pixels = image.width * image.height
    most_pixels = min(MAX_IMAGE_PIXELS, MAX_DECODED_BYTES / file.bytes_per_pixel)
    if pixels > most_pixels:
        raise TooLarge(
            f"A picture of this kind may have {most_pixels / 1e6:.0f} million pixels.",
            "image_too_large",
        )
    return Picture(image, file.orientation, pixels, pixels * file.bytes_per_pixel)


def decoded(picture: Picture) -> tuple[Pixels, Pixels | None]:
    """Colour, and alpha if the picture is see-through: upright, each side under twice LOOK_PX."""
    image = picture.image
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to refuse a picture
            large = picture.decoded_bytes > LARGE_BYTES
            with _one_large_picture_at_a_time if large else contextlib.nullcontext():
                shrink = max(1, max(image.size) // LOOK_PX)
                # Lets JPEG skip most of a large photo.
                image.draft("RGB", (max(1, image.width // shrink), max(1, image.height // shrink)))
                image.load()
                return _as_pixels(image, picture.orientation)
    except (OSError, SyntaxError, EOFError) as error:
        raise BadImage(
            "The picture is cut off or damaged, so it cannot be read.", "image_truncated"
        ) from error
    except MemoryError:  # not a fault of the picture
        raise
    except Exception as error:  # a decoder's bug must not become a 500
        raise BadImage(
            "The picture is damaged, so it cannot be read.", "image_truncated"
        ) from error


def in_grey(colour: Pixels) -> Image.Image:
    """The mean of the channels, as a picture again."""
    return Image.fromarray(np.rint(colour.mean(axis=2)).astype(np.uint8))


def _image_in(data: bytes) -> Image.Image:
    if not data:
        raise BadImage("The file is empty.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooLarge("The picture has too many pixels.", "image_too_large") from error
    except UnidentifiedImageError as error:
        kind = _kind_we_do_not_read(data)
        if kind:
            raise _unsupported(kind) from error
        raise BadImage("The file is not a picture that can be read.") from error
    except Exception as error:  # a header so broken that the format's own reader gives up
        raise BadImage("The file is not a picture that can be read.") from error


def _unsupported(kind: str) -> Unsupported:
    return Unsupported(f"{kind} pictures are not read here. Send PNG, JPEG, WebP, GIF or BMP.")


def _kind_we_do_not_read(data: bytes) -> str | None:
    """The name, for the message, of a common kind of picture that Inkling does not read."""
    if data[4:8] == b"ftyp":
        return "HEIC and AVIF"
    if data[:4] in (b"II*\0", b"MM\0*"):
        return "TIFF"
    if data[:5] == b"%PDF-":
        return "PDF"
    if b"<svg" in data[:1024].lower():
        return "SVG"
    return None


def _as_pixels(image: Image.Image, orientation: int) -> tuple[Pixels, Pixels | None]:
    is_16_bit = image.mode.startswith("I")
    see_through = image.has_transparency_data and not is_16_bit
    mode = "RGBA" if see_through else "L" if is_16_bit or image.mode in ("1", "L") else "RGB"
    image = _shrunk(image, mode)
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    alpha = None
    if see_through:
        opacity = image.getchannel("A")
        if opacity.getextrema() != (255, 255):
            alpha = np.asarray(opacity)
    if image.mode != "L":
        red, green, blue = image.split()[:3]
        # With equal channels, one of them is enough, and a third of the work from here on.
        image = red if red == green == blue else image.convert("RGB")
    colour = np.asarray(image)
    return (colour if colour.ndim == 3 else colour[:, :, None]), alpha


def _shrunk(image: Image.Image, mode: str) -> Image.Image:
    """The picture in this mode, each side under twice LOOK_PX."""
    shrink = max(1, max(image.size) // LOOK_PX)
    if shrink == 1:
        return _converted(image, mode)
    # In tiles, each a multiple of `shrink` wide and high.
    across = min(-(-image.width // shrink), max(1, TILE_PIXELS // shrink**2)) * shrink
    down = max(1, TILE_PIXELS // (across * shrink)) * shrink
    small = Image.new(mode, (-(-image.width // shrink), -(-image.height // shrink)))
    for top in range(0, image.height, down):
        for left in range(0, image.width, across):
            right, bottom = min(left + across, image.width), min(top + down, image.height)
            tile = image.crop((left, top, right, bottom))
            small.paste(_converted(tile, mode).reduce(shrink), (left // shrink, top // shrink))
    return small


def _converted(image: Image.Image, mode: str) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image if image.mode == mode else image.convert(mode)
