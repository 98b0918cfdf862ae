//! What the known mat does for the detector. The truth is where the papers were drawn.

use super::*;
use crate::detect::{Warning, detect, detect_live};

/// Noise of about one grey level (standard deviation), without a pattern that matters here.
fn noises() -> Vec<f64> {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..65_537).map(|_| 1.73 * ((0..4).map(|_| uniform()).sum::<f64>() - 2.0)).collect()
}

/// Level by millimetres on the mat.
type Tone = fn(Point) -> f64;

fn white_mat(mm: Point) -> f64 {
    // Light falls off to the right.
    222.0 - mm.x / 30.0
}

fn dark_mat(mm: Point) -> f64 {
    if mm.x.rem_euclid(50.0) < 1.5 || mm.y.rem_euclid(50.0) < 1.5 { 96.0 } else { 52.0 }
}

/// A mat with a large frame printed on it.
fn framed_mat(mm: Point) -> f64 {
    let edge = |v: f64, low: f64, high: f64| (v - low).abs().min((v - high).abs()) < 1.5;
    let inside = (60.0..360.0).contains(&mm.x) && (40.0..280.0).contains(&mm.y);
    if inside && (edge(mm.x, 61.5, 358.5) || edge(mm.y, 41.5, 278.5)) { 200.0 } else { 60.0 }
}

struct Scene {
    mat: Tone,
    papers: Vec<Paper>,
    /// Paper is brighter than the mat below it by this; `None` for 232.
    brighter: Option<f64>,
    /// A frame printed on every paper.
    framed: bool,
    exposure: [f64; 3],
    noise: f64,
    /// A hand's soft shadow falls on mat and papers.
    shadow: bool,
    /// An arm reaches in from the right.
    arm: bool,
    seed: usize,
}

impl Scene {
    fn of(mat: Tone, papers: &[Paper]) -> Self {
        Self {
            mat,
            papers: papers.to_vec(),
            brighter: None,
            framed: false,
            exposure: [1.0; 3],
            noise: 2.0,
            shadow: false,
            arm: false,
            seed: 0,
        }
    }

    fn level(&self, mm: Point) -> f64 {
        let mat = (self.mat)(mm);
        if self.arm && mm.x > 250.0 && (mm.y - 250.0 - 0.1 * mm.x).abs() < 30.0 {
            return 120.0;
        }
        let on = self.papers.iter().find_map(|paper| Some((paper, paper.holds(mm)?)));
        let lit = match on {
            Some((paper, (x, y))) => {
                let (w, h) = paper.size;
                let from_edge = x.min(w - x).min(y).min(h - y);
                let print = from_edge > 24.0 && x % 11.0 < 8.0 && y % 8.0 < 2.5;
                if print || (self.framed && (8.0..10.5).contains(&from_edge)) {
                    90.0
                } else {
                    self.brighter.map_or(232.0, |by| mat + by)
                }
            }
            // Paper is a tenth of a millimetre thick: its edge throws a hair of shadow, away from the lamp.
            None => {
                let from_lamp = Point::new(mm.x - 0.5, mm.y - 0.5);
                if self.papers.iter().any(|paper| paper.holds(from_lamp).is_some()) { mat * 0.9 } else { mat }
            }
        };
        let away = (mm.x - 120.0).hypot(mm.y - 220.0) / 90.0;
        if self.shadow { lit * (1.0 - 0.25 / (1.0 + away.powi(4))) } else { lit }
    }

    fn seen(&self) -> Picture {
        let (back, noises) = (camera().inverse().unwrap(), noises());
        let mut rgb8 = Vec::with_capacity(3 * WIDTH * HEIGHT);
        for i in 0..WIDTH * HEIGHT {
            let (x, y) = ((i % WIDTH) as f64, (i / WIDTH) as f64);
            let two = [-0.25, 0.25].map(|off| self.level(back.map(Point::new(x + off, y - off))));
            let level = (two[0] + two[1]) / 2.0;
            for (k, exposure) in self.exposure.iter().enumerate() {
                let noise = self.noise * noises[(3 * i + k + 7919 * self.seed) % noises.len()];
                rgb8.push((level * exposure + noise).clamp(0.0, 255.0) as u8);
            }
        }
        Picture::new(WIDTH, HEIGHT, rgb8).unwrap()
    }
}

/// A stand measured with this mat.
fn measured(mat: Tone) -> Stand {
    let empty = Mat::of(&Scene { seed: 7, ..Scene::of(mat, &[]) }.seen());
    Stand::measured(empty, &Scene { seed: 8, ..Scene::of(mat, &[SHEET]) }.seen()).unwrap()
}

const PAPER: Paper = Paper { at: (150.0, 50.0), size: (148.0, 210.0), turned: 5.0 };
const LETTER: Paper = Paper { at: (30.0, 30.0), size: (148.0, 210.0), turned: 0.0 };
const CARD: Paper = Paper { at: (260.0, 90.0), size: (85.6, 54.0), turned: -8.0 };

