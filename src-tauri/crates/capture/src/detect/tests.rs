//! Pages whose corners are known: drawn ones over every kind of table, and the training originals.

use std::path::Path;

use super::*;
use crate::{Original, decode};

/// A colour of the table or the paper at a place.
type Paint = fn(f64, f64) -> [f64; 3];

/// Cheap noise, −1..1, the same for the same place.
fn noise(x: f64, y: f64) -> f64 {
    let n = (x.floor() * 127.1 + y.floor() * 311.7).sin() * 43758.547;
    2.0 * (n - n.floor()) - 1.0
}

fn grey(v: f64) -> [f64; 3] {
    [v; 3]
}

fn dark_desk(x: f64, y: f64) -> [f64; 3] {
    grey(70.0 + 6.0 * noise(x, y))
}

fn light_desk(x: f64, y: f64) -> [f64; 3] {
    grey(221.0 + 2.0 * noise(x, y) - x / 250.0)
}

fn wood(x: f64, y: f64) -> [f64; 3] {
    let grain = 16.0 * ((x + 9.0 * (y / 70.0).sin()) / 4.0).sin() + 12.0 * noise(x, y / 12.0);
    [165.0 + grain, 118.0 + grain, 76.0 + grain]
}

fn checks(x: f64, y: f64) -> [f64; 3] {
    let dark = ((x / 45.0).floor() + (y / 45.0).floor()).rem_euclid(2.0) > 0.5;
    if dark { [60.0, 90.0, 120.0] } else { [150.0, 165.0, 160.0] }
}

/// Paper with lines of print and a printed frame; u, v are 0..1 across and down.
fn paper(u: f64, v: f64) -> [f64; 3] {
    let frame = (u - 0.08).abs() < 0.003
        || (u - 0.92).abs() < 0.003
        || (v - 0.06).abs() < 0.002
        || (v - 0.94).abs() < 0.002;
    let print = (0.14..0.86).contains(&u)
        && (0.12..0.7).contains(&v)
        && (v * 60.0).fract() < 0.35
        && noise(u * 90.0, v * 60.0) > -0.3;
    if frame {
        [190.0, 60.0, 60.0]
    } else if print {
        grey(60.0)
    } else {
        [236.0, 234.0, 229.0]
    }
}

struct Scene {
    quad: Quad,
    table: Paint,
    /// A corner folded over by this share of the sides.
    fold: f64,
    /// A finger reaching in from the left side.
    finger: bool,
}

const WIDTH: usize = 1200;
const HEIGHT: usize = 900;

impl Scene {
    fn new(corners: [(f64, f64); 4], table: Paint) -> Self {
        Self { quad: Quad(corners.map(|(x, y)| Point::new(x, y))), table, fold: 0.0, finger: false }
    }

    /// Each pixel is the mean of four points; the paper's place follows from the map's inverse.
    fn photograph(&self) -> Picture {
        let m = crate::Homography::rectangle_to(&self.quad, 1.0, 1.0).unwrap().0;
        let inverse = |x: f64, y: f64| {
            let (a, b) = (m[0] - m[6] * x, m[1] - m[7] * x);
            let (c, d) = (m[3] - m[6] * y, m[4] - m[7] * y);
            let (e, f) = (x - m[2], y - m[5]);
            let det = a * d - b * c;
            ((e * d - b * f) / det, (a * f - e * c) / det)
        };
        let left = self.quad.0[0].lerp(self.quad.0[3], 0.5);
        let colour = |x: f64, y: f64| {
            let reach = ((x - left.x) / 60.0).powi(2) + ((y - left.y) / 24.0).powi(2);
            if self.finger && (reach < 1.0 || (x < left.x && (y - left.y).abs() < 24.0)) {
                return [196.0, 140.0, 118.0];
            }
            let (u, v) = inverse(x, y);
            let on = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v) && u + v > self.fold;
            if on { paper(u, v) } else { (self.table)(x, y) }
        };
        let mut rgb8 = Vec::with_capacity(3 * WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let (x, y) = (x as f64, y as f64);
                let four = [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)]
                    .map(|(a, b)| colour(x + a, y + b));
                for k in 0..3 {
                    let mean = four.iter().map(|c| c[k]).sum::<f64>() / 4.0;
                    rgb8.push((mean + 2.0 * noise(3.0 * x + k as f64, 7.0 * y)).clamp(0.0, 255.0) as u8);
                }
            }
        }
        Picture::new(WIDTH, HEIGHT, rgb8).unwrap()
    }
}

