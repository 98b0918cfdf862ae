//! The real judge of signatures, over the `pades` room.

use mocban_pades::{Certificate, Level, SignatureReport, Verdict, Verifier};
use mocban_portal::CopyManifest;

use crate::error::WarehouseError;
use crate::verify::{CopyVerifier, Refusal};

/// Accepts a file that carries at least two valid signatures, by two different certificates under the trust anchors, and
/// nothing after them that they do not permit (NĐ 45/2020 Art 10: the performer's and the agency's).
///
/// Certificates are judged at the time of certification: a copy may arrive long after an outage.
pub struct PadesVerifier {
    verifier: Verifier,
}

impl PadesVerifier {
    /// Reads the trust anchors, each PEM (one or more certificates) or DER.
    ///
    /// # Errors
    /// [`WarehouseError::TrustAnchorUnreadable`] also where there is none at all: then nothing could be accepted.
    pub fn new(trust: &[Vec<u8>]) -> Result<Self, WarehouseError> {
        let mut anchors = Vec::new();
        for (index, bytes) in trust.iter().enumerate() {
            let read = Certificate::from_pem_or_der(bytes).ok().filter(|read| !read.is_empty());
            anchors.extend(read.ok_or(WarehouseError::TrustAnchorUnreadable { index })?);
        }
        if anchors.is_empty() {
            return Err(WarehouseError::TrustAnchorUnreadable { index: 0 });
        }
        Ok(Self { verifier: Verifier::new(anchors) })
    }
}

impl CopyVerifier for PadesVerifier {
    fn verify(&self, pdf: &[u8], manifest: &CopyManifest) -> Result<(), Refusal> {
        let report = self.verifier.verify(pdf, manifest.certified_at);
        if report.verdict != Verdict::Valid {
            let reason = match report.verdict {
                Verdict::Unsigned => "the file is not signed".to_owned(),
                // Codes and names of objects only; what a certificate says of a person stays out.
                _ => format!("the file is not validly signed: {:?}", report.reasons),
            };
            return Err(Refusal { reason: reason.chars().take(1000).collect() });
        }
        let mut signers: Vec<&str> = report.signatures.iter().filter_map(signing_certificate).collect();
        signers.sort_unstable();
        signers.dedup();
        if signers.len() < 2 {
            let reason = "the file lacks the signature of the performer or of the agency".to_owned();
            return Err(Refusal { reason });
        }
        Ok(())
    }
}

/// The certificate behind a signature; a timestamp is not one.
fn signing_certificate(signature: &SignatureReport) -> Option<&str> {
    let is_timestamp = signature.level == Level::DocTimeStamp;
    signature.signer.as_ref().filter(|_| !is_timestamp).map(|signer| signer.fingerprint.as_str())
}
