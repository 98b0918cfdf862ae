//! What the Windows registry knows of providers of keys and of cards.

use std::path::{Path, PathBuf};

use windows_registry::{Key, LOCAL_MACHINE};

use super::known::expand;

/// Cryptographic service providers, each with the path of its DLL.
const PROVIDERS: &str = r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider";
/// Key storage providers; the DLL stands in the subkey `UM`.
const KEY_STORAGE: &str = r"SYSTEM\CurrentControlSet\Control\Cryptography\Providers";
/// Cards by their ATR, each with its provider or minidriver.
const CARDS: &str = r"SOFTWARE\Microsoft\Cryptography\Calais\SmartCards";

/// The DLLs of all providers and cards.
pub(super) fn provider_images() -> Vec<PathBuf> {
    let csp = values(PROVIDERS, |key| key.get_string("Image Path").ok());
    let ksp = values(KEY_STORAGE, |key| key.open("UM").ok()?.get_string("Image").ok());
    let cards = values(CARDS, |key| key.get_string("80000001").ok());
    csp.into_iter().chain(ksp).chain(cards).filter_map(|(_, image)| whole(&image)).collect()
}

/// A card that Windows knows: which ATRs are its, and who drives it.
pub(crate) struct KnownCard {
    pub(crate) name: String,
    pub(crate) atr: Vec<u8>,
    pub(crate) mask: Vec<u8>,
    /// The provider, or the minidriver's DLL.
    pub(crate) driver: String,
}

/// All cards Windows knows.
pub(crate) fn known_cards() -> Vec<KnownCard> {
    let card = |key: &Key| {
        let bytes = |name| key.get_value(name).ok().map(|value| value.to_vec());
        let atr = bytes("ATR")?;
        let mask = bytes("ATRMask").unwrap_or_else(|| vec![0xff; atr.len()]);
        let driver =
            key.get_string("Crypto Provider").or_else(|_| key.get_string("80000001")).unwrap_or_default();
        Some((atr, mask, driver))
    };
    let cards = values(CARDS, card).into_iter();
    cards.map(|(name, (atr, mask, driver))| KnownCard { name, atr, mask, driver }).collect()
}

/// What is read from each subkey of a key. What cannot be read is left out.
fn values<T>(path: &str, read: impl Fn(&Key) -> Option<T>) -> Vec<(String, T)> {
    let Ok(key) = LOCAL_MACHINE.open(path) else { return Vec::new() };
    let Ok(names) = key.keys() else { return Vec::new() };
    names.filter_map(|name| Some((name.clone(), read(&key.open(&name).ok()?)?))).collect()
}

/// A bare name lies in System32.
fn whole(image: &str) -> Option<PathBuf> {
    let path = expand(image.trim())?;
    if path.is_absolute() {
        return Some(path);
    }
    Some(Path::new(&std::env::var_os("SystemRoot")?).join("System32").join(path))
}
