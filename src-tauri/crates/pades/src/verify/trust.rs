//! Who signed, when that is proved, and whether they are trusted (ETSI EN 319 102-1 §5.5, §5.6).
//!
//! Signatures are judged from the newest to the oldest. A trusted timestamp proves that everything it covers was
//! there at its time; what is older is then judged at that time, not at the time of asking. Without such proof a
//! certificate must be in its dates now.

use std::rc::Rc;

use super::dss::SecurityStore;
use super::report::{
    Chain, Integrity, Level, Reason, SignerIdentity, TimestampKind, TimestampReport, Warning,
};
use super::signature::{Judged, Signed};
use crate::certificate::Certificate;
use crate::cms::signed_data::CmsError;
use crate::cms::timestamp::Token;
use crate::crypto::CryptoError;
use crate::pdf::File;
use crate::trust::links::Links;
use crate::trust::path::{self, ChainFault, NoPath, Purpose, Question};
use crate::trust::revocation::{Evidence, RevocationItem, RevocationSource, Standing};

/// A claimed time may be so much later than the proved one, seconds: clocks differ.
const CLOCKS_DIFFER: i64 = 300;
/// Timestamps looked at beside one signature.
const MAX_TIMESTAMPS: usize = 8;
/// Certificates looked at on the way to a root.
const MAX_LADDER: usize = 12;

/// What the verifier trusts, and when it is asked.
pub(super) struct Trust<'a> {
    pub(super) anchors: &'a [Certificate],
    pub(super) source: Option<&'a dyn RevocationSource>,
    pub(super) require_revocation: bool,
    pub(super) links: &'a Links,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// One certificate's answer.
struct Answer {
    chain: Chain,
    /// The certificate first, the anchor last; empty when there is no path.
    path: Vec<Certificate>,
    fault: Option<ChainFault>,
    /// The certificate that is revoked, when and why.
    revoked: Option<(Certificate, Standing)>,
    /// Certificates of the path of which nothing in force says that they are not revoked.
    unknown: Vec<(Certificate, Option<i64>)>,
}

/// What a document timestamp says, and whether that proves anything.
struct Stamp {
    time: i64,
    counts: bool,
}

/// The document timestamps that cover a signature: the newest one's revision and what the store held in it, the oldest
/// one's time.
struct Covering {
    revision: usize,
    store: Rc<SecurityStore>,
    time: i64,
}

struct Judge<'a> {
    trust: &'a Trust<'a>,
    /// What travels with the signature in question, and what the store holds; not what other signatures carry.
    candidates: Vec<Certificate>,
    evidence: Evidence<'a>,
}

/// Judges every signature that holds; fills in chain, path, timestamps, level, and what is to be said about them.
pub(super) fn judge(file: &File<'_>, judged: &mut [Judged], trust: &Trust<'_>) -> Vec<Warning> {
    let store = Rc::new(SecurityStore::read(file.last()));
    let mut judge = Judge::new(trust, judged, &store);
    let mut warnings = Vec::new();
    // The time up to which everything older is proved to have been there.
    let mut proved = trust.at;
    let mut order: Vec<usize> = (0..judged.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(judged[index].report.revision));
    let mut covering: Option<Covering> = None;
    for index in order {
        let part = &mut judged[index];
        let Some(signed) = part.signed.take() else { continue };
        judge.candidates = candidates(&signed, &store);
        if part.report.level == Level::DocTimeStamp {
            let Some(stamp) = judge.document_timestamp(part, &signed, proved, &mut warnings) else {
                continue;
            };
            if stamp.counts {
                proved = proved.min(stamp.time);
            }
            if stamp.counts || trust.anchors.is_empty() {
                match &mut covering {
                    Some(covering) => covering.time = stamp.time,
                    None => covering = Some(Covering::new(file, &store, part.report.revision, stamp.time)),
                }
            }
        } else {
            let stamped = covering.as_ref().filter(|stamp| stamp.revision > part.report.revision);
            judge.signature(part, &signed, proved, stamped, &mut warnings);
        }
        if judge.has_corrupt_certificate(&signed) {
            part.report.integrity = Integrity::Altered;
            part.reasons.push(Reason::CertificateCorrupt { field: part.report.field.clone() });
        }
    }
    warnings
}

