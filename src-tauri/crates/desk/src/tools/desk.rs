//! How a desk stands: what a person who looks after it asks first.

use crate::{
    Desk, DeskError,
    api::{Empty, Status},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use jiff::civil::Date;
use serde::Serialize;
use std::{collections::BTreeSet, path::PathBuf};

/// Entries read at a time.
const PAGE: u64 = 10_000;

/// How the desk stands.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// The data folder.
    pub data: PathBuf,
    /// `training` or `office`.
    pub mode: crate::api::Mode,
    /// The agency's identifier.
    pub office: String,
    /// Its name.
    pub office_name: String,
    /// The desk's name.
    pub desk: String,
    /// The desk's public key (Ed25519, base64), by which a warehouse knows it.
    pub desk_key: Option<String>,
    /// `keyring` or `file`.
    pub store_key: &'static str,
    /// What the store said at opening, in English.
    pub notices: Vec<String>,
    /// The number the next act gets.
    pub next_number: String,
    /// Book, queue, clock.
    pub status: Status,
    /// PKCS#11 modules this desk looks at.
    pub modules: Vec<PathBuf>,
}

impl Desk {
    /// How the desk stands.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn health(&self) -> Result<Health, DeskError> {
        let folder = self.store.folder().to_owned();
        let status = self.status(Empty {})?;
        Ok(Health {
            mode: self.profile.mode,
            office: self.profile.office.id().to_string(),
            office_name: self.profile.office.name().to_owned(),
            desk: self.profile.desk.clone(),
            desk_key: self.public_key()?,
            store_key: if folder.join("store.key").exists() { "file" } else { "keyring" },
            notices: self.store.notices().iter().map(|notice| format!("{notice:?}")).collect(),
            next_number: status.book.next_number.clone(),
            status,
            modules: self.tokens.modules().into_iter().map(|module| module.path).collect(),
            data: folder,
        })
    }

    fn public_key(&self) -> Result<Option<String>, DeskError> {
        let Some(kept) = self.store.setting(crate::open::DESK_KEY)? else { return Ok(None) };
        let mut bytes = [0; 32];
        let text: String = serde_json::from_str(&kept).unwrap_or_default();
        if hex::decode_to_slice(text, &mut bytes).is_err() {
            return Ok(None);
        }
        Ok(Some(STANDARD.encode(SigningKey::from_bytes(&bytes).verifying_key().as_bytes())))
    }

    /// The days on which anything was entered in any book, oldest first.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn register_days(&self) -> Result<Vec<Date>, DeskError> {
        let mut days = BTreeSet::new();
        for book in self.store.books()? {
            let mut from = 0;
            while from < book.entries {
                days.extend(self.store.entries(&book.key, from, PAGE)?.into_iter().map(|entry| entry.date));
                from += PAGE;
            }
        }
        Ok(days.into_iter().collect())
    }
}
