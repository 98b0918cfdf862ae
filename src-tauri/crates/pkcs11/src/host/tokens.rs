//! The loaded module, and the tokens in its readers as they can be seen without a PIN.
//!
//! Each token keeps one read-only session open: it tells cheaply whether the same token is still there, and a login lives
//! in it. Before a login only certificates are searched for: some drivers open a hidden PIN window for anything else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, Result as Outcome, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::{Session, SessionState};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki_sys::{CKA_ID, CKA_VALUE};

use super::failure::{ckr, failure, pin_state};
use super::keys::PrivateKey;
use super::quirk_layer::QuirkLayer;
use crate::certificate::Fingerprint;
use crate::error::{ModuleFault, TokenError};
use crate::protocol::RawToken;
use crate::token::{ModuleInfo, Quirk};

/// More readers, and more certificates on a token, than a desk ever has. With the size of one certificate they keep an
/// answer within a frame in all but absurd cases.
const MOST_READERS: usize = 16;
const MOST_CERTIFICATES: usize = 32;
/// First room for a certificate, and for its CKA_ID, in bytes.
const CERTIFICATE_ROOM: usize = 8 * 1024;
const ID_ROOM: usize = 1024;

/// A module that was loaded and initialised. It is never finalised.
pub(super) struct Module {
    pub(super) context: Pkcs11,
    pub(super) layer: QuirkLayer,
    pub(super) readers: BTreeMap<u64, Reader>,
    pub(super) quirks: BTreeSet<Quirk>,
}

/// A token in its reader.
pub(super) struct Reader {
    pub(super) slot: Slot,
    pub(super) session: Session,
    pub(super) label: String,
    pub(super) serial: String,
    pub(super) mechanisms: Vec<MechanismType>,
    pub(super) certificates: Vec<TokenCertificate>,
    /// Keys found after a login, by the certificate they were opened for. Empty: not logged in.
    pub(super) keys: HashMap<Fingerprint, PrivateKey>,
    /// Whether the session's state showed our login. Where it does not, it cannot show the end of one either.
    pub(super) tells_login: bool,
}

impl Reader {
    /// Whether the session still stands. Forgets the keys if the login in it has ended: the computer slept, or another
    /// program logged out.
    fn is_alive(&mut self) -> bool {
        match self.session.get_session_info() {
            Ok(_) => {
                if self.tells_login && !self.shows_login() {
                    self.keys.clear();
                }
                true
            }
            // A module without the function tells nothing; a dead session will show when it is used.
            Err(Error::NullFunctionPointer | Error::Pkcs11(RvError::FunctionNotSupported, _)) => true,
            Err(_) => false,
        }
    }

    /// Whether the session's state is that of a user who is logged in.
    pub(super) fn shows_login(&self) -> bool {
        let state = self.session.get_session_info().map(|info| info.session_state());
        matches!(state, Ok(SessionState::RoUser | SessionState::RwUser))
    }
}

/// A certificate on a token.
pub(super) struct TokenCertificate {
    pub(super) fingerprint: Fingerprint,
    pub(super) der: Vec<u8>,
    pub(super) id: Vec<u8>,
}

