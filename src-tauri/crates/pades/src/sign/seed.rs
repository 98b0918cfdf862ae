//! Seed values: what the maker of a field wants of the signature in it (ISO 32000-1 §12.7.4.5, table 234). What is
//! required is obeyed or refused by its name; what is only wished for yields to what was asked for.

use super::{Identity, SignOptions};
use crate::certificate::Certificate;
use crate::error::PadesError;
use crate::form::DocMdp;
use crate::pdf::object::decode_text;
use crate::pdf::{Dict, Object, ReadResult, View};
use crate::signer::SignatureAlgorithm;

/// What the seed values leave of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obeyed {
    pub(super) certify: Option<DocMdp>,
    pub(super) reason: Option<String>,
}

/// Bits of /Ff that make a constraint required.
mod required {
    pub(super) const FILTER: i64 = 1;
    pub(super) const SUB_FILTER: i64 = 1 << 1;
    pub(super) const VERSION: i64 = 1 << 2;
    pub(super) const REASONS: i64 = 1 << 3;
    pub(super) const LEGAL_ATTESTATION: i64 = 1 << 4;
    pub(super) const REVOCATION: i64 = 1 << 5;
    pub(super) const DIGEST_METHOD: i64 = 1 << 6;
    pub(super) const LOCK_DOCUMENT: i64 = 1 << 7;
    pub(super) const APPEARANCE: i64 = 1 << 8;
}

fn refused(constraint: &'static str) -> PadesError {
    PadesError::SeedValueUnmet { constraint }
}

/// Holds the options against the seed values of the field. `first`: no signature stands in the file yet.
pub(super) fn obey(
    view: View<'_, '_>,
    field: &Dict,
    options: &SignOptions,
    identity: &Identity,
    first: bool,
) -> Result<Obeyed, PadesError> {
    let mut obeyed = Obeyed { certify: options.certify, reason: options.reason.clone() };
    let Some(seed) = view.dict(field, "SV")? else { return Ok(obeyed) };
    let flags = view.value(&seed, "Ff")?.as_integer().unwrap_or(0);
    let wants = |bit: i64, key: &str| flags & bit != 0 && seed.contains_key(key.as_bytes());
    let lists = |key: &str, wanted: &str| -> ReadResult<bool> {
        let items = view.array(&seed, key)?;
        Ok(items.iter().any(|item| view.resolve(item).is_ok_and(|item| is(&item, wanted))))
    };
    if wants(required::FILTER, "Filter") && !is(&view.value(&seed, "Filter")?, "Adobe.PPKLite") {
        return Err(refused("Filter"));
    }
    if wants(required::SUB_FILTER, "SubFilter") && !lists("SubFilter", "ETSI.CAdES.detached")? {
        return Err(refused("SubFilter"));
    }
    if wants(required::DIGEST_METHOD, "DigestMethod")
        && !lists("DigestMethod", digest_name(identity.algorithm))?
    {
        return Err(refused("DigestMethod"));
    }
    // Versions 1 to 3 hold what is read here.
    if wants(required::VERSION, "V") && !matches!(number(&view.value(&seed, "V")?), Some(0..=3)) {
        return Err(refused("V"));
    }
    let truth = |key: &str| view.value(&seed, key).map(|value| value == Object::Boolean(true));
    if wants(required::REVOCATION, "AddRevInfo") && truth("AddRevInfo")? {
        return Err(refused("AddRevInfo"));
    }
    if wants(required::LOCK_DOCUMENT, "LockDocument") && is(&view.value(&seed, "LockDocument")?, "true") {
        return Err(refused("LockDocument"));
    }
    if wants(required::APPEARANCE, "AppearanceFilter") {
        return Err(refused("AppearanceFilter"));
    }
    if wants(required::LEGAL_ATTESTATION, "LegalAttestation") && obeyed.certify.is_some() {
        return Err(refused("LegalAttestation"));
    }
    if let Some(timestamp) = view.dict(&seed, "TimeStamp")?
        && view.value(&timestamp, "Ff")?.as_integer() == Some(1)
        && options.reserve == 0
    {
        return Err(refused("TimeStamp"));
    }
    if wants(required::REASONS, "Reasons") {
        obeyed.reason = reason(view, &seed, obeyed.reason)?;
    }
    if let Some(rule) = view.dict(&seed, "MDP")? {
        obeyed.certify = certify(number(&view.value(&rule, "P")?), obeyed.certify, first)?;
    }
    if let Some(certificate) = view.dict(&seed, "Cert")? {
        check_certificate(view, &certificate, identity)?;
    }
    Ok(obeyed)
}

