"""Named kinds of photographs, each hard in one way; a scene is a picture and the corners of the paper in it, or none."""

import numpy as np

import papers
import photograph
import tables
from photograph import LARGER

SIZES = [(1200, 900), (900, 1200)]
FILL = (0.55, 0.95)


def drawn(rng, paper, on=tables.any_table, mask=None, fill=FILL, cut=False, before=None, after=None):
    """A paper on a table. `before` and `after` draw on the larger picture under and over it, given the corners."""
    width, height = (LARGER * side for side in SIZES[rng.integers(2)])
    picture = on(rng, width, height).astype(np.float32)
    corners = photograph.pose(rng, paper, width, height, fill, cut)
    if before:
        before(rng, picture, corners)
    photograph.lay(rng, picture, paper, corners, mask)
    if after:
        after(rng, picture, corners)
    photograph.light(rng, picture)
    return photograph.exposed(rng, picture), (corners + 0.5) / LARGER - 0.5


def any_page(rng):
    return [papers.letter, papers.form][rng.integers(2)](rng)


def ordinary(rng):
    return drawn(rng, any_page(rng))


def white_on_white(rng):
    paper = any_page(rng)
    return drawn(rng, paper, lambda rng, width, height: tables.white(rng, width, height, paper))


def cluttered(rng):
    return drawn(rng, any_page(rng), before=lambda rng, picture, _: photograph.clutter(rng, picture))


def printed_border(rng):
    return drawn(rng, papers.certificate(rng))


def stack(rng):
    """More sheets of the same size under it, each a little turned and moved."""
    paper = any_page(rng)

    def sheets(rng, picture, corners):
        centre = corners.mean(0)
        for _ in range(rng.integers(1, 4)):
            turn = np.radians(rng.uniform(-6, 6))
            turned = (corners - centre) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            moved = turned + centre + rng.normal(0, 0.012, 2) * picture.shape[1]
            photograph.lay(rng, picture, papers.sheet(rng, colour=0.97 * paper[4, 4].astype(float)), moved)

    return drawn(rng, paper, fill=(0.5, 0.85), before=sheets)


def cut_by_the_frame(rng):
    return drawn(rng, any_page(rng), cut=True)


def fingers(rng):
    return drawn(rng, any_page(rng), after=photograph.finger)


def stapled(rng):
    return drawn(rng, papers.stapled(rng, any_page(rng)))


def folded_corner(rng):
    paper, mask = papers.folded(rng, any_page(rng))
    return drawn(rng, paper, mask=mask)


def rounded_card(rng):
    paper = papers.card(rng)
    return drawn(rng, paper, mask=papers.rounded(paper, papers.CARD_CORNER_MM), fill=(0.35, 0.8))


def receipt(rng):
    return drawn(rng, papers.receipt(rng))


def no_paper(rng):
    width, height = (LARGER * side for side in SIZES[rng.integers(2)])
    picture = tables.any_table(rng, width, height).astype(np.float32)
    photograph.clutter(rng, picture)
    photograph.light(rng, picture)
    return photograph.exposed(rng, picture), None


CASES = {
    "ordinary": ordinary,
    "white on white": white_on_white,
    "clutter around it": cluttered,
    "printed border": printed_border,
    "on a stack of paper": stack,
    "cut by the frame": cut_by_the_frame,
    "fingers": fingers,
    "staple": stapled,
    "folded corner": folded_corner,
    "rounded card": rounded_card,
    "receipt": receipt,
    "no paper": no_paper,
}
