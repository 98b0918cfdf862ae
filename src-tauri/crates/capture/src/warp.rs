//! Perspective correction: each output row is walked backwards through a homography and sampled bilinearly.
//!
//! Fixed point (8 bits of fraction) with rows in parallel. The projective division, and what a lens bends, are worked out
//! every [`SPAN`] pixels and interpolated between, which is off by well under 1/100 pixel for any page a camera can see. Where the
//! source is much finer than the output it is averaged down first, or fine print would alias.

use rayon::prelude::*;

use crate::geometry::{Homography, Point, Quad};
use crate::lens::{Bend, Lens};
use crate::picture::Picture;
use crate::reduce::reduced;

/// Output pixels between two exact divisions.
const SPAN: usize = 16;

/// `quad` of `source` as an upright rectangle of `width` × `height` pixels. Parts outside the picture repeat
/// its border. `None` for a quad that is not convex or whose horizon crosses the page.
pub fn warp(source: &Picture, quad: &Quad, width: usize, height: usize) -> Option<Picture> {
    warp_through(source, Lens::default(), quad, width, height)
}

/// As [`warp`], of a picture that a bending lens drew: what is straight on the page becomes straight.
pub fn warp_through(
    source: &Picture,
    lens: Lens,
    quad: &Quad,
    width: usize,
    height: usize,
) -> Option<Picture> {
    let bend = lens.over(source.width, source.height);
    let quad = &bend.straightened_outline(quad);
    if width == 0 || height == 0 {
        return None;
    }
    let [top, right, bottom, left] = quad.sides();
    let finer = (top.min(bottom) / width as f64).min(left.min(right) / height as f64);
    let factor = (finer + 0.2) as usize;
    if factor >= 2 {
        let small = reduced(source, factor);
        // Pixel centres: the reduced picture's 0 lies at (factor - 1) / 2 of the source.
        let shift = (factor as f64 - 1.0) / 2.0;
        let moved = Quad(quad.0.map(|p| Point::new(p.x - shift, p.y - shift))).scaled(1.0 / factor as f64);
        return warp_bilinear(&small, bend.reduced(factor as f64, shift), &moved, width, height);
    }
    warp_bilinear(source, bend, quad, width, height)
}

/// `quad` is the outline as a straight lens would have drawn it.
fn warp_bilinear(source: &Picture, bend: Bend, quad: &Quad, width: usize, height: usize) -> Option<Picture> {
    // Output pixel centres are half a pixel inside the page's edges.
    let map = Homography::rectangle_to(quad, width as f64, height as f64)?;
    let depth = |x: f64, y: f64| map.0[6] * x + map.0[7] * y + 1.0;
    let (w, h) = (width as f64, height as f64);
    if [depth(0.0, 0.0), depth(w, 0.0), depth(w, h), depth(0.0, h)].iter().any(|d| *d <= 1e-3) {
        return None;
    }
    let mut rgb8 = vec![0u8; 3 * width * height];
    rgb8.par_chunks_exact_mut(3 * width).enumerate().for_each(|(y, row)| {
        let at = |x: usize| bend.drawn(map.map(Point::new(x as f64 + 0.5, y as f64 + 0.5)));
        let mut from = at(0);
        for (span, out) in row.chunks_mut(3 * SPAN).enumerate() {
            let to = at((span + 1) * SPAN);
            sample_span(source, from, to, out);
            from = to;
        }
    });
    Picture::new(width, height, rgb8)
}

/// Fills `out` with samples along the segment from `from` towards `to`, which lies [`SPAN`] pixels further on.
fn sample_span(source: &Picture, from: Point, to: Point, out: &mut [u8]) {
    const ONE: f64 = 65536.0;
    let clamped = |v: f64| (v.clamp(-1e4, 1e5) * ONE) as i64;
    let (mut x, mut y) = (clamped(from.x), clamped(from.y));
    let (dx, dy) = ((clamped(to.x) - x) / SPAN as i64, (clamped(to.y) - y) / SPAN as i64);
    let (last_x, last_y) = (source.width as i64 - 1, source.height as i64 - 1);
    let stride = 3 * source.width;
    // All inside with a neighbour to the right and below: no clamping per pixel.
    let steps = SPAN as i64;
    let inside = |a: i64, b: i64, last: i64| a.min(b) >= 0 && (a.max(b) >> 16) < last;
    if inside(x, x + dx * steps, last_x) && inside(y, y + dy * steps, last_y) {
        for pixel in out.chunks_exact_mut(3) {
            let i = (y >> 16) as usize * stride + 3 * (x >> 16) as usize;
            let (fx, fy) = ((x >> 8 & 255) as u32, (y >> 8 & 255) as u32);
            let (upper, lower) = (&source.rgb8[i..i + 6], &source.rgb8[i + stride..i + stride + 6]);
            for c in 0..3 {
                pixel[c] = blend(upper[c], upper[c + 3], lower[c], lower[c + 3], fx, fy);
            }
            x += dx;
            y += dy;
        }
        return;
    }
    for pixel in out.chunks_exact_mut(3) {
        let (cx, cy) = (x.clamp(0, last_x << 16), y.clamp(0, last_y << 16));
        let (ix, iy) = ((cx >> 16) as isize, (cy >> 16) as isize);
        let (fx, fy) = ((cx >> 8 & 255) as u32, (cy >> 8 & 255) as u32);
        let [a, b] = [source.at(ix, iy), source.at(ix + 1, iy)];
        let [c, d] = [source.at(ix, iy + 1), source.at(ix + 1, iy + 1)];
        for k in 0..3 {
            pixel[k] = blend(a[k], b[k], c[k], d[k], fx, fy);
        }
        x += dx;
        y += dy;
    }
}

