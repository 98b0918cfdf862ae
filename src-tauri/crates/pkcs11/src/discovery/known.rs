//! The table of known modules (assets/tokens/modules.json): names, folders, products.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::stem;

/// The table of known modules.
#[derive(Deserialize)]
pub(super) struct Known {
    folders: BTreeMap<String, Vec<String>>,
    modules: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    product: String,
    /// File names without `lib` and suffix, in lower case; `*` stands for anything.
    names: Vec<String>,
}

impl Known {
    pub(super) fn table() -> Self {
        // The table is part of the program and tested to be readable.
        serde_json::from_str(include_str!("../../../../../assets/tokens/modules.json"))
            .unwrap_or_else(|_| Self { folders: BTreeMap::new(), modules: Vec::new() })
    }

    /// The folders of this system that are worth a look.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let folders = self.folders.get(env::consts::OS).map_or(&[][..], Vec::as_slice);
        folders.iter().filter_map(|folder| expand(folder)).collect()
    }

    /// The product a file belongs to by its name.
    pub(super) fn product_of(&self, file: &Path) -> Option<&str> {
        let stem = stem(file)?;
        let named = |product: &&Product| product.names.iter().any(|name| matches(name, &stem));
        self.modules.iter().find(named).map(|product| product.product.as_str())
    }
}

/// Replaces a leading `%VARIABLE%`, as the Windows registry and the table write it. `None` if there is no such variable.
pub(super) fn expand(path: &str) -> Option<PathBuf> {
    let Some((variable, rest)) = path.strip_prefix('%').and_then(|path| path.split_once('%')) else {
        return Some(PathBuf::from(path));
    };
    let mut whole = env::var_os(variable)?;
    whole.push(rest);
    Some(PathBuf::from(whole))
}

/// Whether a name fits a pattern with at most one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_known_modules_is_readable_and_in_lower_case() {
        let known = Known::table();
        assert!(known.modules.len() > 20);
        for system in ["windows", "linux", "macos"] {
            assert!(!known.folders[system].is_empty());
        }
        for name in known.modules.iter().flat_map(|product| &product.names) {
            assert_eq!(*name, name.to_lowercase());
            assert!(name.matches('*').count() <= 1);
        }
    }

    #[test]
    fn vendors_are_known_by_the_name_of_their_library() {
        let known = Known::table();
        let file = |stem: &str| {
            PathBuf::from(format!("{}{stem}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX))
        };
        assert_eq!(known.product_of(&file("bit4xpki")), Some("VGCA Bit4id TokenME"));
        assert_eq!(known.product_of(&file("eTPKCS11")), Some("VGCA SafeNet eToken"));
        assert_eq!(known.product_of(&file("viettel-ca_v6")), Some("Viettel-CA"));
        assert_eq!(known.product_of(&file("vnptca_p11_v8")), Some("VNPT-CA"));
        assert_eq!(known.product_of(&file("ostt3_csp11")), Some("One Signature"));
        assert_eq!(known.product_of(&file("c")), None);
        assert_eq!(known.product_of(Path::new("bit4xpki.txt")), None);
    }
}