const UPRIGHT: [(f64, f64); 4] = [(372.4, 60.7), (838.2, 71.9), (869.6, 822.3), (341.1, 809.5)];
const TURNED: [(f64, f64); 4] = [(420.5, 90.2), (905.3, 230.8), (760.6, 800.1), (250.7, 640.4)];
const ACROSS: [(f64, f64); 4] = [(160.8, 170.3), (1050.2, 150.6), (1085.5, 770.9), (130.4, 800.2)];

fn assert_found(what: &str, scene: &Scene) {
    let found = detect(&scene.photograph());
    let iou = found.quad.map_or(0.0, |quad| quad.iou(&scene.quad));
    assert!(iou >= 0.985, "{what}: IoU {iou:.4} {found:?}");
    assert!(found.confidence >= CONFIDENCE_BAR, "{what}: {found:?}");
    assert!(found.certain().is_some());
}

#[test]
fn pages_are_found_on_dark_wooden_checked_and_light_tables() {
    let tables: [(&str, Paint); 4] =
        [("dark", dark_desk), ("wood", wood), ("checks", checks), ("light", light_desk)];
    for (table, paint) in tables {
        for (pose, corners) in [("upright", UPRIGHT), ("turned", TURNED), ("across", ACROSS)] {
            assert_found(&format!("{pose} on {table}"), &Scene::new(corners, paint));
        }
    }
}

#[test]
fn a_folded_or_stapled_corner_moves_no_corner() {
    for paint in [dark_desk as Paint, wood, light_desk] {
        assert_found("folded corner", &Scene { fold: 0.12, ..Scene::new(UPRIGHT, paint) });
    }
}

#[test]
fn a_finger_on_a_side_moves_no_side() {
    for paint in [dark_desk as Paint, wood] {
        assert_found("finger", &Scene { finger: true, ..Scene::new(TURNED, paint) });
    }
}

#[test]
fn corners_are_found_to_a_fraction_of_a_pixel_in_a_clean_picture() {
    let scene = Scene::new(UPRIGHT, dark_desk);
    let quad = detect(&scene.photograph()).quad.unwrap();
    for (found, truth) in quad.0.iter().zip(&scene.quad.0) {
        assert!(found.distance(*truth) < 0.7, "{found:?} for {truth:?}");
    }
}

#[test]
fn a_page_cut_by_the_frame_is_said_to_be_cut() {
    let scene = Scene::new([(372.0, -160.0), (838.0, -150.0), (869.0, 600.0), (341.0, 590.0)], dark_desk);
    let found = detect(&scene.photograph());
    assert!(found.warnings.contains(&Warning::PartlyOutOfFrame), "{found:?}");
}

#[test]
fn an_empty_desk_or_noise_is_never_a_certain_page() {
    for paint in [dark_desk as Paint, light_desk, wood] {
        let rgb8 = (0..WIDTH * HEIGHT)
            .flat_map(|i| paint((i % WIDTH) as f64, (i / WIDTH) as f64).map(|v| v.clamp(0.0, 255.0) as u8))
            .collect();
        let found = detect(&Picture::new(WIDTH, HEIGHT, rgb8).unwrap());
        assert!(found.certain().is_none(), "{found:?}");
        assert!(!found.warnings.is_empty(), "{found:?}");
    }
}

#[test]
fn a_scan_without_background_is_not_cut() {
    let rgb8 = (0..827 * 1169)
        .flat_map(|i| {
            paper((i % 827) as f64 / 826.0, (i / 827) as f64 / 1168.0).map(|v| (v + 15.0).min(255.0) as u8)
        })
        .collect();
    let found = detect(&Picture::new(827, 1169, rgb8).unwrap());
    assert_eq!(found.certain(), Some(Quad::whole(827, 1169)), "{found:?}");
    assert!(found.is_all_page(), "{found:?}");
}

