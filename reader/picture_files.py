"""Strip a picture file to the parts that make pixels. Pure; decodes nothing.

PNG, JPEG and GIF are stripped. WebP and BMP stay as they are.
Text, comments, colour profiles and EXIF can make a small file cost a decoder gigabytes or minutes.
A digit needs none of them, except which side is up.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from reader.errors import BadImage, Unsupported

MOST_PARTS = 5_000  # segments, chunks or blocks; a 4 MB picture in tiny parts has 1,000
# libwebp holds two canvases and a copy for Pillow; Pillow holds its own picture.
WEBP_BYTES_PER_PIXEL = 16
MOST_JPEG_SCANS = (
    32  # each scan passes over the whole picture: 10 ms for 20 megapixels; 10 are usual
)


@dataclass(frozen=True)
class BareFile:
    """A picture file, reduced to the parts that make pixels."""

    data: bytes
    orientation: int = 1  # EXIF's number; 1 is upright
    bytes_per_pixel: float = 4  # memory that decoding takes at its peak


def bare(data: bytes) -> BareFile:
    """The bare picture in a file. A file of an unknown kind stays as it is."""
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    if data.startswith(b"RIFF"):
        return _webp(data)
    return BareFile(data)


def _too_many_parts() -> BadImage:
    return BadImage("The picture file is in more pieces than a picture needs.")


# ── JPEG: segments, then scans ───────────────────────────────────────────────────────────────────

MARKER = re.compile(rb"(?<=\xff)[\x01-\xfe]")
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
# Frames, tables, the scan, the restart interval. APP0 and APP14 say what the colours are. Nothing
# else is kept: Pillow searches unknown segments for more segments.
KEPT = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xEE}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
FRAMES_WE_READ = {0xC0, 0xC1, 0xC2}  # browsers do not read the others either
PROGRESSIVE, SCAN, EXIF = 0xC2, 0xDA, 0xE1


def _jpeg(data: bytes) -> BareFile:
    kept = [data[:2]]
    orientation, is_kept_whole, bytes_per_coefficients, components = 1, False, 0.0, b""
    for marker, segment in _jpeg_segments(data):
        if marker == EXIF and segment[4:10] == b"Exif\0\0":
            orientation = _orientation(segment[10:])
        if marker in FRAMES:
            if marker not in FRAMES_WE_READ:
                raise Unsupported("This rare kind of JPEG is not read here.")
            is_kept_whole = marker == PROGRESSIVE
            bytes_per_coefficients = _bytes_for_coefficients(segment)
            components = segment[9:10]
        if marker == SCAN:
            scans = segment.count(b"\xff\xda")
            if scans > MOST_JPEG_SCANS:
                raise BadImage(f"A JPEG may have {MOST_JPEG_SCANS} scans.")
            # A picture in a single scan is shrunk while it is decoded. Any other is decoded whole.
            is_kept_whole = is_kept_whole or scans > 1 or segment[4:5] != components
        if marker in KEPT:
            kept.append(segment)
    bytes_per_pixel = bytes_per_coefficients if is_kept_whole else 1
    return BareFile(b"".join(kept), orientation, max(bytes_per_pixel, 1))


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment with its marker. The last segment is the first scan and all that follows."""
    position = 2
    for _ in range(MOST_PARTS):
        found = MARKER.search(data, position + 1)
        if found is None:
            return
        marker, start = data[found.start()], found.start() - 1
        if marker == SCAN:
            yield marker, data[start:]
            return
        if marker in WITHOUT_LENGTH:
            position = found.end()
            continue
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        position = found.end() + max(length, 2)
        yield marker, data[start:position]
    raise _too_many_parts()


def _bytes_for_coefficients(frame: bytes) -> float:
    """Bytes a pixel when all coefficients are kept: two each, fewer where colour is subsampled."""
    samplings = [divmod(byte, 16) for byte in frame[11::3]]
    widest = max((across for across, _ in samplings), default=1)
    tallest = max((down for _, down in samplings), default=1)
    return 2 * sum(across * down for across, down in samplings) / max(widest * tallest, 1)


# ── PNG: chunks ──────────────────────────────────────────────────────────────────────────────────

CHUNKS_THAT_MAKE_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def _png(data: bytes) -> BareFile:
    kept, orientation, position = [data[:8]], 1, 8
    for _ in range(MOST_PARTS):
        kind = data[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if kind in CHUNKS_THAT_MAKE_PIXELS:
            kept.append(data[position:end])
        elif kind == b"eXIf":
            orientation = _orientation(data[position + 8 : end - 4])
        position = end
        if kind == b"IEND" or position >= len(data):
            return BareFile(b"".join(kept), orientation)
    raise _too_many_parts()


# ── GIF: blocks of sub-blocks ────────────────────────────────────────────────────────────────────

BLOCK = re.compile(rb"[!,;]")  # an extension, a picture, the end
GRAPHIC_CONTROL = b"\xf9\x04"  # names the transparent colour; its length is always 4


def _gif(data: bytes) -> BareFile:
    """Everything up to the first picture. Later pictures are not decoded."""
    header = data[:13]
    has_palette = len(header) == 13 and header[10] & 0x80
    position = 13 + (3 << ((header[10] & 7) + 1) if has_palette else 0)
    kept = [data[:position]]
    parts = 0
    while (found := BLOCK.search(data, position)) and found[0] == b"!":
        start, position = found.start(), found.start() + 2
        if data.startswith(GRAPHIC_CONTROL, start + 1):
            kept.append(data[start : start + 7] + b"\0")
        while position < len(data) and (length := data[position]):
            position += 1 + length
            parts += 1
            if parts > MOST_PARTS:
                raise _too_many_parts()
        position += 1
        parts += 1
        if parts > MOST_PARTS:
            raise _too_many_parts()
    return BareFile(b"".join([*kept, data[found.start() :] if found else b""]))


# ── BMP and WebP ─────────────────────────────────────────────────────────────────────────────────


def _bmp(data: bytes) -> BareFile:
    header_bytes = int.from_bytes(data[14:18], "little")
    compression = int.from_bytes(data[30:34], "little")
    if header_bytes >= 40 and compression in (1, 2):  # Pillow reads them in Python: 1 s for 4 MB
        raise Unsupported("Run-length encoded BMP pictures are not read here.")
    return BareFile(data)


def _webp(data: bytes) -> BareFile:
    position = 12
    orientation = 1
    for _ in range(MOST_PARTS):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == b"EXIF":
            exif = data[position + 8 : position + 8 + length]
            orientation = _orientation(exif.removeprefix(b"Exif\0\0"))
        position += 8 + length + length % 2
        if position >= len(data):
            break
    return BareFile(data, orientation, WEBP_BYTES_PER_PIXEL)


# ── EXIF ─────────────────────────────────────────────────────────────────────────────────────────

ORIENTATION, MOST_TAGS = 0x0112, 200


def _orientation(tiff: bytes) -> int:
    """Which side is up. Pillow would read every tag, and 5,000 tags may share one large value."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for index in range(min(count, MOST_TAGS)):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * index)
            if tag == ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
