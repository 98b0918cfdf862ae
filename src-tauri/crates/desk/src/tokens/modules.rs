//! The modules of this desk and their helper processes.

use super::session::Session;
use crate::{
    DeskError,
    api::{Mode, SessionView, SigningRole},
    faults, lock,
};
use mocban_pkcs11::{Fingerprint, Launch, TokenError, TokenHost, TokenInfo, discovery};
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// The token helpers and who is signed in.
pub(crate) struct Tokens {
    /// The executable that becomes a helper.
    executable: PathBuf,
    /// Module files and folders the office has named.
    named: Vec<PathBuf>,
    mode: Mode,
    hosts: Mutex<BTreeMap<PathBuf, Arc<TokenHost>>>,
    /// The modules that showed a certificate when tokens were last listed; the first of them is the one to use.
    pub(super) seen: Mutex<HashMap<Fingerprint, Vec<discovery::Candidate>>>,
    pub(super) sessions: Mutex<HashMap<SigningRole, Session>>,
}

/// A module, and what it answered or why it did not.
pub(super) type Listed = (discovery::Candidate, Result<Vec<TokenInfo>, TokenError>);

impl Tokens {
    /// Nothing is loaded yet.
    pub(crate) fn new(executable: PathBuf, named: Vec<PathBuf>, mode: Mode) -> Self {
        Self {
            executable,
            named,
            mode,
            hosts: Mutex::default(),
            seen: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    /// The helper for a module. Its process starts with the first call, so this waits for no driver.
    pub(crate) fn host(&self, module: &discovery::Candidate) -> Result<Arc<TokenHost>, TokenError> {
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(&module.path) {
            return Ok(host.clone());
        }
        let mut launch = Launch::new(&self.executable, &module.path);
        launch.parameters = module.parameters.clone();
        let host = Arc::new(TokenHost::idle(launch)?);
        hosts.insert(module.path.clone(), host.clone());
        Ok(host)
    }

    /// Asks all these modules at once for their tokens: one that hangs holds up no other.
    pub(super) fn ask(&self, modules: Vec<discovery::Candidate>) -> Vec<Listed> {
        self.each(modules, |host| Some(host.tokens()))
    }

    /// As [`Tokens::ask`], without those that work on something else just now, such as a login.
    pub(super) fn ask_if_idle(&self, modules: Vec<discovery::Candidate>) -> Vec<Listed> {
        self.each(modules, TokenHost::tokens_if_idle)
    }

    fn each(
        &self,
        modules: Vec<discovery::Candidate>,
        ask: impl Fn(&TokenHost) -> Option<Result<Vec<TokenInfo>, TokenError>> + Copy + Send + Sync,
    ) -> Vec<Listed> {
        let answer = |module: &discovery::Candidate| match &module.problem {
            Some(problem) => Some(Err(problem.clone())),
            None => match self.host(module) {
                Ok(host) => ask(&host),
                Err(fault) => Some(Err(fault)),
            },
        };
        std::thread::scope(|scope| {
            let asked: Vec<_> = modules
                .into_iter()
                .map(|module| scope.spawn(move || answer(&module).map(|answer| (module, answer))))
                .collect();
            asked.into_iter().filter_map(|thread| thread.join().ok().flatten()).collect()
        })
    }

    /// Ends every wait for a driver.
    pub(crate) fn give_up(&self) {
        for host in lock(&self.hosts).values() {
            host.give_up();
        }
    }

    /// Who is signed in, as the window shows it.
    pub(crate) fn session(&self) -> SessionView {
        let sessions = lock(&self.sessions);
        let view = |role| sessions.get(&role).map(|session: &Session| session.view.clone());
        SessionView { performer: view(SigningRole::Performer), agency: view(SigningRole::Agency) }
    }

    /// The session of a role.
    pub(crate) fn signed_in(&self, role: SigningRole) -> Result<Session, DeskError> {
        lock(&self.sessions).get(&role).cloned().ok_or(super::not_signed_in(role))
    }

    /// Forgets who was signed in with a token that is gone or closed; answers whether somebody was. A driver that did not
    /// answer tells nothing.
    pub(super) fn end_sessions_without_token(&self, listed: &[Listed]) -> bool {
        let mut sessions = lock(&self.sessions);
        let before = sessions.len();
        sessions.retain(|_, session| {
            let answer = listed.iter().find(|(module, _)| module.path == session.host.module_path());
            let Some((_, Ok(tokens))) = answer else { return true };
            let wanted = session.certificate.fingerprint;
            tokens
                .iter()
                .any(|token| token.open && token.certificates.iter().any(|own| own.fingerprint == wanted))
        });
        sessions.len() < before
    }

    /// Forgets a session whose login is gone.
    pub(crate) fn forget(&self, role: SigningRole) {
        lock(&self.sessions).remove(&role);
    }

    /// Modules of this desk, those that cannot be used with the reason: the office's own, else the training token, else
    /// what is known on this system.
    pub(crate) fn modules(&self) -> Vec<discovery::Candidate> {
        let search = match self.mode {
            _ if !self.named.is_empty() => discovery::Search::named(&self.named),
            Mode::Training => {
                let beside = discovery::training_module_beside(&self.executable);
                discovery::Search::named(&beside.into_iter().collect::<Vec<_>>())
            }
            Mode::Office => discovery::Search::default(),
        };
        discovery::without_twins(discovery::candidates(&search))
    }

    /// The module and certificate behind a fingerprint, among tokens plugged in now.
    pub(super) fn find(
        &self,
        wanted: Fingerprint,
    ) -> Result<(discovery::Candidate, TokenInfo, Arc<TokenHost>), DeskError> {
        let known = lock(&self.seen).get(&wanted).and_then(|modules| modules.first().cloned());
        // Where it was seen last; else everywhere.
        let listed = match known {
            Some(module) => {
                let here = self.ask(vec![module]);
                if carrier(&here, wanted).is_some() { here } else { self.list_all() }
            }
            None => self.list_all(),
        };
        if let Some((module, token)) = carrier(&listed, wanted) {
            let host = self.host(module).map_err(|fault| faults::token(&module.path, fault))?;
            return Ok((module.clone(), token.clone(), host));
        }
        let fault = listed.into_iter().find_map(|(module, answer)| {
            answer.err().filter(|_| module.problem.is_none()).map(|fault| faults::token(&module.path, fault))
        });
        Err(fault.unwrap_or(DeskError::TokenNotFound))
    }

    /// Asks all modules, and remembers which shows what.
    pub(super) fn list_all(&self) -> Vec<Listed> {
        let listed = self.ask(self.modules());
        let mut seen: HashMap<Fingerprint, Vec<discovery::Candidate>> = HashMap::new();
        for (module, tokens) in &listed {
            for certificate in tokens.iter().flatten().flat_map(|token| &token.certificates) {
                let modules = seen.entry(certificate.fingerprint).or_default();
                if !modules.contains(module) {
                    modules.push(module.clone());
                }
            }
        }
        *lock(&self.seen) = seen;
        listed
    }
}

/// The first module and token that carry a certificate.
fn carrier(listed: &[Listed], wanted: Fingerprint) -> Option<(&discovery::Candidate, &TokenInfo)> {
    listed.iter().find_map(|(module, tokens)| {
        let carries = |token: &&TokenInfo| {
            token.certificates.iter().any(|certificate| certificate.fingerprint == wanted)
        };
        Some((module, tokens.as_ref().ok()?.iter().find(carries)?))
    })
}
