//! Notices tokens that are plugged in or pulled out: at once by the card service, else by looking every two seconds.
//!
//! Looking wakes no driver that works on something else just now, and leaves one alone for a while that has failed.

use super::modules::{Listed, Tokens};
use crate::api::DeskEvent;
use mocban_pkcs11::{Fingerprint, card_service::HotPlug};
use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::sync::broadcast::Sender;

/// So often tokens are looked for, whatever the card service says.
const LOOK: Duration = Duration::from_secs(2);
/// So long a driver that failed is left alone.
const REST: Duration = Duration::from_secs(60);
/// So often the modules themselves are looked for: a driver may be installed while the desk runs.
const MODULES: Duration = Duration::from_secs(60);

/// What is plugged in: by module, slot and certificate.
type Plugged = BTreeSet<(PathBuf, u64, Option<Fingerprint>)>;

impl Tokens {
    /// Watches from a thread of its own until the desk is gone. The thread never holds the desk itself: closing it must
    /// not wait for a driver.
    pub(crate) fn watch(self: &Arc<Self>, events: Sender<DeskEvent>) {
        let tokens = Arc::downgrade(self);
        std::thread::spawn(move || watch(&tokens, &events));
    }
}

fn watch(tokens: &Weak<Tokens>, events: &Sender<DeskEvent>) {
    let hot_plug = HotPlug::start();
    let mut resting: HashMap<PathBuf, Instant> = HashMap::new();
    let mut found = None;
    let mut known: Option<Plugged> = None;
    loop {
        hot_plug.wait(LOOK);
        let Some(tokens) = tokens.upgrade() else { return };
        let now = Instant::now();
        let modules = match &found {
            Some((at, modules)) if now.duration_since(*at) < MODULES => modules,
            _ => &found.insert((now, tokens.modules())).1,
        };
        resting.retain(|_, until| *until > now);
        let awake = modules.iter().filter(|module| !resting.contains_key(&module.path));
        let listed = tokens.ask_if_idle(awake.cloned().collect());
        for (module, answer) in &listed {
            if answer.is_err() {
                resting.insert(module.path.clone(), now + REST);
            }
        }
        // Nobody listening is fine.
        let tell = |event| drop(events.send(event));
        if tokens.end_sessions_without_token(&listed) {
            tell(DeskEvent::Status);
        }
        let plugged = plugged(&listed, known.as_ref());
        if known.as_ref().is_some_and(|known| *known != plugged) {
            tell(DeskEvent::Tokens);
        }
        known = Some(plugged);
    }
}

/// What is plugged in now; what a module showed before stands where it was too busy to be asked.
fn plugged(listed: &[Listed], before: Option<&Plugged>) -> Plugged {
    let asked: BTreeSet<&PathBuf> = listed.iter().map(|(module, _)| &module.path).collect();
    let mut plugged: Plugged =
        before.into_iter().flatten().filter(|(module, ..)| !asked.contains(module)).cloned().collect();
    for (module, tokens) in listed {
        for token in tokens.iter().flatten() {
            plugged.insert((module.path.clone(), token.slot, None));
            let certificates = token.certificates.iter();
            plugged.extend(certificates.map(|own| (module.path.clone(), token.slot, Some(own.fingerprint))));
        }
    }
    plugged
}
