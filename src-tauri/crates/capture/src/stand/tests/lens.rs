//! A lens that bends: k1, sizes and straight lines. The truth is the lens that drew the scene.

use super::*;
use crate::page::{Transform, rectify};

fn stand_under(bend: f64) -> Stand {
    let mat = Mat::of(&photograph(&[], bend, 1.0));
    Stand::measured(mat, &photograph(&[SHEET], bend, 1.0)).unwrap()
}

#[test]
fn the_lens_is_measured_and_sizes_are_true_anywhere_on_the_mat() {
    for bend in [-0.03, -0.01, 0.02] {
        let stand = stand_under(bend);
        let k1 = stand.plane().lens().k1;
        assert!((k1 - bend).abs() < 0.0015, "{k1} for {bend}");
        for (at, size, turned) in [
            ((15.0, 12.0), (148.0, 210.0), 0.0),
            ((310.0, 240.0), (85.6, 53.98), 0.0),
            ((10.0, 245.0), (85.6, 53.98), 0.0),
            ((290.0, 20.0), (105.0, 148.0), 10.0),
            ((60.0, 50.0), (297.0, 210.0), 0.0),
        ] {
            let outline = bent(seen(&Paper { at, size, turned }), bend).scaled(2.0);
            let (across, down) = stand.plane().size_mm(&outline, 2 * WIDTH).unwrap();
            assert!(
                (across / size.0 - 1.0).abs() < 0.005 && (down / size.1 - 1.0).abs() < 0.005,
                "{across} × {down} for {size:?} under {bend}"
            );
        }
    }
}

#[test]
fn a_straight_lens_is_told_as_straight_and_a_bent_sheet_is_no_lens() {
    assert!(stand_under(0.0).plane().lens().is_straight());
    // A sheet that has curled: its long sides bow the same way, which no lens does.
    let curled = |x: usize, y: usize| {
        let bow = 14.0 * (1.0 - ((x as f64 - 500.0) / 330.0).powi(2));
        (170..830).contains(&x) && (150.0 + bow..620.0 + bow).contains(&(y as f64))
    };
    let levels = (0..WIDTH * HEIGHT).map(|i| if curled(i % WIDTH, i / WIDTH) { 230 } else { 50 });
    let picture = Picture::new(WIDTH, HEIGHT, levels.flat_map(|v| [v; 3]).collect()).unwrap();
    let outline =
        Quad([(170.0, 155.0), (829.0, 155.0), (829.0, 625.0), (170.0, 625.0)].map(|(x, y)| Point::new(x, y)));
    assert!(Lens::of(&picture, &outline).is_straight());
}

/// How far the lower edge of a printed bar is from straight on a page of 60 dpi, pixels.
fn bow(page: &Picture, near_mm: f64) -> f64 {
    let px = 60.0 / 25.4;
    let edge = |x: usize| {
        let level = |y: usize| f64::from(page.at(x as isize, y as isize)[0]);
        let from = ((near_mm - 1.5) * px) as usize;
        let y = (from..from + (3.0 * px) as usize).find(|y| level(*y) < 150.0 && level(y + 1) >= 150.0)?;
        Some((x as f64, y as f64 + (150.0 - level(y)) / (level(y + 1) - level(y))))
    };
    // Within bars of print, which are 4.5 mm long every 7 mm.
    let columns = (3..40).map(|k| ((7.0 * f64::from(k) + 2.0) * px) as usize);
    let points: Vec<(f64, f64)> = columns.filter_map(edge).collect();
    assert!(points.len() > 25, "{points:?}");
    let (first, last) = (points[0], points[points.len() - 1]);
    let slope = (last.1 - first.1) / (last.0 - first.0);
    points.iter().map(|(x, y)| (y - first.1 - slope * (x - first.0)).abs()).fold(0.0, f64::max)
}

#[test]
fn printed_lines_are_straight_after_the_warp_and_the_lens_is_recorded() {
    let bend = 0.03;
    let stand = stand_under(bend);
    let photo = photograph(&[SHEET], bend, 1.0);
    let quad = stand.detect(&photo).found.certain().unwrap();
    let truth = bent(seen(&SHEET), bend);
    for (found, truth) in quad.0.iter().zip(&truth.0) {
        assert!(found.distance(*truth) < 0.7, "{found:?} for {truth:?}");
    }
    let flat = Transform::Perspective {
        quad,
        width_mm: 297.0,
        height_mm: 210.0,
        dpi: 60.0,
        snapped: None,
        lens: Lens::default(),
    };
    let through = flat.through(stand.plane().lens());
    let made = |transform| rectify(&photo, &[transform]).unwrap().picture;
    // The first bars end at 27 mm, the last at 195 mm.
    for near_mm in [27.0, 195.0] {
        let (before, after) = (bow(&made(flat), near_mm), bow(&made(through), near_mm));
        assert!(before > 1.0 && after < 0.6, "{before} then {after} pixels at {near_mm} mm");
    }
    let written = serde_json::to_string(&through).unwrap();
    assert!(written.contains("\"lens\":{\"k1\":"), "{written}");
    let read = |json: &str| match serde_json::from_str::<Transform>(json).unwrap() {
        Transform::Perspective { lens, .. } => lens,
        other => unreachable!("{other:?}"),
    };
    assert!((read(&written).k1 - stand.plane().lens().k1).abs() < 1e-9);
    // Without a lens a record reads and is written as before there were any.
    let plain = serde_json::to_string(&flat).unwrap();
    assert!(!plain.contains("lens") && read(&plain).is_straight());
}
