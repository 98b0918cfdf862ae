//! What a warehouse is started with.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use mocban_portal::{Clock, SystemClock};
use serde::Deserialize;

use crate::error::WarehouseError;

/// A desk that may store copies, and the office in whose name it speaks. A desk can claim numbers of its own office
/// only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskKey {
    /// The desk's name.
    pub desk: String,
    /// Its office's code.
    pub office: String,
    /// Its public key.
    pub key: VerifyingKey,
}

impl DeskKey {
    /// Reads the list of desks: `[{"desk":"…","office":"…","key":"<32 bytes in base64>"}]`.
    ///
    /// # Errors
    /// [`WarehouseError::DesksUnreadable`].
    pub fn list_from_json(json: &[u8]) -> Result<Vec<Self>, WarehouseError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Line {
            desk: String,
            office: String,
            key: String,
        }
        let unreadable = |detail: String| WarehouseError::DesksUnreadable { detail };
        let lines: Vec<Line> = serde_json::from_slice(json).map_err(|e| unreadable(e.to_string()))?;
        lines
            .into_iter()
            .map(|Line { desk, office, key }| {
                let bytes = STANDARD.decode(&key).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
                let key = bytes
                    .and_then(|b| VerifyingKey::from_bytes(&b).ok())
                    .ok_or_else(|| unreadable(format!("the key of desk `{desk}` is no Ed25519 key")))?;
                Ok(Self { desk, office, key })
            })
            .collect()
    }
}

/// A limit on everything.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest file in bytes; never more than the protocol's own [`mocban_portal::wire::COPY_SIZE_MAX`].
    pub file_bytes: u64,
    /// Connections served at once; further ones wait to be accepted.
    pub connections: usize,
    /// Requests that write file bytes at once, in the whole warehouse.
    pub writers: usize,
    /// Copies read at once, to be verified or sent: a larger one takes the turns of several, so that together they are no
    /// more bytes than one copy of the largest size.
    pub verifications: usize,
    /// Unfinished uploads in the whole warehouse.
    pub uploads: usize,
    /// Unfinished uploads of one desk; a further one takes the place of its oldest.
    pub uploads_of_desk: usize,
    /// How long an unfinished upload, or an upload that is never registered, is kept; in seconds.
    pub upload_lifetime_s: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: mocban_portal::wire::COPY_SIZE_MAX,
            connections: 256,
            writers: 64,
            verifications: 4,
            uploads: 4096,
            uploads_of_desk: 32,
            upload_lifetime_s: 24 * 60 * 60,
        }
    }
}

/// What a warehouse is started with.
#[derive(Clone)]
pub struct WarehouseConfig {
    /// Its folder; made if missing. Holds everything it stores, and its receipt key.
    pub data: PathBuf,
    /// Its name, as it stands in receipts.
    pub name: String,
    /// Root certificates, PEM or DER, one each, under which the signatures of copies must stand.
    pub trust: Vec<Vec<u8>>,
    /// The desks it knows.
    pub desks: Vec<DeskKey>,
    /// Its limits.
    pub limits: Limits,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
}

impl WarehouseConfig {
    /// A warehouse with the usual limits and the machine's clock.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self {
            data: data.into(),
            name: name.into(),
            trust: Vec::new(),
            desks: Vec::new(),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The desks by name.
    pub(crate) fn desks_by_name(&self) -> Result<HashMap<String, DeskKey>, WarehouseError> {
        let mut desks = HashMap::new();
        for desk in &self.desks {
            if desks.insert(desk.desk.clone(), desk.clone()).is_some() {
                let detail = format!("desk `{}` is named twice", desk.desk);
                return Err(WarehouseError::DesksUnreadable { detail });
            }
        }
        Ok(desks)
    }
}
