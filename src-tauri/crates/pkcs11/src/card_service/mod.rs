//! The system's card service (PC/SC): which readers there are, and the moment a token is plugged in or pulled out.
//!
//! It makes the desk notice a token at once, and gives the help desk the ATR. Nothing depends on it: many tokens of
//! Vietnamese vendors are no smart card readers to the system, some computers have no card service, and some services
//! lose events while a PIN is typed. So whoever waits here also looks for himself every two seconds.

mod library;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use library::{Reader, Service};

/// So often readers that were plugged in meanwhile are looked for.
const NEW_READERS: Duration = Duration::from_secs(2);
/// So long after a failure the service is tried again: it may be started later.
const RETRY: Duration = Duration::from_secs(15);

/// Why the card service tells nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CardServiceFault {
    /// This computer has none.
    #[error("no card service on this computer")]
    NotInstalled,
    /// It is there but does not serve, such as `0x8010001d` when it is not running.
    #[error("the card service refused: {code}")]
    Refused {
        /// Its return value.
        #[serde(rename = "value")]
        code: String,
    },
}

/// A reader, and the card or token in it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CardReader {
    /// Its name.
    pub name: String,
    /// Whether something is in it.
    pub present: bool,
    /// The card's answer to reset, hex; empty without a card.
    pub atr: String,
    /// Who drives such cards on this computer, as Windows maps the ATR; `None` where the system knows no such map.
    pub driver: Option<String>,
}

/// The readers just now.
///
/// # Errors
/// [`CardServiceFault`].
pub fn readers() -> Result<Vec<CardReader>, CardServiceFault> {
    Ok(Service::connect(None)?.readers()?.iter().map(card_reader).collect())
}

fn card_reader(reader: &Reader) -> CardReader {
    CardReader {
        name: reader.name.to_string_lossy().into_owned(),
        present: reader.present,
        atr: hex::encode(&reader.atr),
        driver: driver_of(&reader.atr),
    }
}

/// The card's entry in the Calais database. Another vendor's software may have taken it over: the help desk must see that.
#[cfg(windows)]
fn driver_of(atr: &[u8]) -> Option<String> {
    let fits = |card: &crate::discovery::registry::KnownCard| {
        card.atr.len() == atr.len()
            && card.mask.len() == atr.len()
            && atr
                .iter()
                .zip(&card.atr)
                .zip(&card.mask)
                .all(|((own, known), mask)| own & mask == known & mask)
    };
    let cards = crate::discovery::registry::known_cards();
    cards.into_iter().find(fits).map(|card| format!("{}: {}", card.name, card.driver))
}

#[cfg(not(windows))]
fn driver_of(_atr: &[u8]) -> Option<String> {
    None
}

/// Watches the readers from a thread of its own, for the service may block as long as it likes.
pub struct HotPlug {
    changes: Receiver<()>,
    /// The thread ends when this is gone.
    _listener: Arc<()>,
}

impl HotPlug {
    /// Starts watching. Where there is no card service, nothing is ever told.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// As [`HotPlug::start`] with another library than the system's.
    fn start_with(library: Option<String>) -> Self {
        // One change not yet seen is as good as many.
        let (sender, changes) = mpsc::sync_channel(1);
        let listener = Arc::new(());
        let listens = Arc::downgrade(&listener);
        std::thread::spawn(move || {
            while listens.strong_count() > 0 {
                if watch(library.as_deref(), &sender, &listens).is_err() {
                    std::thread::sleep(RETRY);
                }
            }
        });
        Self { changes, _listener: listener }
    }

