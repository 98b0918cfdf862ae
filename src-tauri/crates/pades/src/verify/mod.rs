//! Verifies the signatures of a PDF, strictly and offline: what each covers, whether it holds, what was added to the
//! file afterwards, whose it is. The answer never is `valid` for a file that needs repair, and never `unsigned`
//! for one that carries traces of a signature.

mod changes;
mod digests;
mod dss;
mod fresh;
mod graph;
mod leftovers;
pub(crate) mod ours;
pub(crate) mod report;
mod signature;
mod time;
mod traces;
mod trailer;
mod trust;

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::form::{Form, Rules};
use crate::pdf::{File, Object, ReadError, ReadResult};
use crate::trust::links::Links;
use crate::trust::revocation::RevocationSource;
use digests::Digests;
use graph::Graph;
use report::{Chain, Changes, Integrity, Level, Reason, Report, Warning};
use signature::{Found, Judged};
use trust::Trust;

/// Fields looked at over all revisions; a file beyond that is refused.
const MAX_FIELDS: usize = 500_000;

/// Signatures beyond which a file is refused.
const MAX_SIGNATURES: usize = 256;
/// Each signature costs a digest of the file: bytes that may be hashed in all.
const MAX_HASHED: usize = 3 << 30;

/// How to verify.
#[derive(Debug, Clone, Copy)]
pub struct VerifyOptions<'a> {
    /// Trust anchors; without any, nothing can be `valid`.
    pub trust: &'a [Certificate],
    /// The time at which certificates must be valid.
    pub at: Timestamp,
}

/// Verifies every signature of the file. Never fails, never panics: whatever the bytes are, the answer is a report.
pub fn verify(pdf: &[u8], options: &VerifyOptions<'_>) -> Report {
    Verifier::new(options.trust.to_vec()).verify(pdf, options.at)
}

/// Verifies many files under one trust: what was found out about certificates for one file is not computed again for
/// the next. It may be shared among threads.
pub struct Verifier {
    anchors: Vec<Certificate>,
    source: Option<Box<dyn RevocationSource>>,
    require_revocation: bool,
    links: Links,
}

impl Verifier {
    /// Trusts these anchors; without any, nothing can be `valid`.
    pub fn new(anchors: Vec<Certificate>) -> Self {
        Self { anchors, source: None, require_revocation: false, links: Links::default() }
    }

