//! The keyring of the operating system: Windows Credential Manager, macOS Keychain. Elsewhere there is none here, and
//! the key is a file: the Secret Service of a Linux desktop may be absent, locked, or forgetful at every login.

use crate::{RegisterError, Result, StoreKey};
use keyring_core::{CredentialStore, Entry, Error};
use std::sync::Arc;

const SERVICE: &str = "mocban";

/// The system's keyring, if it has one.
pub(crate) fn system() -> Option<Arc<CredentialStore>> {
    #[cfg(windows)]
    {
        windows_native_keyring_store::Store::new().ok().map(|store| store as Arc<CredentialStore>)
    }
    #[cfg(target_os = "macos")]
    {
        apple_native_keyring_store::keychain::Store::new().ok().map(|store| store as Arc<CredentialStore>)
    }
    #[cfg(not(any(windows, target_os = "macos")))]
    {
        None
    }
}

/// The key kept under `id`, `None` when there is none.
pub(crate) fn read(ring: &CredentialStore, id: &str) -> Result<Option<StoreKey>> {
    match entry(ring, id)?.get_password() {
        Ok(text) => StoreKey::from_hex(&zeroize::Zeroizing::new(text)).map(Some),
        Err(Error::NoEntry) => Ok(None),
        Err(e) => Err(unavailable(&e)),
    }
}

pub(crate) fn write(ring: &CredentialStore, id: &str, key: &StoreKey) -> Result<()> {
    entry(ring, id)?.set_password(&key.hex()).map_err(|e| unavailable(&e))
}

fn entry(ring: &CredentialStore, id: &str) -> Result<Entry> {
    ring.build(SERVICE, id.trim(), None).map_err(|e| unavailable(&e))
}

fn unavailable(error: &Error) -> RegisterError {
    RegisterError::KeyringUnavailable { detail: error.to_string() }
}
