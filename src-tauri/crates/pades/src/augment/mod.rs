//! Augments signed files (ETSI EN 319 142-1 §6): proof of the time at which the signatures existed, and what is needed to
//! check them when the authorities behind them are long gone. Every step is one more increment; no earlier byte is
//! touched, and what is added (validation data, document timestamps) is what every certification permits (ISO 32000-2
//! §12.8.2.2). It asks nobody by itself: the [`Network`] is a port.
//!
//! A signature timestamp (an unsigned attribute inside the signature) can only be put in while signing: later it would
//! change signed-off bytes. So what reaches level T later reaches it by a document timestamp, which EN 319 142-1 §6.3
//! accepts for it alike; it covers all signatures of the file at once.

mod document_timestamp;
mod dss;
mod evidence;
mod ocsp;

use jiff::Timestamp;
use serde::Serialize;

use crate::certificate::Certificate;
use crate::cms::signed_data::SignedData;
use crate::error::PadesError;
use crate::form::Form;
use crate::pdf::{Object, View};
use crate::sign::prepare::open;
use crate::timestamp::{TimestampRequest, TimestampToken};
use crate::verify::report::{Changes, Integrity, Report};
use crate::verify::{VerifyOptions, verify};

pub use evidence::Missing;

/// What went wrong on the way; the caller gets its own error back by downcasting.
pub type NetworkError = Box<dyn std::error::Error + Send + Sync>;

/// What augmenting needs of the outside. Answers are strangers': they are checked here.
pub trait Network {
    /// Brings a request to an authority and accepts its answer ([`TimestampRequest::accept`]).
    ///
    /// # Errors
    /// The last failure, when no authority gave a timestamp.
    fn timestamp(&self, request: &TimestampRequest) -> Result<TimestampToken, NetworkError>;

    /// Posts an OCSP request (RFC 6960 appendix A) to `url`.
    ///
    /// # Errors
    /// The way's own, as in the calls below.
    fn ocsp(&self, url: &str, request: &[u8]) -> Result<Vec<u8>, NetworkError>;

    /// Fetches a revocation list.
    ///
    /// # Errors
    /// The way's own.
    fn crl(&self, url: &str) -> Result<Vec<u8>, NetworkError>;

    /// Fetches the certificate of an issuer.
    ///
    /// # Errors
    /// The way's own.
    fn certificate(&self, url: &str) -> Result<Vec<u8>, NetworkError>;
}

/// How far to augment (ETSI EN 319 142-1 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Target {
    /// B-T: the time is proved.
    #[serde(rename = "T")]
    Timestamp,
    /// B-LT: and the validation data is inside.
    #[serde(rename = "LT")]
    LongTerm,
    /// B-LTA: and a document timestamp covers it.
    #[serde(rename = "LTA")]
    Archive,
}

/// How to augment.
#[derive(Debug, Clone, Copy)]
pub struct AugmentOptions<'a> {
    /// How far.
    pub target: Target,
    /// Trust anchors: where a chain ends, and what intermediates are looked for among.
    pub trust: &'a [Certificate],
    /// Now.
    pub at: Timestamp,
    /// Asks for no timestamp as long as validation data is missing that the target wants: it would have to be asked for
    /// again. Else what could be had is put in, and the rest named.
    pub insist: bool,
}

/// One increment that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Added {
    /// A document timestamp.
    Timestamp {
        /// When, in RFC 3339.
        time: String,
        /// Common name of the authority.
        authority: Option<String>,
        /// Bytes of the increment.
        #[serde(skip)]
        increment: Vec<u8>,
    },
    /// Validation data, counted by kind.
    ValidationData {
        /// Certificates.
        certificates: usize,
        /// OCSP responses.
        ocsp: usize,
        /// Revocation lists.
        crls: usize,
        /// Bytes of the increment.
        #[serde(skip)]
        increment: Vec<u8>,
    },
}

impl Added {
    /// The bytes to append.
    pub fn increment(&self) -> &[u8] {
        match self {
            Self::Timestamp { increment, .. } | Self::ValidationData { increment, .. } => increment,
        }
    }
}

/// What was added to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Augmented {
    /// The increments, in order; none when the file is at the level already.
    pub added: Vec<Added>,
    /// Validation data that could not be had. The level LT is reached when nothing is missing.
    pub missing: Vec<Missing>,
}

