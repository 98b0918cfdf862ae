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
    /// Its key is too short, or of a kind that this program does not sign with.
    KeyUnsupported,
    /// Names another agency than this office.
    OtherAgency,
    /// No signing authority for this person is on record today.
    NoAuthority,
}

/// What the officer should know of a certificate that can still serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CertificateWarning {
    /// Thirty days or fewer are left.
    ExpiresSoon,
    /// The same holder has a newer certificate plugged in: this is the old one of a renewed pair.
    Renewed,
}

/// The lengths a PIN may have, in bytes of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PinLengths {
    /// The shortest.
    pub min: u8,
    /// The longest.
    pub max: u8,
}

/// One holder's certificate on one token, and what its PIN dialog shows before anything is typed.
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
    /// State of the PIN tries, read just now. With `finalTry` the dialog asks first, and then sends `lastTryAccepted`.
    pub pin: PinState,
    /// The lengths a PIN may have, `null` if the token does not say so sensibly. Another length costs no try.
    pub pin_lengths: Option<PinLengths>,
    /// The PIN is typed on the reader itself.
    pub pin_pad: bool,
    /// What the reader is called; may be blank.
    pub reader: String,
    /// Somebody is signed in with this certificate now.
    pub open: bool,
    /// The role this certificate can take at this office, if any.
    pub suggested_role: Option<SigningRole>,
    /// Why it cannot be used, if so.
    pub problems: Vec<CertificateProblem>,
    /// What to know although it can be used.
    pub warnings: Vec<CertificateWarning>,
    /// Other modules that show the same certificate: two drivers for one token.
    pub also_in: Vec<String>,
}

/// Result of `tokens_list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenList {
    /// Holders' certificates found, those of this office first; certificates of authorities are left out.
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

/// A certificate on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenRef {
    /// SHA-256 of the certificate, hex.
    pub fingerprint: String,
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
    /// The officer was told that one more wrong PIN locks the token, and goes on. Without it such an attempt is refused
    /// (`pin_last_try`).
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub last_try_accepted: bool,
}

/// PINs for one copy, for keys that want theirs for each signature (`HolderView::pinForEachSignature`). Sent to the
/// token once, and never kept.
#[derive(Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct SignaturePins {
    /// For the performer's key.
    #[ts(optional)]
    pub performer: Option<String>,
    /// For the agency's key.
    #[ts(optional)]
    pub agency: Option<String>,
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
    /// The key wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE): `case_sign` and `unfinished_resume` need it.
    pub pin_for_each_signature: bool,
    /// That PIN is typed on the reader itself.
    pub pin_pad: bool,
}

/// Request of `token_check`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenCheck {
    /// Names of holders, organisations and issuers too; the report is meant to be passed on to a help desk.
    pub with_subjects: bool,
}
