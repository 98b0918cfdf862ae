//! Cards drawn by an independent QR writer, photographed badly, and read.
#![allow(clippy::unwrap_used)] // a test stops at the first thing that is not as expected

use mocban_identity::{Grey, Layout, NotRead, read};
use qrcode::{Color, EcLevel, QrCode};
use std::time::{Duration, Instant};

const CCCD: &str = "001090123456|012345678|Nguyễn Thị Phượng Hằng|28021990|Nữ|Số 12, ngõ 34 đường Láng, Phường Láng Hạ, Quận Đống Đa, Thành phố Hà Nội|15042021";
const TAIL: &str = "||001190000001|Nguyễn Văn Trường|Lê Thị Mỹ Uyên|";
/// Side of the code on a card, millimetres.
const CODE_MM: f32 = 18.0;

/// How a card is photographed.
#[derive(Clone, Copy)]
struct Shot {
    dpi: f32,
    degrees: f32,
    /// Pixels, standard deviation.
    blur: f32,
    /// Grey levels, standard deviation.
    noise: f32,
    dark: f32,
    light: f32,
    /// How much nearer one side is than the other.
    tilt: f32,
    /// Pixels of the whole picture; the card lies in its middle.
    frame: (usize, usize),
}

const SHOT: Shot = Shot {
    dpi: 300.0,
    degrees: 0.0,
    blur: 0.6,
    noise: 2.0,
    dark: 40.0,
    light: 220.0,
    tilt: 0.0,
    frame: (420, 420),
};

/// A light card with a code in its middle on a grey table.
fn photograph(text: &str, shot: Shot) -> Grey {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).unwrap();
    let side = code.width() as f32;
    let module = CODE_MM / side / 25.4 * shot.dpi;
    let (width, height) = shot.frame;
    let (sin, cos) = shot.degrees.to_radians().sin_cos();
    let grey = |x: f32, y: f32| {
        let (x, y) = (x - width as f32 / 2.0, y - height as f32 / 2.0);
        let (u, v) = (cos * x + sin * y, cos * y - sin * x);
        // Modules from the code's middle, through a plane that leans away.
        let depth = 1.0 - shot.tilt * u / (module * side);
        let (u, v) = (u / module / depth + side / 2.0, v / module / depth + side / 2.0);
        if u >= 0.0 && v >= 0.0 && u < side && v < side {
            let dark = code[(u as usize, v as usize)] == Color::Dark;
            return if dark { shot.dark } else { shot.light };
        }
        let on_card = (u - side / 2.0).abs() < 1.6 * side && (v - side / 2.0).abs() < side;
        if on_card { shot.light } else { (shot.dark + shot.light) / 2.0 }
    };
    let mut plane: Vec<f32> = (0..width * height)
        .map(|i| {
            let fine = |n: usize| (n as f32 + 0.5) / 3.0;
            let part = |n: usize| grey((i % width) as f32 + fine(n % 3), (i / width) as f32 + fine(n / 3));
            (0..9).map(part).sum::<f32>() / 9.0
        })
        .collect();
    plane = blurred(&plane, width, shot.blur);
    let mut seed = 12345_u32;
    let mut noise = || {
        // Sum of uniform numbers: nearly normal.
        let sum: f32 = (0..6)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .sum();
        sum * 1.41
    };
    let pixels =
        plane.iter().map(|value| (value + shot.noise * noise()).round().clamp(0.0, 255.0) as u8).collect();
    Grey::new(width, height, pixels).unwrap()
}

fn blurred(plane: &[f32], width: usize, sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-reach..=reach).map(|d| (-0.5 * (d as f32 / sigma).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let height = plane.len() / width;
    let along = |plane: &[f32], dx: isize, dy: isize| -> Vec<f32> {
        (0..plane.len())
            .map(|i| {
                let (x, y) = ((i % width) as isize, (i / width) as isize);
                let at = |d: isize| {
                    let x = (x + dx * d).clamp(0, width as isize - 1) as usize;
                    let y = (y + dy * d).clamp(0, height as isize - 1) as usize;
                    plane[y * width + x]
                };
                weights.iter().zip(-reach..=reach).map(|(weight, d)| weight * at(d)).sum::<f32>() / total
            })
            .collect()
    };
    along(&along(plane, 1, 0), 0, 1)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[track_caller]
fn reads(text: &str, shot: Shot) {
    let card = read(photograph(text, shot), soon()).unwrap();
    assert_eq!(card.text, text.trim());
    assert_eq!(card.name, "Nguyễn Thị Phượng Hằng");
}

#[test]
fn both_layouts_are_read_as_scanned_at_300_dpi() {
    reads(CCCD, SHOT);
    let card = read(photograph(&format!("{CCCD}{TAIL}"), SHOT), soon()).unwrap();
    assert_eq!((card.layout, card.more.len()), (Layout::CanCuoc2024, 5));
}

#[test]
fn a_card_is_read_at_any_angle() {
    for degrees in [7.0, 45.0, 133.0, 180.0, 271.5] {
        reads(CCCD, Shot { dpi: 200.0, degrees, ..SHOT });
    }
}

#[test]
fn modules_of_two_pixels_are_read() {
    reads(CCCD, Shot { dpi: 150.0, degrees: 12.0, frame: (320, 320), ..SHOT });
}

#[test]
fn blur_as_wide_as_a_module_is_undone() {
    reads(CCCD, Shot { dpi: 200.0, degrees: 5.0, blur: 1.8, ..SHOT });
}

#[test]
fn a_faint_card_and_a_noisy_one_are_read() {
    reads(CCCD, Shot { dark: 110.0, light: 135.0, degrees: 20.0, noise: 1.0, ..SHOT });
    reads(CCCD, Shot { noise: 25.0, degrees: 20.0, ..SHOT });
}

#[test]
fn a_leaning_card_is_read() {
    reads(CCCD, Shot { tilt: 0.25, degrees: 30.0, ..SHOT });
}

#[test]
fn a_small_card_in_a_large_picture_is_found() {
    reads(CCCD, Shot { dpi: 170.0, degrees: 33.0, frame: (2400, 1800), ..SHOT });
}

#[test]
fn another_code_and_no_code_are_told_apart() {
    let other = photograph("https://dichvucong.gov.vn/ho-so?ma=000.00.01.H26-220101-0001", SHOT);
    assert_eq!(read(other, soon()).err(), Some(NotRead::NotACard));
    let blank = Grey::new(300, 200, vec![200; 60_000]).unwrap();
    assert_eq!(read(blank, soon()).err(), Some(NotRead::NoCode));
}

#[test]
fn tiny_and_odd_pictures_do_no_harm() {
    for (width, height) in [(1, 1), (1, 500), (500, 1), (3, 3), (40, 41)] {
        let noise = (0..width * height).map(|i| (i * 7919 % 251) as u8).collect();
        assert!(read(Grey::new(width, height, noise).unwrap(), soon()).is_err());
    }
}

#[test]
fn time_that_is_over_is_said() {
    assert_eq!(read(photograph(CCCD, SHOT), Instant::now()).err(), Some(NotRead::TimedOut));
}
