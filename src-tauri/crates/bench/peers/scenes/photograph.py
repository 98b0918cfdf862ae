"""A camera over a table: where a paper comes to lie in the picture, light, hands, lens and sensor.

Everything is drawn at twice the size of the picture and averaged down, so that edges are as soft as real ones.
Outlines are corners in the order top left, top right, bottom right, bottom left of the paper."""

import cv2
import numpy as np

from papers import PX_PER_MM, smooth_noise

# Drawn so many times larger than the picture.
LARGER = 2


def pose(rng, paper, width, height, fill, cut=False):
    """Where a paper's corners come to lie, seen a little from the side; `fill` is its part of the frame. With `cut`, one or
    two corners lie outside."""
    tall, wide = paper.shape[:2]
    flat = np.array([[-wide, -tall, 0], [wide, -tall, 0], [wide, tall, 0], [-wide, tall, 0]], float) / 2
    for _ in range(500):
        pitch, yaw = np.radians(rng.normal(0, 12, 2))
        roll = np.radians(rng.normal(0, 8) if rng.random() < 0.7 else rng.uniform(-50, 50))
        turn = cv2.Rodrigues(np.array([pitch, 0, 0]))[0] @ cv2.Rodrigues(np.array([0, yaw, 0]))[0] @ cv2.Rodrigues(np.array([0, 0, roll]))[0]
        focal = rng.uniform(0.8, 1.2) * max(width, height)
        distance = focal * max(wide / width, tall / height) / rng.uniform(*fill)
        at = flat @ turn.T
        depth = at[:, 2] + distance
        shift = np.array([width, height]) * (rng.uniform(0.12, 0.3, 2) * rng.choice([-1, 1], 2) if cut else rng.uniform(-0.08, 0.08, 2))
        corners = np.stack([width / 2 + focal * at[:, 0] / depth, height / 2 + focal * at[:, 1] / depth], 1) + shift
        inside = ((corners > 6) & (corners < np.array([width, height]) - 7)).all(1).sum()
        if depth.min() > 0.3 * distance and (inside == 4 if not cut else inside in (2, 3)):
            return corners
    raise ValueError("no pose fits")


def lay(rng, picture, paper, corners, mask=None):
    """Lays a paper there, with its soft shadow."""
    height, width = picture.shape[:2]
    tall, wide = paper.shape[:2]
    mask = np.full((tall, wide), 255, np.uint8) if mask is None else mask
    flat = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32) - 0.5
    place = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    smaller = np.linalg.norm(corners[1] - corners[0]) / wide
    if smaller < 0.7:
        paper = cv2.GaussianBlur(paper, (0, 0), 0.5 / smaller)
    seen = cv2.warpPerspective(paper, place, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    there = cv2.warpPerspective(mask, place, (width, height)).astype(np.float32) / 255
    soft = rng.uniform(0.5, 5) * width / 1000
    moved = cv2.warpAffine(there, np.float32([[1, 0, rng.normal(0, soft)], [0, 1, rng.normal(0, soft)]]), (width, height))
    picture *= 1 - (rng.uniform(0.08, 0.45) * cv2.GaussianBlur(moved, (0, 0), soft) * (1 - there))[..., None]
    picture[:] = picture * (1 - there[..., None]) + seen * there[..., None]


def finger(rng, picture, corners):
    """One to three fingers that hold the paper on one side."""
    height, width = picture.shape[:2]
    side = rng.integers(4)
    start, end = corners[side], corners[(side + 1) % 4]
    at = start + (end - start) * rng.uniform(0.25, 0.75)
    inward = corners.mean(0) - at
    inward /= np.linalg.norm(inward)
    along = (end - start) / np.linalg.norm(end - start)
    skin = np.array([rng.uniform(90, 150), rng.uniform(110, 170), rng.uniform(170, 225)])
    thick = int(width * rng.uniform(0.016, 0.024))
    for k in range(rng.integers(1, 4)):
        foot = at + along * k * width * 0.04
        tip = foot + inward * width * rng.uniform(0.02, 0.09)
        mask = np.zeros((height, width), np.uint8)
        cv2.line(mask, tuple(tip.astype(int)), tuple((foot - inward * width * 0.6).astype(int)), 255, 2 * thick, cv2.LINE_AA)
        there = cv2.GaussianBlur(mask, (0, 0), 2).astype(np.float32)[..., None] / 255
        round_ = cv2.GaussianBlur(mask, (0, 0), 0.6 * thick).astype(np.float32)[..., None] / 255
        picture[:] = picture * (1 - there) + skin * (0.55 + 0.45 * round_) * there


def light(rng, picture):
    """Falls off to one side; now and then a hard or soft shadow, or a lamp's reflection."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    picture *= (1 + rng.uniform(0, 0.28) * ((x / width - 0.5) * np.cos(turn) + (y / height - 0.5) * np.sin(turn)))[..., None]
    if rng.random() < 0.3:
        mask = np.zeros((height // 8, width // 8), np.float32)
        around = np.arange(5) * 2 * np.pi / 5
        shape = np.stack([np.cos(around), np.sin(around)], 1) * rng.uniform(0.15, 0.5, (5, 1)) * width / 8
        cv2.fillPoly(mask, [(shape + rng.uniform(0, 1, 2) * np.array(mask.shape[::-1])).astype(np.int32)], 1)
        shadow = cv2.resize(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 12)), (width, height))
        picture *= 1 - (rng.uniform(0.1, 0.45) * shadow)[..., None]
    if rng.random() < 0.12:
        at = rng.uniform(0.1, 0.9, 2) * (width, height)
        near = ((x - at[0]) ** 2 + (y - at[1]) ** 2) / (rng.uniform(0.03, 0.1) * width) ** 2
        picture += (rng.uniform(30, 150) * np.exp(-near))[..., None]


def exposed(rng, picture):
    """What the sensor makes of it: white balance, blur, half the size, noise, eight bits."""
    height, width = picture.shape[:2]
    dark = rng.random() < 0.08
    picture = picture * (rng.uniform(0.15, 0.45) if dark else rng.uniform(0.8, 1.05)) * (1 + rng.normal(0, 0.04, 3))
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 2.4))
    small = cv2.resize(picture, (width // LARGER, height // LARGER), interpolation=cv2.INTER_AREA)
    small += rng.standard_normal(small.shape) * rng.uniform(0.5, 8 if dark else 4)
    return small.clip(0, 255).astype(np.uint8)


def clutter(rng, picture):
    """Other things at the edge of the table."""
    height, width = picture.shape[:2]
    for _ in range(rng.integers(0, 4)):
        at = rng.uniform(0, 1, 2) * (width, height)
        at[rng.integers(2)] = rng.choice([0, 1]) * (width if rng.random() < 0.5 else height)
        box = (tuple(at), tuple(rng.uniform(0.05, 0.25, 2) * width), rng.uniform(0, 180))
        cv2.fillPoly(picture, [cv2.boxPoints(box).astype(np.int32)], tuple(rng.uniform(10, 200, 3)), cv2.LINE_AA)
