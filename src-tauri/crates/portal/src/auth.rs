//! How a desk signs in at a warehouse: a short-lived JWT (RFC 7519) signed with the desk's own Ed25519 key, sent as a
//! bearer token (RFC 6750) in the manner of RFC 7523. The officer's token is not involved: copies travel when nobody
//! is at the desk.
//!
//! Both sides live here, so that they cannot drift apart. The clock is an argument.

use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How long a token of ours is valid, in seconds.
pub const LIFETIME_S: i64 = 120;
/// Longest validity that a warehouse accepts, in seconds.
pub const LIFETIME_S_MAX: i64 = 300;
/// How far the two clocks may differ, in seconds.
pub const LEEWAY_S: i64 = 120;
/// Longest token, in bytes, that is looked at.
const TOKEN_BYTES_MAX: usize = 2048;

/// A desk's name and private key.
pub struct DeskIdentity {
    desk: String,
    key: SigningKey,
}

impl std::fmt::Debug for DeskIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskIdentity").field("desk", &self.desk).finish_non_exhaustive()
    }
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not a token, not of a known desk, not for this warehouse, or not signed by the desk.
    #[error("the token does not verify")]
    Invalid,
    /// Genuine, but not valid at this time: one of the two clocks is wrong, or it was kept too long.
    #[error("the token is not valid now")]
    Time,
    /// The desk's key cannot sign.
    #[error("the desk's key cannot sign")]
    KeyUnusable,
}

/// The claims (RFC 7519 section 4.1); times in seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl DeskIdentity {
    /// A desk with its key.
    #[must_use]
    pub fn new(desk: impl Into<String>, key: SigningKey) -> Self {
        Self { desk: desk.into(), key }
    }

    /// The desk's name.
    #[must_use]
    pub fn desk(&self) -> &str {
        &self.desk
    }

    /// What the warehouse must know of the desk.
    #[must_use]
    pub fn public_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// A token for one warehouse (named by its receipt key's id), valid from `now` for [`LIFETIME_S`].
    ///
    /// # Errors
    /// [`TokenFault::KeyUnusable`] when the key cannot sign.
    pub fn token(&self, warehouse: &str, now: Timestamp) -> Result<String, TokenFault> {
        let iat = now.as_second();
        let claims = Claims {
            iss: self.desk.clone(),
            sub: self.desk.clone(),
            aud: warehouse.to_owned(),
            iat,
            exp: iat + LIFETIME_S,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.desk.clone());
        let der = self.key.to_pkcs8_der().map_err(|_| TokenFault::KeyUnusable)?;
        let der = Zeroizing::new(der.as_bytes().to_vec());
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&der))
            .map_err(|_| TokenFault::KeyUnusable)
    }
}

