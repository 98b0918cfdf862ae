//! The C functions of PKCS#11 v2.40 this token has: thin, each takes its caller's pointers apart and asks [`Module`].
#![allow(unsafe_code)] // The C interface of the module: every function takes raw pointers from its caller.
#![allow(non_snake_case)] // The names are the standard's.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::dispatch::{call, lifecycle};
use crate::memory::{bytes, fill, padded, room, template_len, write, write_list};
use crate::module::{Module, NEW_TOKEN, ODD_SLOTS, UNKNOWN_CARD};
use crate::script::{Way, has, note};

/// The most bytes one value of a search template, or a PIN, may have: far more than any real one.
const MOST_VALUE: usize = 64 * 1024;
/// The most data of one C_Sign or C_SignUpdate call.
const MOST_INPUT: usize = 64 << 20;

pub(crate) unsafe extern "C" fn C_Initialize(arguments: *mut c_void) -> CK_RV {
    lifecycle("C_Initialize", |module| {
        if !arguments.is_null() {
            // SAFETY: a non-NULL argument points to CK_C_INITIALIZE_ARGS (PKCS#11 v2.40, 5.4).
            let given = unsafe { arguments.cast::<CK_C_INITIALIZE_ARGS>().read_unaligned() };
            let mutexes = [
                { given.CreateMutex }.is_some(),
                { given.DestroyMutex }.is_some(),
                { given.LockMutex }.is_some(),
                { given.UnlockMutex }.is_some(),
            ];
            let all_or_none = mutexes.iter().all(|given| *given) || mutexes.iter().all(|given| !given);
            if !{ given.pReserved }.is_null() || !all_or_none {
                return Err(CKR_ARGUMENTS_BAD);
            }
            if has(Way::CantLock) {
                return Err(CKR_CANT_LOCK);
            }
            // Own mutexes alone cannot be honoured: this module locks with those of the system.
            if mutexes[0] && given.flags & CKF_OS_LOCKING_OK == 0 {
                return Err(CKR_CANT_LOCK);
            }
        }
        if module.is_some() {
            return Err(CKR_CRYPTOKI_ALREADY_INITIALIZED);
        }
        *module = Some(Module::new()?);
        if has(Way::ExitHangs) {
            hold_up_exit();
        }
        Ok(())
    })
}

/// Has the end of the process wait for ever, unless it ends without asking anybody.
fn hold_up_exit() {
    extern "C" fn wait() {
        loop {
            std::thread::park();
        }
    }
    unsafe extern "C" {
        fn atexit(run: extern "C" fn()) -> std::ffi::c_int;
    }
    // SAFETY: a function of the C library that takes a function.
    unsafe { atexit(wait) };
}

pub(crate) unsafe extern "C" fn C_Finalize(reserved: *mut c_void) -> CK_RV {
    lifecycle("C_Finalize", |module| {
        if !reserved.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        module.take().map(drop).ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)
    })
}

pub(crate) unsafe extern "C" fn C_GetInfo(info: *mut CK_INFO) -> CK_RV {
    call("C_GetInfo", |_| {
        let value = CK_INFO {
            cryptokiVersion: CK_VERSION { major: 2, minor: 40 },
            manufacturerID: padded(b"Moc Ban"),
            flags: 0,
            libraryDescription: padded(b"Moc Ban training token"),
            libraryVersion: VERSION,
        };
        // SAFETY: the caller vouches for `info`.
        unsafe { write(info, value) }
    })
}

pub(crate) unsafe extern "C" fn C_GetSlotList(
    with_token: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    call("C_GetSlotList", |module| {
        // SAFETY: the caller vouches for `slots` having room for `*count`.
        unsafe { write_list(&module.slots(with_token != CK_FALSE), slots, count) }
    })
}

pub(crate) unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    call("C_GetSlotInfo", |module| {
        if !module.slots(false).contains(&slot) {
            return Err(CKR_SLOT_ID_INVALID);
        }
        let odd = ODD_SLOTS.contains(&slot);
        let present = if odd || module.plugged_in() { CKF_TOKEN_PRESENT } else { 0 };
        let value = CK_SLOT_INFO {
            slotDescription: padded(b"Moc Ban training reader"),
            manufacturerID: padded(b"Moc Ban"),
            flags: present | CKF_REMOVABLE_DEVICE,
            hardwareVersion: VERSION,
            firmwareVersion: VERSION,
        };
        // SAFETY: the caller vouches for `info`.
        unsafe { write(info, value) }
    })
}

