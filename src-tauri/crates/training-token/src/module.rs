//! The state of the module between C_Initialize and C_Finalize: its slots, their tokens, the open sessions.

use std::collections::BTreeMap;

use cryptoki_sys::*;

use crate::dispatch::Outcome;
use crate::script::{Way, has, script};
use crate::session::Session;
use crate::token::Token;

/// More open sessions than any program needs; beyond it, the caller leaks them.
const MOST_SESSIONS: usize = 256;

/// The module: the first slot holds the performer's token, the second the agency's. A script may have the numbers begin
/// elsewhere, and move.
pub(crate) struct Module {
    tokens: Vec<Token>,
    plugged_in: bool,
    first_slot: CK_SLOT_ID,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    next_session: CK_SESSION_HANDLE,
}

impl Module {
    pub(crate) fn new() -> Outcome<Self> {
        let mut tokens = vec![Token::performer()?, Token::agency()?];
        if has(Way::VirtualReaders) {
            tokens.push(Token::empty()?);
        }
        Ok(Self {
            tokens,
            plugged_in: true,
            first_slot: script().first_slot,
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
        if !self.plugged_in && has(Way::MovingSlots) {
            self.first_slot += 10;
        }
        self.plugged_in = true;
    }

    pub(crate) fn plugged_in(&self) -> bool {
        self.plugged_in
    }

    pub(crate) fn slots(&self, with_token: bool) -> Vec<CK_SLOT_ID> {
        let own = (0..self.tokens.len() as CK_SLOT_ID).map(|index| self.first_slot + index);
        let odd = if has(Way::VirtualReaders) { &ODD_SLOTS[usize::from(with_token)..] } else { &[] };
        // The odd ones first: a caller that takes the first slot must find out.
        let all = odd.iter().copied().chain(own.filter(|_| self.plugged_in || !with_token));
        all.collect()
    }

    fn index(&self, slot: CK_SLOT_ID) -> Option<usize> {
        usize::try_from(slot.checked_sub(self.first_slot)?).ok()
    }

    /// The token in a slot.
    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Outcome<&Token> {
        let token = self.index(slot).and_then(|slot| self.tokens.get(slot)).ok_or(CKR_SLOT_ID_INVALID)?;
        if self.plugged_in { Ok(token) } else { Err(CKR_TOKEN_NOT_PRESENT) }
    }

    fn token_mut(&mut self, slot: CK_SLOT_ID) -> Outcome<&mut Token> {
        self.token(slot)?;
        let index = self.index(slot).ok_or(CKR_SLOT_ID_INVALID)?;
        self.tokens.get_mut(index).ok_or(CKR_SLOT_ID_INVALID)
    }

    /// Open sessions with a token.
    pub(crate) fn session_count(&self, slot: CK_SLOT_ID) -> usize {
        self.sessions.values().filter(|session| session.slot == slot).count()
    }

    pub(crate) fn open_session(&mut self, slot: CK_SLOT_ID, flags: CK_FLAGS) -> Outcome<CK_SESSION_HANDLE> {
        self.token(slot)?;
        if flags & CKF_RW_SESSION != 0 && has(Way::NoReadWrite) {
            return Err(CKR_TOKEN_WRITE_PROTECTED);
        }
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
        let slot = self.sessions.get(&handle).ok_or(CKR_SESSION_HANDLE_INVALID)?.slot;
        let index = self.index(slot).ok_or(CKR_DEVICE_REMOVED)?;
        let session = self.sessions.get_mut(&handle).ok_or(CKR_SESSION_HANDLE_INVALID)?;
        let token = self.tokens.get_mut(index).ok_or(CKR_DEVICE_REMOVED)?;
        Ok((session, token))
    }
}

/// Slots of readers that hold nothing usable: one is empty, one has a card nobody knows, one a token without contents.
pub(crate) const ODD_SLOTS: [CK_SLOT_ID; 3] = [900, UNKNOWN_CARD, NEW_TOKEN];
pub(crate) const UNKNOWN_CARD: CK_SLOT_ID = 901;
pub(crate) const NEW_TOKEN: CK_SLOT_ID = 902;
