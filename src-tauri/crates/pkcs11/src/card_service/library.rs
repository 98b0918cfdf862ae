//! The system's card service (PC/SC) by its C interface, loaded while the program runs: a computer without it, or without
//! a reader, still starts. Only what tells of readers is called; no card is ever spoken to.
#![allow(unsafe_code)] // Calls into a system library.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Duration;

use libloading::Library;

use super::CardServiceFault;

/// DWORD and LONG have 64 bits with pcsc-lite, 32 bits on Windows and macOS.
#[cfg(all(unix, not(target_os = "macos")))]
mod c {
    pub(super) type Dword = std::ffi::c_ulong;
    pub(super) type Long = std::ffi::c_long;
    pub(super) type Context = Long;
    pub(super) const ATR_ROOM: usize = 33;
    pub(super) const LIBRARIES: [&str; 2] = ["libpcsclite.so.1", "libpcsclite_real.so.1"];
    pub(super) const SUFFIX: &str = "";
}
#[cfg(target_os = "macos")]
mod c {
    pub(super) type Dword = u32;
    pub(super) type Long = i32;
    pub(super) type Context = i32;
    pub(super) const ATR_ROOM: usize = 33;
    pub(super) const LIBRARIES: [&str; 1] = ["/System/Library/Frameworks/PCSC.framework/PCSC"];
    pub(super) const SUFFIX: &str = "";
}
#[cfg(windows)]
mod c {
    pub(super) type Dword = u32;
    pub(super) type Long = i32;
    pub(super) type Context = usize;
    pub(super) const ATR_ROOM: usize = 36;
    pub(super) const LIBRARIES: [&str; 1] = ["winscard.dll"];
    pub(super) const SUFFIX: &str = "A";
}
use c::{ATR_ROOM, Context, Dword, Long};

/// SCARD_READERSTATE.
#[repr(C)]
#[cfg_attr(target_os = "macos", repr(packed))]
#[derive(Clone, Copy)]
struct ReaderState {
    name: *const c_char,
    user_data: *mut c_void,
    current: Dword,
    event: Dword,
    atr_len: Dword,
    atr: [u8; ATR_ROOM],
}

const SCOPE_USER: Dword = 0;
const STATE_CHANGED: Dword = 0x0002;
const STATE_PRESENT: Dword = 0x0020;
const SUCCESS: u32 = 0;
const TIMEOUT: u32 = 0x8010_000A;
const NO_READERS: u32 = 0x8010_002E;
/// The longest list of readers asked for, in bytes.
const MOST_NAMES: usize = 64 * 1024;

type Establish = unsafe extern "system" fn(Dword, *const c_void, *const c_void, *mut Context) -> Long;
type Release = unsafe extern "system" fn(Context) -> Long;
type ListReaders = unsafe extern "system" fn(Context, *const c_char, *mut c_char, *mut Dword) -> Long;
type GetStatusChange = unsafe extern "system" fn(Context, Dword, *mut ReaderState, Dword) -> Long;

/// A connection to the card service. Used by one thread.
pub(super) struct Service {
    context: Context,
    release: Release,
    list_readers: ListReaders,
    get_status_change: GetStatusChange,
    /// Keeps the functions where they are.
    _library: Library,
}

/// A reader as the service last showed it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reader {
    pub(super) name: CString,
    /// The state to wait for a change of.
    state: u64,
    pub(super) present: bool,
    pub(super) atr: Vec<u8>,
}

impl Service {
    /// Connects; `library` names another library than the system's, for tests.
    pub(super) fn connect(library: Option<&str>) -> Result<Self, CardServiceFault> {
        let named: Vec<&str> = library.map_or_else(|| c::LIBRARIES.to_vec(), |library| vec![library]);
        // SAFETY: the system's own library; its initialisers do nothing but set up memory.
        let loaded = named.iter().find_map(|name| unsafe { Library::new(name) }.ok());
        let library = loaded.ok_or(CardServiceFault::NotInstalled)?;
        let (establish, release, list_readers, get_status_change) = (
            symbol::<Establish>(&library, "SCardEstablishContext")?,
            symbol::<Release>(&library, "SCardReleaseContext")?,
            symbol::<ListReaders>(&library, &format!("SCardListReaders{}", c::SUFFIX))?,
            symbol::<GetStatusChange>(&library, &format!("SCardGetStatusChange{}", c::SUFFIX))?,
        );
        let mut context = Context::default();
        // SAFETY: `context` is writable; the reserved arguments are NULL.
        checked(unsafe { establish(SCOPE_USER, ptr::null(), ptr::null(), &mut context) })?;
        Ok(Self { context, release, list_readers, get_status_change, _library: library })
    }

