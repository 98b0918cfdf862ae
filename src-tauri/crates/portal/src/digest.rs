//! A SHA-256 value (FIPS 180-4): 32 bytes, written as 64 lower-case hex digits, or as RFC 9530 writes digests in headers.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// The text is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 value in lower-case hex")]
pub struct NotADigest;

impl Digest {
    /// The SHA-256 of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The value of a `Content-Digest` header: `sha-256=:…:` (RFC 9530 section 2).
    #[must_use]
    pub fn content_digest(&self) -> String {
        format!("sha-256=:{}:", STANDARD.encode(self.0))
    }

    /// The value of a tus `Upload-Checksum` header: `sha256 …` (tus 1.0.0, extension Checksum).
    #[must_use]
    pub fn upload_checksum(&self) -> String {
        format!("sha256 {}", STANDARD.encode(self.0))
    }

    /// Finds the `sha-256` member of a `Content-Digest` header; other algorithms beside it are passed over.
    #[must_use]
    pub fn from_content_digest(header: &str) -> Option<Self> {
        let member = header.split(',').find_map(|m| m.trim().strip_prefix("sha-256="))?;
        Self::from_base64(member.strip_prefix(':')?.strip_suffix(':')?)
    }

    /// Reads 32 bytes of standard base64.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        // One spelling only: a second one would make two manifests of one copy.
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotADigest);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotADigest)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_from_each_of_its_spellings() {
        let digest = Digest::of(b"hello");
        assert_eq!(digest.to_string(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::from_content_digest(&digest.content_digest()), Some(digest));
        // The digest of "hello" in a header with a second algorithm beside it.
        let header = format!("md5=:XUFAKrxLKna5cZ2REBfFkg==:, {}", digest.content_digest());
        assert_eq!(Digest::from_content_digest(&header), Some(digest));
    }

    #[test]
    fn upper_case_short_and_long_hex_are_refused() {
        let good = Digest::of(b"").to_string();
        assert_eq!(good.to_uppercase().parse::<Digest>(), Err(NotADigest));
        assert_eq!(good[2..].parse::<Digest>(), Err(NotADigest));
        assert_eq!(format!("{good}00").parse::<Digest>(), Err(NotADigest));
    }
}