pub(crate) unsafe extern "C" fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    call("C_GetTokenInfo", |module| {
        if has(Way::VirtualReaders) && slot == UNKNOWN_CARD {
            return Err(CKR_TOKEN_NOT_RECOGNIZED);
        }
        if has(Way::VirtualReaders) && slot == NEW_TOKEN {
            // SAFETY: the caller vouches for `info`.
            return unsafe { write(info, CK_TOKEN_INFO::default()) };
        }
        let sessions = module.session_count(slot) as CK_ULONG;
        let token = module.token(slot)?;
        let flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_WRITE_PROTECTED | token.pin_flags();
        let value = CK_TOKEN_INFO {
            label: padded(&token.label),
            manufacturerID: padded(b"Moc Ban"),
            model: padded(b"Tap huan"),
            serialNumber: padded(&token.serial),
            flags,
            ulMaxSessionCount: CK_EFFECTIVELY_INFINITE,
            ulSessionCount: sessions,
            ulMaxRwSessionCount: CK_EFFECTIVELY_INFINITE,
            ulRwSessionCount: CK_UNAVAILABLE_INFORMATION,
            ulMaxPinLen: 16,
            ulMinPinLen: 4,
            ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: VERSION,
            firmwareVersion: VERSION,
            utcTime: padded(b""),
        };
        // SAFETY: the caller vouches for `info`.
        unsafe { write(info, value) }
    })
}

pub(crate) unsafe extern "C" fn C_GetMechanismList(
    slot: CK_SLOT_ID,
    mechanisms: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    call("C_GetMechanismList", |module| {
        let own = module.token(slot)?.mechanisms();
        // SAFETY: the caller vouches for `mechanisms` having room for `*count`.
        unsafe { write_list(&own, mechanisms, count) }
    })
}

pub(crate) unsafe extern "C" fn C_GetMechanismInfo(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    call("C_GetMechanismInfo", |module| {
        if !module.token(slot)?.mechanisms().contains(&mechanism) {
            return Err(CKR_MECHANISM_INVALID);
        }
        let value = CK_MECHANISM_INFO { ulMinKeySize: 2048, ulMaxKeySize: 2048, flags: CKF_SIGN };
        // SAFETY: the caller vouches for `info`.
        unsafe { write(info, value) }
    })
}

pub(crate) unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: *mut c_void,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    call("C_OpenSession", |module| {
        if session.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        let handle = module.open_session(slot, flags)?;
        // SAFETY: the caller vouches for `session`.
        unsafe { write(session, handle) }
    })
}

pub(crate) unsafe extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    call("C_CloseSession", |module| module.close_session(session))
}

pub(crate) unsafe extern "C" fn C_CloseAllSessions(slot: CK_SLOT_ID) -> CK_RV {
    call("C_CloseAllSessions", |module| module.close_all_sessions(slot))
}

pub(crate) unsafe extern "C" fn C_GetSessionInfo(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    call("C_GetSessionInfo", |module| {
        let (session, token) = module.session(session)?;
        let state = match (session.read_write, token.logged_in) {
            (false, false) => CKS_RO_PUBLIC_SESSION,
            (false, true) => CKS_RO_USER_FUNCTIONS,
            (true, false) => CKS_RW_PUBLIC_SESSION,
            (true, true) => CKS_RW_USER_FUNCTIONS,
        };
        let flags = CKF_SERIAL_SESSION | if session.read_write { CKF_RW_SESSION } else { 0 };
        let value = CK_SESSION_INFO { slotID: session.slot, state, flags, ulDeviceError: 0 };
        // SAFETY: the caller vouches for `info`.
        unsafe { write(info, value) }
    })
}

pub(crate) unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    pin_len: CK_ULONG,
) -> CK_RV {
    call("C_Login", |module| {
        let (session, token) = module.session(session)?;
        // SAFETY: the caller vouches for `pin` having `pin_len` bytes.
        let given = unsafe { bytes(pin, pin_len, MOST_VALUE) }?;
        let given = (!pin.is_null()).then_some(given);
        note(&format!("  PIN for {}", String::from_utf8_lossy(&token.serial)));
        match user {
            CKU_USER => token.login(given),
            CKU_CONTEXT_SPECIFIC => session.context_login(token, given),
            _ => Err(CKR_USER_TYPE_INVALID),
        }
    })
}

