//! Points of a picture and the projective map between a code's modules and a picture's pixels.

/// A point; pixels of a picture (a pixel's centre lies at .5) or modules of a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

impl Point {
    pub(crate) fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(crate) fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl std::ops::Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl std::ops::Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl std::ops::Mul<f32> for Point {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        Self::new(self.x * by, self.y * by)
    }
}

/// A projective map of the plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Homography([f32; 8]);

impl Homography {
    /// The map that carries four points to four others; `None` when three of them lie on a line.
    pub(crate) fn between(from: &[Point; 4], to: &[Point; 4]) -> Option<Self> {
        let mut rows = [[0.0; 9]; 8];
        for (i, (f, t)) in from.iter().zip(to).enumerate() {
            let (x, y) = (f64::from(f.x), f64::from(f.y));
            let (u, v) = (f64::from(t.x), f64::from(t.y));
            rows[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
            rows[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
        }
        let mut rows: Vec<Vec<f64>> = rows.into_iter().map(|row| row.to_vec()).collect();
        let solved = solve(&mut rows)?;
        let mut map = [0.0; 8];
        for (to, from) in map.iter_mut().zip(&solved) {
            *to = *from as f32;
        }
        map.iter().all(|value| value.is_finite()).then_some(Self(map))
    }

    /// Where a point goes.
    #[inline]
    pub(crate) fn map(&self, x: f32, y: f32) -> Point {
        let [a, b, c, d, e, f, g, h] = self.0;
        let w = g * x + h * y + 1.0;
        Point::new((a * x + b * y + c) / w, (d * x + e * y + f) / w)
    }
}

/// Solves a square system given as rows with the right side last (Gauss, largest pivot); `None` when it has no
/// single answer.
pub(crate) fn solve(rows: &mut [Vec<f64>]) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        let (done, below) = rows.split_at_mut(column + 1);
        let top = &done[column];
        if top[column].abs() < 1e-12 || !top[column].is_finite() {
            return None;
        }
        for row in below {
            let factor = row[column] / top[column];
            if factor != 0.0 {
                for (value, above) in row.iter_mut().zip(top).skip(column) {
                    *value -= factor * above;
                }
            }
        }
    }
    let mut solved = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| rows[i][k] * solved[k]).sum();
        solved[i] = (rows[i][n] - known) / rows[i][i];
    }
    Some(solved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_points_go_where_they_should_and_a_line_has_no_map() {
        let from = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)].map(|(x, y)| Point::new(x, y));
        let to = [(5.0, 7.0), (90.0, 12.0), (80.0, 99.0), (2.0, 70.0)].map(|(x, y)| Point::new(x, y));
        let map = Homography::between(&from, &to).unwrap();
        for (f, t) in from.iter().zip(&to) {
            assert!(map.map(f.x, f.y).distance(*t) < 1e-3);
        }
        let line = [0.0, 1.0, 2.0, 3.0].map(|x| Point::new(x, x));
        assert!(Homography::between(&line, &to).is_none());
    }
}