    /// The readers and what is in them now.
    pub(super) fn readers(&self) -> Result<Vec<Reader>, CardServiceFault> {
        let mut readers: Vec<Reader> = self
            .names()?
            .into_iter()
            .map(|name| Reader { name, state: 0, present: false, atr: Vec::new() })
            .collect();
        // Not knowing the state, the service answers at once.
        self.wait(&mut readers, Duration::ZERO)?;
        Ok(readers)
    }

    fn names(&self) -> Result<Vec<CString>, CardServiceFault> {
        let mut names = vec![0_u8; MOST_NAMES];
        let mut len = MOST_NAMES as Dword;
        // SAFETY: `names` has room for `len` bytes; no groups are named.
        let rv =
            unsafe { (self.list_readers)(self.context, ptr::null(), names.as_mut_ptr().cast(), &mut len) };
        if code(rv) == NO_READERS {
            return Ok(Vec::new());
        }
        checked(rv)?;
        names.truncate(usize::try_from(len).unwrap_or_default().min(MOST_NAMES));
        // Names end with a zero each, the list with one more.
        let parts = names.split(|byte| *byte == 0).take_while(|name| !name.is_empty());
        Ok(parts.filter_map(|name| CString::new(name).ok()).collect())
    }

    /// Waits until one of the readers shows another state, or for so long. Answers whether one did.
    pub(super) fn wait(&self, readers: &mut [Reader], most: Duration) -> Result<bool, CardServiceFault> {
        let mut states: Vec<ReaderState> = readers.iter().map(state).collect();
        let timeout = Dword::try_from(most.as_millis()).unwrap_or(Dword::MAX);
        let count = Dword::try_from(states.len()).unwrap_or_default();
        // SAFETY: `states` has `count` items whose names outlive the call.
        let rv = unsafe { (self.get_status_change)(self.context, timeout, states.as_mut_ptr(), count) };
        if code(rv) == TIMEOUT {
            return Ok(false);
        }
        checked(rv)?;
        let mut changed = false;
        for (reader, state) in readers.iter_mut().zip(states) {
            let event = state.event;
            changed |= event & STATE_CHANGED != 0;
            let len = usize::try_from(state.atr_len).unwrap_or_default().min(ATR_ROOM);
            let atr = state.atr;
            #[allow(clippy::useless_conversion)] // 32 bits on Windows and macOS.
            let kept = u64::from(event & !STATE_CHANGED);
            (reader.state, reader.present, reader.atr) =
                (kept, event & STATE_PRESENT != 0, atr[..len].to_vec());
        }
        Ok(changed)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is used no more.
        unsafe { (self.release)(self.context) };
    }
}

fn state(reader: &Reader) -> ReaderState {
    let name: &CStr = &reader.name;
    // SAFETY: numbers, bytes and NULL pointers may all be zero.
    let empty: ReaderState = unsafe { MaybeUninit::zeroed().assume_init() };
    ReaderState { name: name.as_ptr(), current: reader.state as Dword, ..empty }
}

fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T, CardServiceFault> {
    // SAFETY: `T` is the function's type by the PC/SC standard.
    let found = unsafe { library.get::<T>(name.as_bytes()) };
    found.map(|symbol| *symbol).map_err(|_| CardServiceFault::NotInstalled)
}

/// The code in the low 32 bits, however wide a LONG is.
fn code(rv: Long) -> u32 {
    rv as u32
}

fn checked(rv: Long) -> Result<(), CardServiceFault> {
    match code(rv) {
        SUCCESS => Ok(()),
        code => Err(CardServiceFault::Refused { code: format!("{code:#010x}") }),
    }
}
