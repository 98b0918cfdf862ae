//! Prints, for each picture named, what was found in it and how long each step took (milliseconds, best of five).
#![allow(clippy::print_stdout)]

use std::time::Instant;

use mocban_capture::{Original, Transform, decode, detect, detect_live, encode, rectify};

/// The result of the last of five runs and the time of the quickest.
fn timed<T>(work: impl Fn() -> T) -> (T, f64) {
    let mut best = f64::INFINITY;
    let mut run = || {
        let start = Instant::now();
        let result = work();
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        result
    };
    for _ in 0..4 {
        run();
    }
    (run(), best)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let original = Original::read(std::fs::read(&path)?, path.as_str())?;
        let (picture, decode_ms) = timed(|| decode(&original));
        let picture = picture?;
        let (_, live_ms) = timed(|| detect_live(&picture));
        let (found, detect_ms) = timed(|| detect(&picture));
        println!(
            "{}",
            serde_json::json!({
                "file": path, "width": picture.width, "height": picture.height, "quad": found.quad,
                "confidence": found.confidence, "dpi": found.dpi, "warnings": found.warnings,
                "decode_ms": decode_ms, "detect_ms": detect_ms, "live_ms": live_ms,
            })
        );
        if let Some(quad) = found.quad {
            let transform = [Transform::perspective(&picture, quad, None)?];
            let (page, warp_ms) = timed(|| rectify(&picture, &transform));
            let page = page?;
            let (jpeg, encode_ms) = timed(|| encode::jpeg(&page.picture, page.dpi, encode::QUALITY));
            println!(
                "{}",
                serde_json::json!({
                    "size": [page.picture.width, page.picture.height], "mm": [page.width_mm, page.height_mm],
                    "warp_ms": warp_ms, "encode_ms": encode_ms, "bytes": jpeg?.len(),
                })
            );
        }
    }
    Ok(())
}
