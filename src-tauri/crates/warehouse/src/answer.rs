//! Answers: every refusal is `application/problem+json` (RFC 9457).

use std::io::ErrorKind;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use mocban_portal::problem::{PROBLEM_MEDIA_TYPE, Problem};
use mocban_portal::{Digest, ProblemKind};
use serde::Serialize;

/// Seconds after which a desk may ask a busy warehouse again.
const RETRY_AFTER_S: u32 = 5;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) kind: ProblemKind,
    /// What is particular to this request, for logs. Never a person's data.
    pub(crate) detail: Option<String>,
}

impl Refused {
    /// A refusal with a word on the particular request.
    pub(crate) fn because(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()) }
    }
}

impl From<ProblemKind> for Refused {
    fn from(kind: ProblemKind) -> Self {
        Self { kind, detail: None }
    }
}

/// The disk failed: logged here, since the desk is told no more than that.
impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the store failed");
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ProblemKind::StorageFull.into(),
            _ => ProblemKind::Internal.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = self.kind;
        let body = serde_json::to_vec(&Problem::new(kind, self.detail)).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, PROBLEM_MEDIA_TYPE)], body).into_response();
        if matches!(kind, ProblemKind::Busy | ProblemKind::StorageFull) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S.into());
        }
        if kind == ProblemKind::TusVersion {
            response
                .headers_mut()
                .insert("tus-version", axum::http::HeaderValue::from_static(mocban_portal::tus::TUS_VERSION));
        }
        response
    }
}

/// JSON, with the digest of its bytes (RFC 9530).
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Refused> {
    let body = mocban_portal::canonical::to_vec(value)
        .map_err(|e| Refused::because(ProblemKind::Internal, e.to_string()))?;
    let digest = Digest::of(&body).content_digest();
    let headers =
        [(CONTENT_TYPE, "application/json".to_owned()), (HeaderName::from_static("content-digest"), digest)];
    Ok((status, headers, body).into_response())
}

/// A header's text, if it is there once and is ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// A header that must hold a whole number in plain digits.
pub(crate) fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, Refused> {
    header(headers, name)
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refused::because(ProblemKind::Malformed, format!("{name} is not a whole number")))
}
