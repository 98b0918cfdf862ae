"""Draws scenes with known corners, has the page looked for in each, and writes how well it was found.

    cargo build --release --package mocban-capture --example outlines
    python src-tauri/crates/bench/peers/scenes target/release/examples/outlines [--each 20] [--seed 1] [--keep FOLDER]

The table goes to standard output. Beside ours stands OpenCV's contour finder (`page.py`). Python needs OpenCV and NumPy:
`tests/second_readers/requirements.txt`. The same seed draws the same scenes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))
import page
from cases import CASES

# Outlines at least this certain are applied unasked (`CONFIDENCE_BAR` of the capture crate).
BAR = 0.5
RIGHT = 0.9


@dataclass
class Found:
    """What one finder made of one scene."""

    overlap: float
    # The largest distance of a corner from its true place, in parts of the page's diagonal; none without an outline.
    corner: float | None
    certain: bool


def judged(quad, certain, truth):
    if quad is None or truth is None:
        return Found(0.0, None, certain and quad is not None)
    quad = np.array(quad, np.float32)
    diagonal = np.linalg.norm(truth[2] - truth[0])
    corner = np.linalg.norm(quad - truth, axis=1).max() / diagonal
    return Found(page.iou(quad.tolist(), truth.tolist())["iou"], float(corner), certain)


def row(case, finder, found, empty):
    """One line of the table; of scenes without paper only whether an outline would have been applied."""
    share = lambda values: f"{100 * np.mean(values):.0f} %"
    wrong = share([one.certain and one.overlap < RIGHT for one in found])
    if empty:
        return f"| {case} | {finder} | – | – | – | {wrong} |"
    overlaps = np.array([one.overlap for one in found])
    corners = [one.corner for one, overlap in zip(found, overlaps) if one.corner is not None and overlap >= RIGHT]
    error = f"{100 * np.median(corners):.2f} %" if corners else "–"
    return f"| {case} | {finder} | {overlaps.mean():.3f} | {share(overlaps > RIGHT)} | {error} | {wrong} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the example `outlines` of the capture crate, built in release")
    parser.add_argument("--each", type=int, default=20, help="scenes of each case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where to leave the pictures and truth.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        report(options.program, folder, draw_all(folder, options.each, options.seed))


def draw_all(folder, each, seed):
    """Leaves the pictures and truth.json in the folder; gives what is known of each picture."""
    truths = {}
    for number, (case, draw) in enumerate(CASES.items()):
        for scene in range(each):
            rng = np.random.default_rng([seed, number, scene])
            picture, corners = draw(rng)
            name = f"{number:02}-{case.replace(' ', '-')}-{scene:03}.jpg"
            cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
            truths[name] = {"case": case, "quad": None if corners is None else corners.round(2).tolist()}
    (folder / "truth.json").write_text(json.dumps(truths, indent=1))
    return truths


def report(program, folder, truths):
    files = [str(folder / name) for name in truths]
    answers = subprocess.run([program, *files], capture_output=True, text=True, check=True).stdout.splitlines()
    finders = {"OpenCV": {}, "live": {}, "shot": {}}
    for (name, scene), answer in zip(truths.items(), map(json.loads, answers), strict=True):
        truth = None if scene["quad"] is None else np.array(scene["quad"], np.float32)
        outline = page.outline(cv2.imread(str(folder / name)))
        # The contour finder states no confidence: each outline that it offers counts.
        found = {"OpenCV": judged(outline, True, truth)}
        for effort in ("live", "shot"):
            detection = answer[effort]
            found[effort] = judged(detection["quad"], detection["confidence"] >= BAR, truth)
        for finder, one in found.items():
            finders[finder].setdefault(scene["case"], []).append(one)
    print("| scenes | finder | mean IoU | IoU > 0.9 | corner error, median of those | confident and wrong |")
    print("|---|---|---|---|---|---|")
    empty = {scene["case"] for scene in truths.values() if scene["quad"] is None}
    for case in CASES:
        for finder, by_case in finders.items():
            print(row(case, finder, by_case[case], case in empty))
    for finder, by_case in finders.items():
        print(row("all with paper", finder, [one for case, found in by_case.items() if case not in empty for one in found], False))


if __name__ == "__main__":
    main()
