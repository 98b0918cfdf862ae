//! From a driver's return values to what the officer meets. Only PIN_* values ever become PIN errors.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use super::facts::Facts;
use crate::error::{TokenError, TriesLeft};
use crate::token::PinState;

/// What a failed call means, PIN aside.
pub(super) fn failure(error: &Error) -> TokenError {
    let Error::Pkcs11(value, function) = error else {
        return TokenError::DriverFailure { ckr: error.to_string(), call: "module".into() };
    };
    match value {
        RvError::DeviceRemoved | RvError::TokenNotPresent => TokenError::TokenRemoved,
        RvError::SessionHandleInvalid | RvError::SessionClosed | RvError::UserNotLoggedIn => {
            TokenError::SessionLost
        }
        RvError::FunctionCanceled | RvError::Cancel | RvError::FunctionRejected => TokenError::Cancelled,
        _ => TokenError::DriverFailure { ckr: ckr(*value), call: call(*function) },
    }
}

/// What a failed C_Login means. `before` is the state of the PIN before it; `token` was read again after it, for the
/// flags change with a failure.
pub(super) fn login_failure(error: &Error, before: PinState, token: Option<&Facts>) -> TokenError {
    let Error::Pkcs11(value, _) = error else { return failure(error) };
    let state = token.map(Facts::pin);
    match value {
        RvError::PinIncorrect | RvError::PinInvalid if state == Some(PinState::Locked) => {
            TokenError::PinLocked
        }
        RvError::PinIncorrect | RvError::PinInvalid => {
            TokenError::PinIncorrect { tries_left: tries_left(state) }
        }
        RvError::PinLocked => TokenError::PinLocked,
        RvError::PinLenRange => TokenError::PinLength,
        RvError::PinExpired => pin_expired(token),
        RvError::UserPinNotInitialized => TokenError::PinNotInitialised,
        // Not called a wrong PIN; but the officer must know if the token counted one.
        _ => match failure(error) {
            TokenError::DriverFailure { ckr, .. } if state.is_some_and(|after| worse(before, after)) => {
                TokenError::TrySpent { ckr, tries_left: tries_left(state) }
            }
            other => other,
        },
    }
}

fn tries_left(state: Option<PinState>) -> TriesLeft {
    match state {
        Some(PinState::FinalTry) => TriesLeft::Last,
        Some(PinState::CountLow) => TriesLeft::Low,
        _ => TriesLeft::Unknown,
    }
}

/// Whether fewer tries are left than before.
fn worse(before: PinState, after: PinState) -> bool {
    let rank = |state| match state {
        PinState::CountLow => 1,
        PinState::FinalTry => 2,
        PinState::Locked => 3,
        PinState::Ok | PinState::NotInitialised | PinState::ToBeChanged => 0,
    };
    rank(after) > rank(before)
}

/// CKR_PIN_EXPIRED stands for two things (PKCS#11 v2.40, 5.1.3); the flag tells which.
pub(super) fn pin_expired(token: Option<&Facts>) -> TokenError {
    if token.is_some_and(Facts::pin_to_be_changed) {
        TokenError::PinToBeChanged
    } else {
        TokenError::PinExpired
    }
}

/// The standard's name of a return value: `GeneralError` is `CKR_GENERAL_ERROR`.
pub(super) fn ckr(value: RvError) -> String {
    match value {
        RvError::VendorDefined(code) | RvError::UnknownErrorCode(code) => format!("CKR {code:#010x}"),
        named => {
            let mut name = String::from("CKR");
            for letter in format!("{named:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            name
        }
    }
}

fn call(function: Function) -> String {
    format!("C_{function:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_values_are_named_as_in_the_standard() {
        assert_eq!(ckr(RvError::GeneralError), "CKR_GENERAL_ERROR");
        assert_eq!(ckr(RvError::PinLenRange), "CKR_PIN_LEN_RANGE");
        assert_eq!(ckr(RvError::VendorDefined(0x8000_0001)), "CKR 0x80000001");
    }

    #[test]
    fn a_driver_failure_at_login_is_never_called_a_wrong_pin() {
        for value in [
            RvError::FunctionFailed,
            RvError::GeneralError,
            RvError::DeviceError,
            RvError::VendorDefined(0x8000_0063),
        ] {
            let error = Error::Pkcs11(value, Function::Login);
            assert!(
                matches!(login_failure(&error, PinState::Ok, None), TokenError::DriverFailure { call, .. } if call == "C_Login")
            );
        }
    }
}
