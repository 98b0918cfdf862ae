//! One session with a token: the search and the signature under way in it.

use cryptoki_sys::*;

use crate::dispatch::Outcome;
use crate::faults;
use crate::key::Key;
use crate::script::{Way, has};
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
    key: CK_OBJECT_HANDLE,
    /// Whether the key's own PIN was given, where it wants one.
    allowed: bool,
    /// Data given so far by C_SignUpdate.
    data: Vec<u8>,
}

/// No file is ever hashed by this token; a caller that sends more than this has lost its way.
const MOST_DATA: usize = 64 << 20;

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

    pub(crate) fn sign_init(
        &mut self,
        mechanism: CK_MECHANISM_TYPE,
        handle: CK_OBJECT_HANDLE,
        key: &Key,
    ) -> Outcome {
        if self.signature.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        if !key.mechanisms().contains(&mechanism) {
            return Err(CKR_MECHANISM_INVALID);
        }
        let allowed = !has(Way::AlwaysAuthenticate);
        self.signature = Some(Signature { mechanism, key: handle, allowed, data: Vec::new() });
        Ok(())
    }

    /// The PIN for the signature under way (PKCS#11 v2.40, 5.6 C_Login with CKU_CONTEXT_SPECIFIC).
    pub(crate) fn context_login(&mut self, token: &mut Token, pin: Option<&[u8]>) -> Outcome {
        let signature = self.signature.as_mut().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        token.context_login(pin)?;
        signature.allowed = true;
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

    /// The longest the signature under way gets, as a query for its length presumes.
    pub(crate) fn signing(&self, token: &Token) -> Outcome<usize> {
        let signature = self.signature.as_ref().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        Ok(token.key(signature.key)?.signature_len())
    }

    /// Gives the signature under way up.
    pub(crate) fn end_signature(&mut self) {
        self.signature = None;
    }

    /// Ends the signature: what C_SignUpdate gave so far, and `last`.
    pub(crate) fn sign(&mut self, function: &str, token: &Token, last: &[u8]) -> Outcome<Vec<u8>> {
        self.sign_update(last)?;
        let signature = self.signature.take().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if !token.logged_in || !signature.allowed {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let mut signature = token.key(signature.key)?.sign(signature.mechanism, &signature.data)?;
        if faults::wrong(function) {
            signature.reverse();
        }
        Ok(signature)
    }
}
