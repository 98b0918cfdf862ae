//! Which private key belongs to a certificate: by the key itself where the token shows it, else by CKA_ID, else because
//! there is only one. Never a guess among several; and the signature is verified in the end.

use cryptoki::error::Result;
use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_ULONG, CKA_ALWAYS_AUTHENTICATE, CKA_EC_POINT, CKA_ID, CKA_KEY_TYPE, CKA_MODULUS,
    CKK_EC, CKK_RSA, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
};

use super::handle::Session;
use crate::certificate::PublicKey;
use crate::error::TokenError;

/// No token holds more keys than this.
const MOST_KEYS: usize = 64;
/// Room for CKA_ID and for a modulus of 8192 bits.
const SMALL: usize = 1024;

/// A private key that was found for a certificate.
#[derive(Clone, Copy)]
pub(super) struct PrivateKey {
    pub(super) handle: CK_OBJECT_HANDLE,
    pub(super) always_authenticate: bool,
    /// Whether its CKA_ID is the certificate's, as the standard wants it.
    pub(super) by_id: bool,
}

/// What a token tells about one of its private keys.
struct Candidate {
    handle: CK_OBJECT_HANDLE,
    id: Vec<u8>,
    always_authenticate: bool,
    match_: Match,
}

/// What the token's own numbers say about a key and the certificate.
#[derive(Clone, Copy, PartialEq)]
enum Match {
    /// The public parts are equal.
    Same,
    /// The token does not show the public part.
    Unknown,
    /// Another key.
    Other,
}

/// Reads all private keys after a login and picks the certificate's.
pub(super) fn find(
    session: &Session,
    certificate_id: &[u8],
    key: &PublicKey,
) -> Result<std::result::Result<PrivateKey, TokenError>> {
    let public_points = match key {
        PublicKey::Ec { .. } => public_points(session)?,
        PublicKey::Rsa { .. } => Vec::new(),
    };
    let mut candidates = Vec::new();
    for handle in session.find(CKO_PRIVATE_KEY)?.into_iter().take(MOST_KEYS) {
        let read = |kind| session.attribute(handle, kind, SMALL);
        let id = read(CKA_ID)?.unwrap_or_default();
        let match_ = match (key, read(CKA_KEY_TYPE)?.and_then(ulong)) {
            (PublicKey::Rsa { .. }, Some(kind)) if kind != CKK_RSA => Match::Other,
            (PublicKey::Ec { .. }, Some(kind)) if kind != CKK_EC => Match::Other,
            (PublicKey::Rsa { modulus, .. }, _) => {
                compare(read(CKA_MODULUS)?.as_deref().map(without_leading_zeros), modulus)
            }
            (PublicKey::Ec { point, .. }, _) => {
                let own = read(CKA_EC_POINT)?.filter(|own| !own.is_empty()).or_else(|| {
                    let same_id = |(other, _): &&(Vec<u8>, Vec<u8>)| !id.is_empty() && *other == id;
                    public_points.iter().find(same_id).map(|(_, point)| point.clone())
                });
                compare(own.as_deref().map(|own| bare_point(own, point.len())), point)
            }
        };
        let always_authenticate = read(CKA_ALWAYS_AUTHENTICATE)?.is_some_and(|value| value == [1]);
        candidates.push(Candidate { handle, id, always_authenticate, match_ });
    }
    Ok(choose(&candidates, certificate_id))
}

fn choose(candidates: &[Candidate], certificate_id: &[u8]) -> std::result::Result<PrivateKey, TokenError> {
    let has_id = |candidate: &&Candidate| !certificate_id.is_empty() && candidate.id == certificate_id;
    let chosen = |candidate: &Candidate| {
        Ok(PrivateKey {
            handle: candidate.handle,
            always_authenticate: candidate.always_authenticate,
            by_id: has_id(&candidate),
        })
    };
    let same: Vec<&Candidate> =
        candidates.iter().filter(|candidate| candidate.match_ == Match::Same).collect();
    if let Some(first) = same.first() {
        // Two objects with one modulus are one key.
        return chosen(same.iter().copied().find(has_id).unwrap_or(first));
    }
    let unknown: Vec<&Candidate> =
        candidates.iter().filter(|candidate| candidate.match_ == Match::Unknown).collect();
    let with_id: Vec<&Candidate> = unknown.iter().copied().filter(has_id).collect();
    match (with_id.as_slice(), unknown.as_slice()) {
        ([one], _) | ([], [one]) => chosen(one),
        ([], []) => Err(TokenError::KeyNotFound),
        _ => Err(TokenError::SeveralKeys),
    }
}

/// CKA_ID and point of each EC public key on the token, for private keys that do not tell their own.
fn public_points(session: &Session) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut points = Vec::new();
    for handle in session.find(CKO_PUBLIC_KEY)?.into_iter().take(MOST_KEYS) {
        let id = session.attribute(handle, CKA_ID, SMALL)?.unwrap_or_default();
        if let Some(point) = session.attribute(handle, CKA_EC_POINT, SMALL)? {
            points.push((id, point));
        }
    }
    Ok(points)
}

fn compare(own: Option<&[u8]>, wanted: &[u8]) -> Match {
    match own {
        None | Some([]) => Match::Unknown,
        Some(own) if own == wanted => Match::Same,
        Some(_) => Match::Other,
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// CKA_EC_POINT is an OCTET STRING holding the point; some tokens give the point bare.
fn bare_point(value: &[u8], len: usize) -> &[u8] {
    if value.len() > len { &value[value.len() - len..] } else { value }
}

fn ulong(value: Vec<u8>) -> Option<CK_ULONG> {
    Some(CK_ULONG::from_ne_bytes(value.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: u8, id: &[u8], match_: Match) -> Candidate {
        Candidate { handle: number.into(), id: id.to_vec(), always_authenticate: false, match_ }
    }

    fn chosen(candidates: &[Candidate], id: &[u8]) -> std::result::Result<u64, TokenError> {
        #[allow(clippy::useless_conversion)] // A handle has 32 bits on Windows.
        choose(candidates, id).map(|key| u64::from(key.handle))
    }

    #[test]
    fn the_key_itself_outweighs_its_id() {
        let keys = [candidate(1, b"a", Match::Other), candidate(2, b"", Match::Same)];
        assert_eq!(chosen(&keys, b"a"), Ok(2));
    }

    #[test]
    fn without_the_key_itself_the_id_decides_and_then_being_alone() {
        let keys = [candidate(1, b"a", Match::Unknown), candidate(2, b"b", Match::Unknown)];
        assert_eq!(chosen(&keys, b"b"), Ok(2));
        assert_eq!(chosen(&keys[..1], b"other"), Ok(1));
        assert_eq!(chosen(&keys[..1], b""), Ok(1));
    }

    #[test]
    fn nobody_guesses_among_several() {
        let keys = [candidate(1, b"", Match::Unknown), candidate(2, b"", Match::Unknown)];
        assert_eq!(chosen(&keys, b""), Err(TokenError::SeveralKeys));
        assert_eq!(chosen(&keys, b"a"), Err(TokenError::SeveralKeys));
        let twins = [candidate(1, b"a", Match::Unknown), candidate(2, b"a", Match::Unknown)];
        assert_eq!(chosen(&twins, b"a"), Err(TokenError::SeveralKeys));
    }

    #[test]
    fn a_key_known_to_be_another_is_never_taken() {
        assert_eq!(chosen(&[candidate(1, b"a", Match::Other)], b"a"), Err(TokenError::KeyNotFound));
        assert_eq!(chosen(&[], b"a"), Err(TokenError::KeyNotFound));
    }
}