/// Verifies a token for the warehouse named `warehouse` (its receipt key's id) and answers the desk's name. `key_of` finds the key of a desk by its name.
///
/// # Errors
/// [`TokenFault`].
pub fn verify_token(
    token: &str,
    warehouse: &str,
    now: Timestamp,
    key_of: impl FnOnce(&str) -> Option<VerifyingKey>,
) -> Result<String, TokenFault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenFault::Invalid);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Invalid)?;
    let desk = header.kid.ok_or(TokenFault::Invalid)?;
    let key = key_of(&desk).ok_or(TokenFault::Invalid)?;

    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    rules.set_audience(&[warehouse]);
    rules.set_issuer(&[&desk]);
    rules.sub = Some(desk.clone());
    // The time is judged below, by the clock that was handed in.
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ed_der(key.as_bytes()), &rules)
        .map_err(|_| TokenFault::Invalid)?
        .claims;

    let lifetime = claims.exp.checked_sub(claims.iat).ok_or(TokenFault::Invalid)?;
    if !(1..=LIFETIME_S_MAX).contains(&lifetime) {
        return Err(TokenFault::Invalid);
    }
    let now = now.as_second();
    let begun = claims.iat <= now.saturating_add(LEEWAY_S);
    let over = claims.exp.saturating_add(LEEWAY_S) < now;
    if begun && !over { Ok(desk) } else { Err(TokenFault::Time) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn desk() -> DeskIdentity {
        DeskIdentity::new("desk-1", SigningKey::from_bytes(&[3; 32]))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn check(token: &str, now: Timestamp) -> Result<String, TokenFault> {
        verify_token(token, "kho", now, |name| (name == "desk-1").then(|| desk().public_key()))
    }

    #[test]
    fn a_desk_signs_in_with_its_own_key() {
        let token = desk().token("kho", at(0)).unwrap();
        assert_eq!(check(&token, at(5)), Ok("desk-1".into()));
    }

    #[test]
    fn a_token_for_another_warehouse_or_by_another_key_or_of_an_unknown_desk_is_refused() {
        let elsewhere = desk().token("kho khác", at(0)).unwrap();
        assert_eq!(check(&elsewhere, at(0)), Err(TokenFault::Invalid));
        let impostor = DeskIdentity::new("desk-1", SigningKey::from_bytes(&[4; 32]));
        assert_eq!(check(&impostor.token("kho", at(0)).unwrap(), at(0)), Err(TokenFault::Invalid));
        let unknown = DeskIdentity::new("desk-2", SigningKey::from_bytes(&[3; 32]));
        assert_eq!(check(&unknown.token("kho", at(0)).unwrap(), at(0)), Err(TokenFault::Invalid));
    }

    #[test]
    fn a_token_is_valid_only_near_its_own_time() {
        let token = desk().token("kho", at(0)).unwrap();
        assert_eq!(check(&token, at(LIFETIME_S + LEEWAY_S)), Ok("desk-1".into()));
        assert_eq!(check(&token, at(LIFETIME_S + LEEWAY_S + 1)), Err(TokenFault::Time));
        assert_eq!(check(&token, at(-LEEWAY_S)), Ok("desk-1".into()));
        assert_eq!(check(&token, at(-LEEWAY_S - 1)), Err(TokenFault::Time));
    }

    #[test]
    fn a_long_lived_token_and_an_unsigned_token_are_refused() {
        let der = SigningKey::from_bytes(&[3; 32]).to_pkcs8_der().unwrap();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some("desk-1".into());
        let claims = |exp| Claims {
            iss: "desk-1".into(),
            sub: "desk-1".into(),
            aud: "kho".into(),
            iat: at(0).as_second(),
            exp: at(exp).as_second(),
        };
        let sign = |claims| {
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(der.as_bytes())).unwrap()
        };
        assert_eq!(check(&sign(claims(LIFETIME_S_MAX)), at(0)), Ok("desk-1".into()));
        assert_eq!(check(&sign(claims(LIFETIME_S_MAX + 1)), at(0)), Err(TokenFault::Invalid));

        use base64::Engine as _;
        let b64 = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let none = format!(
            "{}.{}.",
            b64(r#"{"alg":"none","kid":"desk-1"}"#),
            b64(&serde_json::to_string(&claims(60)).unwrap())
        );
        assert_eq!(check(&none, at(0)), Err(TokenFault::Invalid));
        // The public key as an HMAC secret: the classic confusion of algorithms.
        let hs = jsonwebtoken::encode(
            &Header { alg: Algorithm::HS256, kid: Some("desk-1".into()), ..Header::default() },
            &claims(60),
            &EncodingKey::from_secret(desk().public_key().as_bytes()),
        )
        .unwrap();
        assert_eq!(check(&hs, at(0)), Err(TokenFault::Invalid));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
            prop_assert!(check(&text, at(0)).is_err());
        }

        #[test]
        fn flipping_one_bit_of_a_token_breaks_it(at_byte in 0usize..300, bit in 0u8..7) {
            let token = desk().token("kho", at(0)).unwrap();
            let mut bytes = token.clone().into_bytes();
            let i = at_byte % bytes.len();
            bytes[i] ^= 1 << bit;
            if let Ok(text) = String::from_utf8(bytes) {
                prop_assert!(check(&text, at(0)).is_err());
            }
        }
    }
}
