//! Tokens and who is signed in with them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which of the two signatures of NĐ 45/2020 Art 10 a token is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SigningRole {
    /// The person who performs the certification (người thực hiện chứng thực).
    Performer,
    /// The agency's seal, kept by the văn thư (NĐ 30/2020 Art 32).
    Agency,
}

/// What the token says of its PIN before anything is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PinState {
    /// No wrong try is remembered.
    Ok,
    /// At least one wrong try.
    CountLow,
    /// The next wrong PIN locks the token.
    FinalTry,
    /// Locked: only the registering agency can unlock it.
    Locked,
    /// The PIN must be changed in the maker's program first.
    ToBeChanged,
    /// The token has no user PIN yet.
    NotInitialised,
}

/// Why a certificate cannot serve for a role today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CertificateProblem {
    /// Past its last day.
    Expired,
    /// Before its first day.
    NotYetValid,
    /// Not meant for signing (key usage).
    NotForSigning,
    /// Names another agency than this office.
    OtherAgency,
    /// No signing authority for this person is on record today.
    NoAuthority,
}

/// One signing certificate on one token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// SHA-256 of the certificate, lower-case hex: the only thing a token is chosen by.
    pub fingerprint: String,
    /// The PKCS#11 module file's name.
    pub module: String,
    /// The token's own label.
    pub label: String,
    /// The token's serial number.
    pub serial: String,
    /// Common name in the certificate.
    pub holder: String,
    /// Organisation in the certificate.
    pub organisation: String,
    /// Common name of the issuer.
    pub issuer: String,
    /// First day of validity, ISO date.
    pub not_before: String,
    /// Last day of validity, ISO date.
    pub not_after: String,
    /// Whole days left, negative when expired.
    #[ts(type = "number")]
    pub days_left: i64,
    /// State of the PIN tries.
    pub pin: PinState,
    /// The PIN is typed on the reader itself.
    pub pin_pad: bool,
    /// The role this certificate can take at this office, if any.
    pub suggested_role: Option<SigningRole>,
    /// Why it should not be used, if so.
    pub problems: Vec<CertificateProblem>,
}

/// Result of `tokens_list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenList {
    /// Signing certificates found, those of this office first.
    pub tokens: Vec<TokenView>,
    /// Modules that could not be used, with the reason's code.
    pub modules: Vec<ModuleView>,
}

/// One PKCS#11 module of this computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModuleView {
    /// File name.
    pub name: String,
    /// Code of the error met, `null` when it answered.
    pub problem: Option<String>,
}

/// Request of `session_open`. The PIN is held in memory that is cleared, sent to this one token once, and never kept.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionOpen {
    /// The signature the token is opened for.
    pub role: SigningRole,
    /// The chosen certificate.
    pub fingerprint: String,
    /// The PIN; empty for a reader with its own key pad.
    pub pin: String,
}

/// Request of `session_close`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionClose {
    /// The role to sign out.
    pub role: SigningRole,
}

/// Who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The person who certifies.
    pub performer: Option<HolderView>,
    /// The agency's seal.
    pub agency: Option<HolderView>,
}

/// A signed-in certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HolderView {
    /// SHA-256 of the certificate, hex.
    pub fingerprint: String,
    /// Name in the certificate.
    pub holder: String,
    /// Capacity and title as printed (for example `KT. CHỦ TỊCH – PHÓ CHỦ TỊCH`); empty for the agency.
    pub title: String,
    /// Days until the certificate expires.
    #[ts(type = "number")]
    pub days_left: i64,
}
