"""Draw the icons of the installed page, static/icons/*.png: the drop of static/favicon.svg.

A maskable icon is cut to a circle or a square by the phone, so its drop is smaller and on paper.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parents[1] / "static" / "icons"
BLUE, PAPER, GLINT = "#3347c4", "#f7f5f0", "#ffffff"
SIDE = 24  # of the favicon's drawing
FINE = 4  # drawn so many times larger, then made smaller: smooth edges
# The favicon's path: its right half, from the tip down to the round part, and the glint.
TIP, SHOULDER = ((12, 1.2), (16, 6.4), (19.2, 10.1), (19.2, 14)), 7.2
GLINT_ARC = ((8.6, 14.3), (8.6, 16.3), (9.9, 17.6), (11.6, 17.8))
STEPS = 200


def curve(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """Places on a cubic Bézier curve."""
    found = []
    for step in range(STEPS + 1):
        t = step / STEPS
        shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        found.append(
            (
                sum(share * x for share, (x, _) in zip(shares, points, strict=True)),
                sum(share * y for share, (_, y) in zip(shares, points, strict=True)),
            )
        )
    return found


def icon(side: int, part: float, background: str | None) -> Image.Image:
    """The drop, as large as that part of the side."""
    large = side * FINE
    picture = Image.new("RGBA", (large, large), background or (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    scale = large * part / SIDE
    margin = large * (1 - part) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return margin + x * scale, margin + y * scale

    right = curve(TIP)
    left = [(24 - x, y) for x, y in reversed(right)]
    draw.polygon([place(x, y) for x, y in right + left], fill=BLUE)
    draw.ellipse(
        [place(12 - SHOULDER, 14 - SHOULDER), place(12 + SHOULDER, 14 + SHOULDER)], fill=BLUE
    )
    radius = 0.9
    for x, y in curve(GLINT_ARC):
        draw.ellipse([place(x - radius, y - radius), place(x + radius, y + radius)], fill=GLINT)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, side, part, background in (
        ("180.png", 180, 0.8, PAPER),
        ("192.png", 192, 1, None),
        ("512.png", 512, 1, None),
        ("512-maskable.png", 512, 0.6, PAPER),
    ):
        icon(side, part, background).quantize(64).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
