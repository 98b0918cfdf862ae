//! Points, lines, four-cornered outlines and homographies, in pixels of an upright picture (x right, y down,
//! the centre of the first pixel at 0,0). Pure arithmetic.

use serde::{Deserialize, Serialize};

/// A place in a picture, in pixels; may lie outside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Point {
    /// Right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// A point at `x`, `y`.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Euclidean distance in pixels.
    pub fn distance(self, other: Self) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point `t` of the way to `other`.
    pub fn lerp(self, other: Self, t: f64) -> Self {
        Self::new(self.x + (other.x - self.x) * t, self.y + (other.y - self.y) * t)
    }
}

impl From<[f64; 2]> for Point {
    fn from([x, y]: [f64; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f64; 2] {
    fn from(point: Point) -> Self {
        [point.x, point.y]
    }
}

/// The line of points with `nx·x + ny·y = d`; (nx, ny) has length 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Normal, right.
    pub nx: f64,
    /// Normal, down.
    pub ny: f64,
    /// Distance of the origin along the normal.
    pub d: f64,
}

impl Line {
    /// The line through two points; `None` when they coincide.
    pub fn through(a: Point, b: Point) -> Option<Self> {
        let length = a.distance(b);
        if length < 1e-9 {
            return None;
        }
        let (nx, ny) = ((a.y - b.y) / length, (b.x - a.x) / length);
        Some(Self { nx, ny, d: nx * a.x + ny * a.y })
    }

    /// Where two lines cross; `None` when they are parallel within about 0.06°.
    pub fn crossing(&self, other: &Self) -> Option<Point> {
        let det = self.nx * other.ny - self.ny * other.nx;
        if det.abs() < 1e-3 {
            return None;
        }
        Some(Point::new(
            (self.d * other.ny - other.d * self.ny) / det,
            (self.nx * other.d - other.nx * self.d) / det,
        ))
    }

    /// Signed distance of a point, positive on the normal's side.
    pub fn distance(&self, p: Point) -> f64 {
        self.nx * p.x + self.ny * p.y - self.d
    }
}

/// The outline of a page: corners top-left, top-right, bottom-right, bottom-left as they are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quad(pub [Point; 4]);

impl Quad {
    /// The whole of a picture of `width` × `height` pixels, corner pixels' centres.
    pub fn whole(width: usize, height: usize) -> Self {
        let (r, b) = (width.max(1) as f64 - 1.0, height.max(1) as f64 - 1.0);
        Self([Point::new(0.0, 0.0), Point::new(r, 0.0), Point::new(r, b), Point::new(0.0, b)])
    }

    /// Four corners in any order, put in the order of this type: clockwise from the one nearest the top left.
    /// `None` unless they are convex.
    pub fn ordered(mut corners: [Point; 4]) -> Option<Self> {
        let cx = corners.iter().map(|p| p.x).sum::<f64>() / 4.0;
        let cy = corners.iter().map(|p| p.y).sum::<f64>() / 4.0;
        let angle = |p: &Point| (p.y - cy).atan2(p.x - cx);
        corners.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
        Self::from_ring(corners)
    }

    /// As [`Quad::ordered`] for corners that already follow each other round the outline, either way.
    pub fn from_ring(mut corners: [Point; 4]) -> Option<Self> {
        if !Self(corners).is_convex() {
            corners.reverse();
        }
        let nearness = |k: &usize| corners[*k].x + corners[*k].y;
        let first = (0..4).min_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
        corners.rotate_left(first);
        Some(Self(corners)).filter(Self::is_convex)
    }

