//! Signs any PDF with a token's certificate: one PAdES B-B increment, no register, no appearance.

use crate::{DeskError, faults, tokens::TokenSigner};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_pades::{self as pades, Certificate, DocMdp, FieldTarget, PadesError, SignOptions};
use mocban_pkcs11::{CertificateInfo, Fingerprint, Pin, TokenHost, TokenInfo};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{path::PathBuf, sync::Arc};

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

/// How a file is to be signed.
pub struct SignFile {
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// The certificate.
    pub choice: TokenChoice,
    /// The PIN; `None` leaves it to the token's own pad. Sent to the chosen token once, and wiped.
    pub pin: Option<String>,
    /// The field: filled if it is there and empty, else added, invisible.
    pub field: String,
    /// Certifies the file: 1 nothing, 2 signing, 3 signing and comments remain permitted (ISO 32000-1 §12.8.2.2).
    pub certify: Option<u8>,
    /// Claimed time of signing.
    pub at: Timestamp,
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
}

/// Signs a file; no earlier byte is changed, and the signature is verified before it is handed out (invariant 4).
///
/// # Errors
/// [`DeskError::TokenNotFound`] when no certificate, or more than one, fits the choice; the token and PIN errors;
/// [`DeskError::SignatureNotWritten`] when the file cannot or may not be signed.
pub fn sign_file(pdf: &[u8], request: SignFile) -> Result<FileSignature, DeskError> {
    let SignFile { module, choice, pin, field, certify, at } = request;
    let certify = certify.map(doc_mdp).transpose()?;
    let executable =
        std::env::current_exe().map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?;
    let host = TokenHost::spawn(&executable, &module).map_err(|fault| faults::token(&module, fault))?;
    let tokens = host.tokens().map_err(|fault| faults::token(&module, fault))?;
    let (token, certificate) = chosen(&tokens, &choice)?;
    let fingerprint = certificate.fingerprint;
    host.open(fingerprint, pin.map(Pin::new)).map_err(|fault| faults::token(&module, fault))?;
    let signer = TokenSigner::of(Arc::new(host), certificate.clone(), chain(certificate, token))
        .ok_or(DeskError::TokenKeyNotFound)?;

    let mut options = SignOptions::new(FieldTarget::Existing(field.clone()), at);
    options.name = Some(certificate.subject.clone());
    options.certify = certify;
    let (signed, new_field) = match pades::sign(pdf, &options, &signer) {
        Err(PadesError::FieldMissing { .. }) => {
            options.field = FieldTarget::New { name: field.clone(), page: 0, rect: [0.0; 4] };
            (pades::sign(pdf, &options, &signer), true)
        }
        signed => (signed, false),
    };
    let increment = signed.map_err(|fault| faults::signature(&fault))?.increment;
    let digest = Sha256::new().chain_update(pdf).chain_update(&increment).finalize();
    Ok(FileSignature {
        field,
        new_field,
        signer: certificate.subject.clone(),
        fingerprint: fingerprint.to_string(),
        sha256: hex::encode(digest),
        size: pdf.len() + increment.len(),
        increment,
    })
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
