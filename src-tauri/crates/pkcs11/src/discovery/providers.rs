//! From what Windows knows of a vendor's token to the vendor's PKCS#11 module.
//!
//! A vendor registers a CSP, a key storage provider, or its cards; each names a DLL, often a shell (`X_s.dll`) beside the
//! PKCS#11 module (`X.dll`). The names are put together here; whether such a file is there and exports what a module
//! exports is looked up afterwards, so a wrong guess costs nothing.

use std::path::{Path, PathBuf};

/// What a shell's name has besides its module's.
const SHELL_ENDINGS: [&str; 9] = ["_s", "_csp", "-csp", "csp", "_ksp", "-ksp", "ksp", "_md", "minidriver"];
/// What a module's name may have besides its shell's.
const MODULE_ENDINGS: [&str; 6] = ["", "_csp11", "csp11", "_p11", "p11", "_pkcs11"];
/// Providers that Windows brings along; no token of a vendor is behind them.
const OF_WINDOWS: [&str; 10] = [
    "rsaenh.dll",
    "dssenh.dll",
    "basecsp.dll",
    "gpkcsp.dll",
    "sccbase.dll",
    "slbcsp.dll",
    "ncryptprov.dll",
    "ncrypt.dll",
    "pcpksp.dll",
    "scksp.dll",
];

/// The files that may be the PKCS#11 module behind a provider's DLL: itself, and its neighbours by name.
pub(super) fn modules_behind(image: &Path) -> Vec<PathBuf> {
    let Some(name) = image.file_name().and_then(|name| name.to_str()).map(str::to_lowercase) else {
        return Vec::new();
    };
    if OF_WINDOWS.contains(&name.as_str()) {
        return Vec::new();
    }
    let Some(stem) = name.strip_suffix(".dll") else { return Vec::new() };
    // A 64-bit shell may say so in its name, and its module too.
    let (stem, bits) = match [".x64", "_x64", "64"].iter().find(|bits| stem.ends_with(*bits)) {
        Some(bits) => (&stem[..stem.len() - bits.len()], *bits),
        None => (stem, ""),
    };
    let bare =
        SHELL_ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)).filter(|bare| !bare.is_empty());
    let mut files = vec![image.to_owned()];
    for stem in bare.into_iter().chain([stem]) {
        for bits in if bits.is_empty() { vec![""] } else { vec![bits, ""] } {
            let names = MODULE_ENDINGS.iter().map(|ending| format!("{stem}{ending}{bits}.dll"));
            files.extend(names.map(|name| image.with_file_name(name)));
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(file.to_string_lossy().to_lowercase()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(image: &str) -> Vec<String> {
        let files = modules_behind(&Path::new("System32").join(image));
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_module_is_found_beside_the_shell_that_windows_knows() {
        assert!(behind("viettel-ca_v6_s.dll").contains(&"viettel-ca_v6.dll".into()));
        assert!(behind("CA2_csp.dll").contains(&"ca2_csp11.dll".into()));
        assert!(behind("ncca_csp_v1.dll").contains(&"ncca_csp_v1.dll".into()));
        assert!(behind("viettel-ca_v2_s.x64.dll").contains(&"viettel-ca_v2.x64.dll".into()));
        assert!(
            behind("eTCSP.dll").contains(&"etpkcs11.dll".into())
                || behind("eTCSP.dll").contains(&"etp11.dll".into())
        );
    }

    #[test]
    fn the_provider_itself_may_be_the_module_and_the_providers_of_windows_are_none() {
        assert_eq!(behind("bit4xpki.dll")[0], "bit4xpki.dll");
        assert!(behind("rsaenh.dll").is_empty());
        assert!(behind("BASECSP.DLL").is_empty());
        assert!(behind("readme.txt").is_empty());
    }

    #[test]
    fn any_name_is_survived() {
        for name in ["_s.dll", ".dll", "csp.dll", "64.dll", "ă_s.dll", "x.x64.dll"] {
            let _ = behind(name);
        }
    }
}