#[test]
fn two_papers_side_by_side_are_two_however_near() {
    for gap in [40, 80, 200] {
        let inside = |x: usize, y: usize| {
            (120..780).contains(&y) && (100..1100).contains(&x) && x.abs_diff(600) > gap / 2
        };
        let line = |x: usize, y: usize| y % 24 < 7 && (160..740).contains(&y) && (x - 100) % 500 > 90;
        let rgb8 = (0..WIDTH * HEIGHT).flat_map(|i| {
            let (x, y) = (i % WIDTH, i / WIDTH);
            let level = if !inside(x, y) {
                50.0
            } else if line(x, y) && x.abs_diff(600) > 150 {
                70.0
            } else {
                226.0
            };
            [(level + 2.0 * noise(x as f64, y as f64)) as u8; 3]
        });
        let picture = Picture::new(WIDTH, HEIGHT, rgb8.collect()).unwrap();
        let found = detect(&picture);
        let (left, right) = found.quad.map(|quad| (quad.0[0].x, quad.0[2].x)).unwrap();
        assert!(right - left < 500.0, "gap {gap}: {found:?}");
        assert!(found.warnings.contains(&Warning::SeveralPapers), "gap {gap}: {found:?}");
        assert_eq!(detect_all(&picture).len(), 2, "gap {gap}");
    }
}

#[test]
fn of_two_looks_the_more_certain_counts_and_a_contradiction_makes_it_less_so() {
    let look = |left: f64, confidence| Detection {
        quad: Some(Quad(
            [(left, 0.0), (200.0, 0.0), (200.0, 90.0), (left, 90.0)].map(|(x, y)| Point::new(x, y)),
        )),
        confidence,
        dpi: None,
        warnings: Vec::new(),
    };
    assert_eq!(more_certain(look(0.0, 0.6), look(1.0, 0.8)), look(1.0, 0.8));
    let contradicted = more_certain(look(0.0, 0.7), look(80.0, 0.6));
    assert_eq!(contradicted.quad, look(0.0, 0.7).quad);
    assert!((contradicted.confidence - 0.4).abs() < 1e-6);
    assert_eq!(contradicted.warnings, [Warning::LowConfidence]);
}

#[test]
fn a_far_page_is_found_and_said_to_be_too_far_and_too_coarse() {
    let scene = Scene::new([(500.0, 300.0), (700.0, 305.0), (705.0, 585.0), (495.0, 580.0)], dark_desk);
    let found = detect(&scene.photograph());
    assert!(found.quad.unwrap().iou(&scene.quad) > 0.97, "{found:?}");
    assert!(found.warnings.contains(&Warning::TooFar) && found.warnings.contains(&Warning::BelowLegalFloor));
}

#[test]
fn tiny_and_odd_pictures_do_no_harm() {
    for (width, height) in [(1, 1), (63, 900), (64, 64), (64, 2000), (2000, 65)] {
        let found = detect(&Picture::new(width, height, vec![128; 3 * width * height]).unwrap());
        assert!(found.certain().is_none() && !found.warnings.is_empty());
    }
}

/// The true corners of a training original, from the file beside it.
fn truth(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_training_original_is_found_and_has_its_papers_size() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
    let truth = truth(&folder);
    assert_eq!(truth.len(), 6);
    for (name, entry) in truth {
        let original = Original::read(std::fs::read(folder.join(&name)).unwrap(), name.as_str()).unwrap();
        let picture = decode(&original).unwrap();
        assert_eq!(
            serde_json::json!([picture.width, picture.height]),
            serde_json::json!([entry["width"], entry["height"]])
        );
        let quad: Quad = serde_json::from_value(entry["quad"].clone()).unwrap();
        let found = detect(&picture);
        let iou = found.quad.map_or(0.0, |found| found.iou(&quad));
        assert!(iou >= 0.99, "{name}: IoU {iou:.4} {found:?}");
        assert!(found.confidence >= 0.6, "{name}: {found:?}");
        let page = crate::Transform::perspective(&picture, found.quad.unwrap(), None).unwrap();
        let crate::Transform::Perspective { width_mm, height_mm, snapped, .. } = page else { unreachable!() };
        assert_eq!(
            serde_json::from_value::<[f64; 2]>(entry["mm"].clone()).unwrap(),
            [width_mm, height_mm],
            "{name}"
        );
        assert!(snapped.is_some());
        assert!(found.dpi.unwrap() >= 200.0, "{name}: {found:?}");
    }
}
