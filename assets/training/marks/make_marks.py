#!/usr/bin/env python3
"""Draws the practice marks: practice-signature.png (blue, handwritten look) and practice-seal.png (red, 36 mm round).

Both say that they are for practice. Needs Pillow; run it in this folder. Same output every time.
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[2] / "fonts"
BLUE = (18, 54, 156)
RED = (200, 16, 26)
DRAW = 3  # drawn three times as large, then scaled down: smooth edges


def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), round(size * DRAW))


def finished(alpha: Image.Image, colour: tuple[int, int, int], dpi: int) -> tuple[Image.Image, int]:
    """One colour under the drawn transparency."""
    alpha = alpha.resize((alpha.width // DRAW, alpha.height // DRAW), Image.Resampling.LANCZOS)
    alpha = alpha.point(lambda value: round(value / 17) * 17)  # 16 levels are enough, and pack well
    picture = Image.new("RGBA", alpha.size, (*colour, 0))
    picture.putalpha(alpha)
    return picture, dpi


def stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float) -> None:
    """A pen stroke through the points (Catmull-Rom), thinner where the pen is fast."""
    ends = [points[0], *points, points[-1]]
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:]):
        length = math.dist(p1, p2)
        steps = max(12, int(length * DRAW))
        radius = width * (1.15 - min(0.55, length / 600)) / 2
        for step in range(steps + 1):
            t = step / steps
            x, y = (
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                for a, b, c, d in zip(p0, p1, p2, p3)
            )
            r = radius * (0.82 + 0.18 * math.sin(math.pi * t)) * DRAW
            draw.ellipse((x * DRAW - r, y * DRAW - r, x * DRAW + r, y * DRAW + r), fill=255)


def signature() -> tuple[Image.Image, int]:
    width, height, dpi = 1276, 661, 600  # 54 x 28 mm
    alpha = Image.new("L", (width * DRAW, height * DRAW), 0)
    draw = ImageDraw.Draw(alpha)
    # A tall T, a running line of loops, and a sweep back under it.
    stroke(draw, [(130, 190), (250, 120), (420, 105), (520, 130)], 15)
    stroke(draw, [(345, 110), (330, 220), (285, 380), (215, 470), (150, 450), (165, 385), (260, 350)], 15)
    stroke(
        draw,
        [(260, 350), (350, 300), (395, 330), (360, 395), (420, 400), (480, 310), (500, 385), (560, 390), (610, 250),
         (640, 130), (610, 110), (580, 240), (585, 390), (640, 330), (690, 330), (690, 395), (750, 385), (800, 310),
         (830, 390), (890, 380), (960, 300), (1010, 330), (985, 400), (1060, 380), (1160, 290)],
        13,
    )
    stroke(draw, [(1160, 290), (1200, 330), (1080, 440), (760, 500), (420, 515), (250, 540), (340, 575), (700, 545)], 11)
    label = font("Tinos-Italic.ttf", 62)
    draw.text((width * DRAW - 30 * DRAW, height * DRAW - 20 * DRAW), "chữ ký tập huấn", font=label, fill=255, anchor="rs")
    return finished(alpha, BLUE, dpi)


def ring_text(alpha: Image.Image, text: str, face: ImageFont.FreeTypeFont, radius: float, middle: float, inward: bool) -> None:
    """Text along a circle around the centre, its middle at the angle `middle` (degrees, 0 = top, clockwise)."""
    centre = alpha.width / 2
    spacing = 2.5 * DRAW
    widths = [face.getlength(letter) + spacing for letter in text]
    angle = -sum(widths) / 2 / (radius * DRAW)
    for letter, letter_width in zip(text, widths):
        half = letter_width / 2 / (radius * DRAW)
        angle += half
        turn = math.radians(middle) + (-angle if inward else angle)
        tile = Image.new("L", (face.size * 3, face.size * 3), 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2 + face.size * 0.34), letter, font=face, fill=255, anchor="ms")
        tile = tile.rotate(-math.degrees(turn) + (180 if inward else 0), Image.Resampling.BICUBIC)
        x = centre + math.sin(turn) * radius * DRAW - tile.width / 2
        y = centre - math.cos(turn) * radius * DRAW - tile.height / 2
        alpha.paste(255, (round(x), round(y)), tile)
        angle += half


def star(draw: ImageDraw.ImageDraw, centre: float, middle_y: float, radius: float) -> None:
    """A five-pointed outline: a real seal's centre is never imitated."""
    points = []
    for corner in range(10):
        r = radius if corner % 2 == 0 else radius * 0.42
        turn = math.pi * corner / 5
        points.append((centre + math.sin(turn) * r, middle_y - math.cos(turn) * r))
    draw.line([*points, points[0], points[1]], fill=255, width=5 * DRAW, joint="curve")


def seal() -> tuple[Image.Image, int]:
    size, dpi = 850, 600  # 36 mm
    alpha = Image.new("L", (size * DRAW, size * DRAW), 0)
    draw = ImageDraw.Draw(alpha)

    def circle(radius: float, width: float) -> None:
        edge = (size / 2 - radius) * DRAW
        draw.ellipse((edge, edge, size * DRAW - edge, size * DRAW - edge), outline=255, width=round(width * DRAW))

    circle(421, 13)
    circle(398, 4)
    circle(276, 4)
    face = font("Tinos-Bold.ttf", 70)
    ring_text(alpha, "KHÔNG CÓ GIÁ TRỊ", face, 336, 0, inward=False)
    ring_text(alpha, "★ MỘC BẢN ★".replace("★", "·"), face, 336, 180, inward=True)
    centre = size * DRAW / 2
    star(draw, centre, 300 * DRAW, 84 * DRAW)
    for line, y, points in [("TẬP", 470, 104), ("HUẤN", 600, 104)]:
        draw.text((centre, y * DRAW), line, font=font("Tinos-Bold.ttf", points), fill=255, anchor="ms")
    return finished(alpha, RED, dpi)


if __name__ == "__main__":
    folder = Path(__file__).resolve().parent
    for name, (picture, dpi) in {"practice-signature": signature(), "practice-seal": seal()}.items():
        picture.save(folder / f"{name}.png", dpi=(dpi, dpi), optimize=True)
