//! One signature: its dictionary, the bytes it covers, its CMS (ISO 32000-1 §12.8.1).

use std::ops::Range;

use super::digests::Digests;
use super::report::{Chain, Changes, Coverage, Integrity, Level, Reason, SignatureReport, SignerIdentity};
use super::time;
use crate::certificate::Certificate;
use crate::cms::signed_data::{CmsError, Profile, SignedData};
use crate::cms::timestamp::Token;
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
    /// Why a document timestamp is not trusted; counts only in a file that has nothing else.
    pub(super) stamp_reasons: Vec<Reason>,
    /// What holds, for judging whether it is trusted.
    pub(super) signed: Option<Signed>,
}

/// A signature that holds.
pub(super) struct Signed {
    pub(super) cms: SignedData,
    pub(super) signer: Certificate,
    /// The document timestamp itself, or the timestamps beside the signature, unchecked.
    pub(super) tokens: Vec<Token>,
    pub(super) has_unreadable_token: bool,
    /// Claimed time of signing, seconds since 1970.
    pub(super) claimed_time: Option<i64>,
}

/// Judges the signature in the revision that made it. Changes made later are judged elsewhere.
pub(super) fn judge(view: View<'_, '_>, found: &Found, digests: &mut Digests<'_>) -> Judged {
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
            sub_filter: None,
            algorithm: None,
            timestamps: Vec::new(),
            judged_at: None,
            path: Vec::new(),
        },
        rules: Rules::default(),
        reasons: Vec::new(),
        stamp_reasons: Vec::new(),
        signed: None,
    };
    if let Err(reason) = fill(&mut judged, view, found, digests) {
        judged.report.integrity = match reason {
            Reason::DigestMismatch { .. }
            | Reason::SignatureMismatch { .. }
            | Reason::ByteRangeWrong { .. }
            | Reason::CoverageWrong { .. } => Integrity::Altered,
            _ => Integrity::Unreadable,
        };
        // A timestamp that cannot be judged proves nothing, and harms nothing beside a signature.
        let open = matches!(reason, Reason::AlgorithmWeak { .. } | Reason::AlgorithmUnsupported { .. });
        if open && judged.report.level == Level::DocTimeStamp {
            judged.stamp_reasons.push(reason);
        } else {
            judged.reasons.push(reason);
        }
    }
    judged
}

fn fill(
    judged: &mut Judged,
    view: View<'_, '_>,
    found: &Found,
    digests: &mut Digests<'_>,
) -> Result<(), Reason> {
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

    let profile = profile(judged.report.sub_filter.as_deref(), &field)?;
    let cms = SignedData::read(&contents.bytes).map_err(|error| reason(error, field()))?;
    judged.report.signer = cms.claimed_signer().as_ref().map(SignerIdentity::of);
    judged.report.level = level(profile);
    let mut document = |hash: Hash| digests.of(hash, &ranges);
    let checked = cms.check(profile, &mut document).map_err(|error| reason(error, field()))?;
    judged.report.integrity = Integrity::Intact;
    if cms.filling > 0 {
        judged.reasons.push(Reason::ContentsFilled { field: field(), count: cms.filling });
    }
    judged.report.signer = Some(SignerIdentity::of(&checked.signer));
    judged.report.algorithm = Some(checked.algorithm);
    judged.signed = Some(signed(cms, checked.signer, profile, &judged.report));
    Ok(())
}

/// Gathers what trust is judged by.
fn signed(cms: SignedData, signer: Certificate, profile: Profile, report: &SignatureReport) -> Signed {
    let claimed_time = report.time.as_deref().and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let claimed_time = claimed_time.map(jiff::Timestamp::as_second).or_else(|| cms.signing_time());
    let (tokens, has_unreadable_token) = if profile == Profile::Timestamp {
        (Token::of(cms.clone()).into_iter().collect(), false)
    } else {
        match cms.timestamp_tokens() {
            Ok(raw) => {
                let tokens: Vec<_> = raw.iter().map(|raw| Token::read(raw)).collect();
                let unreadable = tokens.iter().any(Result::is_err);
                (tokens.into_iter().filter_map(Result::ok).collect(), unreadable)
            }
            Err(_) => (Vec::new(), true),
        }
    };
    Signed { cms, signer, tokens, has_unreadable_token, claimed_time }
}

fn describe(report: &mut SignatureReport, view: View<'_, '_>, dict: &Dict) {
    let text = |key: &str| {
        let value = view.value(dict, key).ok()?;
        value.as_string().map(|string| decode_text(&string.bytes))
    };
    report.time = text("M").map(|date| time::pdf_date(&date));
    report.reason = text("Reason");
    report.location = text("Location");
    let sub_filter = view.value(dict, "SubFilter").ok();
    report.sub_filter =
        sub_filter.as_ref().and_then(Object::as_name).map(|name| String::from_utf8_lossy(name).into_owned());
}

/// What the sub-filter demands. The old ones rest on SHA-1 by definition (ISO 32000-2 table 260).
fn profile(sub_filter: Option<&str>, field: &dyn Fn() -> String) -> Result<Profile, Reason> {
    match sub_filter {
        Some("ETSI.CAdES.detached") => Ok(Profile::Cades),
        Some("adbe.pkcs7.detached") => Ok(Profile::Pkcs7),
        Some("ETSI.RFC3161") => Ok(Profile::Timestamp),
        Some(
            old @ ("adbe.pkcs7.sha1" | "adbe.x509.rsa_sha1" | "adbe.pkcs7.s3" | "adbe.pkcs7.s4"
            | "adbe.pkcs7.s5"),
        ) => Err(Reason::SubFilterOld { field: field(), sub_filter: old.to_owned() }),
        _ => Err(Reason::SubFilterUnknown { field: field() }),
    }
}

fn level(profile: Profile) -> Level {
    match profile {
        Profile::Cades => Level::BaselineB,
        Profile::Pkcs7 => Level::Pkcs7,
        Profile::Timestamp => Level::DocTimeStamp,
    }
}

/// The two signed ranges: the file's start up to this very /Contents string, and from its end on. Anything else,
/// more or fewer ranges, a gap that is wider or elsewhere, digits in mixed case or with spaces among them (bytes that
/// could be changed without a trace), is refused.
fn byte_ranges(view: View<'_, '_>, dict: &Dict, contents: &PdfString) -> Option<[Range<usize>; 2]> {
    let array = view.array(dict, "ByteRange").ok()?;
    let numbers: Option<Vec<usize>> =
        array.iter().map(|item| item.as_integer().and_then(|number| usize::try_from(number).ok())).collect();
    let &[first, length, second, rest] = numbers?.as_slice() else { return None };
    let end = second.checked_add(rest).filter(|&end| end <= view.file.bytes.len())?;
    let gap = first.checked_add(length)?..second;
    let digits = view.file.bytes.get(gap.clone())?;
    let mixed = digits.iter().any(u8::is_ascii_uppercase) && digits.iter().any(u8::is_ascii_lowercase);
    let spaced = digits.iter().any(|byte| !byte.is_ascii_hexdigit() && !matches!(byte, b'<' | b'>'));
    (first == 0 && rest > 0 && contents.hexadecimal && gap == contents.span && !mixed && !spaced)
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
        CmsError::AlgorithmsDisagree => Reason::AlgorithmsDisagree { field },
        CmsError::Unsupported(algorithm) => {
            Reason::AlgorithmUnsupported { field, algorithm: algorithm.into() }
        }
        CmsError::Weak(algorithm) => Reason::AlgorithmWeak { field, algorithm: algorithm.into() },
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
