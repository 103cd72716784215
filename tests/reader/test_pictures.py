"""Ink: the same drawing in any file, on any paper, is the same ink."""

from __future__ import annotations

import contextlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from reader.decoding import LOOK_PX
from reader.errors import BadImage, InklingError, TooLarge, Unsupported
from reader.framing import frame, is_blank
from reader.model import Recognizer
from reader.pictures import ink_from_image
from reader.strokes import ink_from_strokes, rasterise
from tests.paper import Points, canvas, file, hands, photo, picture
from tests.reader.test_framing import difference

TWENTY = hands(20, seed=3)


def seven() -> np.ndarray:
    _, strokes = hands(1)[0]
    return canvas(strokes)


def flat(mode: str, **paper_and_pen: int) -> Image.Image:
    return picture(seven(), **paper_and_pen).convert(mode)


def see_through(shade: int) -> Image.Image:
    """The ink alone, in one shade, on nothing."""
    alpha = picture(seven(), 0, 255)
    return Image.merge("LA", (Image.new("L", alpha.size, shade), alpha))


def sixteen_bits() -> Image.Image:
    return Image.fromarray(((1 - seven()) * 65535).astype(np.uint16))


def palette_with_transparency() -> bytes:
    indices = (seven() > 0.5).astype(np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette([255, 255, 255, 20, 20, 120])
    return file(image, transparency=0)


def blue_on_red() -> Image.Image:
    """Two colours of nearly the same brightness."""
    ink = seven()[:, :, None]
    return Image.fromarray((ink * (0, 90, 255) + (1 - ink) * (200, 60, 60)).astype(np.uint8))


def in_a_frame(width_px: int) -> Image.Image:
    """A screenshot with a border around it."""
    return ImageOps.expand(flat("L"), border=width_px, fill=0)


def faint(opacity: int) -> Image.Image:
    """Black ink that the paper shines through."""
    alpha = picture(seven(), 0, opacity)
    return Image.merge("LA", (Image.new("L", alpha.size, 0), alpha))


def with_round_corners() -> Image.Image:
    """A picture with its own white paper, cut out of nothing."""
    image = flat("L").convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste(flat("RGBA"), (10, 10), Image.new("L", image.size, 255))
    return image


PICTURES = {
    "png": lambda: file(flat("L")),
    "light on dark": lambda: file(flat("L", paper=0, pen=255)),
    "grey on grey": lambda: file(flat("L", paper=120, pen=170)),
    "1 bit": lambda: file(flat("1")),
    "16 bits": lambda: file(sixteen_bits()),
    "palette": lambda: file(flat("P")),
    "palette with transparency": palette_with_transparency,
    "rgb": lambda: file(flat("RGB")),
    "rgba": lambda: file(flat("RGBA")),
    "black on nothing": lambda: file(see_through(0)),
    "white on nothing": lambda: file(see_through(255)),
    "grey on nothing": lambda: file(see_through(128)),
    "half see-through ink": lambda: file(faint(100)),
    "a quarter see-through ink": lambda: file(faint(60)),
    "a thin frame": lambda: file(in_a_frame(1)),
    "a wide frame": lambda: file(in_a_frame(20)),
    "cut out": lambda: file(with_round_corners()),
    "blue on red": lambda: file(blue_on_red()),
    "jpeg": lambda: file(flat("L"), "JPEG", quality=60),
    "cmyk": lambda: file(flat("CMYK"), "JPEG"),
    "webp": lambda: file(flat("RGB"), "WEBP"),
    "gif": lambda: file(flat("P"), "GIF"),
    "bmp": lambda: file(flat("RGB"), "BMP"),
    "large": lambda: file(flat("L").resize((2800, 2800))),
    "small": lambda: file(flat("L").resize((56, 56), Image.Resampling.BOX)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_kind_of_picture_is_the_same_ink(name: str) -> None:
    """One drawing saved in twenty ways frames to (nearly) one picture: under 12 % is elsewhere."""
    assert difference(frame(ink_from_image(PICTURES[name]())), frame(seven())) < 0.12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_camera_is_turned_back(orientation: int) -> None:
    """All eight EXIF orientations come out upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = flat("L")
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = ink_from_image(file(image, "JPEG", exif=exif))
    assert difference(frame(seen), frame(seven())) < 0.12


@pytest.mark.parametrize("board", [False, True], ids=["pen on paper", "chalk on a board"])
@pytest.mark.parametrize("shadow", [False, True], ids=["even shade", "a shadow's edge"])
def test_a_phone_photo_reads_like_the_drawing(
    board: bool, shadow: bool, recognizer: Recognizer
) -> None:
    """Warm uneven light, a shadow, grain and blur: 19 of 20 digits are read right."""
    right = 0
    for seed, (digit, strokes) in enumerate(TWENTY):
        shot = photo(canvas(strokes, pen_px=10), seed, shadow)
        shot = ImageOps.invert(shot) if board else shot
        best = recognizer.read(ink_from_image(file(shot, "JPEG", quality=85))).best
        right += best is not None and best.digit == digit
    assert right >= 19


@pytest.mark.parametrize("board", [False, True], ids=["paper", "board"])
@pytest.mark.parametrize("size", [0.3, 0.4, 0.5])
def test_the_paper_inside_a_digit_is_not_its_ink(size: float, board: bool) -> None:
    """On a photo the inside of an 8 is a light blot on dark lines, wherever it stands."""
    rng = np.random.default_rng(0)
    for seed, (_, strokes) in enumerate(TWENTY):
        drawn = canvas(strokes, size, pen_px=6, at=(rng.random(), rng.random()))
        shot = photo(drawn, seed)
        ink = ink_from_image(file(ImageOps.invert(shot) if board else shot))
        lines = Image.fromarray(drawn > 0.9).resize(ink.shape[::-1])
        assert ink[np.asarray(lines)].mean() > 0.5, seed


@pytest.mark.parametrize("size", [(511, 511), (400, 300), (511, 3), (200, 150)])
def test_a_photo_is_made_small_first(size: tuple[int, int]) -> None:
    """To find its ink takes work for each pixel. A small photo stays as it is."""
    across, down = size
    shade = Image.linear_gradient("L").resize(size)
    height, width = ink_from_image(file(shade, "PNG")).shape
    shrink = max(1, max(size) / LOOK_PX)
    assert (width, height) == (int(across / shrink), max(1, int(down / shrink)))


@pytest.mark.parametrize("grain", [0, 2, 5, 9])
def test_a_photo_of_an_empty_page_is_blank(grain: float) -> None:
    """Shadow and grain are not ink."""
    for seed in range(5):
        empty = photo(np.zeros((280, 280), np.float32), seed, grain=grain)
        assert is_blank(frame(ink_from_image(file(empty, "JPEG", quality=85))))


@pytest.mark.parametrize("paper", [0, 90, 255])
def test_one_flat_colour_is_blank(paper: int) -> None:
    """A picture of nothing has no ink, whatever its colour; nor has a fully see-through one."""
    assert is_blank(frame(ink_from_image(file(Image.new("RGB", (280, 280), (paper, 40, 200))))))
    assert is_blank(frame(ink_from_image(file(Image.new("RGBA", (280, 280), (paper, 0, 0, 0))))))


# ── strokes ──────────────────────────────────────────────────────────────────────────────────────


def test_ink_where_the_paper_is_looked_for_is_no_paper() -> None:
    """Colours are looked at in every third pixel; dots that lie there are ink all the same."""
    dots = np.zeros((60, 60))
    dots[::3, ::3] = 1
    coloured = np.where(dots[:, :, None] > 0, (10, 90, 200), (250, 250, 240)).astype(np.uint8)
    assert np.array_equal(ink_from_image(file(Image.fromarray(coloured))) > 0.5, dots > 0)


def test_out_of_memory_is_no_damaged_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is told so would not send it again."""

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("reader.decoding._as_pixels", full)
    with pytest.raises(MemoryError):
        ink_from_image(file(flat("L")))


def test_a_single_point_is_ink() -> None:
    """A dot is something that was drawn."""
    for strokes in ([[[5.0, 5.0]]], [[[0.0, 0.0]], []], [[[1e6, -1e6]]], [[[3.0, 3.0]] * 40]):
        assert not is_blank(frame(ink_from_strokes(strokes)))


def test_no_points_are_no_ink() -> None:
    """Strokes without a point are blank."""
    for strokes in ([], [[]], [[], []]):
        assert is_blank(frame(ink_from_strokes(strokes)))


def test_a_line_is_as_wide_as_its_pen() -> None:
    """A straight line of 100 px with a 10 px pen covers about 1,000 px, antialiased or not."""
    for supersampling in (1, 2, 4):
        ink = rasterise([[[20, 50], [120, 50]]], (100, 140), 10, supersampling)
        assert 1000 < ink.sum() < 1200  # and its round ends


def test_ink_does_not_depend_on_how_many_points_a_line_has() -> None:
    """The same line sampled by a slow and a fast device is the same ink."""
    few = [np.array([[0.0, 0], [100, 60], [30, 90]])]
    many = [
        np.concatenate([np.linspace(a, b, 300) for a, b in zip(few[0], few[0][1:], strict=False)])
    ]
    assert difference(frame(ink_from_strokes(few)), frame(ink_from_strokes(many))) < 0.06


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def bomb() -> bytes:
    """A small file that says it is a huge picture."""
    data = file(Image.new("1", (8, 8)))
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


REFUSED = {
    "nothing": (b"", BadImage, "not_an_image"),
    "text": (b"hello, this is a seven", BadImage, "not_an_image"),
    "cut off": (file(flat("L"))[:600], BadImage, "image_truncated"),
    "cut off jpeg": (file(flat("L"), "JPEG")[:900], BadImage, "image_truncated"),
    "only a header": (file(flat("L"))[:20], BadImage, None),
    "svg": (b'<?xml version="1.0"?><svg xmlns="x"/>', Unsupported, "unsupported_image"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", Unsupported, "unsupported_image"),
    "tiff": (file(flat("L"), "TIFF"), Unsupported, "unsupported_image"),
    "pdf": (b"%PDF-1.7 ...", Unsupported, "unsupported_image"),
    "too many pixels": (file(Image.new("1", (5000, 4100))), TooLarge, "image_too_large"),
    "a bomb": (bomb(), TooLarge, "image_too_large"),
    "too many bytes": (b"\x89PNG" + bytes(4 * 1024 * 1024), TooLarge, "image_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_by_name(name: str) -> None:
    """Each bad file raises its own error with its own code, and words for a person."""
    data, kind, code = REFUSED[name]
    with pytest.raises(kind) as refused:
        ink_from_image(data)
    assert code is None or refused.value.code == code
    assert refused.value.message.endswith(".")


def test_only_the_first_frame_of_an_animation_is_read() -> None:
    """An animated GIF is its first picture."""
    frames = [flat("L"), Image.new("L", (280, 280), 255)]
    data = file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert difference(frame(ink_from_image(data)), frame(seven())) < 0.12


def test_mutated_pictures_never_break_the_reader() -> None:
    """600 damaged files of every kind are either read or refused with an InklingError."""
    rng = np.random.default_rng(0)
    originals = [make() for make in PICTURES.values() if len(make()) < 60_000]
    for turn in range(600):
        data = bytearray(originals[turn % len(originals)])
        for _ in range(rng.integers(1, 12)):
            where = int(rng.integers(0, len(data)))
            match rng.integers(0, 4):
                case 0:
                    data[where] = int(rng.integers(0, 256))
                case 1:
                    del data[where : where + int(rng.integers(1, 40))]
                case 2:
                    data[where:where] = rng.bytes(int(rng.integers(1, 40)))
                case _:
                    data[where : where + 4] = b"\xff\xff\xff\xff"
            data = data or bytearray(b"\0")
        with contextlib.suppress(InklingError):
            frame(ink_from_image(bytes(data)))


def test_the_examples_are_drawings_of_points() -> None:
    """What these tests draw with: ten digits, each with enough points to be a curve."""
    drawn: list[tuple[int, list[Points]]] = hands(10)
    assert sorted(digit for digit, _ in drawn) == list(range(10))
    assert all(sum(map(len, strokes)) > 15 for _, strokes in drawn)