/// Augments a signed file up to the target. `nonce` gives a number that was never given before.
///
/// # Errors
/// [`PadesError::NothingSigned`]; [`PadesError::SignatureWrong`] when a signature in the file does not hold: nothing
/// false is made to last; [`PadesError::Network`] when no timestamp could be had; those of reading.
pub fn augment(
    pdf: &[u8],
    options: &AugmentOptions<'_>,
    network: &dyn Network,
    nonce: &mut dyn FnMut() -> u64,
) -> Result<Augmented, PadesError> {
    sound(pdf, options)?;
    let mut work = Work {
        pdf: pdf.to_vec(),
        options,
        network,
        augmented: Augmented { added: Vec::new(), missing: Vec::new() },
    };
    let state = State::of(&work.pdf)?;
    if options.target < Target::Archive && !state.timestamped {
        work.timestamp(nonce)?;
    }
    if options.target >= Target::LongTerm {
        work.validation_data()?;
        if options.insist && !work.augmented.missing.is_empty() {
            return Err(PadesError::ValidationDataMissing { missing: work.augmented.missing.len() });
        }
    }
    if options.target == Target::Archive && (!state.archived || !work.augmented.added.is_empty()) {
        // The data first and one timestamp over all of it: the signatures and what is needed to check them.
        work.timestamp(nonce)?;
        work.validation_data()?;
    }
    if !work.augmented.added.is_empty() {
        sound(&work.pdf, options)?;
    }
    Ok(work.augmented)
}

/// Every signature holds and nothing forbidden came after it.
fn sound(pdf: &[u8], options: &AugmentOptions<'_>) -> Result<Report, PadesError> {
    let report = verify(pdf, &VerifyOptions { trust: options.trust, at: options.at });
    match (report.integrity, report.changes) {
        (Integrity::Intact, Changes::None | Changes::Permitted) => Ok(report),
        (Integrity::None, _) => Err(PadesError::NothingSigned),
        _ => Err(PadesError::SignatureWrong),
    }
}

/// A file that grows.
struct Work<'w> {
    pdf: Vec<u8>,
    options: &'w AugmentOptions<'w>,
    network: &'w dyn Network,
    augmented: Augmented,
}

impl Work<'_> {
    fn append(&mut self, added: Added) {
        self.pdf.extend_from_slice(added.increment());
        self.augmented.added.push(added);
    }

    fn timestamp(&mut self, nonce: &mut dyn FnMut() -> u64) -> Result<(), PadesError> {
        let added = document_timestamp::make(&self.pdf, self.options.at, self.network, nonce)?;
        self.append(added);
        Ok(())
    }

    fn validation_data(&mut self) -> Result<(), PadesError> {
        let file = open(&self.pdf)?;
        let mut store = dss::Store::read(file.last())?;
        let signed = contents(file.last())?;
        let found = evidence::collect(&signed, &store, self.options, self.network);
        let counts = store.add(found.evidence);
        let added = if counts == [0; 3] {
            None
        } else {
            let increment = store.increment(&self.pdf, file.last(), self.options.at)?;
            let [certificates, ocsp, crls] = counts;
            Some(Added::ValidationData { certificates, ocsp, crls, increment })
        };
        drop(file);
        self.augmented.missing = found.missing;
        if let Some(added) = added {
            self.append(added);
        }
        Ok(())
    }
}

/// The values of all signatures and timestamps of a file.
fn contents(view: View<'_, '_>) -> Result<Vec<SignedData>, PadesError> {
    let mut found = Vec::new();
    for (_, value) in Form::read(view)?.signed() {
        let value = view.resolve(value)?;
        let contents =
            value.as_dict().and_then(|dict| dict.get(&b"Contents"[..])).and_then(Object::as_string);
        let read = contents.and_then(|contents| SignedData::read(&contents.bytes).ok());
        found.push(read.ok_or(PadesError::SignatureWrong)?);
    }
    Ok(found)
}

/// How far a file has come.
struct State {
    /// Every signature has a timestamp inside or a document timestamp after it.
    timestamped: bool,
    /// A document timestamp covers all signatures and validation data.
    archived: bool,
}

impl State {
    fn of(pdf: &[u8]) -> Result<Self, PadesError> {
        let file = open(pdf)?;
        let mut known = Vec::new();
        // For each revision that signed: whether it is a document timestamp, and whether data was there before it.
        let (mut signatures, mut newest_timestamp) = (Vec::new(), None);
        for index in 0..file.revisions.len() {
            let view = file.view(index);
            let data = !matches!(view.value(&view.catalog()?, "DSS")?, Object::Null);
            for (field, value) in Form::read(view)?.signed() {
                if known.contains(&field.name) {
                    continue;
                }
                known.push(field.name.clone());
                let value = view.resolve(value)?;
                let dict = value.as_dict().ok_or(PadesError::SignatureWrong)?;
                if view.value(dict, "SubFilter")?.as_name() == Some(b"ETSI.RFC3161") {
                    newest_timestamp = Some((index, data));
                } else {
                    let contents = dict.get(&b"Contents"[..]).and_then(Object::as_string);
                    let inside = contents.is_some_and(|contents| evidence::has_timestamp(&contents.bytes));
                    signatures.push((index, inside));
                }
            }
        }
        let after = |index: usize| newest_timestamp.is_some_and(|(newest, _)| newest > index);
        Ok(Self {
            timestamped: signatures.iter().all(|&(index, inside)| inside || after(index)),
            archived: newest_timestamp.is_some_and(|(_, data)| data)
                && signatures.iter().all(|&(index, _)| after(index)),
        })
    }
}
