//! One signature: its dictionary, the bytes it covers, its CMS (ISO 32000-1 §12.8.1).

use std::ops::Range;

use aws_lc_rs::digest::Digest;

use super::chain;
use super::report::{Chain, Changes, Coverage, Integrity, Level, Reason, SignatureReport, SignerIdentity};
use super::time;
use crate::cms::signed_data::{CmsError, Profile, SignedData};
use crate::crypto::Hash;
use crate::form::Rules;
use crate::pdf::file::line_end;
use crate::pdf::object::{PdfString, decode_text};
use crate::pdf::{Dict, Object, ReadResult, Ref, View};

/// A signature as found in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) field: String,
    pub(super) value: Option<Ref>,
    /// The revision (index) in which the field first has this value.
    pub(super) revision: usize,
}

/// A judged signature.
pub(super) struct Judged {
    pub(super) report: SignatureReport,
    pub(super) rules: Rules,
    pub(super) reasons: Vec<Reason>,
}

/// Trust for judging: anchors, and the time in seconds since 1970.
pub(super) struct Trust<'a> {
    pub(super) anchors: &'a [crate::certificate::Certificate],
    pub(super) at: i64,
}

/// Judges the signature in the revision that made it. Changes made later are judged elsewhere.
pub(super) fn judge(view: View<'_, '_>, found: &Found, trust: &Trust<'_>) -> Judged {
    let mut judged = Judged {
        report: SignatureReport {
            field: found.field.clone(),
            revision: found.revision + 1,
            signer: None,
            time: None,
            level: Level::Unknown,
            covers: Coverage::Partial,
            integrity: Integrity::Unreadable,
            changes: Changes::None,
            chain: Chain::Unknown,
            certifies: None,
            reason: None,
            location: None,
        },
        rules: Rules::default(),
        reasons: Vec::new(),
    };
    if let Err(reason) = fill(&mut judged, view, found, trust) {
        judged.report.integrity = match reason {
            Reason::DigestMismatch { .. }
            | Reason::SignatureMismatch { .. }
            | Reason::ByteRangeWrong { .. }
            | Reason::CoverageWrong { .. } => Integrity::Altered,
            _ => Integrity::Unreadable,
        };
        judged.reasons.push(reason);
    }
    judged
}

fn fill(judged: &mut Judged, view: View<'_, '_>, found: &Found, trust: &Trust<'_>) -> Result<(), Reason> {
    let field = || found.field.clone();
    let malformed = |what| Reason::SignatureMalformed { field: field(), what };
    let reference = found.value.ok_or_else(|| malformed("its value is not indirect"))?;
    let object = view.get(reference).map_err(|_| malformed("its value cannot be read"))?;
    let Object::Dictionary(dict) = object else { return Err(malformed("its value is no dictionary")) };
    describe(&mut judged.report, view, &dict);
    judged.rules = Rules::read(view, &dict).map_err(|_| malformed("its rules cannot be read"))?;
    judged.report.certifies = judged.rules.document;

    let contents = dict.get(&b"Contents"[..]).and_then(Object::as_string);
    let contents = contents.ok_or_else(|| malformed("it has no contents"))?;
    let ranges =
        byte_ranges(view, &dict, contents).ok_or_else(|| Reason::ByteRangeWrong { field: field() })?;
    judged.report.covers = coverage(view, &ranges).ok_or_else(|| Reason::CoverageWrong { field: field() })?;

    let cms = SignedData::read(&contents.bytes).map_err(|error| reason(error, field()))?;
    judged.report.signer = cms.claimed_signer().as_ref().map(SignerIdentity::of);
    let (profile, level) = profile(view, &dict).ok_or_else(|| Reason::SubFilterUnknown { field: field() })?;
    judged.report.level = level;
    let bytes = view.file.bytes;
    let mut known: Vec<(Hash, Digest)> = Vec::new();
    let mut document = |hash: Hash| match known.iter().find(|(of, _)| *of == hash) {
        Some((_, digest)) => *digest,
        None => {
            let digest = hash.of(&ranges.clone().map(|range| &bytes[range]));
            known.push((hash, digest));
            digest
        }
    };
    let checked = cms.check(profile, &mut document).map_err(|error| reason(error, field()))?;
    judged.report.integrity = Integrity::Intact;
    judged.report.signer = Some(SignerIdentity::of(&checked.signer));
    if let Some(time) = checked.timestamp {
        judged.report.time = Some(time::generalized(&time));
    }
    let (chain, fault) = chain::judge(&checked.signer, &checked.certificates, trust.anchors, trust.at);
    judged.report.chain = chain;
    match (chain, fault) {
        (Chain::Expired, _) => judged.reasons.push(Reason::ChainExpired { field: field() }),
        (_, Some(what)) => judged.reasons.push(Reason::ChainUntrusted { field: field(), what }),
        _ => {}
    }
    Ok(())
}

