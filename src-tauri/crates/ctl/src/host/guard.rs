//! Who may speak to the host: the browser that opened the printed address, and no other page, user or name.
//!
//! Against DNS rebinding the Host header must be ours; against other pages the Origin must be, if there is one, and the
//! cookie is `SameSite=Strict`; against other users of the machine the cookie holds a secret. The secret in the address
//! is good once, so that an address seen in a history or a process list opens nothing.

use super::App;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use mocban_desk::DeskError;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// What a page of ours may load: `tauri.conf.json` says the same for the window, less the shell's own schemes.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
     font-src 'self'; style-src 'self'; script-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
     frame-src 'none'; form-action 'none'; frame-ancestors 'none'";

/// The secrets of one run.
pub(crate) struct Gate {
    address: SocketAddr,
    cookie: String,
    /// The secret of the printed address, until it is used.
    token: Mutex<Option<String>>,
}

impl Gate {
    /// New secrets for a listener.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, DeskError> {
        Ok(Self { address, cookie: secret()?, token: Mutex::new(Some(secret()?)) })
    }

    /// The address to open, once.
    pub(crate) fn url(&self) -> String {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        format!("http://{}/?token={}", self.address, token.as_deref().unwrap_or_default())
    }

    /// Cookies know no ports: two hosts on one machine need two names.
    fn cookie_name(&self) -> String {
        format!("mocban-{}", self.address.port())
    }

    fn is_ours(&self, authority: &str) -> bool {
        authority == self.address.to_string() || authority == format!("localhost:{}", self.address.port())
    }

    fn host_is_ours(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.is_ours(host)) && hosts.next().is_none()
    }

    fn origin_is_ours(&self, headers: &HeaderMap) -> bool {
        let ours = |origin: &HeaderValue| {
            origin
                .to_str()
                .ok()
                .and_then(|origin| origin.strip_prefix("http://"))
                .is_some_and(|of| self.is_ours(of))
        };
        headers.get_all(header::ORIGIN).iter().all(ours)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(key, value)| key == name && same(value, &self.cookie))
    }

    /// Whether the address's secret was shown, and uses it up.
    fn redeem(&self, uri: &Uri) -> bool {
        let shown = uri.query().and_then(|query| query.strip_prefix("token="));
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let right = shown.zip(token.as_deref()).is_some_and(|(shown, token)| same(shown, token));
        if right {
            *token = None;
        }
        right
    }
}

/// 32 random bytes, hex.
fn secret() -> Result<String, DeskError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    Ok(hex::encode(bytes))
}

/// Compares without telling by time how far it is right.
fn same(shown: &str, secret: &str) -> bool {
    let differing = shown.bytes().zip(secret.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b));
    shown.len() == secret.len() && differing == 0
}

/// Lets a request through or not, and marks every answer.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let gate = &app.gate;
    let headers = request.headers();
    let mut response = if !gate.host_is_ours(headers) {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    } else if !gate.origin_is_ours(headers) {
        StatusCode::FORBIDDEN.into_response()
    } else if gate.has_cookie(headers) {
        next.run(request).await
    } else if request.method() == Method::GET && request.uri().path() == "/" && gate.redeem(request.uri()) {
        enter(gate)
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    };
    let marks = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Pages and pictures of citizens' papers stay out of the browser's cache on disk.
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in marks {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Hands out the cookie and leaves the secret out of the address bar.
fn enter(gate: &Gate) -> Response {
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", gate.cookie_name(), gate.cookie);
    let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, "/".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate::new("127.0.0.1:4711".parse().unwrap()).unwrap()
    }

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn only_our_own_names_are_served() {
        let gate = gate();
        for host in ["127.0.0.1:4711", "localhost:4711"] {
            assert!(gate.host_is_ours(&with(header::HOST, host)), "{host}");
        }
        for host in ["evil.example:4711", "127.0.0.1", "127.0.0.1:4712", "localhost.evil.example:4711", ""] {
            assert!(!gate.host_is_ours(&with(header::HOST, host)), "{host}");
        }
        assert!(!gate.host_is_ours(&HeaderMap::new()));
    }

    #[test]
    fn only_our_own_pages_may_ask() {
        let gate = gate();
        assert!(gate.origin_is_ours(&HeaderMap::new()));
        assert!(gate.origin_is_ours(&with(header::ORIGIN, "http://127.0.0.1:4711")));
        for origin in ["null", "https://127.0.0.1:4711", "http://127.0.0.1:9999", "http://evil.example"] {
            assert!(!gate.origin_is_ours(&with(header::ORIGIN, origin)), "{origin}");
        }
    }

    #[test]
    fn the_address_opens_the_host_once() {
        let gate = gate();
        let uri: Uri = gate.url().parse().unwrap();
        assert!(!gate.redeem(&"/?token=".parse().unwrap()));
        assert!(!gate.redeem(&"/".parse().unwrap()));
        assert!(gate.redeem(&uri));
        assert!(!gate.redeem(&uri));
    }

    #[test]
    fn a_cookie_must_be_the_whole_secret() {
        let gate = gate();
        let right = format!("other=1; {}={}", gate.cookie_name(), gate.cookie);
        assert!(gate.has_cookie(&with(header::COOKIE, &right)));
        assert!(!gate.has_cookie(&with(header::COOKIE, &right[..right.len() - 1])));
        assert!(!gate.has_cookie(&with(header::COOKIE, &format!("{}=", gate.cookie_name()))));
        assert!(!gate.has_cookie(&HeaderMap::new()));
    }

    #[test]
    fn the_policy_allows_no_inline_code_and_no_framing() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe") && !CONTENT_SECURITY_POLICY.contains("http:"));
        assert!(CONTENT_SECURITY_POLICY.contains("frame-ancestors 'none'"));
    }
}
