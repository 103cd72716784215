"""Picture files that are small, within every limit or just past it, and cost as much as can be.

    python -m tests.poison FOLDER [--at-once]

decodes the files in a folder (in four threads) and prints by how many MB the process grew at its
peak.
"""

from __future__ import annotations

import contextlib
import re
import resource
import struct
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from reader.errors import InklingError
from reader.framing import frame
from reader.pictures import ink_from_image
from server.memory import keep_memory_small
from tests.paper import canvas, examples, file, picture

SIDE = 4472  # squared: 20 million
LONG = (65_535, 305)
RED = (200, 10, 30, 128)


# ── PNG ──────────────────────────────────────────────────────────────────────────────────────────


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    side: int | tuple[int, int],
    depth: int,
    colour: int,
    bits: int,
    *,
    interlaced: bool = False,
    extra: bytes = b"",
) -> bytes:
    """Rows that are dear to unfilter, of a picture that compresses to nothing."""
    across_px, down_px = (side, side) if isinstance(side, int) else side
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4)]
        passes += [(1, 0, 2, 2), (0, 1, 1, 2)]
    packer = zlib.compressobj(1)
    packed = []
    for left, top, across, down in passes:
        width = -(-(across_px - left) // across)
        row = b"\x04" + b"\x01" * -(-width * bits // 8)
        packed += [packer.compress(row) for _ in range(top, down_px, down)]
    header = struct.pack(">IIBBBBB", across_px, down_px, depth, colour, 0, 0, interlaced)
    pixels = chunk(b"IDAT", b"".join([*packed, packer.flush()]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + pixels + chunk(b"IEND")


def one_column() -> bytes:
    """Of 20 million rows, each of which Pillow keeps the place of."""
    header = struct.pack(">IIBBBBB", 1, SIDE * SIDE, 8, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(2 * SIDE * SIDE), 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND")


# ── JPEG ─────────────────────────────────────────────────────────────────────────────────────────


def progressive(mode: str, side: int, scans: int = 0) -> bytes:
    """A JPEG that must be kept whole; its last scan repeated until there are `scans`."""
    whole = plain(mode, side, "JPEG", progressive=True, subsampling=0)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * (scans - whole.count(b"\xff\xda")) + whole[-2:]


def half_a_scan(side: int) -> bytes:
    """The frame says four inks, the only scan has one: libjpeg waits for the others."""
    grey = plain("L", side, "JPEG")
    start = grey.index(b"\xff\xc0")
    inks = b"".join(bytes([ink, 0x11, 0]) for ink in range(1, 5))
    frame = segment(0xC0, struct.pack(">BHHB", 8, side, side, 4) + inks)
    return grey[:start] + frame + grey[grey.index(b"\xff", start + 2) :]


def with_segments(segments: bytes) -> bytes:
    small = plain("L", 28, "JPEG")
    return small[:2] + segments + small[2:]


def segment(marker: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


# ── any kind ─────────────────────────────────────────────────────────────────────────────────────


def plain(mode: str, side: int, kind: str, **options: object) -> bytes:
    colour = RED[: len(mode)] if len(mode) > 1 else 1
    return file(Image.new(mode, (side, side), colour), kind, **options)


def exif_bomb(tags: int, value_bytes: int) -> bytes:
    """Tags that all have the same large value."""
    entries = (struct.pack("<HHII", 300 + i, 7, value_bytes, 8) for i in range(tags))
    tiff = b"II*\0" + struct.pack("<IH", 8, tags) + b"".join(entries)
    return tiff.ljust(value_bytes + 8, b"\0")


def gif_with(blocks: bytes) -> bytes:
    small = plain("L", 28, "GIF")
    palette_end = 13 + (3 << ((small[10] & 7) + 1))
    return small[:palette_end] + blocks + small[palette_end:]


def gif_with_a_comment_in_its_palette(comment: bytes) -> bytes:
    """An extension without data makes a careless reader take the palette for what follows."""
    picture_head = b"," + struct.pack("<HHHHB", 0, 0, 28, 28, 0x87)
    palette = bytes(36)  # the reader skips 44 bytes from the comma, one sub-block, and is here
    again = b"," + struct.pack("<HHHHB", 0, 0, 28, 28, 0) + b"\x08\x02\x44\x01\0;"
    header = b"GIF89a" + struct.pack("<HHBBB", 28, 28, 0, 0, 0)
    return header + b"!\xf9\0" + picture_head + palette + comment + again


def rle_bmp() -> bytes:
    body = b"\x01\x05" * 2_000_000
    header = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + header + bytes(1024) + body


POISON: dict[str, Callable[[], bytes]] = {
    "png, colour and alpha": lambda: png(SIDE, 8, 6, 32),
    "png, 16 bits, interlaced": lambda: png(SIDE, 16, 6, 64, interlaced=True),
    "png, grey and alpha, 16 bits": lambda: png(SIDE, 16, 4, 32),
    "png, grey, 16 bits": lambda: png(SIDE, 16, 0, 16),
    "png, palette and alpha": lambda: png(
        SIDE, 8, 3, 8, extra=chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(range(256)))
    ),
    "png, one column": one_column,
    "png, long, grey and alpha": lambda: png(LONG, 8, 4, 16),
    "png, long, colour and alpha": lambda: png(LONG, 8, 6, 32),
    "png, long, colour, 16 bits": lambda: png(LONG, 16, 2, 48),
    "png, a flood of texts": lambda: png(28, 8, 0, 8, extra=chunk(b"tEXt", b"a\0b") * 270_000),
    "png, packed texts": lambda: png(
        28, 8, 0, 8,
        extra=b"".join(
            chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(bytes(1_000_000))) for i in range(63)
        ),
    ),
    "png, a flood of data": lambda: png(28, 8, 0, 8, extra=chunk(b"IDAT") * 340_000),
    "png, exif": lambda: png(28, 8, 0, 8, extra=chunk(b"eXIf", exif_bomb(300, 3_000_000))),
    "jpeg, progressive": lambda: progressive("RGB", 3650),
    "jpeg, progressive, four inks": lambda: progressive("CMYK", 3160),
    "jpeg, 32 scans": lambda: progressive("L", SIDE, 32),
    "jpeg, 100,000 scans": lambda: progressive("L", SIDE, 100_000),
    "jpeg, long": lambda: file(Image.new("RGB", (65_500, 305)), "JPEG"),
    "jpeg, a scan without colours": lambda: half_a_scan(SIDE),
    "jpeg, exif": lambda: with_segments(segment(0xE1, b"Exif\0\0" + exif_bomb(5_000, 60_000))),
    "jpeg, exif in a rare segment": lambda: with_segments(
        segment(0xF0, segment(0xE1, b"Exif\0\0" + exif_bomb(5_000, 60_000)))
    ),
    "jpeg, exif in a reserved frame": lambda: with_segments(
        segment(0xC8, segment(0xE1, b"Exif\0\0" + exif_bomb(5_000, 60_000)))
    ),
    "jpeg, a flood of comments": lambda: with_segments(segment(0xFE) * 1_000_000),
    "jpeg, a flood of nothing": lambda: with_segments(b"\xff" * 4_000_000),
    "webp": lambda: plain("RGBA", 2236, "WEBP", method=0),
    "webp, past the limit": lambda: plain("RGBA", 4000, "WEBP", method=0),
    "webp, exif": lambda: plain("RGB", 28, "WEBP", exif=exif_bomb(300, 3_000_000)),
    "gif": lambda: plain("P", SIDE, "GIF", transparency=0),
    "gif, long": lambda: file(Image.new("P", LONG), "GIF", transparency=0),
    "gif, a flood of comments": lambda: gif_with(b"!\xfe" + b"\x01a" * 2_000_000 + b"\0"),
    "gif, many comments": lambda: gif_with(b"!\xfe\x01a\0" * 800_000),
    "gif, a comment after junk": lambda: gif_with(b"\0!\xfe" + b"\x01a" * 400_000 + b"\0"),
    "gif, a comment in a palette": lambda: gif_with_a_comment_in_its_palette(
        b"!\xfe" + b"\x01a" * 400_000 + b"\0"
    ),
    "bmp, one bit": lambda: plain("1", SIDE, "BMP"),
    "bmp, run lengths": rle_bmp,
}  # fmt: skip


def swallow(data: bytes) -> None:
    """All that a server does with a picture before the network."""
    with contextlib.suppress(InklingError):
        frame(ink_from_image(data))


def peak_mb() -> float:
    """This process's own: on Linux, getrusage gives that of the one that started it, if higher."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def main() -> None:
    keep_memory_small()  # as the server does
    seven = picture(canvas(examples()[7][1]))
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):
        swallow(file(seven, kind))
    folder, *options = sys.argv[1:]
    paths = sorted(Path(folder).iterdir())
    before = peak_mb()
    with ThreadPoolExecutor(4 if "--at-once" in options else 1) as threads:
        list(threads.map(lambda path: swallow(path.read_bytes()), paths))
    print(peak_mb() - before)


if __name__ == "__main__":
    main()