#[track_caller]
fn assert_sure(what: &str, found: &Detection, paper: &Paper) {
    let iou = found.quad.map_or(0.0, |quad| quad.iou(&seen(paper)));
    assert!(iou > 0.98, "{what}: IoU {iou:.3} {found:?}");
    assert!(found.certain().is_some(), "{what}: {found:?}");
}

#[test]
fn white_paper_on_a_white_mat_is_found_where_its_edge_alone_leaves_doubt() {
    let stand = measured(white_mat);
    let paper = Scene { brighter: Some(6.0), ..Scene::of(white_mat, &[PAPER]) }.seen();
    assert_sure("shot", &stand.detect(&paper).found, &PAPER);
    assert_sure("live", &stand.detect_live(&paper).found, &PAPER);
    let card = Scene { brighter: Some(6.0), ..Scene::of(white_mat, &[CARD]) }.seen();
    let found = stand.detect(&card);
    assert_sure("card", &found.found, &CARD);
    assert!(!found.moved);
    // The picture alone shows a white page that fills it.
    assert!(detect(&card).certain().is_none());
    let empty = stand.detect(&Scene::of(white_mat, &[]).seen());
    assert!(empty.found.certain().is_none() && !empty.found.is_all_page() && !empty.moved, "{empty:?}");
}

#[test]
fn a_frame_printed_on_a_faint_paper_loses_against_the_papers_own_outline() {
    for mat in [dark_mat as Tone, framed_mat] {
        let scene = Scene { framed: true, brighter: Some(8.0), ..Scene::of(mat, &[PAPER]) }.seen();
        let alone = detect(&scene).quad.map_or(0.0, |quad| quad.iou(&seen(&PAPER)));
        assert!(alone < 0.9, "the scene is easy: {alone}");
        let stand = measured(mat);
        assert_sure("shot", &stand.detect(&scene).found, &PAPER);
        assert_sure("live", &stand.detect_live(&scene).found, &PAPER);
    }
}

#[test]
fn a_frame_printed_on_the_mat_is_no_paper() {
    let stand = measured(framed_mat);
    let empty = Scene::of(framed_mat, &[]).seen();
    assert!(detect(&empty).certain().is_some(), "the scene is easy");
    let found = stand.detect(&empty);
    assert!(!found.moved && found.found.certain().is_none(), "{found:?}");
    assert!(found.found.warnings.contains(&Warning::MatDisagrees), "{found:?}");
}

#[test]
fn a_shadow_and_other_light_are_no_paper() {
    for (mat, paper) in [(white_mat as Tone, CARD), (dark_mat, PAPER)] {
        let stand = measured(mat);
        for scene in [
            Scene { shadow: true, ..Scene::of(mat, &[paper]) },
            Scene { exposure: [0.8, 0.76, 0.7], ..Scene::of(mat, &[paper]) },
        ] {
            let found = stand.detect(&scene.seen());
            assert!(!found.moved);
            assert_sure("shot", &found.found, &paper);
        }
    }
    // Where a shadow falls on white paper as deep as the paper is brighter, the mat can only leave doubt.
    let over =
        measured(white_mat).detect(&Scene { shadow: true, ..Scene::of(white_mat, &[PAPER]) }.seen()).found;
    assert!(over.quad.unwrap().iou(&seen(&PAPER)) > 0.98, "{over:?}");
}

#[test]
fn an_arm_over_the_page_leaves_doubt_and_says_why() {
    for mat in [white_mat as Tone, dark_mat] {
        let found = measured(mat).detect(&Scene { arm: true, ..Scene::of(mat, &[PAPER]) }.seen()).found;
        assert!(found.certain().is_none(), "{found:?}");
        assert!(found.warnings.contains(&Warning::MatDisagrees), "{found:?}");
    }
}

#[test]
fn each_of_two_papers_is_offered() {
    for (mat, brighter) in [(white_mat as Tone, Some(8.0)), (dark_mat, Some(8.0)), (framed_mat, None)] {
        let stand = measured(mat);
        let scene = Scene { brighter, ..Scene::of(mat, &[LETTER, CARD]) }.seen();
        let one = stand.detect(&scene);
        assert!(one.found.warnings.contains(&Warning::SeveralPapers) && !one.moved, "{one:?}");
        let found = stand.detect_all(&scene).found;
        assert_eq!(found.len(), 2, "{found:?}");
        for paper in [LETTER, CARD] {
            let found = |one: &Detection| one.quad.is_some_and(|quad| quad.iou(&seen(&paper)) > 0.97);
            assert!(stand.detect_all(&scene).found.iter().any(found));
        }
    }
}

#[test]
fn on_a_table_that_is_not_the_mat_the_picture_alone_counts() {
    fn tiles(mm: Point) -> f64 {
        if (mm.x.div_euclid(24.0) + mm.y.div_euclid(24.0)).rem_euclid(2.0) < 0.5 { 150.0 } else { 100.0 }
    }
    let stand = measured(dark_mat);
    let scene = Scene::of(tiles, &[PAPER]).seen();
    assert_eq!(stand.detect(&scene), OnStand { found: detect(&scene), moved: true });
    assert_eq!(stand.detect_live(&scene), OnStand { found: detect_live(&scene), moved: true });
}
