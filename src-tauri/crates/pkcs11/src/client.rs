//! The parent's side: one child process per module, a deadline on every call, and the last word on every signature.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crate::certificate::{CertificateInfo, Fingerprint, PublicKey};
use crate::child::{Connection, Waiver};
use crate::error::{Call, TokenError};
use crate::module_file::check_module_file;
use crate::pin::Pin;
use crate::protocol::{Answer, RawToken, Request};
use crate::signature::{MOST_DATA, SignRequest, fits, preferred, verified};
use crate::token::{CallTiming, ModuleInfo, OpenedToken, Quirk, TokenInfo};

/// How long each call may take before the child is killed.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Starting the child, loading and initialising the module.
    pub load: Duration,
    /// Listing tokens and certificates.
    pub list: Duration,
    /// Logging in and finding the key.
    pub login: Duration,
    /// One signature.
    pub sign: Duration,
    /// Logging in or signing when the officer types the PIN on the token or its reader.
    pub pin_pad: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            load: Duration::from_secs(15),
            list: Duration::from_secs(10),
            login: Duration::from_secs(60),
            sign: Duration::from_secs(60),
            pin_pad: Duration::from_secs(120),
        }
    }
}

/// How to start a token host.
#[derive(Clone, Debug)]
pub struct Launch {
    /// An executable whose `main` begins with [`crate::host::run_if_requested`].
    pub executable: PathBuf,
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// The text some modules want at C_Initialize, such as NSS (p11-kit: `x-init-reserved`).
    pub parameters: Option<String>,
    /// Deadlines.
    pub deadlines: Deadlines,
    /// Environment variables set for the child besides its parent's.
    pub environment: Vec<(OsString, OsString)>,
}

impl Launch {
    /// With the usual deadlines.
    pub fn new(executable: &Path, module: &Path) -> Self {
        Self {
            executable: executable.to_owned(),
            module: module.to_owned(),
            parameters: None,
            deadlines: Deadlines::default(),
            environment: Vec::new(),
        }
    }
}

/// A module in its own process. Calls block, one at a time; the type may be shared between threads.
pub struct TokenHost {
    launch: Launch,
    state: Mutex<State>,
    /// Ends the wait that is under way, if one is.
    waiting: Mutex<Option<Waiver>>,
}

struct State {
    child: Option<Connection>,
    module: ModuleInfo,
    quirks: BTreeSet<Quirk>,
    opened: HashMap<Fingerprint, Opened>,
}

/// What became of a certificate that was opened.
enum Opened {
    Ready { key: PublicKey, pin_for_each_signature: bool },
    Lost,
    Removed,
}

impl TokenHost {
    /// Starts the child and loads the module, with the usual deadlines.
    ///
    /// # Errors
    /// [`TokenError::ModuleNotLoadable`], [`TokenError::WrongArchitecture`], [`TokenError::HostNotStarted`],
    /// [`TokenError::NotAnswering`], [`TokenError::DriverCrashed`].
    pub fn spawn(executable: &Path, module: &Path) -> Result<Self, TokenError> {
        Self::launch(Launch::new(executable, module))
    }

    /// As [`TokenHost::spawn`], with everything said.
    ///
    /// # Errors
    /// As [`TokenHost::spawn`].
    pub fn launch(launch: Launch) -> Result<Self, TokenError> {
        let host = Self::idle(launch)?;
        host.start(&mut host.state())?;
        Ok(host)
    }

    /// Checks the module's file; the child is started by the first call. It waits for no driver.
    ///
    /// # Errors
    /// [`TokenError::ModuleNotLoadable`], [`TokenError::WrongArchitecture`].
    pub fn idle(mut launch: Launch) -> Result<Self, TokenError> {
        check_module_file(&launch.module)?;
        // A bare name would be searched for by the loader, and might be another file than the one checked.
        if let Ok(whole) = std::path::absolute(&launch.module) {
            launch.module = whole;
        }
        Ok(Self {
            launch,
            state: Mutex::new(State {
                child: None,
                module: ModuleInfo::default(),
                quirks: BTreeSet::new(),
                opened: HashMap::new(),
            }),
            waiting: Mutex::new(None),
        })
    }