fn candidates(signed: &Signed, store: &SecurityStore) -> Vec<Certificate> {
    let tokens = signed.tokens.iter().map(Token::data);
    let inside = std::iter::once(&signed.cms).chain(tokens).flat_map(|data| &data.certificates);
    let mut candidates: Vec<Certificate> = Vec::new();
    for certificate in inside.chain(&store.certificates) {
        if !candidates.contains(certificate) {
            candidates.push(certificate.clone());
        }
    }
    candidates
}

impl Covering {
    /// `newest` is the store of the last revision, `revision` counts from 1.
    fn new(file: &File<'_>, newest: &Rc<SecurityStore>, revision: usize, time: i64) -> Self {
        let is_last = revision == file.revisions.len();
        let store =
            if is_last { newest.clone() } else { Rc::new(SecurityStore::read(file.view(revision - 1))) };
        Self { revision, store, time }
    }
}

impl<'a> Judge<'a> {
    fn new(trust: &'a Trust<'a>, judged: &[Judged], store: &SecurityStore) -> Self {
        let mut evidence = Evidence { items: Vec::new(), source: trust.source };
        for signed in judged.iter().filter_map(|part| part.signed.as_ref()) {
            for data in std::iter::once(&signed.cms).chain(signed.tokens.iter().map(Token::data)) {
                evidence.add_enclosed(&data.enclosed());
            }
        }
        evidence.add(store.revocation.iter().cloned());
        Self { trust, candidates: Vec::new(), evidence }
    }

    fn ask(&self, certificate: &Certificate, purpose: Purpose, at: i64) -> Answer {
        let mut answer = Answer {
            chain: Chain::Unknown,
            path: Vec::new(),
            fault: None,
            revoked: None,
            unknown: Vec::new(),
        };
        if self.trust.anchors.is_empty() {
            return answer;
        }
        let question = self.question(purpose, at);
        let mut revoked = None;
        let found = path::find(certificate, &question, &mut |path| {
            let mut unknown = Vec::new();
            for pair in path.windows(2) {
                match self.evidence.standing(&pair[0], &pair[1], &question, self.trust.at) {
                    Standing::Good => {}
                    Standing::Unknown { newest } => unknown.push((pair[0].clone(), newest)),
                    standing @ Standing::Revoked { .. } => {
                        revoked.get_or_insert((pair[0].clone(), standing));
                        return false;
                    }
                }
            }
            (answer.path, answer.unknown) = (path.to_vec(), unknown);
            true
        });
        answer.chain = match found {
            Ok(()) => Chain::Trusted,
            Err(_) if revoked.is_some() => Chain::Revoked,
            Err(NoPath::Expired) => Chain::Expired,
            Err(NoPath::Fault(fault)) => {
                answer.fault = Some(fault);
                Chain::Untrusted
            }
        };
        answer.revoked = revoked.filter(|_| answer.chain == Chain::Revoked);
        answer
    }

    /// A timestamp over the whole file so far.
    fn document_timestamp(
        &self,
        part: &mut Judged,
        signed: &Signed,
        proved: i64,
        warnings: &mut Vec<Warning>,
    ) -> Option<Stamp> {
        let token = signed.tokens.first()?;
        let answer = self.ask(&signed.signer, Purpose::Timestamp, proved);
        part.report.time = Some(text(token.time()));
        let report = stamp_report(TimestampKind::Document, token, &signed.signer, &answer);
        part.report.timestamps.push(report);
        self.take(part, &answer, proved, warnings);
        let field = part.report.field.clone();
        if self.untrusted(&answer) {
            warnings.push(Warning::TimestampUntrusted { field, chain: answer.chain, what: answer.fault });
        }
        Some(Stamp { time: token.time(), counts: self.counts(&answer) })
    }

    fn untrusted(&self, answer: &Answer) -> bool {
        answer.chain != Chain::Trusted && !self.trust.anchors.is_empty()
    }

    /// Whether a timestamp by this authority proves its time.
    fn counts(&self, answer: &Answer) -> bool {
        answer.chain == Chain::Trusted
            && !answer.unknown.iter().any(|(certificate, _)| self.demands(certificate))
    }

    /// Whether the lack of revocation information stands against the certificate. One that names neither list nor
    /// responder cannot be asked about.
    fn demands(&self, certificate: &Certificate) -> bool {
        self.trust.require_revocation && certificate.names_revocation()
    }

