//! The store's key: 32 random bytes, in the system keyring or, where there is none, in a file beside the store.
//!
//! A key is created once, made durable before the database exists, and never replaced: losing it loses a record the
//! State keeps for ever. So a store without its key is an error ([`RegisterError::KeyMissing`]), never a new key.

use crate::{
    DataFolder, RegisterError, Result,
    folder::{read_small, replace, write_new},
    keyring,
};
use keyring_core::CredentialStore;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const KEY_FILE: &str = "store.key";
const ID_FILE: &str = "store.id";
const CHECK_FILE: &str = "store.key-check";

/// The raw 256-bit key of the store. Wiped from memory when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; 32]);

/// Where the key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the keyring of the operating system.
    Keyring,
    /// In a file beside the store: whoever copies the folder can read the store. The window says so.
    File,
}

/// Where a new key shall be kept. An existing key is found wherever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyWish {
    /// In the keyring if the system has one that works, else in a file.
    KeyringElseFile,
    /// In a file (training mode, tests).
    File,
}

/// A key and the place it came from.
#[derive(Debug, Clone)]
pub struct ObtainedKey {
    /// The key.
    pub key: StoreKey,
    /// Its place.
    pub place: KeyPlace,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

impl StoreKey {
    /// A key from its bytes (a recovery, a test).
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| RegisterError::NoRandomness)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_hex(text: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes)
            .map_err(|e| RegisterError::KeyUnreadable { detail: e.to_string() })?;
        Ok(Self(bytes))
    }

    pub(crate) fn hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0))
    }

    /// A value that tells a wrong key from a damaged file. One-way: the key is 256 random bits.
    fn check_value(&self) -> String {
        hex::encode(Sha256::new().chain_update(b"mocban store key check 1").chain_update(self.0).finalize())
    }
}

impl DataFolder {
    /// Finds the store's key, or creates it when there is no store yet.
    ///
    /// # Errors
    /// [`RegisterError::KeyMissing`] when there is a store but no key, [`RegisterError::KeyringUnavailable`] when
    /// the key may be in a keyring that does not answer.
    pub fn obtain_key(&self, wish: KeyWish) -> Result<ObtainedKey> {
        let ring = if wish == KeyWish::File { None } else { keyring::system() };
        self.obtain_key_from(ring)
    }

    fn obtain_key_from(&self, ring: Option<Arc<CredentialStore>>) -> Result<ObtainedKey> {
        if let Some(text) = read_small(&self.file(KEY_FILE))?.map(Zeroizing::new) {
            return Ok(ObtainedKey { key: StoreKey::from_hex(&text)?, place: KeyPlace::File });
        }
        let id = read_small(&self.file(ID_FILE))?;
        if let (Some(ring), Some(id)) = (&ring, &id)
            && let Some(key) = keyring::read(ring.as_ref(), id)?
        {
            return Ok(ObtainedKey { key, place: KeyPlace::Keyring });
        }
        if self.has_store() {
            return Err(RegisterError::KeyMissing);
        }
        self.create_key(ring)
    }

    fn create_key(&self, ring: Option<Arc<CredentialStore>>) -> Result<ObtainedKey> {
        let key = StoreKey::random()?;
        if let Some(ring) = ring {
            let id = Uuid::now_v7().to_string();
            replace(&self.file(ID_FILE), id.as_bytes())?;
            // Read back before it is relied on: some keyrings accept a secret and keep it for this session only.
            if keyring::write(ring.as_ref(), &id, &key).is_ok()
                && keyring::read(ring.as_ref(), &id)?.is_some_and(|kept| kept.0 == key.0)
            {
                return Ok(ObtainedKey { key, place: KeyPlace::Keyring });
            }
        }
        write_new(&self.file(KEY_FILE), key.hex().as_bytes())?;
        Ok(ObtainedKey { key, place: KeyPlace::File })
    }

    /// Whether `key` is the one this store was created with; `None` when that was not noted.
    pub(crate) fn key_fits(&self, key: &StoreKey) -> Result<Option<bool>> {
        Ok(read_small(&self.file(CHECK_FILE))?.map(|kept| kept.trim() == key.check_value()))
    }

    pub(crate) fn note_key(&self, key: &StoreKey) -> Result<()> {
        replace(&self.file(CHECK_FILE), key.check_value().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock_ring() -> Arc<CredentialStore> {
        keyring_core::mock::Store::new().unwrap()
    }

    #[test]
    fn a_key_file_is_private_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::lock(dir.path()).unwrap();
        let first = folder.obtain_key(KeyWish::File).unwrap();
        assert_eq!(first.place, KeyPlace::File);
        assert_eq!(folder.obtain_key(KeyWish::KeyringElseFile).unwrap().key.0, first.key.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_in_the_keyring_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::lock(dir.path()).unwrap();
        let ring = mock_ring();
        let first = folder.obtain_key_from(Some(ring.clone())).unwrap();
        assert_eq!(first.place, KeyPlace::Keyring);
        assert!(!dir.path().join(KEY_FILE).exists());
        assert_eq!(folder.obtain_key_from(Some(ring)).unwrap().key.0, first.key.0);
    }

    #[test]
    fn a_store_without_its_key_never_gets_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::lock(dir.path()).unwrap();
        std::fs::write(folder.database(), b"something").unwrap();
        assert_eq!(folder.obtain_key(KeyWish::File).unwrap_err(), RegisterError::KeyMissing);
        assert_eq!(folder.obtain_key_from(Some(mock_ring())).unwrap_err(), RegisterError::KeyMissing);
        assert!(!dir.path().join(KEY_FILE).exists());
    }

    #[test]
    fn a_damaged_key_file_is_named_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::lock(dir.path()).unwrap();
        std::fs::write(dir.path().join(KEY_FILE), "not a key").unwrap();
        assert!(matches!(folder.obtain_key(KeyWish::File), Err(RegisterError::KeyUnreadable { .. })));
    }

    #[test]
    fn a_key_is_never_printed() {
        assert_eq!(format!("{:?}", StoreKey::from_bytes([7; 32])), "StoreKey(…)");
    }
}
