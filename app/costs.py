"""The cost of a request, in drawings of usual size. A usual drawing takes about a millisecond.

The rate limit counts these costs. Thirty phone photos of 12 megapixels and 4 MB fit in one window
of the default limit. Each photo costs 88: 1 as a request, 42 for its bytes, 35 for its pixels and
10 because it is a photo.
"""

from __future__ import annotations

import math

from reader.decoding import Picture

# Each of these amounts costs one drawing.
BODY_BYTES = 96 * 1024  # a drawing as strokes takes a few kB
POINTS = 500  # 2 ms, or 5 when the pen goes to and fro; a drawing has a few hundred at most
# Decoding a canvas of 280×280 costs 1 (1.7 ms), a photo of 12 megapixels 35 (48 ms), 20 megapixels
# of GIF or PNG 229 (170 to 640 ms).
DECODED_BYTES = 350_000
NUMBER = 10  # to look for a number in a picture takes 10 to 60 ms
PHOTO = 10  # a photo costs this more: finding ink on uneven paper takes 10 ms at any size


def of_body(length: int) -> int:
    """The cost of a request by its length, which is known before the body is read."""
    return 1 + length // BODY_BYTES


def of_points(count: int) -> int:
    return count // POINTS


def of_picture(picture: Picture) -> int:
    """The cost of a picture by its decoded size, which is known before it is decoded."""
    return math.ceil(picture.decoded_bytes / DECODED_BYTES)
