// @vitest-environment node
import { expect, test } from 'vitest';
import type { Point } from '../src/backend';
import { convex, ends, fromShown, moved, shownSize, sideMoved, toShown, whole, type Frame, type Quad } from '../src/counter/geometry';

const frames: Frame[] = [0, 1, 2, 3].map((turns) => ({ width: 1500, height: 2000, turns }));

test.each(frames)('a point goes to the shown picture and back, turned by $turns', (frame) => {
  for (const point of [{ x: 0, y: 0 }, { x: 1500, y: 0 }, { x: 312.5, y: 1799 }]) {
    const shown = toShown(point, frame);
    expect(fromShown(shown, frame)).toEqual(point);
    const { width, height } = shownSize(frame);
    expect(shown.x >= 0 && shown.x <= width && shown.y >= 0 && shown.y <= height).toBe(true);
  }
});

test('a quarter turn clockwise brings the top-left corner to the top right', () => {
  expect(toShown({ x: 0, y: 0 }, { width: 1500, height: 2000, turns: 1 })).toEqual({ x: 2000, y: 0 });
});

test('an arrow moves a corner the way it points on the screen, whatever the turn', () => {
  for (const frame of frames) {
    const before = toShown({ x: 700, y: 900 }, frame);
    const after = toShown(moved({ x: 700, y: 900 }, { x: 10, y: 0 }, frame), frame);
    expect(after).toEqual({ x: before.x + 10, y: before.y });
  }
});

test('a corner never leaves the picture', () => {
  for (const frame of frames)
    for (const step of [{ x: -9999, y: -9999 }, { x: 9999, y: 9999 }]) {
      const { x, y } = moved({ x: 700, y: 900 }, step, frame);
      expect(x >= 0 && x <= 1500 && y >= 0 && y <= 2000).toBe(true);
    }
});

test('crossed or mirrored corners are no page', () => {
  const page = whole({ width: 1500, height: 2000, turns: 0 });
  expect(convex(page)).toBe(true);
  expect(convex([page[1], page[0], page[2], page[3]] as Quad)).toBe(false);
  expect(convex([page[0], page[3], page[2], page[1]] as Quad)).toBe(false);
});

test.each(frames)('a side moves across itself and takes both its corners along, turned by $turns', (frame) => {
  const quad: Quad = [
    { x: 200, y: 300 },
    { x: 1200, y: 300 },
    { x: 1200, y: 1700 },
    { x: 200, y: 1700 }
  ];
  for (const side of [0, 1, 2, 3]) {
    // A step along the side moves nothing; across it, both corners by the whole step.
    const [first, second] = ends(side);
    const [a, b] = [toShown(quad[first] as Point, frame), toShown(quad[second] as Point, frame)];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const along = { x: (40 * (b.x - a.x)) / length, y: (40 * (b.y - a.y)) / length };
    const across = { x: -along.y, y: along.x };
    for (const [index, corner] of sideMoved(quad, side, along, frame).entries()) {
      expect(corner.x).toBeCloseTo(quad[index]?.x ?? 0);
      expect(corner.y).toBeCloseTo(quad[index]?.y ?? 0);
    }
    const far = sideMoved(quad, side, across, frame).map(({ x, y }, index) =>
      Math.hypot(x - (quad[index]?.x ?? 0), y - (quad[index]?.y ?? 0))
    );
    expect(far.map(Math.round)).toEqual(quad.map((_, index) => (index === first || index === second ? 40 : 0)));
  }
});