    /// The module file.
    pub fn module_path(&self) -> &Path {
        &self.launch.module
    }

    /// What the module says of itself.
    pub fn module_info(&self) -> ModuleInfo {
        self.state().module.clone()
    }

    /// Deviations from the standard seen so far.
    pub fn quirks(&self) -> Vec<Quirk> {
        self.state().quirks.iter().copied().collect()
    }

    /// The tokens that are plugged in, read without a PIN. Cheap enough to be asked every two seconds.
    ///
    /// # Errors
    /// [`TokenError::NotAnswering`], [`TokenError::DriverCrashed`], [`TokenError::DriverFailure`], and those of
    /// [`TokenHost::spawn`] if the child must be started again.
    pub fn tokens(&self) -> Result<Vec<TokenInfo>, TokenError> {
        self.list(&mut self.state())
    }

    /// As [`TokenHost::tokens`], but `None` at once while another call, such as a login, is under way.
    pub fn tokens_if_idle(&self) -> Option<Result<Vec<TokenInfo>, TokenError>> {
        match self.state.try_lock() {
            Ok(mut state) => Some(self.list(&mut state)),
            Err(TryLockError::Poisoned(state)) => Some(self.list(&mut state.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Opens the token with this certificate: exactly one attempt with this PIN. `None` leaves the PIN to the token's
    /// own pad. A certificate that is open already is closed first, so a PIN given is always a PIN checked.
    ///
    /// # Errors
    /// The PIN errors, [`TokenError::PinLastTry`] among them, [`TokenError::CertificateNotFound`],
    /// [`TokenError::KeyNotFound`], [`TokenError::SeveralKeys`], [`TokenError::AlgorithmNotSupported`],
    /// [`TokenError::SessionLost`], and those of [`TokenHost::tokens`].
    pub fn open(&self, fingerprint: Fingerprint, pin: Option<Pin>) -> Result<OpenedToken, TokenError> {
        self.log_in(fingerprint, pin, false)
    }

    /// As [`TokenHost::open`], also when one more wrong PIN locks the token: only after the officer was told so, and said
    /// to go on.
    ///
    /// # Errors
    /// As [`TokenHost::open`], without [`TokenError::PinLastTry`].
    pub fn open_on_last_try(
        &self,
        fingerprint: Fingerprint,
        pin: Option<Pin>,
    ) -> Result<OpenedToken, TokenError> {
        self.log_in(fingerprint, pin, true)
    }

    fn log_in(
        &self,
        fingerprint: Fingerprint,
        pin: Option<Pin>,
        on_last_try: bool,
    ) -> Result<OpenedToken, TokenError> {
        let mut state = self.state();
        // The old login ends with this attempt, whatever comes of it.
        state.opened.remove(&fingerprint);
        let deadline =
            if pin.is_some() { self.launch.deadlines.login } else { self.launch.deadlines.pin_pad };
        let request = Request::Open { fingerprint, pin: pin.as_ref().map(Pin::expose), on_last_try };
        let answer = self.call(&mut state, &request, Call::Open, deadline)?;
        drop(pin);
        let Answer::Opened { label, serial, certificate, always_authenticate, protected_path, pss_only } =
            answer
        else {
            return Err(self.nonsense(&mut state, Call::Open));
        };
        // The child is not trusted: the certificate must be the one that was asked for.
        let key = PublicKey::from_certificate(&certificate).ok_or(TokenError::AlgorithmNotSupported)?;
        let Some(info) =
            CertificateInfo::from_der(&certificate).filter(|info| info.fingerprint == fingerprint)
        else {
            return Err(self.nonsense(&mut state, Call::Open));
        };
        let algorithm = preferred(&key, pss_only);
        let ready = Opened::Ready { key, pin_for_each_signature: always_authenticate };
        state.opened.insert(fingerprint, ready);
        Ok(OpenedToken {
            label,
            serial,
            certificate: info,
            algorithm,
            pin_for_each_signature: always_authenticate,
            protected_path,
        })
    }

    /// Signs with the key of a certificate that is open. The signature was verified with the certificate's public key:
    /// RSA as PKCS#1 has it, ECDSA in DER. `context_pin` is for keys that want their PIN each time
    /// ([`OpenedToken::pin_for_each_signature`]) and is sent to no other.
    ///
    /// # Errors
    /// [`TokenError::NotLoggedIn`], [`TokenError::SessionLost`], [`TokenError::TokenRemoved`],
    /// [`TokenError::ContextPinNeeded`], [`TokenError::AlgorithmNotSupported`], [`TokenError::DataTooLong`],
    /// [`TokenError::SignatureWrong`], the PIN errors, and those of [`TokenHost::tokens`].
    pub fn sign(
        &self,
        fingerprint: Fingerprint,
        request: SignRequest<'_>,
        context_pin: Option<Pin>,
    ) -> Result<Vec<u8>, TokenError> {
        let SignRequest { algorithm, data } = request;
        if data.len() > MOST_DATA {
            return Err(TokenError::DataTooLong);
        }
        let mut state = self.state();
        let (key, pin_for_each_signature) = match state.opened.get(&fingerprint) {
            Some(Opened::Ready { key, pin_for_each_signature }) => (key.clone(), *pin_for_each_signature),
            Some(Opened::Lost) => return Err(TokenError::SessionLost),
            Some(Opened::Removed) => return Err(TokenError::TokenRemoved),
            None => return Err(TokenError::NotLoggedIn),
        };
        if !fits(&key, algorithm) {
            return Err(TokenError::AlgorithmNotSupported);
        }
        let pin = if pin_for_each_signature { context_pin } else { None };
        let deadlines = &self.launch.deadlines;
        let by_pad = pin_for_each_signature && pin.is_none();
        let deadline = if by_pad { deadlines.pin_pad } else { deadlines.sign };
        // A wrong signature is asked for once more, but never where that would mean sending a PIN twice.
        let attempts = if pin_for_each_signature { 1 } else { 2 };
        let pin = pin.as_ref().map(Pin::expose);
        // With one try left a signature is not worth a locked token: the PIN is given at the next login instead.
        let request = Request::Sign { fingerprint, algorithm, data, pin, on_last_try: false };
        for attempt in 0..attempts {
            let made = match self.call(&mut state, &request, Call::Sign, deadline) {
                Ok(Answer::Signature { bytes, quirks }) => {
                    state.quirks.extend(quirks);
                    bytes
                }
                Ok(_) => return Err(self.nonsense(&mut state, Call::Sign)),
                Err(error) => {
                    forget(&mut state, fingerprint, &error);
                    return Err(error);
                }
            };
            if let Some(good) = verified(&key, algorithm, data, &made) {
                state.quirks.extend(good.ecdsa_in_der.then_some(Quirk::EcdsaInDer));
                state.quirks.extend((attempt > 0).then_some(Quirk::WrongSignatureOnce));
                return Ok(good.signature);
            }
            tracing::warn!(attempt, "the token made a signature that does not verify");
        }
        Err(TokenError::SignatureWrong)
    }

    /// Logs out everywhere. What was open must be opened again.
    ///
    /// # Errors
    /// [`TokenError::NotAnswering`] or [`TokenError::DriverCrashed`]; the logins are gone then as well.
    pub fn close(&self) -> Result<(), TokenError> {
        let mut state = self.state();
        state.opened.clear();
        if state.child.is_none() {
            return Ok(());
        }
        match self.call(&mut state, &Request::Close, Call::Close, self.launch.deadlines.list)? {
            Answer::Closed => Ok(()),
            _ => Err(self.nonsense(&mut state, Call::Close)),
        }
    }

    /// Gives up waiting for the call that is under way, if one is: it ends with [`TokenError::GivenUp`], the driver's
    /// process with it. Answers at once, from any thread.
    pub fn give_up(&self) {
        if let Some(waiver) = self.waiting().as_ref() {
            waiver.give_up();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiver>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often each C function of the module was called since its process started, and how long it took.
    ///
    /// # Errors
    /// As [`TokenHost::tokens`].
    pub fn timings(&self) -> Result<Vec<CallTiming>, TokenError> {
        let mut state = self.state();
        match self.call(&mut state, &Request::Timings, Call::Timings, self.launch.deadlines.list)? {
            Answer::Timings(timings) => Ok(timings),
            _ => Err(self.nonsense(&mut state, Call::Timings)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, state: &mut State) -> Result<Vec<TokenInfo>, TokenError> {
        let answer = self.call(state, &Request::List, Call::List, self.launch.deadlines.list)?;
        let Answer::Tokens { tokens, quirks } = answer else { return Err(self.nonsense(state, Call::List)) };
        state.quirks.extend(quirks);
        let tokens: Vec<TokenInfo> = tokens.into_iter().map(token_info).collect();
        for (fingerprint, opened) in &mut state.opened {
            if !matches!(opened, Opened::Ready { .. }) {
                continue;
            }
            let carrier = tokens.iter().find(|token| {
                token.certificates.iter().any(|certificate| certificate.fingerprint == *fingerprint)
            });
            match carrier {
                None => *opened = Opened::Removed,
                Some(token) if !token.open => *opened = Opened::Lost,
                Some(_) => {}
            }
        }
        Ok(tokens)
    }

    /// Starts a child and has it load the module.
    fn start(&self, state: &mut State) -> Result<(), TokenError> {
        state.child = Some(Connection::open(&self.launch)?);
        let request =
            Request::Load { module: &self.launch.module, parameters: self.launch.parameters.as_deref() };
        match self.exchange(state, &request, Call::Load, self.launch.deadlines.load) {
            Ok(Answer::Loaded(info)) => {
                state.module = info;
                Ok(())
            }
            Ok(_) => Err(self.nonsense(state, Call::Load)),
            Err(error) => {
                state.child = None;
                Err(error)
            }
        }
    }

    /// One call, after starting the child anew if the last one is gone.
    fn call(
        &self,
        state: &mut State,
        request: &Request<'_>,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, TokenError> {
        if state.child.is_none() {
            self.start(state)?;
        }
        self.exchange(state, request, call, deadline)
    }

    fn exchange(
        &self,
        state: &mut State,
        request: &Request<'_>,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, TokenError> {
        let Some(child) = state.child.as_mut() else { return Err(TokenError::DriverCrashed { call }) };
        *self.waiting() = Some(child.waiver());
        let reply = child.exchange(request, call, deadline);
        *self.waiting() = None;
        let fatal = |error: &&TokenError| {
            matches!(
                error,
                TokenError::NotAnswering { .. }
                    | TokenError::DriverCrashed { .. }
                    | TokenError::GivenUp { .. }
            )
        };
        if let Some(error) = reply.as_ref().err().filter(fatal) {
            tracing::warn!(module = %self.launch.module.display(), %error, "token host ended");
            lose_child(state);
        }
        reply
    }

    /// An answer to another question: the child has lost its mind, and with it its life.
    fn nonsense(&self, state: &mut State, call: Call) -> TokenError {
        lose_child(state);
        TokenError::DriverCrashed { call }
    }
}

impl std::fmt::Debug for TokenHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenHost").field("launch", &self.launch).finish_non_exhaustive()
    }
}

/// Ends the child; every login ends with it.
fn lose_child(state: &mut State) {
    state.child = None;
    for opened in state.opened.values_mut() {
        if matches!(opened, Opened::Ready { .. }) {
            *opened = Opened::Lost;
        }
    }
}

/// After a failed signature: whether the certificate is still open.
fn forget(state: &mut State, fingerprint: Fingerprint, error: &TokenError) {
    let now = match error {
        TokenError::TokenRemoved => Opened::Removed,
        TokenError::SessionLost => Opened::Lost,
        _ => return,
    };
    state.opened.insert(fingerprint, now);
}

fn token_info(raw: RawToken) -> TokenInfo {
    TokenInfo {
        slot: raw.slot,
        label: raw.label,
        serial: raw.serial,
        manufacturer: raw.manufacturer,
        model: raw.model,
        reader: raw.reader,
        pin: raw.pin,
        pin_lengths: raw.pin_lengths,
        protected_path: raw.protected_path,
        open: raw.open,
        mechanisms: raw.mechanisms,
        certificates: raw.certificates.iter().filter_map(|der| CertificateInfo::from_der(der)).collect(),
    }
}
