//! The loaded module, and the tokens in its readers as they can be seen without a PIN.
//!
//! Each token keeps one read-only session open: it tells cheaply whether the same token is still there, and a login lives
//! in it. Before a login only certificates are searched for: some drivers open a hidden PIN window for anything else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use cryptoki::error::{Error, Result as Outcome, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_SLOT_ID, CK_VERSION, CKA_ID, CKA_VALUE, CKO_CERTIFICATE};

use super::facts::{Facts, text};
use super::failure::{ckr, failure};
use super::functions::Functions;
use super::handle::{LoginState, Session};
use super::keys::PrivateKey;
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
    pub(super) functions: Rc<Functions>,
    pub(super) readers: BTreeMap<CK_SLOT_ID, Reader>,
    pub(super) quirks: BTreeSet<Quirk>,
}

/// A token in its reader.
pub(super) struct Reader {
    pub(super) slot: CK_SLOT_ID,
    pub(super) session: Session,
    pub(super) label: String,
    pub(super) serial: String,
    /// What the reader is called.
    reader: String,
    pub(super) mechanisms: Vec<CK_MECHANISM_TYPE>,
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
        match self.session.state() {
            Ok(LoginState::User) => true,
            Ok(_) => {
                if self.tells_login {
                    self.keys.clear();
                }
                true
            }
            Err(_) => false,
        }
    }

    /// Whether the session's state is that of a user who is logged in.
    pub(super) fn shows_login(&self) -> bool {
        matches!(self.session.state(), Ok(LoginState::User))
    }
}

/// A certificate on a token.
pub(super) struct TokenCertificate {
    pub(super) fingerprint: Fingerprint,
    pub(super) der: Vec<u8>,
    pub(super) id: Vec<u8>,
}

impl Module {
    /// Loads and initialises a module, with the text it wants at that, if any.
    pub(super) fn load(path: &Path, parameters: Option<&str>) -> Result<(Self, ModuleInfo), TokenError> {
        let mut quirks = BTreeSet::new();
        let functions = Functions::load(path).map_err(|error| not_loadable(&error))?;
        match functions.initialize(parameters, true) {
            Err(Error::Pkcs11(RvError::CantLock, _)) => {
                quirks.insert(Quirk::LockingRefused);
                functions.initialize(parameters, false).map_err(|error| not_loadable(&error))?;
            }
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                quirks.insert(Quirk::AlreadyInitialised);
            }
            outcome => outcome.map_err(|error| not_loadable(&error))?,
        }
        let info = functions.info().map_or_else(
            |_| {
                quirks.insert(Quirk::NoModuleInfo);
                ModuleInfo::default()
            },
            |info| ModuleInfo {
                manufacturer: text(&info.manufacturerID),
                description: text(&info.libraryDescription),
                version: version(info.libraryVersion),
                cryptoki_version: version(info.cryptokiVersion),
            },
        );
        Ok((Self { functions: Rc::new(functions), readers: BTreeMap::new(), quirks }, info))
    }

    pub(super) fn quirks(&self) -> Vec<Quirk> {
        let zero = self.functions.answers_zero.get().then_some(Quirk::SizeQueryZero);
        self.quirks.iter().copied().chain(zero).collect()
    }

    /// C_GetTokenInfo, read anew: the state of a PIN changes with every attempt.
    pub(super) fn facts(&self, slot: CK_SLOT_ID) -> Outcome<Facts> {
        self.functions.token_info(slot).map(|info| Facts::new(&info))
    }

    /// All tokens that are plugged in now.
    pub(super) fn list(&mut self) -> Result<Vec<RawToken>, TokenError> {
        let slots = self.functions.slots_with_token().map_err(|error| failure(&error))?;
        let mut tokens = Vec::new();
        let mut present = BTreeSet::new();
        for slot in slots.into_iter().take(MOST_READERS) {
            // A token that is just being pulled out, or is none that the module knows, hides no other token.
            let Ok(facts) = self.facts(slot) else { continue };
            if !facts.initialised() {
                continue;
            }
            present.insert(slot);
            if self.refresh(slot, &facts).is_err() {
                self.readers.remove(&slot);
            }
            tokens.push(raw_token(slot, facts, self.readers.get(&slot)));
        }
        self.readers.retain(|slot, _| present.contains(slot));
        Ok(tokens)
    }

    /// Makes sure that what is remembered of a reader is about the token that is in it.
    fn refresh(&mut self, slot: CK_SLOT_ID, facts: &Facts) -> Outcome<()> {
        if let Some(reader) = self.readers.get_mut(&slot) {
            let same = reader.label == facts.label && reader.serial == facts.serial;
            if same && reader.is_alive() {
                return Ok(());
            }
            self.readers.remove(&slot);
        }
        let session = Session::open(&self.functions, slot)?;
        let certificates = read_certificates(&session)?;
        let reader = Reader {
            slot,
            label: facts.label.clone(),
            serial: facts.serial.clone(),
            reader: self
                .functions
                .slot_info(slot)
                .map_or_else(|_| String::new(), |info| text(&info.slotDescription)),
            mechanisms: self.functions.mechanisms(slot).unwrap_or_default(),
            certificates,
            keys: HashMap::new(),
            tells_login: false,
            session,
        };
        self.readers.insert(slot, reader);
        Ok(())
    }
}

/// All certificates of a token. Values are read and compared here: some modules cannot search by value.
fn read_certificates(session: &Session) -> Outcome<Vec<TokenCertificate>> {
    let mut certificates = Vec::new();
    for object in session.find(CKO_CERTIFICATE)?.into_iter().take(MOST_CERTIFICATES) {
        let Some(der) = session.attribute(object, CKA_VALUE, CERTIFICATE_ROOM)? else { continue };
        let id = session.attribute(object, CKA_ID, ID_ROOM)?.unwrap_or_default();
        certificates.push(TokenCertificate { fingerprint: Fingerprint::of(&der), der, id });
    }
    Ok(certificates)
}

fn raw_token(slot: CK_SLOT_ID, facts: Facts, reader: Option<&Reader>) -> RawToken {
    RawToken {
        #[allow(clippy::useless_conversion)] // A slot has 32 bits on Windows.
        slot: slot.into(),
        reader: reader.map_or_else(String::new, |reader| reader.reader.clone()),
        pin: facts.pin(),
        pin_lengths: facts.pin_lengths,
        protected_path: facts.protected_path(),
        label: facts.label,
        serial: facts.serial,
        manufacturer: facts.manufacturer,
        model: facts.model,
        open: reader.is_some_and(|reader| !reader.keys.is_empty()),
        mechanisms: reader.map_or_else(Vec::new, |reader| {
            let standard = reader.mechanisms.iter().filter_map(|kind| MechanismType::try_from(*kind).ok());
            standard.map(|kind| kind.to_string()).collect()
        }),
        certificates: reader.map_or_else(Vec::new, |reader| {
            reader.certificates.iter().map(|certificate| certificate.der.clone()).collect()
        }),
    }
}

fn version(version: CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
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
