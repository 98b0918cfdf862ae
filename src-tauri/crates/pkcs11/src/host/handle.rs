//! One session with a token, and what is called in it.
#![allow(unsafe_code)] // Calls through the module's function table.

use std::ptr;
use std::rc::Rc;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, RvError};
use cryptoki_sys::*;
use zeroize::Zeroizing;

use super::functions::{Functions, call};

/// Buffers double until the value fits: from 8 KiB that is 16, 32, 64 KiB.
const MOST_GROWTHS: usize = 3;
/// Objects asked for in one call, and in all.
const OBJECTS_AT_ONCE: usize = 64;
const MOST_OBJECTS: usize = 256;

/// A read-only session. It is closed when dropped.
pub(super) struct Session {
    functions: Rc<Functions>,
    handle: CK_SESSION_HANDLE,
}

/// Whether somebody is logged in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum LoginState {
    Public,
    User,
    /// The module does not tell.
    Untold,
}

/// A mechanism with its parameter.
#[derive(Clone, Copy)]
pub(super) struct Mechanism {
    pub(super) kind: CK_MECHANISM_TYPE,
    pub(super) pss: Option<CK_RSA_PKCS_PSS_PARAMS>,
}

impl Session {
    pub(super) fn open(functions: &Rc<Functions>, slot: CK_SLOT_ID) -> Result<Self> {
        Ok(Self { handle: functions.open_session(slot)?, functions: functions.clone() })
    }

    /// The session's state. An error means that the session is dead.
    pub(super) fn state(&self) -> Result<LoginState> {
        let mut info = CK_SESSION_INFO::default();
        let f = &self.functions;
        let told = call!(f, C_GetSessionInfo, GetSessionInfo, self.handle, &mut info);
        match told {
            Ok(()) => Ok(match info.state {
                CKS_RO_USER_FUNCTIONS | CKS_RW_USER_FUNCTIONS => LoginState::User,
                _ => LoginState::Public,
            }),
            // A module without the function tells nothing; a dead session will show when it is used.
            Err(Error::NullFunctionPointer | Error::Pkcs11(RvError::FunctionNotSupported, _)) => {
                Ok(LoginState::Untold)
            }
            Err(error) => Err(error),
        }
    }

    /// C_Login with a PIN, or by the token's own pad.
    pub(super) fn login(&self, user: CK_USER_TYPE, pin: Option<&str>) -> Result<()> {
        let mut pin = pin.map(|pin| Zeroizing::new(pin.as_bytes().to_vec()));
        let (start, len) = match &mut pin {
            Some(pin) => (pin.as_mut_ptr(), CK_ULONG::try_from(pin.len())?),
            None => (ptr::null_mut(), 0),
        };
        // `start` points to `len` bytes, or is NULL: the protected path (PKCS#11 v2.40, 5.6).
        call!(self.functions, C_Login, Login, self.handle, user, start, len)
    }

    /// C_Logout.
    pub(super) fn logout(&self) -> Result<()> {
        call!(self.functions, C_Logout, Logout, self.handle)
    }

