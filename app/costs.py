"""What a request costs, in drawings of usual size: each is about a millisecond of work.

The limit on how many drawings a network may send counts these. Thirty phone photos of 12 megapixels
and 4 MB fit in one window of the default limit: each costs 1, 42 for its bytes, 35 for its pixels
and 10 because it is a photo.
"""

from __future__ import annotations

import math

from reader.decoding import Picture

BODY_BYTES = 96 * 1024  # a drawing as strokes takes a few kB
POINTS = 500  # 2 ms, or 5 where they go to and fro; one drawing has a few hundred at most
# A canvas of 280×280 takes 1 more than strokes (1.7 ms), a photo of 12 megapixels 35 (48 ms),
# 20 megapixels of GIF or PNG 229 (170 to 640 ms).
DECODED_BYTES = 350_000
PHOTO = 10  # to find ink on uneven paper takes about 10 ms more, whatever the size of the photo


def of_body(length: int) -> int:
    """A request by its bytes, whatever is in them: known before it is read."""
    return 1 + length // BODY_BYTES


def of_points(count: int) -> int:
    return count // POINTS


def of_picture(picture: Picture) -> int:
    """A picture by the bytes that it becomes: known before it is decoded."""
    return math.ceil(picture.decoded_bytes / DECODED_BYTES)
