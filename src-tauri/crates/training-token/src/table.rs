//! The table of functions a module hands out, and the two symbols it exports.
//!
//! Functions this token does not have answer CKR_FUNCTION_NOT_SUPPORTED; no pointer in the table is NULL.
#![allow(unsafe_code)] // The exported C symbol and the table shared with C.

use std::sync::LazyLock;

use cryptoki_sys::*;

use crate::abi::*;
use crate::memory::write;
use crate::script::{Way, has, script};

/// The table with all functions, the only symbol a PKCS#11 v2.40 module must export.
///
/// # Safety
/// `list` must be NULL or point to writable memory for one pointer.
#[unsafe(no_mangle)]
#[allow(non_snake_case)] // The name is the standard's.
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: the caller vouches for `list`; the table is never written through the pointer handed out.
    match unsafe { write(list, (&raw const SCRIPTED.0).cast_mut()) } {
        Ok(()) => CKR_OK,
        Err(code) => code,
    }
}

/// An interface that can be handed out.
struct Interface(CK_INTERFACE);
// SAFETY: it points to tables that are never written.
unsafe impl Sync for Interface {}
// SAFETY: as above.
unsafe impl Send for Interface {}

static INTERFACE: LazyLock<Interface> = LazyLock::new(|| {
    Interface(CK_INTERFACE {
        pInterfaceName: c"PKCS 11".as_ptr().cast_mut().cast(),
        pFunctionList: (&raw const SCRIPTED.0).cast_mut().cast(),
        flags: 0,
    })
});

/// The same table as a PKCS#11 v3.0 caller asks for it. It knows the one interface, whatever is asked for.
///
/// # Safety
/// `interface` must be NULL or point to writable memory for one pointer.
#[unsafe(no_mangle)]
#[allow(non_snake_case)] // The name is the standard's.
pub unsafe extern "C" fn C_GetInterface(
    _name: *mut CK_UTF8CHAR,
    _version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    _flags: CK_FLAGS,
) -> CK_RV {
    if has(Way::NoInterface) {
        return CKR_GENERAL_ERROR;
    }
    // SAFETY: the caller vouches for `interface`; what it points to is never written.
    match unsafe { write(interface, (&raw const INTERFACE.0).cast_mut()) } {
        Ok(()) => CKR_OK,
        Err(code) => code,
    }
}

/// The table with the holes a script makes.
static SCRIPTED: LazyLock<Shared> = LazyLock::new(|| {
    let mut table = FUNCTIONS.0;
    for function in &script().null {
        match function.as_str() {
            "C_GetInfo" => table.C_GetInfo = None,
            "C_GetSlotInfo" => table.C_GetSlotInfo = None,
            "C_GetMechanismList" => table.C_GetMechanismList = None,
            "C_GetSessionInfo" => table.C_GetSessionInfo = None,
            "C_CloseSession" => table.C_CloseSession = None,
            "C_Logout" => table.C_Logout = None,
            "C_Login" => table.C_Login = None,
            "C_Sign" => table.C_Sign = None,
            "C_WaitForSlotEvent" => table.C_WaitForSlotEvent = None,
            // A test with a name that is not in the list must not pass for another reason.
            _ => std::process::abort(),
        }
    }
    Shared(table)
});

/// Defines refusals for functions of some number of arguments; their types follow from the place in the table.
macro_rules! refusals {
    ($($name:ident($($argument:ident),+);)+) => {
        $(unsafe extern "C" fn $name<$($argument),+>($(_: $argument),+) -> CK_RV {
            CKR_FUNCTION_NOT_SUPPORTED
        })+
    };
}

refusals! {
    refuse2(A, B);
    refuse3(A, B, C);
    refuse4(A, B, C, D);
    refuse5(A, B, C, D, E);
    refuse6(A, B, C, D, E, F);
    refuse8(A, B, C, D, E, F, G, H);
}

