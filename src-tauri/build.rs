//! Hand-written permissions, so that nothing is generated beside `Cargo.toml` but `/gen/` (ignored by git).

#[allow(clippy::print_stderr)] // how a build script says why it stops
fn main() {
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*");
    if let Err(fault) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        eprintln!("{fault:#}");
        std::process::exit(1);
    }
}
