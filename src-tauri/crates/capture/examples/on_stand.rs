//! Measures a stand by pictures of the empty mat and of an A4 sheet on it, and prints, one line of JSON for each further
//! picture, what is found on that stand, how large it is, and how long a look took with and without the stand
//! (milliseconds, best of nine). `FOLDER` in the environment takes the corrected pages.
#![allow(clippy::print_stdout)] // its output is its purpose

use std::path::Path;
use std::time::Instant;

use mocban_capture::{
    Original, Picture, Stand, Transform, decode, detect, detect_live, encode, rectify, stand::Mat,
};

fn read(path: &str) -> Result<Picture, Box<dyn std::error::Error>> {
    Ok(decode(&Original::read(std::fs::read(path)?, path)?)?)
}

/// Milliseconds of the quickest of nine runs.
fn timed<T>(work: impl Fn() -> T) -> f64 {
    let run = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..9).map(run).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mat, sheet, papers @ ..] = arguments.as_slice() else {
        return Err("on_stand MAT SHEET [PAPER …]".into());
    };
    let stand = Stand::measured(Mat::of(&read(mat)?), &read(sheet)?)?;
    println!("{}", serde_json::json!({ "lens": stand.plane().lens() }));
    for path in papers {
        let picture = read(path)?;
        let seen = stand.detect(&picture);
        let size = seen.found.quad.and_then(|quad| stand.plane().size_mm(&quad, picture.width));
        println!(
            "{}",
            serde_json::json!({
                "file": path, "moved": seen.moved, "found": seen.found, "mm": size,
                "live_ms": timed(|| stand.detect_live(&picture)), "live_alone_ms": timed(|| detect_live(&picture)),
                "shot_ms": timed(|| stand.detect(&picture)), "shot_alone_ms": timed(|| detect(&picture)),
            })
        );
        if let (Some(quad), Ok(folder)) = (seen.found.quad, std::env::var("FOLDER")) {
            let transform = Transform::perspective(&picture, quad, None)?.through(stand.plane().lens());
            let page = rectify(&picture, &[transform])?;
            let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let to = Path::new(&folder).join(format!("{name}-page.jpg"));
            std::fs::write(to, encode::jpeg(&page.picture, page.dpi, 95)?)?;
        }
    }
    Ok(())
}
