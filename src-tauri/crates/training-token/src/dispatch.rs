//! The one door every C function of the module goes through: scripted faults, the lock, and no panic over the border.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use cryptoki_sys::{CK_RV, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_GENERAL_ERROR, CKR_OK};

use crate::faults;
use crate::module::Module;
use crate::script::note;

/// What a function of the module says when it fails: a `CKR_` number.
pub(crate) type Outcome<T = ()> = Result<T, CK_RV>;

/// `Some` between C_Initialize and C_Finalize.
static MODULE: Mutex<Option<Module>> = Mutex::new(None);

/// Runs one call of an initialised module.
pub(crate) fn call(function: &'static str, body: impl FnOnce(&mut Module) -> Outcome) -> CK_RV {
    lifecycle(function, |slot| {
        let module = slot.as_mut().ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)?;
        if faults::unplugged() {
            module.unplug();
        } else {
            module.plug_in();
        }
        body(module)
    })
}

/// Runs C_Initialize and C_Finalize, which make and end the module itself.
pub(crate) fn lifecycle(function: &'static str, body: impl FnOnce(&mut Option<Module>) -> Outcome) -> CK_RV {
    note(function);
    if let Some(code) = faults::strike(function) {
        return code;
    }
    // A poisoned lock only means that an earlier call panicked: its caller was told CKR_GENERAL_ERROR.
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    match catch_unwind(AssertUnwindSafe(|| body(&mut module))) {
        Ok(Ok(())) => CKR_OK,
        Ok(Err(code)) => code,
        Err(_) => CKR_GENERAL_ERROR,
    }
}
