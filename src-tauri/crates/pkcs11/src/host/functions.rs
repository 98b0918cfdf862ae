//! The module's C functions, each called in one place: NULL entries are refused, return values named, every call timed.
//!
//! It stands on `cryptoki`'s bindings, types and codes, but calls past its wrapper, because drivers fail at the way the
//! wrapper calls them: it asks for every size first with a NULL buffer, to which some answer 0 or end the operation; it
//! gives a module up whose C_GetInterface fails; it gives a token up whose clock is nonsense. Here values are read in one
//! call into a buffer of sufficient size, by the plain table of PKCS#11 v2.40 that every module must have.
#![allow(unsafe_code)] // Calls through the module's function table.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::Path;
use std::ptr;
use std::time::Instant;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, Rv};
use cryptoki_sys::*;

use crate::token::CallTiming;

/// More slots, and more mechanisms, than any module has.
const MOST_SLOTS: usize = 256;
const MOST_MECHANISMS: usize = 1024;

/// A loaded module. It is never unloaded and never finalised: some deadlock in either.
pub(super) struct Functions {
    pub(super) table: CK_FUNCTION_LIST,
    timings: RefCell<BTreeMap<String, CallTiming>>,
    /// Set when a query for a size was answered with 0 although there was something.
    pub(super) answers_zero: Cell<bool>,
    /// Keeps the library loaded.
    _library: Pkcs11,
}

/// Calls one function of the table.
macro_rules! call {
    ($functions:expr, $name:ident, $function:ident $(, $argument:expr)* $(,)?) => {{
        match { $functions.table.$name } {
            // SAFETY: each caller says why its pointers are good.
            Some(entry) => $functions.timed(Function::$function, || unsafe { entry($($argument),*) }),
            None => Err(Error::NullFunctionPointer),
        }
    }};
}
pub(super) use call;

impl Functions {
    /// Loads a module and asks for its table; nothing is initialised yet.
    pub(super) fn load(path: &Path) -> Result<Self> {
        // SAFETY: the file was checked to be a PKCS#11 module, and this process exists to run it.
        let library = unsafe { Pkcs11::new(path) }?;
        let get =
            library.C_GetFunctionList.as_ref().map_err(|_| Error::MissingSymbol("C_GetFunctionList"))?;
        let mut list = ptr::null_mut();
        // SAFETY: the function has the standard's signature, `list` is writable.
        Rv::from(unsafe { get(&mut list) }).into_result(Function::GetFunctionList)?;
        if list.is_null() {
            return Err(Error::NullFunctionPointer);
        }
        // SAFETY: not NULL; the standard has it point to a table that lives as long as the library.
        let table = unsafe { list.read_unaligned() };
        Ok(Self { table, timings: RefCell::default(), answers_zero: Cell::new(false), _library: library })
    }

    /// How often each function was called, and how long it took.
    pub(super) fn timings(&self) -> Vec<CallTiming> {
        self.timings.borrow().values().cloned().collect()
    }

    /// C_Initialize. `parameters` are for modules that take a text of their own there, as NSS does. Without `locking` a
    /// module that refuses every kind of it is initialised all the same: one thread calls it anyway.
    pub(super) fn initialize(&self, parameters: Option<&str>, locking: bool) -> Result<()> {
        let parameters = parameters.map(CString::new).transpose().map_err(Error::NulError)?;
        let reserved = parameters.as_ref().map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut().cast());
        let flags = if locking { CKF_OS_LOCKING_OK } else { 0 };
        let mut arguments = CK_C_INITIALIZE_ARGS { flags, pReserved: reserved, ..Default::default() };
        let pointer: *mut std::ffi::c_void = match (locking, &parameters) {
            (false, None) => ptr::null_mut(),
            _ => (&raw mut arguments).cast(),
        };
        // `pointer` is NULL, which is allowed (PKCS#11 v2.40, 5.4), or points to arguments that outlive the call.
        call!(self, C_Initialize, Initialize, pointer)
    }

    /// C_GetInfo.
    pub(super) fn info(&self) -> Result<CK_INFO> {
        let mut info = CK_INFO::default();
        call!(self, C_GetInfo, GetInfo, &mut info)?;
        Ok(info)
    }

    /// Slots that hold a token now.
    pub(super) fn slots_with_token(&self) -> Result<Vec<CK_SLOT_ID>> {
        // Only a call with NULL has a module look for new readers (PKCS#11 v2.40, 5.5); its count is not needed.
        let mut announced = 0;
        call!(self, C_GetSlotList, GetSlotList, CK_TRUE, ptr::null_mut(), &mut announced)?;
        let mut slots = vec![0; MOST_SLOTS];
        let mut count = CK_ULONG::try_from(slots.len())?;
        // `slots` has room for `count` ids.
        call!(self, C_GetSlotList, GetSlotList, CK_TRUE, slots.as_mut_ptr(), &mut count)?;
        slots.truncate(usize::try_from(count)?);
        self.noticed(announced, slots.len());
        Ok(slots)
    }

    /// C_GetSlotInfo.
    pub(super) fn slot_info(&self, slot: CK_SLOT_ID) -> Result<CK_SLOT_INFO> {
        let mut info = CK_SLOT_INFO::default();
        call!(self, C_GetSlotInfo, GetSlotInfo, slot, &mut info)?;
        Ok(info)
    }

    /// C_GetTokenInfo.
    pub(super) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO> {
        let mut info = CK_TOKEN_INFO::default();
        call!(self, C_GetTokenInfo, GetTokenInfo, slot, &mut info)?;
        Ok(info)
    }

    /// C_GetMechanismList.
    pub(super) fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>> {
        let mut mechanisms = vec![0; MOST_MECHANISMS];
        let mut count = CK_ULONG::try_from(mechanisms.len())?;
        // `mechanisms` has room for `count` numbers.
        call!(self, C_GetMechanismList, GetMechanismList, slot, mechanisms.as_mut_ptr(), &mut count)?;
        mechanisms.truncate(usize::try_from(count)?);
        Ok(mechanisms)
    }

    /// C_OpenSession, read-only: some drivers refuse another (and nothing here writes).
    pub(super) fn open_session(&self, slot: CK_SLOT_ID) -> Result<CK_SESSION_HANDLE> {
        let mut session = 0;
        call!(
            self,
            C_OpenSession,
            OpenSession,
            slot,
            CKF_SERIAL_SESSION,
            ptr::null_mut(),
            None,
            &mut session
        )?;
        Ok(session)
    }

    /// Runs one call, and remembers how long it took.
    pub(super) fn timed(&self, function: Function, call: impl FnOnce() -> CK_RV) -> Result<()> {
        let name = format!("C_{function:?}");
        let begun = Instant::now();
        let rv = call();
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut timings = self.timings.borrow_mut();
        let timing = timings.entry(name.clone()).or_insert_with(|| CallTiming::new(name));
        timing.add(micros, rv != CKR_OK);
        Rv::from(rv).into_result(function)
    }

    /// A query that announced nothing, although there was something.
    pub(super) fn noticed(&self, announced: CK_ULONG, found: usize) {
        if announced == 0 && found > 0 {
            self.answers_zero.set(true);
        }
    }
}
