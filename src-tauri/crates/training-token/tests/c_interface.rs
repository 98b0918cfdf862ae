//! The module through its C interface, as a careless or hostile caller uses it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]
#![allow(unsafe_code)] // The C interface is what is tested.

use std::ptr::{null_mut, without_provenance_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::*;
use mocban_training_token::{C_GetFunctionList, PIN};

/// The module is one per process: tests take turns with it.
static TURN: Mutex<()> = Mutex::new(());

struct Module {
    f: CK_FUNCTION_LIST,
    _turn: MutexGuard<'static, ()>,
}

/// Calls a function of the table.
macro_rules! c {
    ($module:expr, $function:ident $(, $argument:expr)*) => {
        // SAFETY: each test passes what the standard allows, or NULL.
        unsafe { ({ $module.f.$function }.unwrap())($($argument),*) }
    };
}

fn functions() -> CK_FUNCTION_LIST {
    let mut list = null_mut();
    // SAFETY: `list` is writable, and what comes back points to a table that is always there.
    unsafe {
        assert_eq!(C_GetFunctionList(&mut list), CKR_OK);
        assert_eq!(C_GetFunctionList(null_mut()), CKR_ARGUMENTS_BAD);
        list.read_unaligned()
    }
}

impl Module {
    fn new() -> Self {
        let module = Self { f: functions(), _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) };
        assert_eq!(c!(module, C_Initialize, null_mut()), CKR_OK);
        module
    }

    fn session(&self) -> CK_SESSION_HANDLE {
        let mut session = 0;
        assert_eq!(c!(self, C_OpenSession, 0, CKF_SERIAL_SESSION, null_mut(), None, &mut session), CKR_OK);
        session
    }

    fn login(&self, session: CK_SESSION_HANDLE, pin: &str) -> CK_RV {
        let mut pin = pin.as_bytes().to_vec();
        c!(self, C_Login, session, CKU_USER, pin.as_mut_ptr(), pin.len() as CK_ULONG)
    }

    fn sign_init(&self, session: CK_SESSION_HANDLE, mechanism: CK_MECHANISM_TYPE) -> CK_RV {
        let mut mechanism = CK_MECHANISM { mechanism, pParameter: null_mut(), ulParameterLen: 0 };
        c!(self, C_SignInit, session, &mut mechanism, 3)
    }

    /// Number of objects of a class that are found.
    fn count(&self, session: CK_SESSION_HANDLE, mut class: CK_OBJECT_CLASS) -> CK_ULONG {
        let mut template = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: size_of::<CK_OBJECT_CLASS>() as CK_ULONG,
        };
        assert_eq!(c!(self, C_FindObjectsInit, session, &mut template, 1), CKR_OK);
        let (mut found, mut count) = ([0; 10], 0);
        assert_eq!(c!(self, C_FindObjects, session, found.as_mut_ptr(), 10, &mut count), CKR_OK);
        assert_eq!(c!(self, C_FindObjectsFinal, session), CKR_OK);
        count
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        c!(self, C_Finalize, null_mut());
    }
}

