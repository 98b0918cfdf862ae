"""What papers lie on, as float pictures (BGR)."""

import cv2
import numpy as np

from papers import smooth_noise


def plain(rng, width, height):
    table = np.empty((height, width, 3), np.float32)
    table[:] = rng.uniform(20, 190) + rng.uniform(-25, 25, 3)
    return table + smooth_noise(rng, width, height, rng.uniform(2, 40), 3)[..., None] * rng.uniform(0.5, 6)


def wood(rng, width, height):
    colour = np.array([rng.uniform(40, 150), rng.uniform(70, 180), rng.uniform(110, 215)], np.float32)
    grain = cv2.resize(smooth_noise(rng, width // 12, height, rng.uniform(6, 30), 4), (width, height))
    table = colour + grain[..., None] * rng.uniform(4, 20) * np.array([0.8, 1, 1.1], np.float32)
    if rng.random() < 0.4:
        for x in np.arange(0, width, width / rng.uniform(3, 9)):
            cv2.line(table, (int(x), 0), (int(x + rng.uniform(-40, 40)), height), tuple(0.5 * colour.astype(float)), 3)
    return table


def cloth(rng, width, height):
    """Checks or stripes."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(25, 160)
    across = np.floor((x * np.cos(turn) + y * np.sin(turn)) / period)
    along = np.floor((y * np.cos(turn) - x * np.sin(turn)) / period)
    pattern = (across + (along if rng.random() < 0.5 else 0)) % 2
    one, other = rng.uniform(30, 235, 3), rng.uniform(30, 235, 3)
    return (one + (other - one) * cv2.GaussianBlur(pattern, (0, 0), 1.2)[..., None]).astype(np.float32)


def white(rng, width, height, paper):
    """Nearly the colour of the paper: 3 to 22 levels darker, or now and then lighter."""
    step = rng.uniform(3, 22) * (1 if rng.random() < 0.8 else -0.6)
    table = np.empty((height, width, 3), np.float32)
    table[:] = paper[2:8, 2:8].mean() - step + rng.uniform(-4, 4, 3)
    return table + smooth_noise(rng, width, height, rng.uniform(2, 300), 2)[..., None] * rng.uniform(0, 2)


def any_table(rng, width, height):
    return [plain, wood, wood, cloth][rng.integers(4)](rng, width, height)