    /// Strictly convex, clockwise on screen, all numbers finite.
    pub fn is_convex(&self) -> bool {
        (0..4).all(|i| {
            let [a, b, c] = [self.0[i], self.0[(i + 1) % 4], self.0[(i + 2) % 4]];
            (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 1e-6
        })
    }

    /// Square pixels inside (shoelace).
    pub fn area(&self) -> f64 {
        area(&self.0)
    }

    /// Lengths of the top, right, bottom and left side, in pixels.
    pub fn sides(&self) -> [f64; 4] {
        std::array::from_fn(|i| self.0[i].distance(self.0[(i + 1) % 4]))
    }

    /// Whether a point lies inside, or outside by less than `margin` pixels of a side.
    pub fn holds(&self, p: Point, margin: f64) -> bool {
        (0..4).all(|i| {
            let (a, b) = (self.0[i], self.0[(i + 1) % 4]);
            let across = (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
            across >= -margin * a.distance(b)
        })
    }

    /// Every corner multiplied by `factor`.
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.map(|p| Point::new(p.x * factor, p.y * factor)))
    }

    /// The smallest angle between neighbouring sides, in degrees.
    pub fn smallest_angle(&self) -> f64 {
        (0..4)
            .map(|i| {
                let [a, b, c] = [self.0[(i + 3) % 4], self.0[i], self.0[(i + 1) % 4]];
                let (ux, uy, vx, vy) = (a.x - b.x, a.y - b.y, c.x - b.x, c.y - b.y);
                let angle = (ux * vy - uy * vx).abs().atan2(ux * vx + uy * vy).to_degrees();
                angle.min(180.0 - angle)
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// Intersection over union of two outlines, 0..1; the measure of how well a page was found.
    pub fn iou(&self, other: &Self) -> f64 {
        let mut overlap: Vec<Point> = self.0.to_vec();
        for i in 0..4 {
            let (a, b) = (other.0[i], other.0[(i + 1) % 4]);
            let side = |p: &Point| (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
            let ring = std::mem::take(&mut overlap);
            for (k, p) in ring.iter().enumerate() {
                let q = ring[(k + 1) % ring.len()];
                let (sp, sq) = (side(p), side(&q));
                if sp >= 0.0 {
                    overlap.push(*p);
                }
                if (sp >= 0.0) != (sq >= 0.0) {
                    overlap.push(p.lerp(q, sp / (sp - sq)));
                }
            }
        }
        let both = area(&overlap);
        let either = self.area() + other.area() - both;
        if either > 0.0 { (both / either).clamp(0.0, 1.0) } else { 0.0 }
    }
}

fn area(ring: &[Point]) -> f64 {
    let twice: f64 = (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            a.x * b.y - b.x * a.y
        })
        .sum();
    twice.abs() / 2.0
}

/// A projective map of the plane, row by row; the last number is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography(pub [f64; 9]);

impl Homography {
    /// The map that carries the rectangle (0,0)–(`width`,`height`) onto `quad`, corner to corner
    /// (Heckbert's closed form). `None` when the quad is not convex.
    pub fn rectangle_to(quad: &Quad, width: f64, height: f64) -> Option<Self> {
        if !(quad.is_convex() && width > 0.0 && height > 0.0) {
            return None;
        }
        let [p0, p1, p2, p3] = quad.0;
        let (sx, sy) = (p0.x - p1.x + p2.x - p3.x, p0.y - p1.y + p2.y - p3.y);
        let (dx1, dy1) = (p1.x - p2.x, p1.y - p2.y);
        let (dx2, dy2) = (p3.x - p2.x, p3.y - p2.y);
        let det = dx1 * dy2 - dx2 * dy1;
        if det.abs() < 1e-12 {
            return None;
        }
        let g = (sx * dy2 - dx2 * sy) / det;
        let h = (dx1 * sy - sx * dy1) / det;
        let unit = [
            p1.x - p0.x + g * p1.x,
            p3.x - p0.x + h * p3.x,
            p0.x,
            p1.y - p0.y + g * p1.y,
            p3.y - p0.y + h * p3.y,
            p0.y,
            g,
            h,
            1.0,
        ];
        let [a, b, c, d, e, f, g, h, _] = unit;
        Some(Self([a / width, b / height, c, d / width, e / height, f, g / width, h / height, 1.0]))
    }

    /// The map back; `None` for one that cannot be undone.
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let adjugate = [
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ];
        let last = adjugate[8];
        let undone = adjugate.map(|v| v / last);
        (last.abs() > 1e-15 && undone.iter().all(|v| v.is_finite())).then_some(Self(undone))
    }

    /// Where a point goes.
    pub fn map(&self, p: Point) -> Point {
        let m = &self.0;
        let w = m[6] * p.x + m[7] * p.y + m[8];
        Point::new((m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(x: f64, y: f64, side: f64) -> Quad {
        Quad([(x, y), (x + side, y), (x + side, y + side), (x, y + side)].map(|(x, y)| Point::new(x, y)))
    }

    #[test]
    fn overlap_of_known_squares_is_known() {
        let a = square(0.0, 0.0, 10.0);
        assert!((a.iou(&a) - 1.0).abs() < 1e-12);
        assert!((a.iou(&square(5.0, 0.0, 10.0)) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(a.iou(&square(20.0, 0.0, 10.0)), 0.0);
        assert!((a.iou(&square(2.0, 2.0, 4.0)) - 0.16).abs() < 1e-12);
    }

    #[test]
    fn corners_in_any_order_are_put_clockwise_from_the_top_left() {
        let [a, b, c, d] = square(3.0, 4.0, 10.0).0;
        assert_eq!(Quad::ordered([c, a, d, b]), Some(square(3.0, 4.0, 10.0)));
        let crossed = Quad([a, c, b, d]);
        assert!(!crossed.is_convex());
    }

    #[test]
    fn a_quad_is_four_pairs_in_json() {
        let json = serde_json::to_string(&square(0.0, 1.0, 2.0)).unwrap();
        assert_eq!(json, "[[0.0,1.0],[2.0,1.0],[2.0,3.0],[0.0,3.0]]");
        assert_eq!(serde_json::from_str::<Quad>(&json).unwrap(), square(0.0, 1.0, 2.0));
    }

    fn quads() -> impl Strategy<Value = Quad> {
        proptest::array::uniform8(0.0f64..300.0).prop_map(|o| {
            Quad([
                Point::new(o[0], o[1]),
                Point::new(1000.0 - o[2], o[3]),
                Point::new(1000.0 - o[4], 1000.0 - o[5]),
                Point::new(o[6], 1000.0 - o[7]),
            ])
        })
    }

    proptest! {
        #[test]
        fn a_homography_carries_corners_to_corners_and_diagonals_to_diagonals(quad in quads()) {
            let map = Homography::rectangle_to(&quad, 210.0, 297.0).unwrap();
            let corners = [(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)];
            for (corner, (x, y)) in quad.0.iter().zip(corners) {
                prop_assert!(map.map(Point::new(x, y)).distance(*corner) < 1e-6);
            }
            let middle = map.map(Point::new(105.0, 148.5));
            let one = Line::through(quad.0[0], quad.0[2]).unwrap();
            let two = Line::through(quad.0[1], quad.0[3]).unwrap();
            prop_assert!(one.crossing(&two).unwrap().distance(middle) < 1e-6);
        }

        #[test]
        fn overlap_is_symmetric_and_between_0_and_1(a in quads(), b in quads()) {
            let (ab, ba) = (a.iou(&b), b.iou(&a));
            prop_assert!((ab - ba).abs() < 1e-9 && (0.0..=1.0).contains(&ab));
            prop_assert!((a.iou(&a) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn lines_through_a_common_point_cross_there(x in -500.0f64..500.0, y in -500.0f64..500.0,
                                                    a in 0.1f64..1.4, b in 1.6f64..3.0) {
            let p = Point::new(x, y);
            let line = |t: f64| Line::through(p, Point::new(x + 100.0 * t.cos(), y + 100.0 * t.sin())).unwrap();
            prop_assert!(line(a).crossing(&line(b)).unwrap().distance(p) < 1e-6);
        }
    }
}
