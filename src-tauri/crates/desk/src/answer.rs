//! One entrance for every host: a command's name and its JSON go in, JSON comes out.

use crate::{Desk, DeskError, api::*, tools::TokenDiagnostics};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

macro_rules! route {
    ($($name:ident($request:ty) -> $result:ty, $doc:literal;)+) => {
        impl Desk {
            /// Answers one command of the list. Blocks while database, token or pictures are busy.
            ///
            /// # Errors
            /// Every [`DeskError`]; [`DeskError::InvalidRequest`] for an unknown command or malformed payload.
            pub fn answer(&self, command: &str, payload: Value) -> Result<Value, DeskError> {
                match command {
                    $(stringify!($name) => {
                        let request: $request = read(payload)?;
                        let result: $result = self.$name(request)?;
                        write(&result)
                    })+
                    _ => Err(DeskError::InvalidRequest { field: "command".into() }),
                }
            }
        }

        /// The names of all commands, for hosts and tests.
        pub const COMMANDS: &[&str] = &[$(stringify!($name)),+];
    };
}

crate::with_commands!(route);

impl Desk {
    /// As [`Desk::answer`], with the types of [`api`](crate::api): for hosts written in Rust.
    ///
    /// # Errors
    /// As [`Desk::answer`].
    pub fn ask<Q: Serialize, R: DeserializeOwned>(&self, command: &str, request: &Q) -> Result<R, DeskError> {
        let result = self.answer(command, write(request)?)?;
        serde_json::from_value(result).map_err(|fault| DeskError::Internal { detail: fault.to_string() })
    }
}

fn read<T: DeserializeOwned>(payload: Value) -> Result<T, DeskError> {
    // A command without words may come with `null` or with `{}`.
    let payload = if payload.is_null() { Value::Object(Default::default()) } else { payload };
    serde_json::from_value(payload).map_err(|fault| DeskError::InvalidRequest { field: fault.to_string() })
}

fn write<T: Serialize>(result: &T) -> Result<Value, DeskError> {
    serde_json::to_value(result).map_err(|fault| DeskError::Internal { detail: fault.to_string() })
}
