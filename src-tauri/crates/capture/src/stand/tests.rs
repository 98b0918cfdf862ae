//! Generated scenes: a mat with marks under a tilted camera, papers of known size on it.

mod flat;
mod lens;
mod on_mat;

use super::*;
use crate::geometry::{Homography, Point};

const WIDTH: usize = 1000;
const HEIGHT: usize = 750;

/// The camera: a table of 420 × 315 mm fills the picture, seen a little from below and turned.
fn camera() -> Homography {
    let corners = [(40.0, 30.0), (1540.0, 8.0), (1590.0, 1190.0), (12.0, 1170.0)];
    let seen = Quad(corners.map(|(x, y)| Point::new(x, y))).scaled(WIDTH as f64 / 1600.0);
    Homography::rectangle_to(&seen, 420.0, 315.0).unwrap()
}

/// A paper on the mat: its top left corner, its size, how it is turned (degrees); millimetres.
#[derive(Clone, Copy)]
struct Paper {
    at: (f64, f64),
    size: (f64, f64),
    turned: f64,
}

impl Paper {
    fn corners(&self) -> [Point; 4] {
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let ((left, top), (w, h)) = (self.at, self.size);
        [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)]
            .map(|(x, y)| Point::new(left + x * cos - y * sin, top + x * sin + y * cos))
    }

    /// Where `mm` lies on the paper, if it does.
    fn holds(&self, mm: Point) -> Option<(f64, f64)> {
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let (x, y) = (mm.x - self.at.0, mm.y - self.at.1);
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        ((0.0..self.size.0).contains(&x) && (0.0..self.size.1).contains(&y)).then_some((x, y))
    }
}

/// The scene under `camera`, whose lens draws a point at distance `r` from the middle (1 = half the diagonal) at
/// r (1 + bend r²).
fn photograph(papers: &[Paper], bend: f64, exposure: f64) -> Picture {
    let back = camera().inverse().unwrap();
    let (cx, cy) = ((WIDTH as f64 - 1.0) / 2.0, (HEIGHT as f64 - 1.0) / 2.0);
    let half = (WIDTH as f64).hypot(HEIGHT as f64) / 2.0;
    // Twice as fine across and down, averaged: the outline lies between pixels.
    let sample = |x: f64, y: f64| -> f64 {
        let (dx, dy) = ((x - cx) / half, (y - cy) / half);
        // Undone by steps of substitution; a straight lens needs none.
        let (mut ux, mut uy) = (dx, dy);
        for _ in 0..if bend == 0.0 { 0 } else { 7 } {
            let stretch = 1.0 + bend * (ux * ux + uy * uy);
            (ux, uy) = (dx / stretch, dy / stretch);
        }
        let mm = back.map(Point::new(cx + ux * half, cy + uy * half));
        if let Some((paper, (px, py))) = papers.iter().find_map(|paper| Some((paper, paper.holds(mm)?))) {
            let inside =
                (15.0..paper.size.0 - 10.0).contains(&px) && (20.0..paper.size.1 - 10.0).contains(&py);
            let print = inside && px % 7.0 < 4.5 && py % 8.0 < 3.0;
            return if print { 70.0 } else { 232.0 };
        }
        // A dark mat with a printed grid of 50 mm.
        if mm.x.rem_euclid(50.0) < 1.5 || mm.y.rem_euclid(50.0) < 1.5 { 110.0 } else { 52.0 }
    };
    let mut rgb8 = Vec::with_capacity(3 * WIDTH * HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let at = |k: usize, fine: usize| k as f64 + 0.25 + 0.5 * fine as f64 - 0.5;
            let sum: f64 = (0..4).map(|k| sample(at(x, k % 2), at(y, k / 2))).sum();
            rgb8.extend([(exposure * sum / 4.0).min(255.0) as u8; 3]);
        }
    }
    Picture::new(WIDTH, HEIGHT, rgb8).unwrap()
}

const SHEET: Paper = Paper { at: (60.0, 42.0), size: (297.0, 210.0), turned: 1.5 };

fn seen(paper: &Paper) -> Quad {
    Quad(paper.corners().map(|mm| camera().map(mm)))
}

/// An outline as the bending lens draws its corners.
fn bent(outline: Quad, bend: f64) -> Quad {
    let (cx, cy) = ((WIDTH as f64 - 1.0) / 2.0, (HEIGHT as f64 - 1.0) / 2.0);
    let square = ((WIDTH as f64).hypot(HEIGHT as f64) / 2.0).powi(2);
    Quad(outline.0.map(|p| {
        let (dx, dy) = (p.x - cx, p.y - cy);
        let stretch = 1.0 + bend * (dx * dx + dy * dy) / square;
        Point::new(cx + dx * stretch, cy + dy * stretch)
    }))
}

fn stand() -> Stand {
    Stand::measured(Mat::of(&photograph(&[], 0.0, 1.0)), &photograph(&[SHEET], 0.0, 0.9)).unwrap()
}