#[test]
fn nothing_works_before_initialising_and_initialising_twice_is_refused() {
    let module = Module::new();
    assert_eq!(c!(module, C_Initialize, null_mut()), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_eq!(c!(module, C_Finalize, null_mut()), CKR_OK);
    let mut count = 0;
    assert_eq!(c!(module, C_GetSlotList, CK_TRUE, null_mut(), &mut count), CKR_CRYPTOKI_NOT_INITIALIZED);
    let mut arguments = CK_C_INITIALIZE_ARGS { pReserved: without_provenance_mut(1), ..Default::default() };
    assert_eq!(c!(module, C_Initialize, (&raw mut arguments).cast()), CKR_ARGUMENTS_BAD);
    arguments = CK_C_INITIALIZE_ARGS { flags: CKF_OS_LOCKING_OK, ..Default::default() };
    assert_eq!(c!(module, C_Initialize, (&raw mut arguments).cast()), CKR_OK);
}

#[test]
fn null_pointers_are_refused() {
    let module = Module::new();
    let session = module.session();
    let bad = CKR_ARGUMENTS_BAD;
    assert_eq!(c!(module, C_GetInfo, null_mut()), bad);
    assert_eq!(c!(module, C_GetSlotList, CK_TRUE, null_mut(), null_mut()), bad);
    assert_eq!(c!(module, C_GetSlotInfo, 0, null_mut()), bad);
    assert_eq!(c!(module, C_GetTokenInfo, 0, null_mut()), bad);
    assert_eq!(c!(module, C_GetMechanismList, 0, null_mut(), null_mut()), bad);
    assert_eq!(c!(module, C_GetMechanismInfo, 0, CKM_RSA_PKCS, null_mut()), bad);
    assert_eq!(c!(module, C_OpenSession, 0, CKF_SERIAL_SESSION, null_mut(), None, null_mut()), bad);
    assert_eq!(c!(module, C_GetSessionInfo, session, null_mut()), bad);
    assert_eq!(c!(module, C_Login, session, CKU_USER, null_mut(), 8), bad);
    assert_eq!(c!(module, C_GetAttributeValue, session, 1, null_mut(), 1), bad);
    assert_eq!(c!(module, C_FindObjectsInit, session, null_mut(), 1), bad);
    assert_eq!(c!(module, C_FindObjects, session, null_mut(), 1, null_mut()), bad);
    assert_eq!(c!(module, C_SignInit, session, null_mut(), 3), bad);
    assert_eq!(module.login(session, PIN), CKR_OK);
    assert_eq!(module.sign_init(session, CKM_RSA_PKCS), CKR_OK);
    assert_eq!(c!(module, C_Sign, session, null_mut(), 5, null_mut(), null_mut()), bad);
}

#[test]
fn handles_that_were_never_given_out_are_refused() {
    let module = Module::new();
    let session = module.session();
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo, 2, &mut info), CKR_SLOT_ID_INVALID);
    assert_eq!(c!(module, C_GetTokenInfo, CK_ULONG::MAX, &mut info), CKR_SLOT_ID_INVALID);
    assert_eq!(c!(module, C_CloseSession, session + 1), CKR_SESSION_HANDLE_INVALID);
    let mut attribute = CK_ATTRIBUTE { type_: CKA_ID, pValue: null_mut(), ulValueLen: 0 };
    assert_eq!(c!(module, C_GetAttributeValue, session, 99, &mut attribute, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_eq!(c!(module, C_CloseSession, session), CKR_OK);
    assert_eq!(c!(module, C_CloseSession, session), CKR_SESSION_HANDLE_INVALID);
}

#[test]
fn sessions_are_bounded() {
    let module = Module::new();
    let mut session = 0;
    let mut open = || c!(module, C_OpenSession, 1, CKF_SERIAL_SESSION, null_mut(), None, &mut session);
    let refused = (0..10_000).find(|_| open() != CKR_OK);
    assert_eq!(refused, Some(256));
    assert_eq!(open(), CKR_SESSION_COUNT);
    assert_eq!(c!(module, C_CloseAllSessions, 1), CKR_OK);
    assert_eq!(
        c!(module, C_OpenSession, 1, 0, null_mut(), None, &mut session),
        CKR_SESSION_PARALLEL_NOT_SUPPORTED
    );
}

#[test]
fn certificates_are_public_and_keys_are_not() {
    let module = Module::new();
    let session = module.session();
    assert_eq!((module.count(session, CKO_CERTIFICATE), module.count(session, CKO_PRIVATE_KEY)), (1, 0));
    assert_eq!(module.sign_init(session, CKM_RSA_PKCS), CKR_USER_NOT_LOGGED_IN);
    assert_eq!(module.login(session, PIN), CKR_OK);
    assert_eq!(module.login(session, PIN), CKR_USER_ALREADY_LOGGED_IN);
    assert_eq!(module.count(session, CKO_PRIVATE_KEY), 1);
    let mut secret = [0_u8; 512];
    for kind in [CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_COEFFICIENT] {
        let mut attribute = CK_ATTRIBUTE { type_: kind, pValue: secret.as_mut_ptr().cast(), ulValueLen: 512 };
        assert_eq!(c!(module, C_GetAttributeValue, session, 3, &mut attribute, 1), CKR_ATTRIBUTE_SENSITIVE);
        assert_eq!({ attribute.ulValueLen }, CK_UNAVAILABLE_INFORMATION);
    }
    assert_eq!(secret, [0; 512]);
    // The last session takes the login with it.
    assert_eq!(c!(module, C_CloseSession, session), CKR_OK);
    let session = module.session();
    assert_eq!(module.count(session, CKO_PRIVATE_KEY), 0);
}

#[test]
fn one_unreadable_attribute_does_not_hide_the_others() {
    let module = Module::new();
    let session = module.session();
    let (mut id, mut label) = ([0_u8; 20], [0_u8; 1]);
    let mut template = [
        CK_ATTRIBUTE { type_: CKA_PRIME, pValue: null_mut(), ulValueLen: 0 },
        CK_ATTRIBUTE { type_: CKA_LABEL, pValue: label.as_mut_ptr().cast(), ulValueLen: 1 },
        CK_ATTRIBUTE { type_: CKA_ID, pValue: id.as_mut_ptr().cast(), ulValueLen: 20 },
        CK_ATTRIBUTE { type_: CKA_VALUE, pValue: null_mut(), ulValueLen: 0 },
    ];
    assert_ne!(c!(module, C_GetAttributeValue, session, 1, template.as_mut_ptr(), 4), CKR_OK);
    let lengths = template.map(|attribute| attribute.ulValueLen);
    assert_eq!(lengths[..3], [CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION, 20]);
    assert!(lengths[3] > 800);
    assert_ne!(id, [0; 20]);
    assert_eq!(label, [0]);
}

#[test]
fn a_signature_may_be_asked_for_its_length_and_ends_with_the_signing() {
    let module = Module::new();
    let session = module.session();
    assert_eq!(module.login(session, PIN), CKR_OK);
    assert_eq!(module.sign_init(session, CKM_ECDSA), CKR_MECHANISM_INVALID);
    let (mut data, mut signature, mut len) = (*b"data", [0_u8; 256], 0);
    let mut sign = |room: bool, len: &mut CK_ULONG| {
        let place = if room { signature.as_mut_ptr() } else { null_mut() };
        c!(module, C_Sign, session, data.as_mut_ptr(), 4, place, len)
    };
    assert_eq!(sign(true, &mut len), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(module.sign_init(session, CKM_SHA256_RSA_PKCS), CKR_OK);
    assert_eq!(module.sign_init(session, CKM_SHA256_RSA_PKCS), CKR_OPERATION_ACTIVE);
    assert_eq!((sign(false, &mut len), len), (CKR_OK, 256));
    len = 255;
    assert_eq!((sign(true, &mut len), len), (CKR_BUFFER_TOO_SMALL, 256));
    assert_eq!((sign(true, &mut len), len), (CKR_OK, 256));
    assert_eq!(sign(true, &mut len), CKR_OPERATION_NOT_INITIALIZED);
    let whole = signature;

    // In parts it is the same signature.
    assert_eq!(module.sign_init(session, CKM_SHA256_RSA_PKCS), CKR_OK);
    for byte in &mut data {
        assert_eq!(c!(module, C_SignUpdate, session, byte, 1), CKR_OK);
    }
    assert_eq!(c!(module, C_SignFinal, session, signature.as_mut_ptr(), &mut len), CKR_OK);
    assert_eq!(signature, whole);

    // More than fits into one RSA block.
    assert_eq!(module.sign_init(session, CKM_RSA_PKCS), CKR_OK);
    let mut much = [0_u8; 300];
    let rv = c!(module, C_Sign, session, much.as_mut_ptr(), 300, signature.as_mut_ptr(), &mut len);
    assert_eq!(rv, CKR_DATA_LEN_RANGE);
}

#[test]
fn three_wrong_pins_lock_the_token() {
    let module = Module::new();
    let session = module.session();
    let flags = || {
        let mut info = CK_TOKEN_INFO::default();
        assert_eq!(c!(module, C_GetTokenInfo, 0, &mut info), CKR_OK);
        info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)
    };
    assert_eq!(flags(), 0);
    assert_eq!((module.login(session, "87654321"), flags()), (CKR_PIN_INCORRECT, CKF_USER_PIN_COUNT_LOW));
    assert_eq!((module.login(session, PIN), flags()), (CKR_OK, 0));
    assert_eq!(c!(module, C_Logout, session), CKR_OK);
    assert_eq!(module.login(session, "123"), CKR_PIN_LEN_RANGE);
    for _ in 0..3 {
        assert_eq!(module.login(session, "87654321"), CKR_PIN_INCORRECT);
    }
    assert_eq!((module.login(session, PIN), flags()), (CKR_PIN_LOCKED, CKF_USER_PIN_LOCKED));
}

#[test]
fn functions_a_token_does_not_have_say_so() {
    let module = Module::new();
    let session = module.session();
    assert_eq!(c!(module, C_DestroyObject, session, 1), CKR_FUNCTION_NOT_SUPPORTED);
    assert_eq!(c!(module, C_InitToken, 0, null_mut(), 0, null_mut()), CKR_FUNCTION_NOT_SUPPORTED);
    assert_eq!(c!(module, C_GenerateRandom, session, null_mut(), 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_eq!(c!(module, C_WaitForSlotEvent, 0, null_mut(), null_mut()), CKR_FUNCTION_NOT_SUPPORTED);
    assert_eq!(c!(module, C_GetFunctionStatus, session), CKR_FUNCTION_NOT_PARALLEL);
}
