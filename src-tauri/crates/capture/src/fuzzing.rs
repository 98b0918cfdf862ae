//! Doors to the inner parsers for the fuzz targets in `src-tauri/fuzz`; built under `--cfg fuzzing` only.

/// Reads the bytes as every answer that a scanner may give.
pub fn read_scanner(bytes: &[u8]) {
    crate::scanner::escl::read_answers(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        crate::scanner::sane::read_text(text);
    }
}