    /// Waits until something was plugged in or pulled out, or for so long. Answers whether something was.
    pub fn wait(&self, most: Duration) -> bool {
        match self.changes.recv_timeout(most) {
            Ok(()) => true,
            // The thread lives as long as this does.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }
}

/// Watches until nobody listens any more, or the service fails.
fn watch(
    library: Option<&str>,
    changes: &SyncSender<()>,
    listens: &Weak<()>,
) -> Result<(), CardServiceFault> {
    let service = Service::connect(library)?;
    let mut known = service.readers()?;
    while listens.strong_count() > 0 {
        // Not every service tells of new readers: the wait is cut to look for them.
        let mut readers = service.readers()?;
        let mut changed = readers != known;
        if readers.is_empty() {
            std::thread::sleep(NEW_READERS);
        } else if !changed {
            changed = service.wait(&mut readers, NEW_READERS)?;
        }
        if changed {
            // A change not yet seen is enough.
            let _ = changes.try_send(());
        }
        known = readers;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_card_service_nothing_is_told_and_nothing_fails() {
        let nowhere = "libthere-is-no-such-service.so";
        assert_eq!(Service::connect(Some(nowhere)).map(|_| ()), Err(CardServiceFault::NotInstalled));
        let hot_plug = HotPlug::start_with(Some(nowhere.into()));
        assert!(!hot_plug.wait(Duration::from_millis(50)));
        // A library that is none of a card service.
        assert!(Service::connect(Some("libc.so.6")).is_err());
    }

    /// A card service with one reader; a card is in it while a file exists. Built by the C compiler that building needs
    /// anyway.
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    const SERVICE: &str = r#"
        #include <string.h>
        #include <unistd.h>
        typedef struct {
            const char *name; void *data; unsigned long current, event, atr_len; unsigned char atr[33];
        } state;
        static unsigned long now(void) { return access(CARD, F_OK) == 0 ? 0x10020 : 0x10; }
        long SCardEstablishContext(unsigned long s, void *a, void *b, long *c) { *c = 7; return 0; }
        long SCardReleaseContext(long c) { return 0; }
        long SCardListReaders(long c, char *groups, char *names, unsigned long *len) {
            memcpy(names, "Reader 0\0", 10); *len = 10; return 0;
        }
        long SCardGetStatusChange(long c, unsigned long most, state *states, unsigned long count) {
            for (unsigned long waited = 0; ; waited += 10) {
                unsigned long is = now();
                if (states[0].current != is) {
                    states[0].event = is | 2;
                    states[0].atr_len = is & 0x20 ? 2 : 0;
                    memcpy(states[0].atr, "\x3b\x80", 2);
                    return 0;
                }
                if (waited >= most) return 0x8010000A;
                usleep(10000);
            }
        }
    "#;

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    #[test]
    fn a_card_that_comes_or_goes_is_told_at_once_with_its_atr() {
        let folder = tempfile::tempdir().unwrap();
        let (source, library, card) =
            (folder.path().join("service.c"), folder.path().join("service.so"), folder.path().join("card"));
        std::fs::write(&source, SERVICE).unwrap();
        let built = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-w", "-o"])
            .arg(&library)
            .arg(format!("-DCARD=\"{}\"", card.display()))
            .arg(&source)
            .status()
            .unwrap();
        assert!(built.success());
        let library = library.to_str().unwrap();
        let service = Service::connect(Some(library)).unwrap();
        let readers = || service.readers().unwrap().iter().map(card_reader).collect::<Vec<_>>();
        let reader = |present, atr: &str| CardReader {
            name: "Reader 0".into(),
            present,
            atr: atr.into(),
            driver: None,
        };
        assert_eq!(readers(), [reader(false, "")]);

        let hot_plug = HotPlug::start_with(Some(library.into()));
        // By then it has looked for the first time.
        assert!(!hot_plug.wait(Duration::from_millis(1500)));
        std::fs::write(&card, "").unwrap();
        assert!(hot_plug.wait(Duration::from_secs(20)));
        assert_eq!(readers(), [reader(true, "3b80")]);
        std::fs::remove_file(&card).unwrap();
        assert!(hot_plug.wait(Duration::from_secs(20)));
        assert_eq!(readers(), [reader(false, "")]);
    }
}
