//! Signs PDF files with a token's certificate: one PAdES increment each, no register, no appearance. The token is opened
//! once, by one PIN entry; each file has its own outcome.

use super::augment::Augmenter;
use crate::{DeskError, faults, online::Online, tokens::TokenSigner};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_pades::{
    self as pades, Added, Certificate, DocMdp, FieldTarget, Identity, Missing, Network, PadesError, Prepared,
    SignOptions, Signer, TIMESTAMP_RESERVE, Target, TimestampRequest,
};
use mocban_pkcs11::{CertificateInfo, Fingerprint, Pin, TokenHost, TokenInfo};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

/// Certificates above the signer's that travel inside the signature, at most.
const CHAIN_MAX: usize = 5;

/// Which certificate signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenChoice {
    /// The certificate with this SHA-256.
    Fingerprint(String),
    /// The only certificate for signing whose token label or holder contains this, whatever the case and marks.
    Label(String),
}

/// How files are to be signed.
#[derive(Clone, Debug)]
pub struct SignFile {
    /// The field: filled if it is there and empty, else added, invisible.
    pub field: String,
    /// Certifies the file: 1 nothing, 2 signing, 3 signing and comments remain permitted (ISO 32000-1 §12.8.2.2).
    pub certify: Option<u8>,
    /// Claimed time of signing.
    pub at: Timestamp,
    /// How far to go beyond the bare signature; `None` is B-B.
    pub target: Option<Target>,
}

/// A signature that was made.
#[derive(Clone, Debug, Serialize)]
pub struct FileSignature {
    /// The bytes to append to the file that was given.
    #[serde(skip)]
    pub increment: Vec<u8>,
    /// The field that carries it.
    pub field: String,
    /// Whether that field was added.
    pub new_field: bool,
    /// The signer.
    pub signer: String,
    /// SHA-256 of the signer's certificate, hex.
    pub fingerprint: String,
    /// SHA-256 of the finished file, hex.
    pub sha256: String,
    /// Bytes of the finished file.
    pub size: usize,
    /// The level reached: `B`, `T`, `LT` or `LTA`.
    pub level: &'static str,
    /// Why it is not the level that was asked for: the signature itself is made and kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_of: Option<String>,
    /// Validation data that could not be had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// A token's key, opened by its PIN.
pub struct OpenKey {
    signer: TokenSigner,
    certificate: CertificateInfo,
}

impl OpenKey {
    /// Opens the key of the chosen certificate. The PIN goes to that token, once, and is wiped; without one it is asked
    /// for on the token's own pad.
    ///
    /// # Errors
    /// [`DeskError::TokenNotFound`] when no certificate, or more than one, fits the choice; the token and PIN errors.
    pub fn open(module: &Path, choice: &TokenChoice, pin: Option<String>) -> Result<Self, DeskError> {
        let executable = std::env::current_exe()
            .map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?;
        let host = TokenHost::spawn(&executable, module).map_err(|fault| faults::token(module, fault))?;
        let tokens = host.tokens().map_err(|fault| faults::token(module, fault))?;
        let (token, certificate) = chosen(&tokens, choice)?;
        let opened = host
            .open(certificate.fingerprint, pin.map(Pin::new))
            .map_err(|fault| faults::token(module, fault))?;
        let chain = chain(certificate, token);
        let signer = TokenSigner::of(Arc::new(host), certificate.clone(), opened.algorithm, chain)
            .ok_or(DeskError::TokenKeyNotFound)?;
        Ok(Self { signer, certificate: certificate.clone() })
    }