fn describe(report: &mut SignatureReport, view: View<'_, '_>, dict: &Dict) {
    let text = |key: &str| {
        let value = view.value(dict, key).ok()?;
        value.as_string().map(|string| decode_text(&string.bytes))
    };
    report.time = text("M").map(|date| time::pdf_date(&date));
    report.reason = text("Reason");
    report.location = text("Location");
}

fn profile(view: View<'_, '_>, dict: &Dict) -> Option<(Profile, Level)> {
    match view.value(dict, "SubFilter").ok()?.as_name()? {
        b"ETSI.CAdES.detached" => Some((Profile::Cades, Level::BaselineB)),
        b"adbe.pkcs7.detached" => Some((Profile::Pkcs7, Level::Pkcs7)),
        b"ETSI.RFC3161" => Some((Profile::Timestamp, Level::DocTimeStamp)),
        _ => None,
    }
}

/// The two signed ranges: the file's start up to this very /Contents string, and from its end on. Anything else,
/// more or fewer ranges, a gap that is wider or elsewhere, digits in mixed case (bytes that could be changed without
/// a trace), is refused.
fn byte_ranges(view: View<'_, '_>, dict: &Dict, contents: &PdfString) -> Option<[Range<usize>; 2]> {
    let array = view.array(dict, "ByteRange").ok()?;
    let numbers: Option<Vec<usize>> =
        array.iter().map(|item| item.as_integer().and_then(|number| usize::try_from(number).ok())).collect();
    let &[first, length, second, rest] = numbers?.as_slice() else { return None };
    let end = second.checked_add(rest).filter(|&end| end <= view.file.bytes.len())?;
    let gap = first.checked_add(length)?..second;
    let digits = view.file.bytes.get(gap.clone())?;
    let mixed = digits.iter().any(u8::is_ascii_uppercase) && digits.iter().any(u8::is_ascii_lowercase);
    (first == 0 && rest > 0 && contents.hexadecimal && gap == contents.span && !mixed)
        .then_some([0..length, second..end])
}

/// A signature must end where its own revision ends, with or without the line end after `%%EOF`; in the last
/// revision it must end where the file ends, but for line ends.
fn coverage(view: View<'_, '_>, ranges: &[Range<usize>; 2]) -> Option<Coverage> {
    let bytes = view.file.bytes;
    let covered = ranges[1].end;
    let end = view.revision().bytes.end;
    if covered == bytes.len() && covered <= end + line_end(&bytes[end..]) && covered >= end {
        return Some(Coverage::WholeFile);
    }
    let last = view.index + 1 == view.file.revisions.len();
    let closed = (end..=end + line_end(&bytes[end..])).contains(&covered);
    (closed && (!last || view.file.tail().is_empty())).then_some(Coverage::Revision)
}

fn reason(error: CmsError, field: String) -> Reason {
    match error {
        CmsError::Malformed => Reason::CmsMalformed { field },
        CmsError::SignerCount => Reason::SignerCount { field },
        CmsError::ContentMisplaced => Reason::ContentMisplaced { field },
        CmsError::SignerCertificateMissing => Reason::SignerCertificateMissing { field },
        CmsError::SigningCertificate => Reason::SigningCertificateWrong { field },
        CmsError::UnsupportedAlgorithm => Reason::AlgorithmUnsupported { field },
        CmsError::DigestMismatch => Reason::DigestMismatch { field },
        CmsError::SignatureMismatch => Reason::SignatureMismatch { field },
    }
}

/// Who the newest signature of the file claims to be; unchecked, for naming a foreign increment.
pub(super) fn claimed(view: View<'_, '_>, value: Ref) -> ReadResult<Option<SignerIdentity>> {
    let object = view.get(value)?;
    let contents = object.as_dict().and_then(|dict| dict.get(&b"Contents"[..])).and_then(Object::as_string);
    let cms = contents.and_then(|contents| SignedData::read(&contents.bytes).ok());
    Ok(cms.and_then(|cms| cms.claimed_signer()).as_ref().map(SignerIdentity::of))
}
