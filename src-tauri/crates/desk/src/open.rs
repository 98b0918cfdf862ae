//! Opening a desk: data folder, key, store, office, tokens, warehouse, queue — in this order, each able to say no.

use crate::{
    Desk, DeskError, DeskOptions,
    api::{DeskEvent, Mode},
    augmentation::Augmentation,
    cameras::Cameras,
    counter::Case,
    profile::{Profile, WarehouseChoice},
    queue::run_in_background,
    tokens::Tokens,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use mocban_capture::camera::Watcher;
use mocban_portal::{Clock, DeskIdentity, HttpSettings, HttpWarehouse, PortalError, SystemClock};
use mocban_register::{DataFolder, KeyPlace, KeyWish, OpenOptions, Purpose, Store};
use mocban_warehouse::{DeskKey, WarehouseConfig};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, runtime::Handle, sync::broadcast};

/// Events a slow window may be behind.
const EVENTS: usize = 256;
/// Name of the warehouse inside this process.
const EMBEDDED_NAME: &str = "kho-tai-cho";
/// Setting that holds the desk's own key, hex.
pub(crate) const DESK_KEY: &str = "desk_key";

impl Desk {
    /// Opens the desk in its data folder; creates the folder and the store if there are none.
    ///
    /// # Errors
    /// [`DeskError::AlreadyOpen`], [`DeskError::StoreCorrupt`], [`DeskError::StoreKeyMissing`], [`DeskError::DiskFull`], …:
    /// nothing is changed in a store that cannot be opened.
    pub fn open(options: DeskOptions, runtime: &Handle) -> Result<Arc<Self>, DeskError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let path = options.folder().ok_or(DeskError::StorageFailed { detail: "no data folder".into() })?;
        let folder = DataFolder::lock(&path)?;
        let profile = Profile::read(&path)?;
        let wish = if profile.mode == Mode::Training { KeyWish::File } else { KeyWish::KeyringElseFile };
        let obtained = folder.obtain_key(wish)?;
        let store =
            Store::open(folder, &obtained.key, &OpenOptions::new(Purpose::WorkOrCreate, clock.now()))?;
        let store = Arc::new(store);
        let identity = DeskIdentity::new(profile.desk.clone(), desk_key(&store, clock.now())?);

        let (events, _) = broadcast::channel(EVENTS);
        let (settings, receipt_key, embedded) =
            warehouse(&profile, &identity, &path.join("warehouse"), runtime)?;
        let client = runtime
            .block_on(async { HttpWarehouse::new(settings, identity, clock.clone()) })
            .map_err(warehouse_fault)?;
        let changed = {
            let events = events.clone();
            Box::new(move || drop(events.send(DeskEvent::Queue)))
        };
        let runner =
            Self::runner(store.clone(), clock.clone(), Arc::new(client), profile.desk.clone(), changed);
        let (queue, drain) = if options.background_queue {
            (run_in_background(runner, runtime), None)
        } else {
            (runner.handle(), Some(runner))
        };
        let augmentation = Augmentation::new(&profile, store.clone(), path, clock.clone(), events.clone())?;
        // A command is over before an authority has answered.
        let augmentation = augmentation.filter(|_| options.background_queue);
        let executable = match options.token_host {
            Some(executable) => executable,
            None => std::env::current_exe()
                .map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?,
        };
        let (symbol, cameras) = (profile.style()?.symbol().to_owned(), Cameras::open(profile.mode)?);
        let desk = Arc::new_cyclic(|me| Self {
            symbol,
            counter: Mutex::new(Case::new(clock.now())),
            waiting: Default::default(),
            batch_stopped: Default::default(),
            uploads: Default::default(),
            verified: Default::default(),
            cameras,
            intake: Default::default(),
            me: me.clone(),
            runtime: runtime.clone(),
            scanners: Default::default(),
            stand_begun: Default::default(),
            _camera_watch: options.background_queue.then(|| {
                let events = events.clone();
                Watcher::cameras(move |_| drop(events.send(DeskEvent::Devices)))
            }),
            tokens: Arc::new(Tokens::new(executable, profile.modules.clone(), profile.mode)),
            // In training the key lies in a file on purpose; the warning is for real records.
            key_in_file: profile.mode == Mode::Office && obtained.place == KeyPlace::File,
            documents: options.documents,
            queue,
            receipt_key,
            drain: Mutex::new(drain),
            events,
            signing: Mutex::default(),
            _augmentation: augmentation.map(Augmentation::run_in_background),
            _warehouse: embedded,
            profile,
            clock,
            store,
        });
        desk.settle_reservations()?;
        desk.restore_draft()?;
        desk.count_waiting()?;
        desk.resume_watch()?;
        if options.background_queue {
            desk.tokens.watch(desk.events.clone());
        }
        Ok(desk)
    }

    /// Sends what is ready now, once: for a command without a background queue. Answers how many copies were delivered
    /// since the desk was opened, not by this call alone.
    ///
    /// # Errors
    /// [`DeskError::QueueRefused`] with the code of what stopped the line.
    pub fn drain_queue(&self, runtime: &Handle) -> Result<u64, DeskError> {
        let mut drain = crate::lock(&self.drain);
        let Some(runner) = drain.as_mut() else {
            return Err(DeskError::QueueRefused { detail: "running-already".into() });
        };
        runtime.block_on(runner.drain()).map_err(|failure| DeskError::QueueRefused { detail: failure.code })
    }
}

/// The desk's own key, made once: the queue signs in with it while the officers' tokens are unplugged.
fn desk_key(store: &Store, now: jiff::Timestamp) -> Result<SigningKey, DeskError> {
    let corrupt = |detail: String| DeskError::StoreCorrupt { detail };
    if let Some(kept) = store.setting(DESK_KEY)? {
        let text: String = serde_json::from_str(&kept).map_err(|fault| corrupt(fault.to_string()))?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|fault| corrupt(fault.to_string()))?;
        return Ok(SigningKey::from_bytes(&bytes));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    let json = serde_json::to_string(&hex::encode(bytes))
        .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    store.set_setting(DESK_KEY, &json, now)?;
    Ok(SigningKey::from_bytes(&bytes))
}

/// Where copies go, and the embedded warehouse itself if that is where.
fn warehouse(
    profile: &Profile,
    identity: &DeskIdentity,
    folder: &std::path::Path,
    runtime: &Handle,
) -> Result<(HttpSettings, VerifyingKey, Option<mocban_warehouse::Handle>), DeskError> {
    match (&profile.warehouse, profile.receipt_key()?) {
        (WarehouseChoice::Remote { url, .. }, Some(key)) => Ok((HttpSettings::new(url, key), key, None)),
        _ => {
            let mut config = WarehouseConfig::new(folder, EMBEDDED_NAME);
            config.trust = profile.trust.iter().map(|certificate| certificate.der().to_vec()).collect();
            config.desks = vec![DeskKey {
                desk: identity.desk().to_owned(),
                office: profile.office.id().to_string(),
                key: identity.public_key(),
            }];
            let failed = |detail: String| DeskError::StorageFailed { detail };
            let handle = runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                    .await
                    .map_err(|fault| failed(fault.to_string()))?;
                mocban_warehouse::serve(listener, config).await.map_err(|fault| failed(fault.to_string()))
            })?;
            Ok((HttpSettings::new(handle.url(), handle.receipt_key()), handle.receipt_key(), Some(handle)))
        }
    }
}

fn warehouse_fault(fault: PortalError) -> DeskError {
    DeskError::InvalidRequest { field: format!("office.json: warehouse: {fault}") }
}
