//! Reads the header of a module file before anything loads it: right kind, right processor, a PKCS#11 entry point.
//!
//! A 32-bit DLL is the commonest "token not seen" on Vietnamese desks; it is named here instead of failing in a loader.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use object::read::ReadCache;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Architecture, BinaryFormat, FileKind, NameOrOrdinal, Object, ReadRef};
use serde::{Deserialize, Serialize};

use crate::error::{ModuleFault, TokenError};

/// No module is larger; the largest vendor bundles have some tens of megabytes.
const MOST_MODULE: u64 = 512 << 20;

/// Checks that a file can be loaded as a PKCS#11 module by this very build of the program.
///
/// # Errors
/// [`TokenError::ModuleNotLoadable`] or [`TokenError::WrongArchitecture`].
pub fn check_module_file(path: &Path) -> Result<(), TokenError> {
    let unreadable = |_| fault(ModuleFault::Unreadable);
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(fault(ModuleFault::Unreadable));
    }
    if metadata.len() > MOST_MODULE {
        return Err(fault(ModuleFault::NotALibrary));
    }
    let cache = ReadCache::new(file);
    let not_a_library = |_| fault(ModuleFault::NotALibrary);
    match FileKind::parse(&cache).map_err(not_a_library)? {
        FileKind::MachOFat32 => {
            check_fat(&cache, MachOFatFile32::parse(&cache).map_err(not_a_library)?.arches())
        }
        FileKind::MachOFat64 => {
            check_fat(&cache, MachOFatFile64::parse(&cache).map_err(not_a_library)?.arches())
        }
        _ => check_library(&cache),
    }
}

/// What a module's file is, for a help desk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ModuleFile {
    /// The processor it was built for, such as `x86_64`; several for a universal file; empty for what is no library.
    pub architecture: String,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of it, hex: tells which release of a vendor this is.
    pub sha256: String,
}

/// Describes a module's file, whatever is wrong with it. `None` if it cannot be read.
pub fn describe_module_file(path: &Path) -> Option<ModuleFile> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok().filter(|metadata| metadata.is_file())?.len();
    if size > MOST_MODULE {
        return None;
    }
    let mut hash = Context::new(&SHA256);
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part).ok()? {
            0 => break,
            read => hash.update(&part[..read]),
        }
    }
    let sha256 = hex::encode(hash.finish());
    Some(ModuleFile { architecture: architecture(&ReadCache::new(file)).unwrap_or_default(), size, sha256 })
}

fn architecture(cache: &ReadCache<File>) -> Option<String> {
    fn names<A: FatArch>(arches: &[A]) -> String {
        arches.iter().map(|arch| name(arch.architecture())).collect::<Vec<_>>().join(", ")
    }
    match FileKind::parse(cache).ok()? {
        FileKind::MachOFat32 => Some(names(MachOFatFile32::parse(cache).ok()?.arches())),
        FileKind::MachOFat64 => Some(names(MachOFatFile64::parse(cache).ok()?.arches())),
        _ => Some(name(object::File::parse(cache).ok()?.architecture())),
    }
}

/// A universal Mach-O file: the part for this processor counts.
fn check_fat<A: FatArch>(cache: &ReadCache<File>, arches: &[A]) -> Result<(), TokenError> {
    match arches.iter().find(|arch| Some(arch.architecture()) == native_architecture()) {
        Some(arch) => {
            let (start, size) = arch.file_range();
            check_library(cache.range(start, size))
        }
        None => {
            let found: Vec<String> = arches.iter().map(|arch| name(arch.architecture())).collect();
            Err(TokenError::WrongArchitecture { found: found.join(", ") })
        }
    }
}

fn check_library<'data>(data: impl ReadRef<'data>) -> Result<(), TokenError> {
    let library = object::File::parse(data).map_err(|_| fault(ModuleFault::NotALibrary))?;
    if library.format() != native_format() {
        return Err(fault(ModuleFault::NotALibrary));
    }
    if Some(library.architecture()) != native_architecture() {
        return Err(TokenError::WrongArchitecture { found: name(library.architecture()) });
    }
    // Mach-O writes a leading underscore before C names.
    let wanted: &[u8] =
        if native_format() == BinaryFormat::MachO { b"_C_GetFunctionList" } else { b"C_GetFunctionList" };
    let exports = library.exports().map_err(|_| fault(ModuleFault::NotALibrary))?;
    for export in exports {
        if export.map_err(|_| fault(ModuleFault::NotALibrary))?.name() == NameOrOrdinal::Name(wanted) {
            return Ok(());
        }
    }
    Err(fault(ModuleFault::NotPkcs11))
}

fn fault(reason: ModuleFault) -> TokenError {
    TokenError::ModuleNotLoadable { reason }
}

fn native_format() -> BinaryFormat {
    BinaryFormat::native_object()
}

fn native_architecture() -> Option<Architecture> {
    Some(match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "x86" => Architecture::I386,
        "aarch64" => Architecture::Aarch64,
        "arm" => Architecture::Arm,
        "riscv64" => Architecture::Riscv64,
        "loongarch64" => Architecture::LoongArch64,
        "powerpc64" => Architecture::PowerPc64,
        _ => return None,
    })
}

fn name(architecture: Architecture) -> String {
    format!("{architecture:?}").to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(bytes: &[u8]) -> Result<(), TokenError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        check_module_file(file.path())
    }

    /// The head of an ELF shared object: class 1 is 32-bit, 2 is 64-bit; machine 3 is i386, 183 is AArch64.
    fn elf(class: u8, machine: u16) -> Vec<u8> {
        let mut head = vec![0x7f, b'E', b'L', b'F', class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0];
        head.extend(machine.to_le_bytes());
        head.resize(if class == 1 { 52 } else { 64 }, 0);
        head
    }

    #[test]
    fn garbage_empty_and_missing_files_are_no_modules() {
        let fault = |reason| Err(TokenError::ModuleNotLoadable { reason });
        assert_eq!(check(b"this is not a library at all"), fault(ModuleFault::NotALibrary));
        assert_eq!(check(b""), fault(ModuleFault::NotALibrary));
        assert_eq!(check_module_file(Path::new("/nonexistent/module.so")), fault(ModuleFault::Unreadable));
        assert_eq!(check_module_file(&std::env::temp_dir()), fault(ModuleFault::Unreadable));
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn a_library_for_another_processor_is_named() {
        assert_eq!(check(&elf(1, 3)), Err(TokenError::WrongArchitecture { found: "i386".into() }));
        assert_eq!(check(&elf(2, 183)), Err(TokenError::WrongArchitecture { found: "aarch64".into() }));
    }

    #[test]
    fn a_library_without_the_entry_point_is_no_pkcs11_module() {
        let executable = std::env::current_exe().unwrap();
        assert_eq!(
            check_module_file(&executable),
            Err(TokenError::ModuleNotLoadable { reason: ModuleFault::NotPkcs11 })
        );
    }

    #[test]
    fn a_damaged_library_never_panics() {
        let whole = elf(2, 62);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let _ = check(&damaged);
            let _ = check(&whole[..at]);
        }
    }
}
