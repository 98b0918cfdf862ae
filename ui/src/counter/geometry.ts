/**
 * Corners on the picture. A picture has two frames: its own (pixels of the upright original, what the desk stores) and
 * the shown one (after quarter turns clockwise). Points of the shown frame are in the same pixels, only turned.
 */
import type { PageView, Point } from '../backend';

/** Top-left, top-right, bottom-right, bottom-left. */
export type Quad = [Point, Point, Point, Point];
export interface Frame {
  width: number;
  height: number;
  /** Quarter turns clockwise, 0..3. */
  turns: number;
}

export const frameOf = (page: PageView): Frame => ({
  width: page.width,
  height: page.height,
  turns: ((page.quarterTurns % 4) + 4) % 4
});

export function shownSize({ width, height, turns }: Frame): { width: number; height: number } {
  return turns % 2 ? { width: height, height: width } : { width, height };
}

export function toShown({ x, y }: Point, { width, height, turns }: Frame): Point {
  if (turns === 1) return { x: height - y, y: x };
  if (turns === 2) return { x: width - x, y: height - y };
  if (turns === 3) return { x: y, y: width - x };
  return { x, y };
}

export function fromShown({ x, y }: Point, { width, height, turns }: Frame): Point {
  if (turns === 1) return { x: y, y: height - x };
  if (turns === 2) return { x: width - x, y: height - y };
  if (turns === 3) return { x: width - y, y: x };
  return { x, y };
}

/** The same turn as an SVG transform. */
export function turnTransform({ width, height, turns }: Frame): string {
  if (turns === 1) return `translate(${height} 0) rotate(90)`;
  if (turns === 2) return `translate(${width} ${height}) rotate(180)`;
  if (turns === 3) return `translate(0 ${width}) rotate(270)`;
  return '';
}

export function whole({ width, height }: Frame): Quad {
  return [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height }
  ];
}

export function within({ x, y }: Point, { width, height }: Frame): Point {
  return { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
}

/** A corner moved by a step of the shown frame, kept inside the picture. */
export function moved(point: Point, step: Point, frame: Frame): Point {
  const shown = toShown(point, frame);
  return within(fromShown({ x: shown.x + step.x, y: shown.y + step.y }, frame), frame);
}

/** The corners at the ends of a side: 0 top, 1 right, 2 bottom, 3 left of the upright original. */
export const ends = (side: number): [number, number] => [side, (side + 1) % 4];

export function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** A side moved by a step of the shown frame: both its corners go across it, by the part of the step that leads across. */
export function sideMoved(quad: Quad, side: number, step: Point, frame: Frame): Quad {
  const [first, second] = ends(side);
  const [a, b] = [toShown(quad[first] as Point, frame), toShown(quad[second] as Point, frame)];
  const along = { x: b.x - a.x, y: b.y - a.y };
  const length = Math.hypot(along.x, along.y);
  if (length === 0) return quad;
  const across = { x: -along.y / length, y: along.x / length };
  const far = step.x * across.x + step.y * across.y;
  const by = { x: across.x * far, y: across.y * far };
  return quad.map((corner, index) => (index === first || index === second ? moved(corner, by, frame) : corner)) as Quad;
}

/** Whether the corners go clockwise round a page and no side folds in. */
export function convex(quad: Quad): boolean {
  return quad.every((b, index) => {
    const a = quad[(index + 3) % 4] as Point;
    const c = quad[(index + 1) % 4] as Point;
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0;
  });
}
