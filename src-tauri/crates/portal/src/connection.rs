//! One HTTP exchange with a warehouse: signed in, bounded, timed, never redirected, and its failure classified. Knows
//! neither tus nor copies.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, RequestBuilder, Url, redirect};

use crate::auth::{DeskIdentity, LEEWAY_S};
use crate::error::PortalError;
use crate::ports::Clock;
use crate::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemKind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For one whole exchange: 4 MiB at 14 KB/s, the slowest line on which a desk is still of use.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(300);
/// Largest answer that is read, in bytes; a receipt has under 1 KiB.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Longest foreign text, in characters, that gets into our errors.
const DETAIL_CHARS_MAX: usize = 300;
/// Before the first answer there is no skew.
const SKEW_UNKNOWN: i64 = i64::MIN;

/// The exchange with one warehouse.
pub(crate) struct Connection {
    client: Client,
    base: Url,
    audience: String,
    desk: DeskIdentity,
    clock: Arc<dyn Clock>,
    ahead_s: AtomicI64,
}

/// An answer that is neither a transport nor an identity failure.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// `roots_pem` adds certification authorities to the system's own.
    pub(crate) fn new(
        url: &str,
        audience: &str,
        roots_pem: &[u8],
        desk: DeskIdentity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PortalError> {
        let invalid = |detail: &str| PortalError::SettingsInvalid { detail: detail.to_owned() };
        let mut base = Url::parse(url).map_err(|_| invalid("the address is not a URL"))?;
        let loopback = is_loopback(&base);
        if base.scheme() != "https" && !(base.scheme() == "http" && loopback) {
            return Err(invalid("the address is neither https nor this machine"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let roots = Certificate::from_pem_bundle(roots_pem)
            .map_err(|_| invalid("the certification authorities are not PEM"))?;
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT)
            .referer(false)
            .tls_certs_merge(roots);
        if loopback {
            // The warehouse of the training mode must not be looked for at the office's proxy.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| invalid(&chain(&e)))?;
        let ahead_s = AtomicI64::new(SKEW_UNKNOWN);
        Ok(Self { client, base, audience: audience.to_owned(), desk, clock, ahead_s })
    }

    /// An address below the warehouse's own.
    pub(crate) fn url(&self, path: &str) -> Result<Url, PortalError> {
        self.base.join(path).map_err(|e| PortalError::SettingsInvalid { detail: e.to_string() })
    }

    /// An address the warehouse gave us, if it lies at the warehouse.
    pub(crate) fn own_url(&self, context: &Url, given: &str) -> Option<Url> {
        context.join(given).ok().filter(|url| url.origin() == self.base.origin())
    }

    /// The desk's clock minus the warehouse's, from the last answer.
    pub(crate) fn ahead_s(&self) -> Option<i64> {
        Some(self.ahead_s.load(Ordering::Relaxed)).filter(|&s| s != SKEW_UNKNOWN)
    }

    /// A signed-in request.
    pub(crate) fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, PortalError> {
        let token = self
            .desk
            .token(&self.audience, self.clock.now())
            .map_err(|e| PortalError::SettingsInvalid { detail: e.to_string() })?;
        Ok(self.client.request(method, url).header(AUTHORIZATION, format!("Bearer {token}")))
    }

    /// Sends it. Failures of the way and of identity are errors already; what is left is for the caller to judge.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Reply, PortalError> {
        let mut response = request.send().await.map_err(|e| transport(&e))?;
        self.note_skew(response.headers());
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if response.status().is_redirection() {
            let location = headers.get(LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
            return Err(PortalError::RedirectRefused { location: bounded(location) });
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| transport(&e))? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(PortalError::CaptivePortal { status });
            }
            body.extend_from_slice(&part);
        }
        let reply = Reply { status, headers, body };
        match status {
            401 | 403 if reply.is_ours() => {
                let ahead_s = self.ahead_s().unwrap_or(0);
                let by_time = reply.kind() == Some(ProblemKind::TokenTime) || ahead_s.abs() > LEEWAY_S;
                Err(if by_time { PortalError::ClockWrong { ahead_s } } else { PortalError::DeskRefused })
            }
            401 | 403 | 407 | 511 => Err(PortalError::CaptivePortal { status }),
            423 => Err(PortalError::WarehouseBusy { retry_after: None }),
            429 | 503 => Err(PortalError::WarehouseBusy { retry_after: self.retry_after(&reply.headers) }),
            408 | 425 | 460 | 500.. => Err(PortalError::WarehouseFailed { status }),
            _ => Ok(reply),
        }
    }

    fn note_skew(&self, headers: &HeaderMap) {
        if let Some(theirs) = headers.get(DATE).and_then(|v| v.to_str().ok()).and_then(http_date) {
            self.ahead_s.store(self.clock.now().as_second() - theirs, Ordering::Relaxed);
        }
    }

    /// Seconds, or a date by the server's own clock (RFC 9110 section 10.2.3).
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let seconds = match text.parse::<u32>() {
            Ok(seconds) => i64::from(seconds),
            Err(_) => {
                let theirs = self.clock.now().as_second() - self.ahead_s().unwrap_or(0);
                http_date(text)? - theirs
            }
        };
        Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
    }
}

impl Reply {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether a warehouse wrote this, and not a proxy or a login page on the way.
    pub(crate) fn is_ours(&self) -> bool {
        self.header("tus-resumable").is_some() || self.kind().is_some()
    }

    /// The kind of problem, if the body is one of ours.
    pub(crate) fn kind(&self) -> Option<ProblemKind> {
        self.problem()?.kind()
    }

    /// What a status outside the protocol's success means for this copy.
    pub(crate) fn refusal(&self) -> PortalError {
        match self.kind() {
            Some(kind @ (ProblemKind::NumberTaken | ProblemKind::CopyConflict)) => {
                PortalError::AnotherCopyStored { kind }
            }
            Some(kind) => {
                let detail = self.problem().and_then(|p| p.detail).unwrap_or_default();
                PortalError::CopyRefused { kind, detail: bounded(&detail) }
            }
            // A proxy in front of the warehouse has its own limit and its own page.
            None if self.status == 413 => {
                PortalError::CopyRefused { kind: ProblemKind::TooLarge, detail: String::new() }
            }
            None => PortalError::CaptivePortal { status: self.status },
        }
    }

    fn problem(&self) -> Option<Problem> {
        let is_problem = self.header(CONTENT_TYPE.as_str())?.starts_with(PROBLEM_MEDIA_TYPE);
        is_problem.then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

/// An HTTP date (RFC 9110 section 5.6.7), in seconds since 1970.
fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(|t| t.as_second())
}

fn transport(error: &reqwest::Error) -> PortalError {
    if let Some(detail) = certificate_refusal(error) {
        return PortalError::CertificateRefused { detail: bounded(&detail) };
    }
    if error.is_timeout() {
        return PortalError::TimedOut;
    }
    PortalError::Unreachable { detail: bounded(&chain(error)) }
}

/// Finds a refused certificate among an error's causes.
fn certificate_refusal(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An io::Error hides the error it wraps from `source`.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner.and_then(|e| e.downcast_ref::<rustls::Error>()));
        if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
            return Some(format!("{reason:?}"));
        }
        cause = error.source();
    }
    None
}

/// An error with its causes on one line. Without the URL: an upload's address is a capability.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Foreign text: one line, bounded.
fn bounded(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