    fn signature(
        &self,
        part: &mut Judged,
        signed: &Signed,
        proved: i64,
        stamped: Option<&Covering>,
        warnings: &mut Vec<Warning>,
    ) {
        let mut at = proved;
        let mut has_stamp = stamped.is_some();
        // The earliest time that timestamps state, by whomever: what the level is judged at.
        let mut stated = stamped.map_or(proved, |stamp| stamp.time.min(proved));
        let mut authorities = Vec::new();
        if signed.has_unreadable_token {
            part.reasons.push(Reason::TimestampWrong { field: part.report.field.clone() });
        }
        for token in signed.tokens.iter().take(MAX_TIMESTAMPS) {
            let field = part.report.field.clone();
            let value = signed.cms.signature_value().unwrap_or_default();
            let authority = match token.check(&mut |hash| hash.of(&[value])) {
                Ok(authority) => authority,
                Err(CmsError::Weak(algorithm) | CmsError::Unsupported(algorithm)) => {
                    let algorithm = algorithm.into();
                    warnings.push(Warning::TimestampAlgorithm { field, algorithm });
                    continue;
                }
                Err(error) => {
                    // Of something else, or changed: somebody put it there after the signature was made.
                    if matches!(error, CmsError::DigestMismatch | CmsError::SignatureMismatch) {
                        part.report.integrity = Integrity::Altered;
                    }
                    part.reasons.push(Reason::TimestampWrong { field });
                    continue;
                }
            };
            let answer = self.ask(&authority, Purpose::Timestamp, proved);
            part.report.timestamps.push(stamp_report(TimestampKind::Signature, token, &authority, &answer));
            if self.counts(&answer) {
                at = at.min(token.time());
            }
            if self.counts(&answer) || self.trust.anchors.is_empty() {
                has_stamp = true;
                stated = stated.min(token.time());
                authorities.push(authority);
            }
            if self.untrusted(&answer) {
                warnings.push(Warning::TimestampUntrusted { field, chain: answer.chain, what: answer.fault });
            }
        }
        let answer = self.ask(&signed.signer, Purpose::Document, at);
        self.take(part, &answer, at, warnings);
        if at < self.trust.at
            && let Some(claimed) = signed.claimed_time
            && claimed > at + CLOCKS_DIFFER
        {
            let field = part.report.field.clone();
            warnings.push(Warning::SigningTimeAfterTimestamp { field, proved: text(at) });
        }
        if part.report.level == Level::BaselineB && has_stamp {
            part.report.level = self.level(signed, &authorities, stamped, stated);
        }
    }

    /// Enters an answer in the report of its signature.
    fn take(&self, part: &mut Judged, answer: &Answer, at: i64, warnings: &mut Vec<Warning>) {
        let field = || part.report.field.clone();
        let is_stamp = part.report.level == Level::DocTimeStamp;
        part.report.chain = answer.chain;
        part.report.path = answer.path.iter().skip(1).map(SignerIdentity::of).collect();
        part.report.judged_at = Some(text(at));
        let mut reasons = Vec::new();
        match (answer.chain, answer.fault, &answer.revoked) {
            (Chain::Revoked, _, Some((certificate, Standing::Revoked { at, reason }))) => {
                reasons.push(Reason::ChainRevoked {
                    field: field(),
                    certificate: name_of(certificate),
                    at: text(*at),
                    why: *reason,
                });
            }
            (Chain::Expired, ..) => reasons.push(Reason::ChainExpired { field: field() }),
            (_, Some(what), _) => reasons.push(Reason::ChainUntrusted { field: field(), what }),
            _ => {}
        }
        for (certificate, newest) in &answer.unknown {
            let demanded = self.demands(certificate);
            let (certificate, newest) = (name_of(certificate), newest.map(text));
            if demanded {
                reasons.push(Reason::RevocationUnknown { field: field(), certificate, newest });
                part.report.chain = Chain::Unknown;
            } else {
                warnings.push(Warning::RevocationUnknown { field: field(), certificate, newest });
            }
        }
        // A document timestamp that is not trusted proves nothing, and harms nothing: it is only told about.
        if is_stamp {
            part.stamp_reasons = reasons;
        } else {
            part.reasons.extend(reasons);
        }
    }

