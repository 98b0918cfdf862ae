"""OpenCV's contour finder, as document scanners use it: shrink, grey, blur, Canny, the largest outline of four corners."""

from functools import lru_cache
from time import perf_counter

import cv2
import numpy as np

# Height of the picture in which outlines are looked for.
WORKING_HEIGHT = 500
A4_300_DPI = (2480, 3508)


def outline(picture: np.ndarray) -> np.ndarray | None:
    """Corners tl, tr, br, bl in pixels, or nothing."""
    scale = picture.shape[0] / WORKING_HEIGHT
    small = cv2.resize(picture, (round(picture.shape[1] / scale), WORKING_HEIGHT), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    edges = cv2.dilate(cv2.Canny(grey, 50, 150), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:10]:
        corners = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, True), True)
        if len(corners) == 4 and cv2.isContourConvex(corners):
            return ordered(corners.reshape(4, 2).astype(np.float32)) * np.float32(scale)
    return None


def ordered(corners: np.ndarray) -> np.ndarray:
    total, difference = corners.sum(axis=1), np.diff(corners, axis=1).ravel()
    at = [total.argmin(), difference.argmin(), total.argmax(), difference.argmax()]
    return corners[at]


def straightened(picture: np.ndarray, corners: np.ndarray | None) -> np.ndarray:
    height, width = picture.shape[:2]
    if corners is None:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = A4_300_DPI
    if np.linalg.norm(corners[1] - corners[0]) > np.linalg.norm(corners[3] - corners[0]):
        across, down = down, across
    target = np.array([[0, 0], [across - 1, 0], [across - 1, down - 1], [0, down - 1]], np.float32)
    return cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, target), (across, down))


def encoded(picture: np.ndarray) -> bytes:
    """As ours: quality 85, 4:2:2."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422]
    return cv2.imencode(".jpg", picture, options)[1].tobytes()


def frame(photo: str, width: int, height: int, out: str) -> dict:
    """A preview frame of a photograph, raw RGB, for both sides to look at."""
    picture = cv2.resize(cv2.imread(photo), (width, height), interpolation=cv2.INTER_AREA)
    cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).tofile(out)
    return {}


@lru_cache
def loaded(file: str, width: int, height: int) -> np.ndarray:
    return cv2.cvtColor(np.fromfile(file, np.uint8).reshape(height, width, 3), cv2.COLOR_RGB2BGR)


def detect(file: str, width: int, height: int) -> dict:
    picture = loaded(file, width, height)
    begun = perf_counter()
    corners = outline(picture)
    seconds = perf_counter() - begun
    return {"seconds": seconds, "quad": None if corners is None else corners.tolist()}


@lru_cache
def photograph(file: str) -> np.ndarray:
    return cv2.imread(file)


@lru_cache
def page_of(file: str, corners: tuple) -> np.ndarray:
    return straightened(photograph(file), np.array(corners, np.float32).reshape(4, 2))


def decode(photo: str) -> dict:
    with open(photo, "rb") as file:
        data = np.frombuffer(file.read(), np.uint8)
    begun = perf_counter()
    cv2.imdecode(data, cv2.IMREAD_COLOR)
    return {"seconds": perf_counter() - begun}


def straighten(photo: str, quad: list) -> dict:
    picture, corners = photograph(photo), np.array(quad, np.float32)
    begun = perf_counter()
    straightened(picture, corners)
    return {"seconds": perf_counter() - begun}


def encode(photo: str, quad: list) -> dict:
    page = page_of(photo, tuple(value for corner in quad for value in corner))
    begun = perf_counter()
    size = len(encoded(page))
    return {"seconds": perf_counter() - begun, "bytes": size}


def iou(one: list, other: list) -> dict:
    """Intersection over union of two convex outlines."""
    one, other = np.array(one, np.float32), np.array(other, np.float32)
    both = cv2.intersectConvexConvex(one, other)[0]
    return {"iou": both / (cv2.contourArea(one) + cv2.contourArea(other) - both)}
