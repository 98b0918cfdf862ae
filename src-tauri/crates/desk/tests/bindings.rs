//! The window's types are exactly those generated from the command list.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

use std::path::Path;

#[test]
fn the_windows_types_are_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/backend/bindings.ts");
    let generated = mocban_desk::typescript::bindings();
    if std::env::var_os("MOCBAN_WRITE_BINDINGS").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == generated, "stale: run `cargo xtask types`");
}
