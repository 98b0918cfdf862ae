//! Where modules are looked for: known names in known folders, what p11-kit or Windows has registered, and what the
//! office names.
//!
//! It only reads directories, registrations and file headers; nothing is loaded.

mod known;
mod p11_kit;
#[cfg(any(windows, test))]
mod providers;
#[cfg(windows)]
pub(crate) mod registry;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::{Deserialize, Serialize};

use crate::error::{ModuleFault, TokenError};
use crate::module_file::check_module_file;
use known::Known;

/// Where to look.
#[derive(Clone, Debug)]
pub struct Search {
    /// Files the office has named. They are candidates whatever is wrong with them.
    pub files: Vec<PathBuf>,
    /// Folders the office has named: every PKCS#11 module in one is a candidate.
    pub folders: Vec<PathBuf>,
    /// Whether known vendors' modules and those registered with p11-kit are looked for.
    pub installed: bool,
}

impl Search {
    /// Only these files and folders.
    pub fn named(paths: &[PathBuf]) -> Self {
        let (folders, files) = paths.iter().cloned().partition(|path| path.is_dir());
        Self { files, folders, installed: false }
    }
}

impl Default for Search {
    fn default() -> Self {
        Self { files: Vec::new(), folders: Vec::new(), installed: true }
    }
}

/// How a module was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The office named the file.
    File,
    /// It lies in a folder the office named.
    Folder,
    /// It has a known vendor's name.
    Known,
    /// It is registered with p11-kit.
    P11Kit,
    /// It stands behind a provider of keys, or a card, that Windows knows.
    Registry,
}

/// A module that exists.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// The product it belongs to, as far as its name tells.
    pub product: Option<String>,
    /// How it was found.
    pub origin: Origin,
    /// The text it wants at C_Initialize, by its registration.
    pub parameters: Option<String>,
    /// Why it cannot be loaded; `None` if its header is right.
    pub problem: Option<TokenError>,
}

/// The modules on this computer, usable ones first. A file found twice is named once.
pub fn candidates(search: &Search) -> Vec<Candidate> {
    let known = Known::table();
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |path: PathBuf, origin, parameters| {
        let problem = check_module_file(&path).err();
        let elsewhere = |fault| problem == Some(TokenError::ModuleNotLoadable { reason: fault });
        // A vendor's folder holds many libraries beside its module: helpers, shells of the Windows CSP.
        let other_file = elsewhere(ModuleFault::NotPkcs11) || elsewhere(ModuleFault::NotALibrary);
        if origin != Origin::File && (other_file || elsewhere(ModuleFault::Unreadable)) {
            return;
        }
        let product = known.product_of(&path).map(str::to_owned);
        found.push(Candidate { path, product, origin, parameters, problem });
    };
    for file in &search.files {
        add(file.clone(), Origin::File, None);
    }
    for folder in &search.folders {
        let libraries = files_in(folder).into_iter().filter(|file| stem(file).is_some());
        libraries.for_each(|file| add(file, Origin::Folder, None));
    }
    if search.installed {
        for registered in p11_kit::registered() {
            add(registered.module, Origin::P11Kit, registered.parameters);
        }
        #[cfg(windows)]
        for image in registry::provider_images() {
            providers::modules_behind(&image).into_iter().for_each(|file| add(file, Origin::Registry, None));
        }
        for folder in known.folders() {
            let named = files_in(&folder).into_iter().filter(|file| known.product_of(file).is_some());
            named.for_each(|file| add(file, Origin::Known, None));
        }
    }
    let mut seen = HashSet::new();
    found.retain(|candidate| {
        seen.insert(fs::canonicalize(&candidate.path).unwrap_or_else(|_| candidate.path.clone()))
    });
    found.sort_by_key(|candidate| candidate.problem.is_some());
    found
}

/// Without the modules of another architecture whose product has a usable one too: 64-bit Windows has both side by side.
pub fn without_twins(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let usable: HashSet<String> = candidates
        .iter()
        .filter(|candidate| candidate.problem.is_none())
        .filter_map(|candidate| candidate.product.clone())
        .collect();
    candidates.retain(|candidate| {
        let twin = candidate.product.as_ref().is_some_and(|product| usable.contains(product));
        !(twin && matches!(candidate.problem, Some(TokenError::WrongArchitecture { .. })))
    });
    candidates
}

/// The training token that is installed with a program: beside it, or where its package puts libraries.
pub fn training_module_beside(executable: &Path) -> Option<PathBuf> {
    let name = format!("{}mocban_training_token{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let folder = executable.parent()?;
    [folder.to_owned(), folder.join("../lib/mocban"), folder.join("../Resources")]
        .into_iter()
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

/// The name of a library in lower case, without `lib` and suffix. `None` for other files.
fn stem(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?.to_lowercase();
    let suffixes: &[&str] = if cfg!(windows) {
        &[".dll"]
    } else if cfg!(target_os = "macos") {
        &[".dylib", ".so"]
    } else {
        &[".so"]
    };
    let bare = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    Some(if cfg!(windows) { bare } else { bare.strip_prefix("lib").unwrap_or(bare) }.to_owned())
}

/// The files of a folder, sorted. A folder that cannot be read has none.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_is_told_with_what_is_wrong_and_a_folder_without_its_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join(format!("other{}", env::consts::DLL_SUFFIX));
        fs::write(&other, "no library").unwrap();
        let search = |files: &[&PathBuf], folders: &[&Path]| Search {
            files: files.iter().map(|file| file.to_path_buf()).collect(),
            folders: folders.iter().map(|folder| folder.to_path_buf()).collect(),
            installed: false,
        };
        assert_eq!(candidates(&search(&[], &[folder.path()])), []);
        let named = candidates(&search(&[&other, &other], &[]));
        assert_eq!(named.len(), 1);
        assert_eq!(
            named[0].problem,
            Some(TokenError::ModuleNotLoadable { reason: ModuleFault::NotALibrary })
        );
    }

    #[test]
    fn a_folder_is_searched_and_a_file_is_taken_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.so");
        let search = Search::named(&[folder.path().to_owned(), file.clone()]);
        assert_eq!((search.files, search.folders), (vec![file], vec![folder.path().to_owned()]));
        assert!(!search.installed);
    }

    #[test]
    fn a_32_bit_twin_is_only_told_where_there_is_no_usable_one() {
        let candidate = |path: &str, problem| Candidate {
            path: path.into(),
            product: Some("Viettel-CA".into()),
            origin: Origin::Known,
            parameters: None,
            problem,
        };
        let wrong = || Some(TokenError::WrongArchitecture { found: "i386".into() });
        let twin = candidate("SysWOW64/viettel-ca_v6.dll", wrong());
        let good = candidate("System32/viettel-ca_v6.dll", None);
        assert_eq!(without_twins(vec![good.clone(), twin.clone()]), [good]);
        assert_eq!(without_twins(vec![twin.clone()]), [twin]);
    }
}
