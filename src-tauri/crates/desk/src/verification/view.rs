//! A verifier's report in the window's plain data.

use crate::{api::*, time::iso_of, tools::FileReport};
use jiff::Timestamp;
use mocban_pades::{
    Chain, Changes, Integrity, Level, SignatureReport, SignerIdentity, TimestampReport, Verdict,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn verdict(verdict: Verdict) -> FileVerdict {
    match verdict {
        Verdict::Valid => FileVerdict::Valid,
        Verdict::Invalid => FileVerdict::Invalid,
        Verdict::Undetermined => FileVerdict::Undetermined,
        Verdict::Unsigned => FileVerdict::Unsigned,
    }
}

pub(super) fn content(integrity: Integrity) -> SignedContent {
    match integrity {
        Integrity::None => SignedContent::None,
        Integrity::Intact => SignedContent::Intact,
        Integrity::Unreadable => SignedContent::Unreadable,
        Integrity::Altered => SignedContent::Altered,
    }
}

pub(super) fn changes(changes: Changes) -> LaterChanges {
    match changes {
        Changes::None => LaterChanges::None,
        Changes::Permitted => LaterChanges::Permitted,
        Changes::Unknown => LaterChanges::Unknown,
        Changes::Forbidden => LaterChanges::Forbidden,
    }
}

fn trust(chain: Chain) -> SignerTrust {
    match chain {
        Chain::Trusted => SignerTrust::Trusted,
        Chain::Unknown => SignerTrust::Unknown,
        Chain::Expired => SignerTrust::Expired,
        Chain::Untrusted => SignerTrust::Untrusted,
        Chain::Revoked => SignerTrust::Revoked,
    }
}

pub(super) fn signatures(report: &FileReport) -> Vec<SignatureView> {
    report.signatures.iter().map(|signature| signature_view(signature, report)).collect()
}

fn signature_view(signature: &SignatureReport, report: &FileReport) -> SignatureView {
    let proved = signature.timestamps.iter().filter(|stamp| stamp.chain == Chain::Trusted);
    SignatureView {
        verdict: one_verdict(signature),
        field: signature.field.clone(),
        revision: u32::try_from(signature.revision).unwrap_or(u32::MAX),
        signer: signature.signer.as_ref().map(signer),
        time: signature.time.as_deref().map(moment),
        proved_time: proved.map(|stamp| moment(&stamp.time)).min(),
        timestamps: signature.timestamps.iter().map(timestamp).collect(),
        document_timestamp: signature.level == Level::DocTimeStamp,
        level: word(&signature.level),
        covers: word(&signature.covers),
        content: content(signature.integrity),
        changes: changes(signature.changes),
        trust: trust(signature.chain),
        revocation: revocation(signature, report),
        path: signature.path.iter().map(signer).collect(),
        algorithm: signature.algorithm.clone().unwrap_or_default(),
        reason: signature.reason.clone(),
        location: signature.location.clone(),
    }
}

fn signer(identity: &SignerIdentity) -> SignerView {
    SignerView {
        name: identity.name.clone(),
        organisation: identity.organization.clone().unwrap_or_default(),
        issuer: identity.issuer.clone(),
        serial: identity.serial.clone(),
        fingerprint: identity.fingerprint.clone(),
    }
}

fn timestamp(stamp: &TimestampReport) -> TimestampView {
    TimestampView {
        time: moment(&stamp.time),
        authority: stamp.authority.name.clone(),
        trust: trust(stamp.chain),
    }
}

/// A trusted path about which no doubt was raised was checked.
fn revocation(signature: &SignatureReport, report: &FileReport) -> Revocation {
    let doubted = warnings(report)
        .into_iter()
        .chain(reasons(report))
        .any(|told| told.code == "revocation_unknown" && told.params.get("field") == Some(&signature.field));
    match signature.chain {
        Chain::Revoked => Revocation::Revoked,
        Chain::Trusted if !doubted => Revocation::Good,
        _ => Revocation::Unknown,
    }
}

/// A time of the file in Vietnam time where it can be read as one.
fn moment(time: &str) -> String {
    time.parse::<Timestamp>().map_or_else(|_| time.to_owned(), iso_of)
}

/// The answer for one signature, by the contract's rule for a file.
fn one_verdict(report: &SignatureReport) -> FileVerdict {
    match (report.integrity, report.changes, report.chain) {
        (Integrity::Altered | Integrity::Unreadable | Integrity::None, ..)
        | (_, Changes::Forbidden, _)
        | (.., Chain::Revoked) => FileVerdict::Invalid,
        (Integrity::Intact, Changes::None | Changes::Permitted, Chain::Trusted) => FileVerdict::Valid,
        _ => FileVerdict::Undetermined,
    }
}

/// Every reason as a code with plain parameters.
pub(super) fn reasons(report: &FileReport) -> Vec<ReasonView> {
    coded(&report.reasons, &report.signatures)
}

/// Every warning as a code with plain parameters.
pub(super) fn warnings(report: &FileReport) -> Vec<ReasonView> {
    coded(&report.warnings, &report.signatures)
}

fn coded<T: Serialize>(told: &[T], signatures: &[SignatureReport]) -> Vec<ReasonView> {
    let mut views: Vec<ReasonView> = Vec::new();
    for one in told {
        let Ok(Value::Object(mut members)) = serde_json::to_value(one) else { continue };
        let Some(Value::String(code)) = members.remove("code") else { continue };
        let mut params: BTreeMap<String, String> =
            members.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
        if let Some(field) = params.get("field") {
            let place = signatures.iter().position(|signature| signature.field == *field);
            let named = place.map_or_else(|| format!("“{field}”"), |place| (place + 1).to_string());
            params.insert("signature".into(), named);
        }
        let view = ReasonView { code, params };
        if !views.contains(&view) {
            views.push(view);
        }
    }
    views
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => moment(text),
        // Who made a foreign increment: the name is what a person asks for.
        Value::Object(members) => members.get("name").map(plain).unwrap_or_default(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A plain enumeration's name on the wire.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{FileReason, RegisterReason};
    use mocban_pades::{Difference, Reason};

    #[test]
    fn reasons_name_the_signature_by_its_place_and_a_foreign_signer_by_name() {
        let report = FileReport {
            verdict: Verdict::Invalid,
            integrity: Integrity::None,
            changes: Changes::None,
            chain: Chain::Unknown,
            reasons: vec![
                FileReason::File(Reason::DigestMismatch { field: "Sig7".into() }),
                FileReason::File(Reason::DigestMismatch { field: "Sig7".into() }),
                FileReason::Register(RegisterReason::File(Difference::Truncated { expected: 9, found: 4 })),
            ],
            warnings: Vec::new(),
            signatures: Vec::new(),
            register: None,
        };
        let views = reasons(&report);
        assert_eq!(views.len(), 2, "one reason is told once");
        assert_eq!(views[0].code, "digest_mismatch");
        assert_eq!(views[0].params["signature"], "“Sig7”");
        assert_eq!(
            views[1].params,
            BTreeMap::from([("expected".into(), "9".into()), ("found".into(), "4".into())])
        );
    }
}
