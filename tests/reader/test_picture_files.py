"""picture_files.py: a small file cannot make a decoder take gigabytes or minutes."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.config import ROOT
from reader.decoding import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, decoded, opened
from reader.errors import BadImage, TooLarge, Unsupported
from reader.picture_files import MOST_JPEG_SCANS, bare
from tests.paper import canvas, examples, file, picture
from tests.poison import POISON, SIDE_PX, progressive

MAY_GROW_MB = 100


@pytest.fixture(scope="module")
def poison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of it."""
    folder = tmp_path_factory.mktemp("poison")
    for name, make in POISON.items():
        (folder / name).write_bytes(make())
    return folder


def growth_mb(*arguments: str | Path) -> float:
    """By how much a process of its own grew at its peak."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.poison", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def test_the_poison_is_within_the_limit_of_bytes(poison: Path) -> None:
    """Else it would be refused for its size, and show nothing."""
    for path in poison.iterdir():
        assert path.stat().st_size <= MAX_IMAGE_BYTES, path.name


def test_no_picture_grows_a_worker_by_more_than_it_may(poison: Path) -> None:
    """Bombs of every kind, one after the other: never 100 MB more than before."""
    assert growth_mb(poison) < MAY_GROW_MB


def test_four_at_once_grow_it_little_more(poison: Path) -> None:
    """All threads busy with bombs: large ones take turns."""
    assert growth_mb(poison, "--at-once") < 1.5 * MAY_GROW_MB


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("png, a flood of texts", BadImage),
        ("png, a flood of data", BadImage),
        ("jpeg, 100,000 scans", BadImage),
        ("jpeg, a scan without colours", TooLarge),
        ("jpeg, a flood of comments", BadImage),
        ("gif, a flood of comments", BadImage),
        ("gif, many comments", BadImage),
        ("gif, a comment after junk", BadImage),
        ("bmp, run lengths", Unsupported),
        ("png, one column", TooLarge),
        ("webp, past the limit", TooLarge),
    ],
)
def test_floods_are_refused_before_they_are_decoded(
    name: str, error: type[Exception], poison: Path
) -> None:
    """Minutes of a decoder's work (100,000 scans, a quadratic comment) are not begun."""
    with pytest.raises(error):
        decoded(opened((poison / name).read_bytes()))


@pytest.mark.parametrize(
    "name",
    [
        "png, exif",
        "png, packed texts",
        "jpeg, exif",
        "jpeg, exif in a rare segment",
        "jpeg, exif in a reserved frame",
        "gif, a comment in a palette",
        "webp, exif",
    ],
)
def test_what_hides_in_metadata_is_not_looked_at(name: str, poison: Path) -> None:
    """EXIF tags that share one value of megabytes, a comment in crumbs: the picture is read, they
    are not, wherever a decoder might come upon them."""
    colour, _ = decoded(opened((poison / name).read_bytes()))
    assert colour.shape[:2] == (28, 28)


MODES = {
    "PNG": ("L", "RGB", "RGBA", "P", "1", "LA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P", "RGBA"),
    "BMP": ("L", "RGB", "P", "1"),
}


@pytest.mark.parametrize(
    ("kind", "mode"), [(k, mode) for k, modes in MODES.items() for mode in modes]
)
def test_a_bare_file_has_the_same_pixels(kind: str, mode: str) -> None:
    """What is left out makes no pixel: decoded with and without, they are equal."""
    data = file(picture(canvas(examples()[3][1])).convert(mode), kind)
    with Image.open(io.BytesIO(data)) as plain, Image.open(io.BytesIO(bare(data).data)) as stripped:
        assert plain.mode == stripped.mode
        assert np.array_equal(np.asarray(plain), np.asarray(stripped))


def test_ordinary_photos_are_within_the_limits() -> None:
    """20 megapixels as JPEG or PNG, 12 of a progressive JPEG as browsers make them: read."""
    for image, options in (
        (Image.new("RGB", (5160, 3870), "white"), {"kind": "JPEG"}),
        (Image.new("RGB", (4000, 3000), "white"), {"kind": "JPEG", "progressive": True}),
        (Image.new("L", (5160, 3870), 255), {"kind": "PNG", "compress_level": 1}),
    ):
        assert image.width * image.height <= MAX_IMAGE_PIXELS
        colour, alpha = decoded(opened(file(image, **options)))
        assert colour.min() > 250
        assert alpha is None


def test_a_jpeg_may_have_as_many_scans_as_any_program_makes() -> None:
    """At the limit it is read; one more is refused."""
    decoded(opened(progressive("L", 64, MOST_JPEG_SCANS)))
    with pytest.raises(BadImage):
        decoded(opened(progressive("L", 64, MOST_JPEG_SCANS + 1)))


def test_a_rare_kind_of_jpeg_is_named() -> None:
    """Arithmetic coding, which no browser reads either: said, not decoded."""
    data = file(Image.new("L", (8, 8)), "JPEG")
    with pytest.raises(Unsupported):
        decoded(opened(data.replace(b"\xff\xc0", b"\xff\xc9", 1)))


def test_large_pictures_shrink_in_strips_as_they_would_whole() -> None:
    """Strip by strip there is no seam: the same pixels as in one piece."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 255, (301, 401, 4), dtype=np.uint8))
    image = coarse.resize((1999, 1501), Image.Resampling.NEAREST)
    colour, alpha = decoded(opened(file(image, "PNG", compress_level=1)))
    whole = np.asarray(image.reduce(1999 // 256))
    assert np.array_equal(colour, whole[:, :, :3])
    assert alpha is not None
    assert np.array_equal(alpha, whole[:, :, 3])


@pytest.mark.parametrize("order", ["<", ">"])
def test_broken_exif_is_no_reason_to_refuse(order: str) -> None:
    """Offsets into nowhere, counts too high: upright."""
    for tiff in (
        b"",
        b"II*\0",
        struct.pack(order + "2sHI", b"II", 42, 2**31),
        b"MM\0*" + b"\xff" * 50,
    ):
        data = file(Image.new("L", (9, 5)), "JPEG", exif=b"Exif\0\0" + tiff)
        assert decoded(opened(data))[0].shape[:2] == (5, 9)


def test_the_sizes_here_are_the_largest_that_are_read() -> None:
    """The bombs are worth their name."""
    assert 0.999 * MAX_IMAGE_PIXELS < SIDE_PX**2 <= MAX_IMAGE_PIXELS
