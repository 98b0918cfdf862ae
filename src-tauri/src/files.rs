//! Pictures and finished copies for the window, under the `mocban` scheme.

use mocban_desk::{Desk, DeskError};
use std::{borrow::Cow, sync::Arc};
use tauri::http::{Response, StatusCode, Uri, header};

/// Answers `mocban://localhost/<path>`.
pub(crate) fn answer(desk: Result<Arc<Desk>, DeskError>, uri: &Uri) -> Response<Cow<'static, [u8]>> {
    let path = uri.path().trim_start_matches('/');
    let (status, media, bytes) = match desk.and_then(|desk| desk.resource(path)) {
        Ok(resource) => (StatusCode::OK, resource.media, resource.bytes),
        Err(DeskError::NotFound) => (StatusCode::NOT_FOUND, "text/plain", Vec::new()),
        Err(fault) => (StatusCode::INTERNAL_SERVER_ERROR, "text/plain", fault.code().into()),
    };
    let mut response = Response::new(Cow::Owned(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media));
    // Pictures of citizens' papers are never written into the web view's disk cache.
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    // The window itself (tauri://localhost) is the only page there is; pdf.js fetches the copy from it.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    response
}
