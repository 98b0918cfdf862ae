//! Pictures that come in by themselves: the page for phones and the watched folder. Each becomes pages of the case on the
//! counter, decoded strictly and saved before its sender is told that it arrived.

use crate::{Desk, DeskError, api::*, lock};
use mocban_intake::{
    IntakeError, Ledger, Limits, Outcome, PhonePage, Taken, Taker, WatchedFolder, lan_addresses,
};
use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Mutex, Weak},
    time::Duration,
};

/// Setting that holds the watched folder.
const FOLDER: &str = "watched_folder";
/// Name of the settings that remember a file taken from a folder, by its hash.
const TAKEN: &str = "taken_file";
/// Between two looks into the folder: long enough that a file which stands still is most likely finished.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Refused files that the window is told of.
const REFUSED_MAX: usize = 20;

/// What is open.
#[derive(Default)]
pub(crate) struct Intake {
    phone: Mutex<Option<PhonePage>>,
    folder: Mutex<FolderWatch>,
}

/// The watch over one folder.
#[derive(Default)]
struct FolderWatch {
    path: Option<PathBuf>,
    /// Goes up when another folder is chosen; the thread of the former one then ends.
    turn: u64,
    unreadable: bool,
    taken: u32,
    refused: Vec<String>,
}

/// The desk as a taker of pictures; a closed desk takes nothing.
struct Counter(Weak<Desk>);

impl Taker for Counter {
    fn take(&self, bytes: Vec<u8>, name: &str) -> Taken {
        let Some(desk) = self.0.upgrade() else { return Taken::Later };
        match desk.add_picture(bytes, name) {
            Ok(_) => Taken::Saved,
            Err(DeskError::PictureTruncated { .. }) => Taken::CutOff,
            Err(DeskError::PictureTooLarge { .. }) => Taken::TooLarge,
            Err(DeskError::PictureCorrupt { .. } | DeskError::PictureUnsupported { .. }) => {
                Taken::NotAPicture
            }
            Err(DeskError::TooManyPages { .. } | DeskError::CopyTooLarge { .. }) => Taken::NoRoom,
            Err(fault) => {
                tracing::warn!(code = fault.code(), "a picture could not be taken in");
                Taken::Later
            }
        }
    }
}

impl Ledger for Desk {
    fn is_known(&self, sha256: &[u8; 32]) -> bool {
        // A crash may come between saving the page and remembering the file.
        let on_counter = lock(&self.counter)
            .pages
            .iter()
            .any(|page| page.originals().any(|original| original.sha256() == sha256));
        on_counter || self.store.setting(&taken_file(sha256)).is_ok_and(|known| known.is_some())
    }

    fn remember(&self, sha256: &[u8; 32]) {
        if let Err(fault) = self.store.set_setting(&taken_file(sha256), "true", self.now()) {
            tracing::warn!(%fault, "a file taken from the folder was not remembered");
        }
    }
}

fn taken_file(sha256: &[u8; 32]) -> String {
    format!("{TAKEN}:{}", hex::encode(sha256))
}

impl Desk {
    pub(crate) fn phone_open(&self, _: Empty) -> Result<PhoneView, DeskError> {
        let addresses = lan_addresses().map_err(refused)?;
        let mut phone = lock(&self.intake.phone);
        // The former page closes first: one QR code at a time.
        *phone = None;
        let address = addresses.first().copied().ok_or(DeskError::NoLocalNetwork)?;
        let counter = std::sync::Arc::new(Counter(self.me.clone()));
        let page = self
            .runtime
            .block_on(PhonePage::open(IpAddr::V4(address), counter, Limits::default()))
            .map_err(refused)?;
        let view = phone_view(&page)?;
        *phone = Some(page);
        Ok(view)
    }

    pub(crate) fn phone_state(&self, _: Empty) -> Result<PhoneView, DeskError> {
        lock(&self.intake.phone).as_ref().map_or(Err(DeskError::NotFound), phone_view)
    }

