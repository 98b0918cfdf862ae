//! Three calls made past `cryptoki`, because drivers fail at the way the standard wrapper makes them.
//!
//! `cryptoki` asks for every size first with a NULL buffer; some drivers answer 0 to that, or end the operation. Here
//! attributes and signatures are read in one call into a buffer of sufficient size.
#![allow(unsafe_code)] // Calls through the module's function table.

use std::path::Path;
use std::ptr;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, Rv};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki_sys::*;

/// Buffers double until the value fits: from 8 KiB that is 16, 32, 64 KiB.
const MOST_GROWTHS: usize = 3;

/// The same module once more, by its plain function table (PKCS#11 v2.40).
pub(super) struct QuirkLayer {
    functions: CK_FUNCTION_LIST,
    /// Keeps the library loaded.
    _library: Pkcs11,
}

impl QuirkLayer {
    /// The function table of a module that `cryptoki` has loaded already.
    pub(super) fn new(path: &Path) -> Result<Self> {
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
        let functions = unsafe { list.read_unaligned() };
        Ok(Self { functions, _library: library })
    }

    /// C_Initialize(NULL): for modules that refuse every kind of locking. One thread calls the module anyway.
    pub(super) fn initialize_without_locking(&self) -> Result<()> {
        let initialize = self.functions.C_Initialize.ok_or(Error::NullFunctionPointer)?;
        // SAFETY: NULL is an allowed argument (PKCS#11 v2.40, 5.4).
        Rv::from(unsafe { initialize(ptr::null_mut()) }).into_result(Function::Initialize)
    }

    /// One attribute, read into a buffer of `room` bytes. `None` if the object has none, or hides it.
    pub(super) fn attribute(
        &self,
        session: &Session,
        object: ObjectHandle,
        kind: CK_ATTRIBUTE_TYPE,
        room: usize,
    ) -> Result<Option<Vec<u8>>> {
        let get = self.functions.C_GetAttributeValue.ok_or(Error::NullFunctionPointer)?;
        let mut buffer = vec![0_u8; room];
        for _ in 0..=MOST_GROWTHS {
            let given = buffer.len();
            let mut attribute = CK_ATTRIBUTE {
                type_: kind,
                pValue: buffer.as_mut_ptr().cast(),
                ulValueLen: CK_ULONG::try_from(given)?,
            };
            // SAFETY: one attribute whose buffer has the length it says.
            let rv = unsafe { get(session.handle(), object.handle(), &mut attribute, 1) };
            // The length is the module's word: never trusted beyond the buffer.
            let len = usize::try_from(attribute.ulValueLen).unwrap_or(usize::MAX);
            match rv {
                CKR_OK if len <= given => {
                    buffer.truncate(len);
                    return Ok(Some(buffer));
                }
                CKR_OK | CKR_BUFFER_TOO_SMALL => buffer = vec![0; given * 2],
                CKR_ATTRIBUTE_TYPE_INVALID | CKR_ATTRIBUTE_SENSITIVE => return Ok(None),
                rv => Rv::from(rv).into_result(Function::GetAttributeValue)?,
            }
        }
        Ok(None)
    }

    /// C_Sign in one call, after C_SignInit, into a buffer of the length the key's signatures have.
    /// The flag tells whether the module wanted a larger one.
    pub(super) fn sign(&self, session: &Session, data: &[u8], len: usize) -> Result<(Vec<u8>, bool)> {
        let sign = self.functions.C_Sign.ok_or(Error::NullFunctionPointer)?;
        let mut data = data.to_vec();
        let mut buffer = vec![0_u8; len];
        let mut grown = false;
        for _ in 0..=MOST_GROWTHS {
            let mut made = CK_ULONG::try_from(buffer.len())?;
            // SAFETY: both buffers have the lengths given; the data is ours to lend as mutable.
            let rv = unsafe {
                sign(
                    session.handle(),
                    data.as_mut_ptr(),
                    CK_ULONG::try_from(data.len())?,
                    buffer.as_mut_ptr(),
                    &mut made,
                )
            };
            if rv == CKR_BUFFER_TOO_SMALL {
                // The operation stays active (5.2), so it is asked again with more room.
                grown = true;
                buffer = vec![0; buffer.len() * 2];
                continue;
            }
            Rv::from(rv).into_result(Function::Sign)?;
            let made = usize::try_from(made).ok().filter(|made| *made <= buffer.len());
            buffer.truncate(made.ok_or(Error::InvalidValue)?);
            return Ok((buffer, grown));
        }
        Err(Error::InvalidValue)
    }
}
