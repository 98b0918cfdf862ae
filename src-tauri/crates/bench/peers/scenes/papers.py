"""Papers that never existed, flat, as pictures of PX_PER_MM pixels a millimetre. No person's data is in them."""

import cv2
import numpy as np

PX_PER_MM = 5
A4 = (210, 297)
# ISO/IEC 7810 ID-1, and the radius of its corners.
CARD, CARD_CORNER_MM = (85.6, 54), 3.2

INK = (45, 40, 40)
RED = (60, 40, 200)


def smooth_noise(rng, width, height, cell, octaves=1):
    """Noise of about unit height that changes over `cell` pixels, and finer in each further octave."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(2, cell / 2**octave)
        grid = rng.standard_normal((int(height / size) + 3, int(width / size) + 3)).astype(np.float32)
        total += 0.5**octave * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return total


def sheet(rng, size_mm=A4, colour=None):
    """Blank paper, nearly white unless told."""
    if colour is None:
        level, tint = rng.uniform(222, 250), rng.uniform(0, 12)
        colour = (level - tint, level - 0.3 * tint, level)
    width, height = (round(side * PX_PER_MM) for side in size_mm)
    paper = np.empty((height, width, 3), np.float32)
    paper[:] = colour
    paper += smooth_noise(rng, width, height, 200)[..., None] * rng.uniform(0, 2.5)
    return paper.clip(0, 255).astype(np.uint8)


def write(rng, paper, box_mm, step_mm, ink=INK):
    """Lines of made-up words in a box (left, top, right, bottom)."""
    left, top, right, bottom = (round(v * PX_PER_MM) for v in box_mm)
    step = step_mm * PX_PER_MM
    scale = step / 48
    y = top + step
    while y < bottom:
        x, end = left, left + (right - left) * rng.uniform(0.5, 1)
        while x < end - 60 * scale:
            word = "".join(rng.choice(list("abcdeghiklmnopqrstuvxy"), rng.integers(2, 9)))
            cv2.putText(paper, word, (int(x), int(y)), cv2.FONT_HERSHEY_COMPLEX, scale, ink, max(1, int(2 * scale)), cv2.LINE_AA)
            x += cv2.getTextSize(word, cv2.FONT_HERSHEY_COMPLEX, scale, 1)[0][0] + 20 * scale
        y += step


def stamp(rng, paper):
    height, width = paper.shape[:2]
    centre = int(width * rng.uniform(0.55, 0.8)), int(height * rng.uniform(0.65, 0.85))
    cv2.circle(paper, centre, 17 * PX_PER_MM, RED, 6, cv2.LINE_AA)


def letter(rng):
    paper = sheet(rng)
    margin = rng.uniform(12, 28)
    write(rng, paper, (margin, margin, 210 - margin, rng.uniform(120, 280)), rng.uniform(5.5, 8.5))
    if rng.random() < 0.5:
        stamp(rng, paper)
    return paper


def form(rng):
    """A letter with a ruled table."""
    paper = letter(rng)
    left, right = (round(v * PX_PER_MM) for v in (rng.uniform(10, 20), rng.uniform(190, 200)))
    top, bottom = (round(v * PX_PER_MM) for v in (rng.uniform(60, 110), rng.uniform(190, 260)))
    paper[top:bottom, left:right] = paper[4, 4]
    for y in np.linspace(top, bottom, rng.integers(5, 13)).astype(int):
        cv2.line(paper, (left, y), (right, y), INK, 3, cv2.LINE_AA)
    for x in np.linspace(left, right, rng.integers(3, 7)).astype(int):
        cv2.line(paper, (x, top), (x, bottom), INK, 3, cv2.LINE_AA)
    return paper


def certificate(rng):
    """A page with a border printed on it, thin or thick, one to three times."""
    size = A4 if rng.random() < 0.4 else A4[::-1]
    paper = sheet(rng, size)
    height, width = paper.shape[:2]
    ink = [(60, 60, 190), (140, 90, 40), (60, 130, 60), (60, 150, 200), (50, 50, 50)][rng.integers(5)]
    margin = rng.uniform(4, 18)
    for k in range(rng.integers(1, 4)):
        at = round((margin + k * rng.uniform(1.5, 4)) * PX_PER_MM)
        cv2.rectangle(paper, (at, at), (width - at, height - at), ink, int(rng.uniform(2, 22)), cv2.LINE_AA)
    inside = margin + 20
    write(rng, paper, (inside, inside, size[0] - inside, size[1] - inside), rng.uniform(7, 12))
    stamp(rng, paper)
    return paper


def receipt(rng):
    width = rng.uniform(55, 82)
    height = width * rng.uniform(1.4, 3)
    paper = sheet(rng, (width, height))
    write(rng, paper, (3, 5, width - 3, height - 5), rng.uniform(3.5, 5))
    return paper


def card(rng):
    """An identity card: a tint, a portrait's place, print."""
    paper = sheet(rng, CARD, rng.uniform(120, 245, 3)).astype(np.float32)
    height, width = paper.shape[:2]
    paper += smooth_noise(rng, width, height, 60, 3)[..., None] * rng.uniform(2, 12)
    paper = paper.clip(0, 255).astype(np.uint8)
    corners = tuple(round(v * PX_PER_MM) for v in (4, 16)), tuple(round(v * PX_PER_MM) for v in (26, 45))
    cv2.rectangle(paper, *corners, tuple(rng.uniform(60, 180, 3)), -1)
    write(rng, paper, (30, 12, 82, 50), rng.uniform(4, 5.5))
    return paper


def rounded(paper, radius_mm):
    """The part of a paper that is there when its corners are rounded, 0 or 255."""
    height, width = paper.shape[:2]
    radius = round(radius_mm * PX_PER_MM)
    mask = np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height), 255, -1)
    cv2.rectangle(mask, (0, radius), (width, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1)
    return mask


def folded(rng, paper):
    """A paper with one corner folded over, and the part of it that is there."""
    height, width = paper.shape[:2]
    right, low = rng.integers(2), rng.integers(2)
    corner = np.array([width * right, height * low], float)
    across, down = rng.uniform(8, 35, 2) * PX_PER_MM
    one = corner + [across * (1 - 2 * right), 0]
    other = corner + [0, down * (1 - 2 * low)]
    mask = np.full((height, width), 255, np.uint8)
    cv2.fillPoly(mask, [np.array([corner, one, other], np.int32)], 0)
    crease = (other - one) / np.linalg.norm(other - one)
    normal = np.array([-crease[1], crease[0]])
    tip = corner - 2 * np.dot(corner - one, normal) * normal
    paper = paper.copy()
    cv2.fillPoly(paper, [np.array([one, other, tip], np.int32)], tuple(0.92 * v for v in paper[4, width // 2].astype(float)))
    return paper, mask


def stapled(rng, paper):
    """A paper with a staple and its dog-ear crease in the top left corner."""
    paper = paper.copy()
    at = rng.uniform(5, 12, 2) * PX_PER_MM
    along = rng.uniform(-1, 1)
    step = np.array([np.cos(along), np.sin(along)]) * 6 * PX_PER_MM
    cv2.line(paper, tuple(at.astype(int)), tuple((at + step).astype(int)), (150, 150, 150), 6, cv2.LINE_AA)
    cv2.line(paper, (0, int(at[1] * 3)), (int(at[0] * 3), 0), tuple(0.85 * v for v in paper[4, 4].astype(float)), 3, cv2.LINE_AA)
    return paper
