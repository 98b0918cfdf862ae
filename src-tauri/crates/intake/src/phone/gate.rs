//! Who may send: the one browser that first opened the address. Its cookie is the key from then on.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::IntakeError;

/// Name of the cookie; the prefix makes browsers insist on HTTPS and on this very host.
const COOKIE: &str = "__Host-mocban";

/// The secrets of one opening.
pub(super) struct Gate {
    address: SocketAddr,
    cookie: String,
    /// The secret of the address, until a browser has used it.
    token: Mutex<Option<String>>,
}

impl Gate {
    pub(super) fn new(address: SocketAddr) -> Result<Self, IntakeError> {
        Ok(Self { address, cookie: secret()?, token: Mutex::new(Some(secret()?)) })
    }

    /// The address to show.
    pub(super) fn url(&self) -> String {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        format!("https://{}/{}", self.address, token.as_deref().unwrap_or_default())
    }

    pub(super) fn is_redeemed(&self) -> bool {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Whether this is the secret, not yet used; uses it up.
    pub(super) fn redeem(&self, shown: &str) -> bool {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let right = token.as_deref().is_some_and(|token| same(shown, token));
        if right {
            *token = None;
        }
        right
    }

    /// The header that hands the cookie out.
    pub(super) fn set_cookie(&self) -> String {
        format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", self.cookie)
    }

    pub(super) fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == COOKIE && same(value, &self.cookie))
    }

    /// The request was meant for this address and comes from this page, or from no page.
    pub(super) fn is_ours(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let ours =
            |origin: &HeaderValue| origin.to_str().is_ok_and(|o| o == format!("https://{}", self.address));
        host == Some(&self.address.to_string()) && headers.get_all(header::ORIGIN).iter().all(ours)
    }
}

/// 24 random bytes, hex: short enough for a small QR code, far too long to guess.
fn secret() -> Result<String, IntakeError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|fault| IntakeError::NotOpened(fault.to_string()))?;
    Ok(hex::encode(bytes))
}

/// Compares without telling by time how far it is right.
fn same(shown: &str, secret: &str) -> bool {
    let differing = shown.bytes().zip(secret.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b));
    shown.len() == secret.len() && differing == 0
}
