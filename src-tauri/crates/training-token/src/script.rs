//! The character a test gives to the module: everything in which bad drivers and odd tokens differ from good ones.
//!
//! `MOCBAN_TOKEN_SCRIPT` holds a JSON object with the fields of [`Script`]. Faults of single functions stand in
//! `MOCBAN_TOKEN_FAULTS` ([`crate::faults`]). Without either the module behaves well.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use cryptoki_sys::{CK_MECHANISM_TYPE, CK_SLOT_ID};
use serde::Deserialize;

/// Environment variable with the script, JSON.
pub const SCRIPT_VARIABLE: &str = "MOCBAN_TOKEN_SCRIPT";

/// What differs. Everything may be left out.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Script {
    /// Ways of the module and of both tokens.
    pub(crate) ways: Vec<Way>,
    /// Functions whose pointer in the table is NULL.
    pub(crate) null: Vec<String>,
    /// The mechanisms tokens have, by number.
    pub(crate) mechanisms: Option<Vec<CK_MECHANISM_TYPE>>,
    /// Number of the first slot.
    pub(crate) first_slot: CK_SLOT_ID,
    /// Label and serial number of the performer's token, bytes in hex.
    pub(crate) label: Option<String>,
    pub(crate) serial: Option<String>,
    /// PIN tries left at the start.
    pub(crate) tries: Option<u8>,
    /// The PIN for each signature, where it is another than the token's.
    pub(crate) signature_pin: Option<String>,
    /// What is on the performer's token instead of the training certificate.
    pub(crate) identities: Option<Vec<Identity>>,
    /// A file that gets a line for every call.
    pub(crate) journal: Option<PathBuf>,
}

/// A certificate, and its key if the token has it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// DER.
    pub(crate) certificate: PathBuf,
    /// PKCS#8, DER.
    pub(crate) key: Option<PathBuf>,
}

/// One way in which a driver or token is odd.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// Every query for a size is answered with 0.
    SizeQueryZero,
    /// A query for the length of a signature ends the operation.
    SignQueryEnds,
    /// A buffer of more than 512 bytes for a signature is refused.
    NoLargeBuffer,
    /// Sessions that may write are refused.
    NoReadWrite,
    /// A search for anything but certificates before the login waits for a window nobody sees.
    PrivateSearchHangs,
    /// The end of the process is held up, as by a DllMain that deadlocks.
    ExitHangs,
    /// Besides the real readers there are an empty one, an unknown card, a new token, and a virtual card without
    /// certificates.
    VirtualReaders,
    /// Slots have other numbers each time the tokens are plugged in.
    MovingSlots,
    /// Certificates have no CKA_ID.
    NoIds,
    /// Each certificate has the CKA_ID of another key.
    CrossedIds,
    /// Private keys show nothing of their public part, and there are no public keys.
    HiddenModulus,
    /// A search by CKA_VALUE is refused.
    NoValueSearch,
    /// Another program has logged in.
    AlreadyLoggedIn,
    /// The token never tells of PIN tries in its flags.
    NoPinFlags,
    /// A wrong PIN is counted, but called CKR_FUNCTION_FAILED.
    WrongPinCalledFailure,
    /// The PIN is typed on the token.
    PinPad,
    /// The PIN must be changed first.
    PinToBeChanged,
    /// No PIN was ever set.
    NoPin,
    /// Keys want their PIN for each signature.
    AlwaysAuthenticate,
    /// ECDSA signatures come in DER.
    EcdsaDer,
    /// C_WaitForSlotEvent never returns.
    WaitBlocks,
    /// Every kind of locking is refused.
    CantLock,
    /// C_GetInterface fails.
    NoInterface,
}

static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    let text = std::env::var(SCRIPT_VARIABLE).unwrap_or_default();
    if text.is_empty() {
        return Script::default();
    }
    // A test with a script that is none must not pass for another reason.
    serde_json::from_str(&text).unwrap_or_else(|_| std::process::abort())
});

/// The script of this process.
pub(crate) fn script() -> &'static Script {
    &SCRIPT
}

/// Whether the module has this way.
pub(crate) fn has(way: Way) -> bool {
    SCRIPT.ways.contains(&way)
}

/// Writes a line into the journal, if there is one.
pub(crate) fn note(line: &str) {
    let Some(journal) = &SCRIPT.journal else { return };
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(journal) {
        // One write a line: several threads may call.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_and_a_misspelt_one_refused() {
        let script: Script =
            serde_json::from_str(r#"{"ways":["cant_lock"],"null":["C_Logout"],"tries":1}"#).unwrap();
        assert_eq!(script.ways, [Way::CantLock]);
        assert_eq!((script.null, script.tries), (vec!["C_Logout".to_owned()], Some(1)));
        assert!(serde_json::from_str::<Script>(r#"{"ways":["cannot_lock"]}"#).is_err());
        assert!(serde_json::from_str::<Script>(r#"{"way":[]}"#).is_err());
    }
}