pub(crate) unsafe extern "C" fn C_Logout(session: CK_SESSION_HANDLE) -> CK_RV {
    call("C_Logout", |module| {
        let (_, token) = module.session(session)?;
        if !token.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        token.logged_in = false;
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn C_GetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    call("C_GetAttributeValue", |module| {
        let (_, token) = module.session(session)?;
        let object = token.object(object).ok_or(CKR_OBJECT_HANDLE_INVALID)?;
        let count = template_len(template, count)?;
        let mut outcome = Ok(());
        for index in 0..count {
            // SAFETY: the caller vouches for `count` attributes.
            let place = unsafe { template.add(index) };
            let mut attribute = unsafe { place.read_unaligned() };
            let value = object.attribute(attribute.type_);
            // One attribute that cannot be read does not keep the others from being read (5.7 C_GetAttributeValue).
            // SAFETY: the caller vouches for `pValue` having `ulValueLen` bytes.
            if let Err(code) = unsafe { fill(&mut attribute, value) } {
                outcome = Err(code);
            }
            unsafe { place.write_unaligned(attribute) };
        }
        outcome
    })
}

pub(crate) unsafe extern "C" fn C_FindObjectsInit(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    call("C_FindObjectsInit", |module| {
        let mut wanted = Vec::new();
        if count > 0 {
            for index in 0..template_len(template, count)? {
                // SAFETY: the caller vouches for `count` attributes, and for the value of each.
                let attribute = unsafe { template.add(index).read_unaligned() };
                let value = unsafe { bytes(attribute.pValue.cast(), attribute.ulValueLen, MOST_VALUE) }?;
                wanted.push((attribute.type_, value.to_vec()));
            }
        }
        let (session, token) = module.session(session)?;
        let certificates = [(CKA_CLASS, CKO_CERTIFICATE.to_ne_bytes().to_vec())];
        if has(Way::PrivateSearchHangs) && !token.logged_in && wanted != certificates {
            loop {
                std::thread::park();
            }
        }
        if has(Way::NoValueSearch) && wanted.iter().any(|(kind, _)| *kind == CKA_VALUE) {
            return Err(CKR_ATTRIBUTE_TYPE_INVALID);
        }
        let found =
            token.visible().filter(|object| object.matches(&wanted)).map(|object| object.handle).collect();
        session.find_init(found)
    })
}

pub(crate) unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    call("C_FindObjects", |module| {
        if objects.is_null() || count.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        let (session, _) = module.session(session)?;
        let found = session.find(usize::try_from(most).map_err(|_| CKR_ARGUMENTS_BAD)?)?;
        for (index, handle) in found.iter().enumerate() {
            // SAFETY: the caller vouches for room for `most` handles; no more were found.
            unsafe { objects.add(index).write_unaligned(*handle) };
        }
        // SAFETY: the caller vouches for `count`.
        unsafe { write(count, found.len() as CK_ULONG) }
    })
}

pub(crate) unsafe extern "C" fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call("C_FindObjectsFinal", |module| module.session(session)?.0.find_final())
}

pub(crate) unsafe extern "C" fn C_SignInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    call("C_SignInit", |module| {
        if mechanism.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: not NULL, and the caller vouches for it.
        let mechanism = unsafe { mechanism.read_unaligned() };
        let (session, token) = module.session(session)?;
        if !token.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        session.sign_init(mechanism.mechanism, key, token.key(key)?)
    })
}

pub(crate) unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    call("C_Sign", |module| {
        let (session, token) = module.session(session)?;
        let len = session.signing(token)?;
        // SAFETY: the caller vouches for `signature_len`, if it is not NULL.
        let given = unsafe { signature_len.as_ref() }.copied();
        if has(Way::NoLargeBuffer) && given.is_some_and(|given| given > 512) {
            return Err(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: the caller vouches for `signature_len`, and for `signature` having that many bytes.
        if !unsafe { room(signature, signature_len, len) }? {
            if has(Way::SignQueryEnds) {
                session.end_signature();
            }
            return Ok(());
        }
        // SAFETY: the caller vouches for `data` having `data_len` bytes.
        let made = session.sign("C_Sign", token, unsafe { bytes(data, data_len, MOST_INPUT) }?)?;
        // SAFETY: `room` has checked that there is room for it.
        unsafe { write_list(&made, signature, signature_len) }
    })
}

pub(crate) unsafe extern "C" fn C_SignUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    call("C_SignUpdate", |module| {
        // SAFETY: the caller vouches for `part` having `part_len` bytes.
        module.session(session)?.0.sign_update(unsafe { bytes(part, part_len, MOST_INPUT) }?)
    })
}

pub(crate) unsafe extern "C" fn C_SignFinal(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    call("C_SignFinal", |module| {
        let (session, token) = module.session(session)?;
        let len = session.signing(token)?;
        // SAFETY: the caller vouches for `signature_len`, and for `signature` having that many bytes.
        if !unsafe { room(signature, signature_len, len) }? {
            return Ok(());
        }
        let made = session.sign("C_SignFinal", token, &[])?;
        // SAFETY: `room` has checked that there is room for it.
        unsafe { write_list(&made, signature, signature_len) }
    })
}

pub(crate) unsafe extern "C" fn C_WaitForSlotEvent(
    _flags: CK_FLAGS,
    _slot: *mut CK_SLOT_ID,
    _reserved: *mut c_void,
) -> CK_RV {
    note("C_WaitForSlotEvent");
    while has(Way::WaitBlocks) {
        std::thread::park();
    }
    CKR_FUNCTION_NOT_SUPPORTED
}

pub(crate) unsafe extern "C" fn not_parallel(_session: CK_SESSION_HANDLE) -> CK_RV {
    CKR_FUNCTION_NOT_PARALLEL
}

const VERSION: CK_VERSION = CK_VERSION { major: 0, minor: 1 };
