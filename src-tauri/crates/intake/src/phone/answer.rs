//! The few requests the page answers: itself, its style and script, and a picture at a time.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use tokio::time::Instant;

use super::Shared;
use crate::Taken;

const PAGE: &str = include_str!("page.html");
const USED: &str = include_str!("used.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Only what came with the page runs, and it speaks to nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/page.css", get(async || text("text/css; charset=utf-8", STYLE)))
        .route("/page.js", get(async || text("text/javascript; charset=utf-8", SCRIPT)))
        .route("/picture", post(picture))
        .route("/{token}", get(enter))
        .layer(DefaultBodyLimit::max(shared.limits.bytes))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// Marks every answer, and turns away what was not meant for this page.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = if shared.gate.is_ours(request.headers()) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The address of the QR code: good once, then the cookie counts and the secret leaves the address bar.
async fn enter(State(shared): State<Arc<Shared>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let known = shared.gate.has_cookie(&headers);
    if is_over(&shared) || !(known || shared.gate.redeem(&token)) {
        return (StatusCode::GONE, text("text/html; charset=utf-8", USED)).into_response();
    }
    let headers = [(header::SET_COOKIE, shared.gate.set_cookie()), (header::LOCATION, "/".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

async fn page(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if is_over(&shared) || !shared.gate.has_cookie(&headers) {
        return (StatusCode::GONE, text("text/html; charset=utf-8", USED)).into_response();
    }
    text("text/html; charset=utf-8", PAGE).into_response()
}

/// What the page is told of a picture.
#[derive(Serialize)]
struct Told {
    taken: Taken,
    /// Saved so far.
    saved: u32,
}

async fn picture(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if is_over(&shared) || !shared.gate.has_cookie(&headers) {
        return StatusCode::GONE.into_response();
    }
    let taking = shared.clone();
    let taken = tokio::task::spawn_blocking(move || taking.taker.take(body.into(), "Điện thoại")).await;
    let taken = taken.unwrap_or(Taken::NotAPicture);
    if taken == Taken::Saved {
        shared.saved.fetch_add(1, Ordering::Relaxed);
    }
    let status = match taken {
        Taken::Saved => StatusCode::OK,
        Taken::CutOff | Taken::NotAPicture => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Taken::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Taken::NoRoom | Taken::Later => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(Told { taken, saved: shared.saved.load(Ordering::Relaxed) })).into_response()
}

fn is_over(shared: &Shared) -> bool {
    Instant::now() >= shared.closes || shared.saved.load(Ordering::Relaxed) >= shared.limits.pictures
}

fn text(media: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media)], text)
}
