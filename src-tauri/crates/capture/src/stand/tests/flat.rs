//! Light that was measured on white paper, evened out. The truth is the lamp that drew the scene.

use super::*;
use crate::page::{Transform, rectify};

/// How much of the lamp's light arrives, red, green and blue: it stands top left and is warmer there.
fn lamp(i: usize) -> [f64; 3] {
    let (x, y) = ((i % WIDTH) as f64 / WIDTH as f64, (i / WIDTH) as f64 / HEIGHT as f64);
    let far = 0.14 * (x * x + y * y) + 0.04 * x;
    [1.0 - 1.1 * far, 1.0 - far, 0.96 - 0.9 * far]
}

fn under_lamp(level: impl Fn(usize) -> f64) -> Picture {
    let rgb = |i: usize| lamp(i).map(|share| (share * level(i)).round() as u8);
    Picture::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).flat_map(rgb).collect()).unwrap()
}

#[test]
fn uneven_light_is_evened_out_and_nothing_else_changes() {
    let stand = stand().with_white(&under_lamp(|_| 230.0)).unwrap();
    let field = stand.light().unwrap().flat_field();
    assert!((1.3..1.6).contains(&field.greatest()), "{}", field.greatest());
    // Paper, print and a pale stamp all over the picture.
    let tone = |i: usize| [210.0, 60.0, 170.0][(i % WIDTH / 40 + i / WIDTH / 40) % 3];
    let photo = under_lamp(tone);
    let even = rectify(&photo, &[Transform::FlatField { field }]).unwrap().picture;
    let brightest: [f64; 3] =
        std::array::from_fn(|k| (0..WIDTH * HEIGHT).map(|i| lamp(i)[k]).fold(0.0, f64::max));
    for i in (0..WIDTH * HEIGHT).step_by(97) {
        for (made, brightest) in even.rgb8[3 * i..3 * i + 3].iter().zip(brightest) {
            // As it is where the lamp is brightest: the colour of the light stays what it was.
            let (made, truth) = (f64::from(*made), tone(i) * brightest);
            assert!((made - truth).abs() < 3.0, "{made} for {truth} at {i}");
        }
    }
    let before = f64::from(photo.at(999, 749)[1]) / f64::from(photo.at(0, 0)[1]);
    assert!(before < 0.7, "the scene is easy: {before}");
}

#[test]
fn the_light_is_recorded_first_dropped_by_undo_and_read_again() {
    let stand = stand().with_white(&under_lamp(|_| 230.0)).unwrap();
    let light = Transform::FlatField { field: stand.light().unwrap().flat_field() };
    let photo = under_lamp(|_| 200.0);
    let quad = seen(&SHEET);
    let flat = Transform::perspective(&photo, quad, None).unwrap().through(Lens { k1: 0.01 });
    assert!(rectify(&photo, &[light, flat]).is_ok());
    assert!(rectify(&photo, &[light, Transform::Size { width_mm: 297.0, height_mm: 210.0 }]).is_ok());
    for order in [&[flat, light][..], &[light, light], &[Transform::QuarterTurn { quarters: 1 }, light]] {
        assert_eq!(rectify(&photo, order), Err(crate::CaptureError::TransformOrder));
    }
    let bytes = crate::encode::jpeg(&photo, 96.0, 90).unwrap();
    let original = crate::Original::read(bytes, "").unwrap();
    let mut page = crate::Page::new(original.clone(), 0, 1);
    page.push(light);
    assert_eq!(crate::passthrough(&original, 0, page.transforms()), None);
    assert_eq!(page.undo(), Some(light));
    assert!(crate::passthrough(&original, 0, page.transforms()).is_some());
    let written = serde_json::to_string(&light).unwrap();
    assert!(written.starts_with("{\"kind\":\"flat_field\",\"field\":{\"shares\":[["), "{written}");
}

#[test]
fn light_that_was_kept_without_its_colours_is_taken_as_grey() {
    let stand = stand().with_white(&under_lamp(|_| 230.0)).unwrap();
    let mut kept = serde_json::to_value(stand.light().unwrap()).unwrap();
    kept.as_object_mut().unwrap().remove("cast").unwrap();
    let light: Light = serde_json::from_value(kept).unwrap();
    let [red, green, blue] = light.flat_field().shares;
    assert!(red == green && green == blue);
}
