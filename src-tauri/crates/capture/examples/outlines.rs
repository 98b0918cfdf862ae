//! Prints, one line of JSON for each picture named, what is found in it live and as a shot. What draws scenes with known
//! corners and judges these lines is `src-tauri/crates/bench/peers/scenes`.
#![allow(clippy::print_stdout)] // its output is its purpose

use mocban_capture::{Original, decode, detect, detect_live};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let original = Original::read(std::fs::read(&path)?, path.as_str())?;
        let picture = decode(&original)?;
        println!(
            "{}",
            serde_json::json!({ "file": path, "live": detect_live(&picture), "shot": detect(&picture) })
        );
    }
    Ok(())
}
