//! One session with a token: the search and the signature under way in it.

use cryptoki_sys::*;
use sha2::{Digest, Sha256};

use crate::dispatch::Outcome;
use crate::faults;
use crate::token::Token;

/// A session. It may hold one search and one signature at a time (PKCS#11 v2.40, 5.6 and 5.13).
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) slot: CK_SLOT_ID,
    pub(crate) read_write: bool,
    search: Option<Vec<CK_OBJECT_HANDLE>>,
    signature: Option<Signature>,
}

/// A signature under way.
struct Signature {
    mechanism: CK_MECHANISM_TYPE,
    /// Data given so far by C_SignUpdate.
    data: Vec<u8>,
}

/// No file is ever hashed by this token; a caller that sends more than this has lost its way.
const MOST_DATA: usize = 64 << 20;

/// ASN.1 head of a DigestInfo with SHA-256 (RFC 8017, 9.2 note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

impl Session {
    pub(crate) fn new(slot: CK_SLOT_ID, read_write: bool) -> Self {
        Self { slot, read_write, ..Self::default() }
    }

    pub(crate) fn find_init(&mut self, found: Vec<CK_OBJECT_HANDLE>) -> Outcome {
        if self.search.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        self.search = Some(found);
        Ok(())
    }

    /// At most `most` further handles of the search.
    pub(crate) fn find(&mut self, most: usize) -> Outcome<Vec<CK_OBJECT_HANDLE>> {
        let search = self.search.as_mut().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        Ok(search.drain(..most.min(search.len())).collect())
    }

    pub(crate) fn find_final(&mut self) -> Outcome {
        self.search.take().map(drop).ok_or(CKR_OPERATION_NOT_INITIALIZED)
    }

    pub(crate) fn sign_init(&mut self, mechanism: CK_MECHANISM_TYPE) -> Outcome {
        if self.signature.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        if ![CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS].contains(&mechanism) {
            return Err(CKR_MECHANISM_INVALID);
        }
        self.signature = Some(Signature { mechanism, data: Vec::new() });
        Ok(())
    }

    pub(crate) fn sign_update(&mut self, part: &[u8]) -> Outcome {
        let signature = self.signature.as_mut().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if signature.data.len() + part.len() > MOST_DATA {
            self.signature = None;
            return Err(CKR_DATA_LEN_RANGE);
        }
        signature.data.extend_from_slice(part);
        Ok(())
    }

    /// Whether a signature is under way, as a query for its length presumes.
    pub(crate) fn signing(&self) -> Outcome {
        self.signature.as_ref().map(|_| ()).ok_or(CKR_OPERATION_NOT_INITIALIZED)
    }

    /// Ends the signature: what C_SignUpdate gave so far, and `last`.
    pub(crate) fn sign(&mut self, function: &str, token: &Token, last: &[u8]) -> Outcome<Vec<u8>> {
        self.sign_update(last)?;
        let Signature { mechanism, data } = self.signature.take().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if !token.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let digest_info = match mechanism {
            CKM_SHA256_RSA_PKCS => [&SHA256_DIGEST_INFO[..], &Sha256::digest(&data)].concat(),
            _ => data,
        };
        let mut signature = token.sign(&digest_info)?;
        if faults::wrong(function) {
            signature.reverse();
        }
        Ok(signature)
    }
}