    pub(crate) fn phone_close(&self, _: Empty) -> Result<Empty, DeskError> {
        *lock(&self.intake.phone) = None;
        Ok(Empty {})
    }

    pub(crate) fn folder_watch(&self, request: FolderChoice) -> Result<FolderView, DeskError> {
        let path = Some(request.path.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        if path.as_deref().is_some_and(|path| !path.is_absolute() || !path.is_dir()) {
            return Err(DeskError::FolderUnreadable);
        }
        let json = serde_json::to_string(&path)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        self.store.set_setting(FOLDER, &json, self.now())?;
        self.watch(path);
        self.folder_state(Empty {})
    }

    pub(crate) fn folder_state(&self, _: Empty) -> Result<FolderView, DeskError> {
        let watch = lock(&self.intake.folder);
        Ok(FolderView {
            path: watch.path.as_deref().map(|path| path.display().to_string()).unwrap_or_default(),
            unreadable: watch.unreadable,
            taken: watch.taken,
            refused: watch.refused.clone(),
        })
    }

    /// Takes up the watch that the office had chosen before.
    pub(crate) fn resume_watch(&self) -> Result<(), DeskError> {
        let kept = self.store.setting(FOLDER)?;
        let path: Option<PathBuf> = kept.and_then(|json| serde_json::from_str(&json).ok()).flatten();
        self.watch(path);
        Ok(())
    }

    fn watch(&self, path: Option<PathBuf>) {
        let turn = {
            let mut watch = lock(&self.intake.folder);
            *watch = FolderWatch { path: path.clone(), turn: watch.turn + 1, ..FolderWatch::default() };
            watch.turn
        };
        let Some(path) = path else { return };
        let me = self.me.clone();
        let looking = move || {
            let counter = Counter(me.clone());
            let mut folder = WatchedFolder::new(path);
            // Ends with the desk, or when another folder was chosen.
            while let Some(desk) = me.upgrade() {
                if lock(&desk.intake.folder).turn != turn {
                    return;
                }
                let looked = folder.look(&counter, &*desk);
                desk.looked(turn, looked);
                drop(desk);
                std::thread::sleep(LOOK_EVERY);
            }
        };
        if let Err(fault) = std::thread::Builder::new().name("watched folder".into()).spawn(looking) {
            tracing::warn!(%fault, "the folder is not watched");
        }
    }

    fn looked(&self, turn: u64, looked: Result<Vec<Outcome>, IntakeError>) {
        let mut watch = lock(&self.intake.folder);
        if watch.turn != turn {
            return;
        }
        watch.unreadable = looked.is_err();
        for Outcome { name, taken } in looked.unwrap_or_default() {
            match taken {
                Taken::Saved => watch.taken += 1,
                Taken::NoRoom | Taken::Later => {}
                Taken::CutOff | Taken::NotAPicture | Taken::TooLarge => watch.refused.push(name),
            }
        }
        let surplus = watch.refused.len().saturating_sub(REFUSED_MAX);
        watch.refused.drain(..surplus);
    }
}

fn phone_view(page: &PhonePage) -> Result<PhoneView, DeskError> {
    let code = qrcode::QrCode::new(page.url().as_bytes())
        .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    let rows = code.to_colors().chunks(code.width()).map(row).collect();
    Ok(PhoneView {
        url: page.url().to_owned(),
        code: rows,
        in_use: page.is_in_use(),
        saved: page.saved(),
        seconds_left: page.time_left().as_secs() as u32,
    })
}

fn row(modules: &[qrcode::Color]) -> String {
    modules.iter().map(|module| if *module == qrcode::Color::Dark { '1' } else { '0' }).collect()
}

fn refused(fault: IntakeError) -> DeskError {
    match fault {
        IntakeError::NoNetwork => DeskError::NoLocalNetwork,
        IntakeError::FolderUnreadable(_) => DeskError::FolderUnreadable,
        fault => DeskError::StorageFailed { detail: fault.to_string() },
    }
}