/// The digest of an algorithm as /DigestMethod names it.
fn digest_name(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256
        | SignatureAlgorithm::RsaPssSha256
        | SignatureAlgorithm::EcdsaP256Sha256 => "SHA256",
        SignatureAlgorithm::EcdsaP384Sha384 => "SHA384",
    }
}

/// A name or a text of these characters: both occur.
fn is(object: &Object, wanted: &str) -> bool {
    match object {
        Object::Name(name) => name == wanted.as_bytes(),
        Object::String(text) => decode_text(&text.bytes) == wanted,
        _ => false,
    }
}

/// A whole number, also when it is written as a real one.
fn number(object: &Object) -> Option<i64> {
    match object {
        Object::Integer(value) => Some(*value),
        Object::Real(text) => {
            let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
            (value.fract() == 0.0 && value.abs() < 1e6).then_some(value as i64)
        }
        _ => None,
    }
}

/// The reason must be one of the list; a list of only a full stop wants none at all.
fn reason(view: View<'_, '_>, seed: &Dict, asked: Option<String>) -> Result<Option<String>, PadesError> {
    let mut listed = Vec::new();
    for item in view.array(seed, "Reasons")? {
        listed.extend(view.resolve(&item)?.as_string().map(|text| decode_text(&text.bytes)));
    }
    match (listed.as_slice(), asked) {
        ([], asked) => Ok(asked),
        ([only], None) if only == "." => Ok(None),
        ([only], Some(_)) if only == "." => Err(refused("Reasons")),
        ([only], None) => Ok(Some(only.clone())),
        (listed, Some(asked)) if listed.contains(&asked) => Ok(Some(asked)),
        _ => Err(refused("Reasons")),
    }
}

/// P = 0 wants an approval, 1 to 3 the certification of that level; only the first signature can give it.
fn certify(wanted: Option<i64>, asked: Option<DocMdp>, first: bool) -> Result<Option<DocMdp>, PadesError> {
    let level = match wanted {
        None => return Ok(asked),
        Some(0) => None,
        Some(1) => Some(DocMdp::NoChanges),
        Some(2) => Some(DocMdp::FormFilling),
        Some(3) => Some(DocMdp::Annotations),
        Some(_) => return Err(refused("MDP")),
    };
    let contradicts = asked.is_some() && asked != level;
    if contradicts || (level.is_some() && !first) { Err(refused("MDP")) } else { Ok(level) }
}

/// Constraints on the certificate (table 235): subject and issuer are compared byte for byte; others are refused.
fn check_certificate(view: View<'_, '_>, dict: &Dict, identity: &Identity) -> Result<(), PadesError> {
    const SUBJECT: i64 = 1;
    const ISSUER: i64 = 1 << 1;
    const OTHERS: [(i64, &str, &str); 3] = [
        (1 << 2, "OID", "Cert/OID"),
        (1 << 3, "SubjectDN", "Cert/SubjectDN"),
        (1 << 5, "KeyUsage", "Cert/KeyUsage"),
    ];
    let flags = view.value(dict, "Ff")?.as_integer().unwrap_or(0);
    let wants = |bit: i64, key: &str| flags & bit != 0 && dict.contains_key(key.as_bytes());
    let listed = |key: &str| -> ReadResult<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for item in view.array(dict, key)? {
            found.extend(view.resolve(&item)?.as_string().map(|string| string.bytes.clone()));
        }
        Ok(found)
    };
    if wants(SUBJECT, "Subject") && !listed("Subject")?.iter().any(|der| der == identity.certificate.der()) {
        return Err(refused("Cert/Subject"));
    }
    if wants(ISSUER, "Issuer") {
        let wanted = listed("Issuer")?;
        let direct = |der: &Vec<u8>| {
            Certificate::from_der(der).is_ok_and(|issuer| issuer.subject() == identity.certificate.issuer())
        };
        let above = identity.chain.iter().any(|certificate| wanted.contains(certificate));
        if !above && !wanted.iter().any(direct) {
            return Err(refused("Cert/Issuer"));
        }
    }
    match OTHERS.into_iter().find(|(bit, key, _)| wants(*bit, key)) {
        Some((_, _, constraint)) => Err(refused(constraint)),
        None => Ok(()),
    }
}
