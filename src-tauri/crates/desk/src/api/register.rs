//! The day's register and what a restart found half done.

use super::JobState;
use super::SignaturePins;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Request of `register_day`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegisterDay {
    /// `yyyy-MM-dd`; empty means today.
    pub date: String,
}

/// The register of one day: the columns of the legal form, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DayView {
    /// The day shown.
    pub date: String,
    /// Entries by number.
    pub entries: Vec<EntryView>,
    /// Acts (not voids) of the day.
    pub acts: u32,
    /// Copies of the day (the unit of TT 03/2019/TT-BTP).
    pub copies: u32,
    /// Fees of the day, đồng.
    #[ts(type = "number")]
    pub fees: u64,
}

/// One line of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// The copy's identity.
    pub id: String,
    /// (1) Certification number as printed.
    pub number: String,
    /// (2) When certified, ISO 8601.
    pub certified_at: String,
    /// (3) Requester.
    pub requester: String,
    /// The requester's paper number, masked.
    pub requester_id: String,
    /// (4) Name of the original.
    pub paper: String,
    /// (5) Name and title of the signer.
    pub signer: String,
    /// (6) Copies.
    pub copies: u32,
    /// (7) Fee, đồng.
    #[ts(type = "number")]
    pub fee: u64,
    /// (8) Notes: the reason of a void.
    pub note: String,
    /// A void ("Hủy"), not an act.
    pub voided: bool,
    /// Level of the signatures (ETSI EN 319 142-1): `B` as long as there is no timestamp, `T`, `LT`, `LTA`.
    pub level: String,
    /// Where the file is on its way; `null` for a void.
    pub delivery: Option<JobState>,
}

/// Names a copy: `copy_get`, `copy_export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CopyRef {
    /// The copy.
    pub copy: String,
}

/// Result of `copy_export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The file written, full path.
    pub path: String,
}

/// What a crash or an unplugged token left half done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedList {
    /// Oldest first.
    pub acts: Vec<UnfinishedView>,
}

/// One half-done act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedView {
    /// The copy.
    pub id: String,
    /// Its number as printed.
    pub number: String,
    /// Name of the paper; empty when only the number was reserved.
    pub paper: String,
    /// Requester; empty when only the number was reserved.
    pub requester: String,
    /// How far it came.
    pub state: UnfinishedState,
}

/// How far a half-done act came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum UnfinishedState {
    /// Only the number is taken: it can be voided.
    Reserved,
    /// The unsigned copy is recorded: it can be signed or voided.
    Prepared,
    /// The performer has signed: it can be sealed or voided.
    Signed,
}

/// Request of `unfinished_resume`.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedResume {
    /// The copy.
    pub copy: String,
    /// PINs for keys that want theirs for each signature; others need none.
    #[serde(default)]
    #[ts(optional, as = "Option<SignaturePins>")]
    pub pins: SignaturePins,
}

/// Request of `unfinished_void`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedVoid {
    /// The copy.
    pub copy: String,
    /// The reason that goes into the book ("Hủy: …").
    pub reason: String,
}
