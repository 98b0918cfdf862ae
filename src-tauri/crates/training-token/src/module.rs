//! The state of the module between C_Initialize and C_Finalize: two slots, their tokens, the open sessions.

use std::collections::BTreeMap;

use cryptoki_sys::*;

use crate::dispatch::Outcome;
use crate::session::Session;
use crate::token::Token;

/// More open sessions than any program needs; beyond it, the caller leaks them.
const MOST_SESSIONS: usize = 256;

/// The module: slot 0 holds the performer's token, slot 1 the agency's.
pub(crate) struct Module {
    tokens: [Token; 2],
    plugged_in: bool,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    next_session: CK_SESSION_HANDLE,
}

impl Module {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self {
            tokens: [Token::performer()?, Token::agency()?],
            plugged_in: true,
            sessions: BTreeMap::new(),
            next_session: 1,
        })
    }

    /// The tokens leave their readers: sessions and logins end (PKCS#11 v2.40, 5.6).
    pub(crate) fn unplug(&mut self) {
        self.plugged_in = false;
        self.sessions.clear();
        for token in &mut self.tokens {
            token.logged_in = false;
        }
    }

    pub(crate) fn plug_in(&mut self) {
        self.plugged_in = true;
    }

    pub(crate) fn plugged_in(&self) -> bool {
        self.plugged_in
    }

    pub(crate) fn slots(&self, with_token: bool) -> Vec<CK_SLOT_ID> {
        if with_token && !self.plugged_in { Vec::new() } else { vec![0, 1] }
    }

    /// The token in a slot.
    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Outcome<&Token> {
        let token = index(slot).and_then(|slot| self.tokens.get(slot)).ok_or(CKR_SLOT_ID_INVALID)?;
        if self.plugged_in { Ok(token) } else { Err(CKR_TOKEN_NOT_PRESENT) }
    }

    fn token_mut(&mut self, slot: CK_SLOT_ID) -> Outcome<&mut Token> {
        self.token(slot)?;
        index(slot).and_then(|slot| self.tokens.get_mut(slot)).ok_or(CKR_SLOT_ID_INVALID)
    }

    /// Open sessions with a token.
    pub(crate) fn session_count(&self, slot: CK_SLOT_ID) -> usize {
        self.sessions.values().filter(|session| session.slot == slot).count()
    }

    pub(crate) fn open_session(&mut self, slot: CK_SLOT_ID, flags: CK_FLAGS) -> Outcome<CK_SESSION_HANDLE> {
        self.token(slot)?;
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        }
        if self.sessions.len() >= MOST_SESSIONS {
            return Err(CKR_SESSION_COUNT);
        }
        let handle = self.next_session;
        self.next_session += 1;
        self.sessions.insert(handle, Session::new(slot, flags & CKF_RW_SESSION != 0));
        Ok(handle)
    }

    pub(crate) fn close_session(&mut self, handle: CK_SESSION_HANDLE) -> Outcome {
        let session = self.sessions.remove(&handle).ok_or(CKR_SESSION_HANDLE_INVALID)?;
        self.end_login_without_sessions(session.slot)
    }

    pub(crate) fn close_all_sessions(&mut self, slot: CK_SLOT_ID) -> Outcome {
        self.token(slot)?;
        self.sessions.retain(|_, session| session.slot != slot);
        self.end_login_without_sessions(slot)
    }

    /// Closing the last session logs the user out (PKCS#11 v2.40, 5.6 C_CloseSession).
    fn end_login_without_sessions(&mut self, slot: CK_SLOT_ID) -> Outcome {
        if self.session_count(slot) == 0 {
            self.token_mut(slot)?.logged_in = false;
        }
        Ok(())
    }

    /// A session and its token.
    pub(crate) fn session(&mut self, handle: CK_SESSION_HANDLE) -> Outcome<(&mut Session, &mut Token)> {
        let session = self.sessions.get_mut(&handle).ok_or(CKR_SESSION_HANDLE_INVALID)?;
        let token =
            index(session.slot).and_then(|slot| self.tokens.get_mut(slot)).ok_or(CKR_DEVICE_REMOVED)?;
        Ok((session, token))
    }
}

fn index(slot: CK_SLOT_ID) -> Option<usize> {
    usize::try_from(slot).ok()
}