/// Bilinear mix of four neighbours, fractions in 1/256, rounded.
#[inline(always)]
fn blend(a: u8, b: u8, c: u8, d: u8, fx: u32, fy: u32) -> u8 {
    let upper = u32::from(a) * (256 - fx) + u32::from(b) * fx;
    let lower = u32::from(c) * (256 - fx) + u32::from(d) * fx;
    ((upper * (256 - fy) + lower * fy + 32768) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Smooth colours with some fine detail, so that errors of position show.
    fn scene(width: usize, height: usize) -> Picture {
        let rgb8 = (0..width * height)
            .flat_map(|i| {
                let (x, y) = ((i % width) as f64, (i / width) as f64);
                let wave = |a: f64, b: f64| {
                    (127.0 + 90.0 * (x / a).sin() * (y / b).cos() + 30.0 * (x / 3.0).sin()) as u8
                };
                [wave(11.0, 17.0), wave(23.0, 7.0), wave(5.0, 31.0)]
            })
            .collect();
        Picture::new(width, height, rgb8).unwrap()
    }

    /// The same map in doubles, an exact division for each pixel.
    fn reference(source: &Picture, quad: &Quad, width: usize, height: usize) -> Vec<f64> {
        let map = Homography::rectangle_to(quad, width as f64, height as f64).unwrap();
        let mut out = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let p = map.map(Point::new(x as f64 + 0.5, y as f64 + 0.5));
                let (px, py) =
                    (p.x.clamp(0.0, source.width as f64 - 1.0), p.y.clamp(0.0, source.height as f64 - 1.0));
                let (ix, iy, fx, fy) = (px.floor(), py.floor(), px.fract(), py.fract());
                for c in 0..3 {
                    let v =
                        |dx: isize, dy: isize| f64::from(source.at(ix as isize + dx, iy as isize + dy)[c]);
                    out.push(
                        (v(0, 0) * (1.0 - fx) + v(1, 0) * fx) * (1.0 - fy)
                            + (v(0, 1) * (1.0 - fx) + v(1, 1) * fx) * fy,
                    );
                }
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn fixed_point_is_within_one_grey_level_of_a_float_reference(o in proptest::array::uniform8(-4.0f64..60.0)) {
            let source = scene(400, 300);
            let quad = Quad([
                Point::new(o[0], o[1]), Point::new(399.0 - o[2], o[3]),
                Point::new(399.0 - o[4], 299.0 - o[5]), Point::new(o[6], 299.0 - o[7]),
            ]);
            let page = warp(&source, &quad, 330, 410).unwrap();
            let exact = reference(&source, &quad, 330, 410);
            let squares: f64 = page.rgb8.iter().zip(&exact).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
            let rms = (squares / exact.len() as f64).sqrt();
            prop_assert!(rms < 1.0, "rms {rms}");
        }
    }

    #[test]
    fn the_whole_frame_at_its_own_size_is_copied_within_rounding() {
        let source = scene(96, 64);
        let edge = |x: f64, y: f64| Point::new(x - 0.5, y - 0.5);
        let quad = Quad([edge(0.0, 0.0), edge(96.0, 0.0), edge(96.0, 64.0), edge(0.0, 64.0)]);
        let page = warp(&source, &quad, 96, 64).unwrap();
        assert!(page.rgb8.iter().zip(&source.rgb8).all(|(a, b)| a.abs_diff(*b) <= 1));
    }

    #[test]
    fn a_fine_checkerboard_made_small_turns_grey_not_moire() {
        let rgb8 =
            (0..600 * 600).flat_map(|i| [if (i % 600 + i / 600) % 2 == 0 { 0 } else { 255u8 }; 3]).collect();
        let source = Picture::new(600, 600, rgb8).unwrap();
        let page = warp(&source, &Quad::whole(600, 600), 150, 150).unwrap();
        assert!(page.rgb8.iter().all(|v| (100..156).contains(v)));
    }

    #[test]
    fn degenerate_outlines_make_no_page() {
        let source = scene(40, 30);
        let p = Point::new(5.0, 5.0);
        assert!(warp(&source, &Quad([p; 4]), 10, 10).is_none());
        assert!(warp(&source, &Quad::whole(40, 30), 0, 10).is_none());
    }
}
