//! The desktop program `mocban`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // The same executable is the token helper: a vendor's PKCS#11 module is never loaded into the window's process.
    mocban_desk::token_host_if_requested();
    environment::prepare();
    mocban_app::run()
}

/// Environment variables must be settled before any thread starts.
#[allow(unsafe_code)]
mod environment {
    /// Turns off what the web view reads from the environment and a signing program must not honour.
    pub(crate) fn prepare() {
        // SAFETY: first statements of `main`, no other thread exists yet.
        unsafe {
            // WebDriver could click "sign" for somebody: only builds made for tests may be driven.
            if !cfg!(any(debug_assertions, feature = "e2e")) {
                std::env::remove_var("TAURI_WEBVIEW_AUTOMATION");
            }
            // WebKitGTK shows a blank window with some graphics drivers unless it renders without DMA-BUF.
            if cfg!(target_os = "linux") && std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
                std::env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
            }
        }
    }
}