    /// Looks there for lists and answers that a file does not carry.
    #[must_use]
    pub fn with_source(mut self, source: Box<dyn RevocationSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// Demands that something in force says of every certificate below an anchor that it was not revoked, if it names
    /// a list or a responder at all; else the chain is `unknown`. Not demanded, the lack of it is a warning.
    #[must_use]
    pub fn requiring_revocation(mut self, demanded: bool) -> Self {
        self.require_revocation = demanded;
        self
    }

    /// Verifies every signature of the file. Never fails, never panics: whatever the bytes are, the answer is a
    /// report. `at` is the time at which certificates must be valid, unless a trusted timestamp proves an earlier.
    pub fn verify(&self, pdf: &[u8], at: Timestamp) -> Report {
        let file = match File::open(pdf) {
            Ok(file) => file,
            Err(error) => return unreadable(pdf, &error),
        };
        let trust = Trust {
            anchors: &self.anchors,
            source: self.source.as_deref(),
            require_revocation: self.require_revocation,
            links: &self.links,
            at: at.as_second(),
        };
        match signatures(&file) {
            Ok((found, reasons)) => judge(&file, &found, reasons, &trust),
            Err(error) => unreadable(pdf, &error),
        }
    }
}

/// A file that cannot be read is never called unsigned.
fn unreadable(pdf: &[u8], error: &ReadError) -> Report {
    let mut reasons = vec![Reason::PdfUnreadable { what: error.to_string() }];
    if traces::in_bytes(pdf) {
        reasons.push(Reason::SignatureTraces);
    }
    let mut report = Report::conclude(Vec::new(), Changes::Unknown, reasons);
    report.integrity = Integrity::Unreadable;
    report
}

/// The signatures of all revisions, oldest first, and objections to how they are placed.
fn signatures(file: &File<'_>) -> ReadResult<(Vec<Found>, Vec<Reason>)> {
    let mut found: Vec<Found> = Vec::new();
    let mut reasons = Vec::new();
    let mut budget = MAX_FIELDS;
    for revision in 0..file.revisions.len() {
        let form = Form::read(file.view(revision))?;
        budget = budget
            .checked_sub(form.fields.len())
            .ok_or(ReadError::Structure("the file has too many fields and revisions"))?;
        for (field, value) in form.signed() {
            let value = value.as_reference();
            match found.iter().find(|known| known.field == field.name) {
                Some(known) if known.value == value => {}
                Some(_) => reasons.push(Reason::SignatureRemoved { field: field.name.clone() }),
                None if found.len() == most_signatures(file.bytes.len()) => {
                    return Err(ReadError::Structure("the file has too many signatures"));
                }
                None => {
                    if value.is_some() && found.iter().any(|known| known.value == value) {
                        reasons.push(Reason::SignatureShared { field: field.name.clone() });
                    }
                    found.push(Found { field: field.name.clone(), value, revision });
                }
            }
        }
        for known in &found {
            let kept = form.field(&known.field).and_then(|field| field.value());
            if kept.is_none() || kept.and_then(Object::as_reference) != known.value {
                reasons.push(Reason::SignatureRemoved { field: known.field.clone() });
            }
        }
    }
    reasons.dedup();
    Ok((found, reasons))
}

/// Signatures that a file of `bytes` bytes may have.
fn most_signatures(bytes: usize) -> usize {
    MAX_SIGNATURES.min(MAX_HASHED / bytes.max(1))
}

fn judge(file: &File<'_>, found: &[Found], mut reasons: Vec<Reason>, trust: &Trust<'_>) -> Report {
    if found.is_empty() {
        if traces::in_file(file) {
            reasons.push(Reason::SignatureTraces);
        }
        let mut report = Report::conclude(Vec::new(), Changes::None, reasons);
        if report.verdict != report::Verdict::Unsigned {
            report.integrity = Integrity::Unreadable;
            report.changes = Changes::Unknown;
        }
        return report;
    }
    let mut digests = Digests::new(file.bytes);
    let mut judged: Vec<Judged> = found
        .iter()
        .map(|signature| signature::judge(file.view(signature.revision), signature, &mut digests))
        .collect();
    for (signature, part) in found.iter().zip(&mut judged) {
        if let Err(error) = locks(file, signature, &mut part.rules) {
            let (revision, what) = (signature.revision + 1, error.to_string());
            reasons.push(Reason::RevisionUnreadable { revision, what });
        }
    }
    let mut warnings = trust::judge(file, &mut judged, trust);
    let tail = file.tail().len();
    if tail > 0 {
        reasons.push(Reason::BytesAppended { count: tail });
    }
    let changes = later_changes(file, found, &mut judged, &mut reasons, tail > 0);
    if trust.anchors.is_empty() {
        reasons.push(Reason::NoTrustAnchors);
    }
    let only_stamps = judged.iter().all(|part| part.report.level == Level::DocTimeStamp);
    let mut signatures = Vec::new();
    for mut part in judged {
        reasons.append(&mut part.reasons);
        if only_stamps {
            reasons.append(&mut part.stamp_reasons);
        }
        warnings.extend(part.stamp_reasons.drain(..).filter_map(Warning::of_timestamp));
        if part.report.integrity != Integrity::Intact {
            part.report.chain = Chain::Unknown;
        }
        signatures.push(part.report);
    }
    Report { warnings, ..Report::conclude(signatures, changes, reasons) }
}

/// Adds what the /Lock of the signed field says.
fn locks(file: &File<'_>, signature: &Found, rules: &mut Rules) -> ReadResult<()> {
    let view = file.view(signature.revision);
    let form = Form::read(view)?;
    form.field(&signature.field).map_or(Ok(()), |field| rules.read_lock(view, field))
}

/// Compares every revision after the first signature with the one before; gives the worst.
fn later_changes(
    file: &File<'_>,
    found: &[Found],
    judged: &mut [Judged],
    reasons: &mut Vec<Reason>,
    tail: bool,
) -> Changes {
    let Some(first) = found.iter().map(|signature| signature.revision).min() else { return Changes::None };
    let mut worst = Changes::None;
    let mut graph = None;
    let mut rules = Rules::default();
    for index in first + 1..file.revisions.len() {
        let (old, new) = (file.view(index - 1), file.view(index));
        for (signature, part) in found.iter().zip(judged.iter()) {
            if signature.revision + 1 == index {
                rules.tighten(part.rules.clone());
            }
        }
        let known = graph_until(&mut graph, file, first, index - 1);
        let outcome = match known.and_then(|graph| comparable(file).map(|()| graph)) {
            Ok(graph) => changes::judge(old, new, &rules, graph),
            Err(error) => changes::Outcome {
                changes: Changes::Unknown,
                reasons: vec![Reason::RevisionUnreadable { revision: index, what: error.to_string() }],
            },
        };
        reasons.extend(outcome.reasons);
        worst = worst.max(outcome.changes);
        for (signature, part) in found.iter().zip(judged.iter_mut()) {
            if signature.revision < index {
                part.report.changes = part.report.changes.max(outcome.changes);
            }
        }
    }
    // Only the newest size counts; some programs write others in between.
    let resized = !trailer::keeps_size(file.view(first), file.last());
    if resized {
        reasons.push(Reason::EntryChanged { key: "Size".to_owned(), revision: file.revisions.len() });
    }
    if tail || resized {
        judged.iter_mut().for_each(|part| part.report.changes = Changes::Forbidden);
        worst = Changes::Forbidden;
    }
    worst
}

/// Where programs may find different revisions, none can be compared.
fn comparable(file: &File<'_>) -> ReadResult<()> {
    if file.has_two_readings() {
        return Err(ReadError::Structure("two tables can be found, as something stands before the header"));
    }
    Ok(())
}

/// The references known after revision `until`, built on the first signed revision and extended one by one.
fn graph_until<'g>(
    graph: &'g mut Option<Graph>,
    file: &File<'_>,
    first: usize,
    until: usize,
) -> ReadResult<&'g Graph> {
    let known = match graph.take() {
        None => Graph::of(file.view(first))?,
        Some(mut known) => {
            known.extend(file.view(until))?;
            known
        }
    };
    Ok(graph.insert(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::sample;

    #[test]
    fn signatures_are_as_many_as_may_be_hashed() {
        assert_eq!(most_signatures(0), MAX_SIGNATURES);
        assert_eq!(most_signatures(10 << 20), MAX_SIGNATURES);
        assert_eq!(most_signatures(1 << 30), 3);
        assert_eq!(most_signatures((3 << 30) + 1), 0);
        let signed = |count: usize| {
            let names: String = (0..count).map(|index| format!("{} 0 R ", index + 3)).collect();
            let mut bodies = vec![format!("<</Type/Catalog/AcroForm<</Fields[{names}]>>>>"), "<<>>".into()];
            bodies.extend((0..count).map(|index| format!("<</FT/Sig/T({index})/V<<>>>>")));
            let pdf = sample(&bodies);
            signatures(&File::open(&pdf).unwrap()).map(|(found, _)| found.len())
        };
        assert_eq!(signed(MAX_SIGNATURES), Ok(MAX_SIGNATURES));
        assert_eq!(signed(MAX_SIGNATURES + 1), Err(ReadError::Structure("the file has too many signatures")));
    }
}