/// The table may be shared between threads: it is never written.
struct Shared(CK_FUNCTION_LIST);
// SAFETY: the table holds function pointers only and is never written.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

static FUNCTIONS: Shared = Shared(CK_FUNCTION_LIST {
    version: CK_VERSION { major: 2, minor: 40 },
    C_Initialize: Some(C_Initialize),
    C_Finalize: Some(C_Finalize),
    C_GetInfo: Some(C_GetInfo),
    C_GetFunctionList: Some(C_GetFunctionList),
    C_GetSlotList: Some(C_GetSlotList),
    C_GetSlotInfo: Some(C_GetSlotInfo),
    C_GetTokenInfo: Some(C_GetTokenInfo),
    C_GetMechanismList: Some(C_GetMechanismList),
    C_GetMechanismInfo: Some(C_GetMechanismInfo),
    C_InitToken: Some(refuse4),
    C_InitPIN: Some(refuse3),
    C_SetPIN: Some(refuse5),
    C_OpenSession: Some(C_OpenSession),
    C_CloseSession: Some(C_CloseSession),
    C_CloseAllSessions: Some(C_CloseAllSessions),
    C_GetSessionInfo: Some(C_GetSessionInfo),
    C_GetOperationState: Some(refuse3),
    C_SetOperationState: Some(refuse5),
    C_Login: Some(C_Login),
    C_Logout: Some(C_Logout),
    C_CreateObject: Some(refuse4),
    C_CopyObject: Some(refuse5),
    C_DestroyObject: Some(refuse2),
    C_GetObjectSize: Some(refuse3),
    C_GetAttributeValue: Some(C_GetAttributeValue),
    C_SetAttributeValue: Some(refuse4),
    C_FindObjectsInit: Some(C_FindObjectsInit),
    C_FindObjects: Some(C_FindObjects),
    C_FindObjectsFinal: Some(C_FindObjectsFinal),
    C_EncryptInit: Some(refuse3),
    C_Encrypt: Some(refuse5),
    C_EncryptUpdate: Some(refuse5),
    C_EncryptFinal: Some(refuse3),
    C_DecryptInit: Some(refuse3),
    C_Decrypt: Some(refuse5),
    C_DecryptUpdate: Some(refuse5),
    C_DecryptFinal: Some(refuse3),
    C_DigestInit: Some(refuse2),
    C_Digest: Some(refuse5),
    C_DigestUpdate: Some(refuse3),
    C_DigestKey: Some(refuse2),
    C_DigestFinal: Some(refuse3),
    C_SignInit: Some(C_SignInit),
    C_Sign: Some(C_Sign),
    C_SignUpdate: Some(C_SignUpdate),
    C_SignFinal: Some(C_SignFinal),
    C_SignRecoverInit: Some(refuse3),
    C_SignRecover: Some(refuse5),
    C_VerifyInit: Some(refuse3),
    C_Verify: Some(refuse5),
    C_VerifyUpdate: Some(refuse3),
    C_VerifyFinal: Some(refuse3),
    C_VerifyRecoverInit: Some(refuse3),
    C_VerifyRecover: Some(refuse5),
    C_DigestEncryptUpdate: Some(refuse5),
    C_DecryptDigestUpdate: Some(refuse5),
    C_SignEncryptUpdate: Some(refuse5),
    C_DecryptVerifyUpdate: Some(refuse5),
    C_GenerateKey: Some(refuse5),
    C_GenerateKeyPair: Some(refuse8),
    C_WrapKey: Some(refuse6),
    C_UnwrapKey: Some(refuse8),
    C_DeriveKey: Some(refuse6),
    C_SeedRandom: Some(refuse3),
    C_GenerateRandom: Some(refuse3),
    C_GetFunctionStatus: Some(not_parallel),
    C_CancelFunction: Some(not_parallel),
    C_WaitForSlotEvent: Some(C_WaitForSlotEvent),
});