    /// All objects of a class. The class is the only thing ever searched for: some modules cannot search by value.
    pub(super) fn find(&self, mut class: CK_OBJECT_CLASS) -> Result<Vec<CK_OBJECT_HANDLE>> {
        let f = &self.functions;
        let mut template = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: CK_ULONG::try_from(size_of::<CK_OBJECT_CLASS>())?,
        };
        // One attribute whose value outlives the call.
        call!(f, C_FindObjectsInit, FindObjectsInit, self.handle, &mut template, 1)?;
        let found = self.found();
        let ended = call!(f, C_FindObjectsFinal, FindObjectsFinal, self.handle);
        let found = found?;
        ended.map(|()| found)
    }

    fn found(&self) -> Result<Vec<CK_OBJECT_HANDLE>> {
        let mut found = Vec::new();
        while found.len() < MOST_OBJECTS {
            let mut some = [0; OBJECTS_AT_ONCE];
            let mut count = 0;
            let room = CK_ULONG::try_from(some.len())?;
            // `some` has the room given.
            call!(
                self.functions,
                C_FindObjects,
                FindObjects,
                self.handle,
                some.as_mut_ptr(),
                room,
                &mut count
            )?;
            // The count is the module's word: never trusted beyond the buffer.
            let count = usize::try_from(count)?.min(some.len());
            found.extend_from_slice(&some[..count]);
            if count == 0 {
                break;
            }
        }
        Ok(found)
    }

    /// One attribute, read into a buffer of `room` bytes. `None` if the object has none, or hides it.
    pub(super) fn attribute(
        &self,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
        room: usize,
    ) -> Result<Option<Vec<u8>>> {
        let mut buffer = vec![0_u8; room];
        for _ in 0..=MOST_GROWTHS {
            let given = buffer.len();
            let mut attribute = CK_ATTRIBUTE {
                type_: kind,
                pValue: buffer.as_mut_ptr().cast(),
                ulValueLen: CK_ULONG::try_from(given)?,
            };
            let f = &self.functions;
            // One attribute whose buffer has the length it says.
            let read =
                call!(f, C_GetAttributeValue, GetAttributeValue, self.handle, object, &mut attribute, 1);
            // The length is the module's word: never trusted beyond the buffer.
            let len = usize::try_from(attribute.ulValueLen).unwrap_or(usize::MAX);
            match read {
                Ok(()) if len <= given => {
                    buffer.truncate(len);
                    return Ok(Some(buffer));
                }
                Ok(()) | Err(Error::Pkcs11(RvError::BufferTooSmall, _)) => buffer = vec![0; given * 2],
                Err(Error::Pkcs11(RvError::AttributeTypeInvalid | RvError::AttributeSensitive, _)) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// C_SignInit.
    pub(super) fn sign_init(&self, mechanism: &Mechanism, key: CK_OBJECT_HANDLE) -> Result<()> {
        let mut pss = mechanism.pss;
        let mut mechanism = CK_MECHANISM { mechanism: mechanism.kind, ..Default::default() };
        if let Some(parameters) = &mut pss {
            mechanism.pParameter = ptr::from_mut(parameters).cast();
            mechanism.ulParameterLen = CK_ULONG::try_from(size_of::<CK_RSA_PKCS_PSS_PARAMS>())?;
        }
        // The parameter, if there is one, outlives the call.
        call!(self.functions, C_SignInit, SignInit, self.handle, &mut mechanism, key)
    }

    /// C_Sign in one call, after C_SignInit, into a buffer of the length the key's signatures have: some drivers end the
    /// operation at a query for the length, some refuse a larger buffer. The flag tells whether a larger one was wanted.
    pub(super) fn sign(&self, data: &[u8], len: usize) -> Result<(Vec<u8>, bool)> {
        let mut data = data.to_vec();
        let mut buffer = vec![0_u8; len];
        for growths in 0..=MOST_GROWTHS {
            let mut made = CK_ULONG::try_from(buffer.len())?;
            let (start, count) = (data.as_mut_ptr(), CK_ULONG::try_from(data.len())?);
            let f = &self.functions;
            // Both buffers have the lengths given; the data is ours to lend as mutable.
            let signed = call!(f, C_Sign, Sign, self.handle, start, count, buffer.as_mut_ptr(), &mut made);
            match signed {
                // The operation stays active (5.2), so it is asked again with more room.
                Err(Error::Pkcs11(RvError::BufferTooSmall, _)) => buffer = vec![0; buffer.len() * 2],
                Err(error) => return Err(error),
                Ok(()) => {
                    let made = usize::try_from(made).ok().filter(|made| *made <= buffer.len());
                    buffer.truncate(made.ok_or(Error::InvalidValue)?);
                    return Ok((buffer, growths > 0));
                }
            }
        }
        Err(Error::Pkcs11(RvError::BufferTooSmall, Function::Sign))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let f = &self.functions;
        // A session that is dead already is as good as closed.
        let _ = call!(f, C_CloseSession, CloseSession, self.handle);
    }
}