#[test]
fn pixels_per_millimetre_and_sizes_are_measured_within_one_percent() {
    let stand = stand();
    let true_scale = crate::source_dpi(&seen(&SHEET), 297.0, 210.0) / 25.4;
    let measured = stand.plane().px_per_mm(WIDTH);
    assert!((measured / true_scale - 1.0).abs() < 0.01, "{measured} against {true_scale}");
    // Papers elsewhere on the mat, in a shot of twice the resolution.
    for (at, size, turned) in [
        ((20.0, 20.0), (148.0, 210.0), 0.0),
        ((300.0, 200.0), (85.6, 53.98), 0.0),
        ((150.0, 60.0), (125.0, 176.0), 12.0),
    ] {
        let outline = seen(&Paper { at, size, turned }).scaled(2.0);
        let (across, down) = stand.plane().size_mm(&outline, 2 * WIDTH).unwrap();
        assert!(
            (across / size.0 - 1.0).abs() < 0.01 && (down / size.1 - 1.0).abs() < 0.01,
            "{across} × {down}"
        );
        let dpi = stand.plane().dpi(&outline, 2 * WIDTH).unwrap();
        assert!((dpi / (25.4 * 2.0 * measured) - 1.0).abs() < 0.08, "{dpi}");
    }
}

#[test]
fn an_empty_mat_another_paper_and_a_sheet_that_reaches_out_are_no_a4_sheet() {
    let mat = Mat::of(&photograph(&[], 0.0, 1.0));
    let measured =
        |papers: &[Paper]| Stand::measured(mat.clone(), &photograph(papers, 0.0, 1.0)).unwrap_err();
    let blank = Picture::new(WIDTH, HEIGHT, vec![52; 3 * WIDTH * HEIGHT]).unwrap();
    assert_eq!(Stand::measured(mat.clone(), &blank), Err(StandFault::SheetNotFound));
    assert_eq!(measured(&[Paper { size: (280.0, 216.0), ..SHEET }]), StandFault::NotA4);
    assert_eq!(measured(&[Paper { at: (220.0, 42.0), ..SHEET }]), StandFault::SheetNotFound);
    // A5 has A4's proportions: too small a sheet is taken for one that lies too far.
    assert_eq!(measured(&[Paper { size: (105.0, 148.0), ..SHEET }]), StandFault::SheetNotFound);
}

#[test]
fn what_lies_on_the_mat_is_told_from_it_in_other_light_too() {
    let stand = stand();
    let paper = Paper { at: (120.0, 60.0), size: (148.0, 210.0), turned: 4.0 };
    for exposure in [0.8, 1.0, 1.05] {
        let frame = photograph(&[paper], 0.0, exposure);
        let mask = stand.mat().difference(&frame).unwrap();
        let outline = seen(&paper).scaled(mask.width as f64 / WIDTH as f64);
        let inside =
            |i: &usize| outline.holds(Point::new((i % mask.width) as f64, (i / mask.width) as f64), -2.0);
        let cells: Vec<usize> = (0..mask.level.len()).filter(inside).collect();
        let paper_seen = cells.iter().filter(|i| mask.level[**i] > 40).count() as f64 / cells.len() as f64;
        assert!(paper_seen > 0.9, "{paper_seen} at {exposure}");
        let beside = mask.share_beside(&[seen(&paper)], WIDTH, DIFFERENT);
        assert!(beside < 0.03, "{beside} at {exposure}");
        assert!(!stand.detect(&frame).moved);
    }
}

#[test]
fn a_camera_that_was_moved_and_another_format_are_noticed() {
    let stand = stand();
    let frame = photograph(&[], 0.0, 1.0);
    assert!(!stand.detect(&frame).moved);
    // The camera lowered: another part of the mat, larger; and another table altogether.
    let mut checked = frame.clone();
    for (i, rgb) in checked.rgb8.chunks_exact_mut(3).enumerate() {
        let (x, y) = (i % WIDTH, i / WIDTH);
        rgb.fill(if (x / 56 + y / 56) % 2 == 0 { 150 } else { 60 });
    }
    assert!(stand.detect(&checked).moved);
    assert!(stand.detect(&frame.turned(1)).moved);
    assert!(!stand.plane().fits(HEIGHT, WIDTH) && stand.plane().fits(WIDTH / 2, HEIGHT / 2));
}

#[test]
fn light_is_measured_on_white_paper_and_on_nothing_else() {
    let white = |falls: f64| {
        let level = |i: usize| 235.0 * (1.0 - falls * (i % WIDTH) as f64 / WIDTH as f64);
        let rgb8 = (0..WIDTH * HEIGHT).flat_map(|i| [level(i) as u8; 3]).collect();
        Picture::new(WIDTH, HEIGHT, rgb8).unwrap()
    };
    for falls in [0.0, 0.25] {
        let light = *stand().with_white(&white(falls)).unwrap().light().unwrap();
        assert!((light.unevenness() - falls).abs() < 0.01, "{}", light.unevenness());
    }
    assert_eq!(Light::of(&photograph(&[SHEET], 0.0, 1.0)), Err(StandFault::NotWhite));
}

#[test]
fn what_is_known_of_a_stand_survives_being_written_down() {
    let stand = stand().with_white(&Picture::new(64, 48, vec![230; 64 * 48 * 3]).unwrap()).unwrap();
    let written = serde_json::to_string(&stand).unwrap();
    let read: Stand = serde_json::from_str(&written).unwrap();
    assert_eq!(read.mat(), stand.mat());
    let outline = seen(&SHEET);
    let sizes = [&read, &stand].map(|stand| stand.plane().size_mm(&outline, WIDTH).unwrap());
    assert!((sizes[0].0 - sizes[1].0).abs() < 1e-9 && (sizes[0].1 - sizes[1].1).abs() < 1e-9, "{sizes:?}");
    assert!((read.light().unwrap().unevenness() - stand.light().unwrap().unevenness()).abs() < 1e-9);
    assert!(written.len() < 200_000, "{}", written.len());
}