impl Module {
    /// Loads and initialises a module.
    pub(super) fn load(path: &Path) -> Result<(Self, ModuleInfo), TokenError> {
        let mut quirks = BTreeSet::new();
        let context = Pkcs11::new(path).map_err(|error| not_loadable(&error))?;
        let layer = QuirkLayer::new(path).map_err(|error| not_loadable(&error))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Err(Error::Pkcs11(RvError::CantLock, _)) => {
                quirks.insert(Quirk::LockingRefused);
                layer.initialize_without_locking().map_err(|error| not_loadable(&error))?;
            }
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                quirks.insert(Quirk::AlreadyInitialised);
            }
            outcome => outcome.map_err(|error| not_loadable(&error))?,
        }
        let info = context.get_library_info().map_or_else(
            |_| {
                quirks.insert(Quirk::NoModuleInfo);
                ModuleInfo::default()
            },
            |info| ModuleInfo {
                manufacturer: trimmed(info.manufacturer_id()),
                description: trimmed(info.library_description()),
                version: info.library_version().to_string(),
                cryptoki_version: info.cryptoki_version().to_string(),
            },
        );
        Ok((Self { context, layer, readers: BTreeMap::new(), quirks }, info))
    }

    pub(super) fn quirks(&self) -> Vec<Quirk> {
        self.quirks.iter().copied().collect()
    }

    /// All tokens that are plugged in now.
    pub(super) fn list(&mut self) -> Result<Vec<RawToken>, TokenError> {
        let slots = self.context.get_slots_with_token().map_err(|error| failure(&error))?;
        let mut tokens = Vec::new();
        let mut present = BTreeSet::new();
        for slot in slots.into_iter().take(MOST_READERS) {
            // A token that is just being pulled out, or is none that the module knows, hides no other token.
            let Ok(info) = self.context.get_token_info(slot) else { continue };
            if !info.token_initialized() {
                continue;
            }
            present.insert(slot.id());
            if self.refresh(slot, &info).is_err() {
                self.readers.remove(&slot.id());
            }
            tokens.push(raw_token(slot, &info, self.readers.get(&slot.id())));
        }
        self.readers.retain(|slot, _| present.contains(slot));
        Ok(tokens)
    }

    /// Makes sure that what is remembered of a reader is about the token that is in it.
    fn refresh(&mut self, slot: Slot, info: &TokenInfo) -> Outcome<()> {
        if let Some(reader) = self.readers.get_mut(&slot.id()) {
            let same =
                reader.label == trimmed(info.label()) && reader.serial == trimmed(info.serial_number());
            if same && reader.is_alive() {
                return Ok(());
            }
            self.readers.remove(&slot.id());
        }
        let session = self.context.open_ro_session(slot)?;
        let certificates = read_certificates(&self.layer, &session)?;
        let reader = Reader {
            slot,
            label: trimmed(info.label()),
            serial: trimmed(info.serial_number()),
            mechanisms: self.context.get_mechanism_list(slot).unwrap_or_default(),
            certificates,
            keys: HashMap::new(),
            tells_login: false,
            session,
        };
        self.readers.insert(slot.id(), reader);
        Ok(())
    }
}

/// All certificates of a token. Values are read and compared here: some modules cannot search by value.
fn read_certificates(layer: &QuirkLayer, session: &Session) -> Outcome<Vec<TokenCertificate>> {
    let mut certificates = Vec::new();
    let found = session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)])?;
    for object in found.into_iter().take(MOST_CERTIFICATES) {
        let Some(der) = layer.attribute(session, object, CKA_VALUE, CERTIFICATE_ROOM)? else { continue };
        let id = layer.attribute(session, object, CKA_ID, ID_ROOM)?.unwrap_or_default();
        certificates.push(TokenCertificate { fingerprint: Fingerprint::of(&der), der, id });
    }
    Ok(certificates)
}

fn raw_token(slot: Slot, info: &TokenInfo, reader: Option<&Reader>) -> RawToken {
    RawToken {
        slot: slot.id(),
        label: trimmed(info.label()),
        serial: trimmed(info.serial_number()),
        manufacturer: trimmed(info.manufacturer_id()),
        model: trimmed(info.model()),
        pin: pin_state(info),
        protected_path: info.protected_authentication_path(),
        open: reader.is_some_and(|reader| !reader.keys.is_empty()),
        mechanisms: reader
            .map_or_else(Vec::new, |reader| reader.mechanisms.iter().map(MechanismType::to_string).collect()),
        certificates: reader.map_or_else(Vec::new, |reader| {
            reader.certificates.iter().map(|certificate| certificate.der.clone()).collect()
        }),
    }
}

/// Text of a module without what pads it: blanks by the standard, zeros and byte-order marks by some drivers.
fn trimmed(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}').to_owned()
}

fn not_loadable(error: &Error) -> TokenError {
    let reason = match error {
        Error::LibraryLoading(error) => ModuleFault::Refused(error.to_string()),
        Error::MissingSymbol(_) => ModuleFault::NotPkcs11,
        Error::Pkcs11(value, _) => ModuleFault::NotInitialised(ckr(*value)),
        other => ModuleFault::NotInitialised(other.to_string()),
    };
    TokenError::ModuleNotLoadable { reason }
}
