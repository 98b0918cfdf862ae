//! The window's own pages, from the folder they were built into. Nothing outside that folder is ever read.

use super::App;
use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// `GET /…`: a file of the folder; `/` is its `index.html`.
pub(crate) async fn page(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let not_found = || StatusCode::NOT_FOUND.into_response();
    let Some(file) = app.ui.as_deref().and_then(|folder| within(folder, uri.path())) else {
        return not_found();
    };
    match tokio::fs::read(&file).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, media(&file))], bytes).into_response(),
        Err(_) => not_found(),
    }
}

/// The file behind a path of a request; `None` for anything but plain names, and for links that lead outside.
fn within(folder: &Path, path: &str) -> Option<PathBuf> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let file = folder.join(name).canonicalize().ok().filter(|_| plain)?;
    file.starts_with(folder).then_some(file)
}

fn media(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().canonicalize().unwrap().join("ui");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "").unwrap();
        std::fs::write(outer.path().join("secret"), "").unwrap();
        assert_eq!(within(&folder, "/"), Some(folder.join("index.html")));
        assert_eq!(within(&folder, "/index.html"), Some(folder.join("index.html")));
        for path in ["/../secret", "/./../secret", "//etc/passwd", "/missing", "/%2e%2e/secret"] {
            assert_eq!(within(&folder, path), None, "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path().join("secret"), folder.join("link")).unwrap();
            assert_eq!(within(&folder, "/link"), None);
        }
    }
}