    /// Whether a certificate that travels with the signature was tampered with: its issuer is at hand and its
    /// signature is wrong. The document is whole then, and yet somebody changed the file.
    fn has_corrupt_certificate(&self, signed: &Signed) -> bool {
        let tokens = signed.tokens.iter().map(Token::data);
        std::iter::once(&signed.cms).chain(tokens).any(|data| {
            data.has_unreadable_certificate || data.certificates.iter().any(|inside| self.is_corrupt(inside))
        })
    }

    fn is_corrupt(&self, certificate: &Certificate) -> bool {
        let all = || self.trust.anchors.iter().chain(&self.candidates);
        // Number, holder and key of another that is at hand, and yet not that one: a changed copy, unless its issuer
        // signed this one too; some roots were issued twice, with other dates.
        let signed = |above: &Certificate| {
            above.names().0 == certificate.names().1
                && self.trust.links.is_signed_by(certificate, above).is_ok()
        };
        if all().any(|other| other != certificate && other.is_copy_of(certificate)) && !all().any(signed) {
            return true;
        }
        let wanted = certificate.extensions().authority_key.as_ref();
        let mut issuers = all().filter(|above| {
            above.names().0 == certificate.names().1
                && (*above == certificate
                    || (wanted.is_some() && above.extensions().subject_key.as_ref() == wanted))
        });
        let wrong = |above| self.trust.links.is_signed_by(certificate, above) == Err(CryptoError::Mismatch);
        let Some(first) = issuers.next() else { return false };
        wrong(first) && issuers.all(wrong)
    }

    /// The level that really holds (ETSI EN 319 142-1 §6): T with a timestamp that counts; LT when the file itself
    /// carries what says of every certificate that it was not revoked; LTA when a later timestamp covers that.
    fn level(
        &self,
        signed: &Signed,
        authorities: &[Certificate],
        stamped: Option<&Covering>,
        at: i64,
    ) -> Level {
        let complete = |items: &[RevocationItem]| {
            let evidence = Evidence { items: items.to_vec(), source: None };
            let all = std::iter::once(&signed.signer).chain(authorities);
            all.into_iter().all(|certificate| self.is_covered(certificate, &evidence, at))
        };
        if !complete(&self.evidence.items) {
            return Level::BaselineT;
        }
        let Some(Covering { store, .. }) = stamped else { return Level::BaselineLt };
        let mut covered = Evidence::default();
        let tokens = signed.tokens.iter().map(Token::data);
        std::iter::once(&signed.cms).chain(tokens).for_each(|data| covered.add_enclosed(&data.enclosed()));
        covered.add(store.revocation.iter().cloned());
        if complete(&covered.items) { Level::BaselineLta } else { Level::BaselineLt }
    }

    /// Whether the evidence speaks for the certificate and all above it, up to an anchor or a root.
    fn is_covered(&self, certificate: &Certificate, evidence: &Evidence<'_>, at: i64) -> bool {
        let question = self.question(Purpose::Document, at);
        let mut below = certificate.clone();
        for _ in 0..MAX_LADDER {
            if below.is_self_issued() || self.trust.anchors.contains(&below) {
                return true;
            }
            let all = self.trust.anchors.iter().chain(&self.candidates);
            let mut issuers = all.filter(|above| {
                above.names().0 == below.names().1 && self.trust.links.is_signed_by(&below, above).is_ok()
            });
            let Some(above) = issuers.next() else { return false };
            if evidence.standing(&below, above, &question, self.trust.at) != Standing::Good {
                return false;
            }
            below = above.clone();
        }
        false
    }

    fn question(&self, purpose: Purpose, at: i64) -> Question<'_> {
        let (anchors, links) = (self.trust.anchors, self.trust.links);
        Question { anchors, candidates: &self.candidates, at, purpose, links }
    }
}

fn stamp_report(
    kind: TimestampKind,
    token: &Token,
    authority: &Certificate,
    answer: &Answer,
) -> TimestampReport {
    TimestampReport {
        kind,
        time: text(token.time()),
        authority: SignerIdentity::of(authority),
        chain: answer.chain,
    }
}

fn name_of(certificate: &Certificate) -> String {
    certificate.common_name().unwrap_or_else(|| certificate.subject())
}

fn text(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