    /// Signs a file; no earlier byte is changed, and the signature is verified before it is handed out (invariant 4).
    /// What lies beyond B-B needs the network; when that fails, the signature is kept and the answer says so.
    ///
    /// # Errors
    /// The token and PIN errors; [`DeskError::SignatureNotWritten`] when the file cannot or may not be signed.
    pub fn sign(
        &self,
        pdf: &[u8],
        request: &SignFile,
        augmenter: Option<&Augmenter>,
    ) -> Result<FileSignature, DeskError> {
        let written = |fault: PadesError| faults::signature(&fault);
        let mut options = SignOptions::new(FieldTarget::Existing(request.field.clone()), request.at);
        options.name = Some(self.certificate.subject.clone());
        options.certify = request.certify.map(doc_mdp).transpose()?;
        options.reserve = if request.target.is_some() { TIMESTAMP_RESERVE } else { 0 };
        let identity = Identity::of(&self.signer).map_err(written)?;
        let (prepared, new_field) = match pades::prepare(pdf, &options, identity.clone()) {
            Err(PadesError::FieldMissing { .. }) => {
                options.field = FieldTarget::New { name: request.field.clone(), page: 0, rect: [0.0; 4] };
                (pades::prepare(pdf, &options, identity), true)
            }
            prepared => (prepared, false),
        };
        let prepared = prepared.map_err(written)?;
        let value = self.signer.sign(prepared.to_be_signed()).map_err(PadesError::Signer).map_err(written)?;
        let mut made = FileSignature {
            increment: Vec::new(),
            field: request.field.clone(),
            new_field,
            signer: self.certificate.subject.clone(),
            fingerprint: self.certificate.fingerprint.to_string(),
            sha256: String::new(),
            size: 0,
            level: "B",
            short_of: None,
            missing: Vec::new(),
        };
        match (request.target, augmenter) {
            (Some(target), Some(augmenter)) => {
                made.reach(pdf, prepared, &value, target, augmenter, request.at)?
            }
            _ => made.increment = prepared.finish(&value).map_err(written)?.increment,
        }
        made.sha256 = hex::encode(Sha256::new().chain_update(pdf).chain_update(&made.increment).finalize());
        made.size = pdf.len() + made.increment.len();
        Ok(made)
    }
}

impl FileSignature {
    /// Timestamps the signature value, then adds what the level wants.
    fn reach(
        &mut self,
        pdf: &[u8],
        prepared: Prepared,
        value: &[u8],
        target: Target,
        augmenter: &Augmenter,
        at: Timestamp,
    ) -> Result<(), DeskError> {
        let written = |fault: PadesError| faults::signature(&fault);
        match augmenter.online().timestamp(&TimestampRequest::new(value, Online::nonce())) {
            Ok(token) => {
                self.increment = prepared.finish_timestamped(value, &token).map_err(written)?.increment;
                self.level = "T";
            }
            Err(fault) => {
                self.increment = prepared.finish(value).map_err(written)?.increment;
                self.short_of = Some(fault.to_string());
                return Ok(());
            }
        }
        if target == Target::Timestamp {
            return Ok(());
        }
        match augmenter.augment(&[pdf, &self.increment].concat(), target, at) {
            Ok(augmented) => {
                self.increment.extend_from_slice(&augmented.bytes);
                self.missing = augmented.missing;
                let stamped = augmented.added.iter().any(|added| matches!(added, Added::Timestamp { .. }));
                if self.missing.is_empty() {
                    self.level = if stamped { "LTA" } else { "LT" };
                }
            }
            Err(fault) => self.short_of = Some(fault.to_string()),
        }
        Ok(())
    }
}

fn doc_mdp(level: u8) -> Result<DocMdp, DeskError> {
    match level {
        1 => Ok(DocMdp::NoChanges),
        2 => Ok(DocMdp::FormFilling),
        3 => Ok(DocMdp::Annotations),
        _ => Err(DeskError::InvalidRequest { field: "certify".into() }),
    }
}
fn chosen<'t>(
    tokens: &'t [TokenInfo],
    choice: &TokenChoice,
) -> Result<(&'t TokenInfo, &'t CertificateInfo), DeskError> {
    let pairs = tokens
        .iter()
        .flat_map(|token| token.certificates.iter().map(move |certificate| (token, certificate)));
    let mut found: Vec<_> = match choice {
        TokenChoice::Fingerprint(text) => {
            let wanted: Fingerprint =
                text.parse().map_err(|_| DeskError::InvalidRequest { field: "fingerprint".into() })?;
            pairs.filter(|(_, certificate)| certificate.fingerprint == wanted).collect()
        }
        TokenChoice::Label(text) => {
            let wanted = vietnam::fold(text);
            let fits = |text: &str| vietnam::fold(text).contains(&wanted);
            pairs
                .filter(|(token, certificate)| {
                    certificate.signing && (fits(&token.label) || fits(&certificate.subject))
                })
                .collect()
        }
    };
    found.dedup_by_key(|(_, certificate)| certificate.fingerprint);
    match found.as_slice() {
        [only] => Ok(*only),
        _ => Err(DeskError::TokenNotFound),
    }
}

/// The certificates above the signer's that lie on the same token, nearest first, without the root.
fn chain(certificate: &CertificateInfo, token: &TokenInfo) -> Vec<Vec<u8>> {
    let read = |certificate: &CertificateInfo| Certificate::from_der(&certificate.der).ok();
    let others: Vec<Certificate> = token.certificates.iter().filter_map(read).collect();
    let mut chain: Vec<Vec<u8>> = Vec::new();
    let mut below = read(certificate);
    while let Some(last) = below.take().filter(|_| chain.len() < CHAIN_MAX) {
        let above =
            others.iter().find(|other| other.subject() == last.issuer() && other.subject() != other.issuer());
        if let Some(above) = above.filter(|above| !chain.iter().any(|known| known == above.der())) {
            chain.push(above.der().to_vec());
            below = Some(above.clone());
        }
    }
    chain
}
