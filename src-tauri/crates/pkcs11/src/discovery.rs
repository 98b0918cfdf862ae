//! Where modules are looked for: known names in known folders, what p11-kit has registered, and what the office names.
//!
//! It only reads directories and file headers; nothing is loaded. The table of names is data (assets/tokens/modules.json).

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use crate::error::{ModuleFault, TokenError};
use crate::module_file::check_module_file;

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
    /// Why it cannot be loaded; `None` if its header is right.
    pub problem: Option<TokenError>,
}

/// The modules on this computer, usable ones first. A file found twice is named once.
pub fn candidates(search: &Search) -> Vec<Candidate> {
    let known = known_modules();
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |path: PathBuf, origin| {
        let problem = check_module_file(&path).err();
        let elsewhere = |fault| problem == Some(TokenError::ModuleNotLoadable { reason: fault });
        // A vendor's folder holds many libraries beside its module: helpers, shells of the Windows CSP.
        let other_file = elsewhere(ModuleFault::NotPkcs11) || elsewhere(ModuleFault::NotALibrary);
        if origin != Origin::File && (other_file || elsewhere(ModuleFault::Unreadable)) {
            return;
        }
        let product = known.product_of(&path).map(str::to_owned);
        found.push(Candidate { path, product, origin, problem });
    };
    for file in &search.files {
        add(file.clone(), Origin::File);
    }
    for folder in &search.folders {
        files_in(folder)
            .into_iter()
            .filter(|file| stem(file).is_some())
            .for_each(|file| add(file, Origin::Folder));
    }
    if search.installed {
        for folder in known.folders() {
            let named = files_in(&folder).into_iter().filter(|file| known.product_of(file).is_some());
            named.for_each(|file| add(file, Origin::Known));
        }
        for module in registered_with_p11_kit() {
            add(module, Origin::P11Kit);
        }
    }
    let mut seen = HashSet::new();
    found.retain(|candidate| {
        seen.insert(fs::canonicalize(&candidate.path).unwrap_or_else(|_| candidate.path.clone()))
    });
    found.sort_by_key(|candidate| candidate.problem.is_some());
    found
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

/// The table of known modules.
#[derive(Deserialize)]
struct Known {
    folders: BTreeMap<String, Vec<String>>,
    modules: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    product: String,
    /// File names without `lib` and suffix, in lower case; `*` stands for anything.
    names: Vec<String>,
}

fn known_modules() -> Known {
    // The table is part of the program and tested to be readable.
    serde_json::from_str(include_str!("../../../../assets/tokens/modules.json"))
        .unwrap_or_else(|_| Known { folders: BTreeMap::new(), modules: Vec::new() })
}

impl Known {
    /// The folders of this system that are worth a look.
    fn folders(&self) -> Vec<PathBuf> {
        let folders = self.folders.get(env::consts::OS).map_or(&[][..], Vec::as_slice);
        folders.iter().filter_map(|folder| expand(folder)).collect()
    }

    /// The product a file belongs to by its name.
    fn product_of(&self, file: &Path) -> Option<&str> {
        let stem = stem(file)?;
        let named = |product: &&Product| product.names.iter().any(|name| matches(name, &stem));
        self.modules.iter().find(named).map(|product| product.product.as_str())
    }
}

/// Replaces a leading `%VARIABLE%`. `None` if there is no such variable.
fn expand(folder: &str) -> Option<PathBuf> {
    let Some((variable, rest)) = folder.strip_prefix('%').and_then(|folder| folder.split_once('%')) else {
        return Some(PathBuf::from(folder));
    };
    let mut whole = env::var_os(variable)?;
    whole.push(rest);
    Some(PathBuf::from(whole))
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

/// Whether a name fits a pattern with at most one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// The files of a folder, sorted. A folder that cannot be read has none.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Modules registered with p11-kit: `module:` lines of `*.module` files.
fn registered_with_p11_kit() -> Vec<PathBuf> {
    if cfg!(windows) {
        return Vec::new();
    }
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".config/pkcs11/modules"));
    [Some(PathBuf::from("/usr/share/p11-kit/modules")), Some(PathBuf::from("/etc/pkcs11/modules")), home]
        .into_iter()
        .flatten()
        .flat_map(|folder| p11_kit_modules(&folder))
        .collect()
}

fn p11_kit_modules(folder: &Path) -> Vec<PathBuf> {
    let registered =
        files_in(folder).into_iter().filter(|file| file.extension().is_some_and(|e| e == "module"));
    registered.filter_map(|file| p11_kit_module(&file).ok().flatten()).collect()
}

fn p11_kit_module(file: &Path) -> io::Result<Option<PathBuf>> {
    /// A registration is a few lines.
    const MOST_BYTES: u64 = 64 * 1024;
    if fs::metadata(file)?.len() > MOST_BYTES {
        return Ok(None);
    }
    let text = fs::read_to_string(file)?;
    let named = text.lines().find_map(|line| line.trim().strip_prefix("module:")).map(str::trim);
    // Its own modules hold trust anchors or stand for others; they are no tokens.
    let named = named.filter(|name| !name.contains("p11-kit"));
    Ok(named.and_then(|name| {
        let path = Path::new(name);
        if path.is_absolute() {
            return Some(path.to_owned());
        }
        let multiarch = format!("/usr/lib/{}-linux-gnu/pkcs11", env::consts::ARCH);
        [multiarch.as_str(), "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/local/lib/pkcs11"]
            .into_iter()
            .map(|folder| Path::new(folder).join(path))
            .find(|path| path.is_file())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_known_modules_is_readable_and_in_lower_case() {
        let known = known_modules();
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
        let known = known_modules();
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

    #[cfg(unix)]
    #[test]
    fn a_p11_kit_registration_names_its_module() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("a.module"),
            "# comment\npriority: 1\nmodule: /opt/vendor/lib/token.so\n",
        )
        .unwrap();
        fs::write(folder.path().join("b.module"), "module: p11-kit-trust.so\n").unwrap();
        fs::write(folder.path().join("c.txt"), "module: /opt/other.so\n").unwrap();
        assert_eq!(p11_kit_modules(folder.path()), [PathBuf::from("/opt/vendor/lib/token.so")]);
    }
}
