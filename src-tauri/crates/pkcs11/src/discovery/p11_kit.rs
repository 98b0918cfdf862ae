//! Modules registered with p11-kit: `*.module` files (pkcs11.conf(5)).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::files_in;

/// A registration is a few lines.
const MOST_BYTES: u64 = 64 * 1024;

/// A registered module, and the text it wants at C_Initialize.
#[derive(Debug, PartialEq)]
pub(super) struct Registered {
    pub(super) module: PathBuf,
    pub(super) parameters: Option<String>,
}

/// What is registered on this system. A file of a later folder replaces one of the same name in an earlier one: the
/// packages', the administrator's, the user's.
pub(super) fn registered() -> Vec<Registered> {
    if cfg!(windows) {
        return Vec::new();
    }
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".config/pkcs11/modules"));
    let folders =
        [Some(PathBuf::from("/usr/share/p11-kit/modules")), Some(PathBuf::from("/etc/pkcs11/modules")), home];
    registered_in(folders.into_iter().flatten())
}

fn registered_in(folders: impl Iterator<Item = PathBuf>) -> Vec<Registered> {
    let mut files = BTreeMap::new();
    for file in folders.flat_map(|folder| files_in(&folder)) {
        if let Some(name) = file.file_name().filter(|_| file.extension().is_some_and(|e| e == "module")) {
            files.insert(name.to_owned(), file);
        }
    }
    files.values().filter_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Option<Registered> {
    if fs::metadata(file).ok()?.len() > MOST_BYTES {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().split_once(':'));
        lines.find_map(|(name, value)| (name.trim() == key).then(|| value.trim().to_owned()))
    };
    // Its own modules hold trust anchors or stand for others; a remote one is no file.
    let named = value("module").filter(|name| !name.contains("p11-kit"))?;
    Some(Registered { module: place(Path::new(&named))?, parameters: value("x-init-reserved") })
}

/// A name that is not a whole path lies where p11-kit keeps modules.
fn place(name: &Path) -> Option<PathBuf> {
    if name.is_absolute() {
        return Some(name.to_owned());
    }
    let multiarch = format!("/usr/lib/{}-linux-gnu/pkcs11", env::consts::ARCH);
    [multiarch.as_str(), "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/local/lib/pkcs11"]
        .into_iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_registration_names_its_module_and_what_it_wants_at_the_start() {
        let (packages, user) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |folder: &tempfile::TempDir, name: &str, text: &str| {
            fs::write(folder.path().join(name), text).unwrap();
        };
        write(&packages, "a.module", "# comment\npriority: 1\nmodule: /opt/vendor/lib/token.so\n");
        write(&packages, "b.module", "module: p11-kit-trust.so\n");
        write(&packages, "c.txt", "module: /opt/other.so\n");
        write(&packages, "d.module", "module: /opt/old.so\n");
        write(
            &user,
            "d.module",
            "module: /opt/softokn3.so\nx-init-reserved: configdir='sql:/home/a' flags=readOnly\n",
        );
        let found = registered_in([&packages, &user].map(|folder| folder.path().to_owned()).into_iter());
        assert_eq!(
            found,
            [
                Registered { module: "/opt/vendor/lib/token.so".into(), parameters: None },
                Registered {
                    module: "/opt/softokn3.so".into(),
                    parameters: Some("configdir='sql:/home/a' flags=readOnly".into())
                },
            ]
        );
    }
}
