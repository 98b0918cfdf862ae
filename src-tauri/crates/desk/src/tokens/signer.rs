//! A signed-in token as the key of a PDF signature.

use super::Session;
use mocban_pades::{SignatureAlgorithm, Signer, SignerError};
use mocban_pkcs11::{CertificateInfo, KeyAlgorithm, SignAlgorithm, SignRequest, TokenError, TokenHost};
use std::sync::Arc;

/// The key behind a session.
pub(crate) struct TokenSigner {
    host: Arc<TokenHost>,
    certificate: CertificateInfo,
    chain: Vec<Vec<u8>>,
    algorithm: SignatureAlgorithm,
}

impl TokenSigner {
    /// With the certificates above it that travel inside the signature. `None` for a key no signature is made with.
    pub(crate) fn new(session: Session, chain: Vec<Vec<u8>>) -> Option<Self> {
        Self::of(session.host, session.certificate, chain)
    }

    /// As [`TokenSigner::new`], for a certificate opened without a session of the desk.
    pub(crate) fn of(
        host: Arc<TokenHost>,
        certificate: CertificateInfo,
        chain: Vec<Vec<u8>>,
    ) -> Option<Self> {
        let algorithm = match certificate.key_algorithm {
            KeyAlgorithm::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
            KeyAlgorithm::EcP256 => SignatureAlgorithm::EcdsaP256Sha256,
            KeyAlgorithm::EcP384 => SignatureAlgorithm::EcdsaP384Sha384,
            _ => return None,
        };
        Some(Self { host, certificate, chain, algorithm })
    }
}

impl Signer for TokenSigner {
    fn certificate(&self) -> &[u8] {
        &self.certificate.der
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, signed_attributes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let algorithm = match self.algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => SignAlgorithm::RsaPkcs1Sha256,
            SignatureAlgorithm::EcdsaP256Sha256 => SignAlgorithm::EcdsaSha256,
            SignatureAlgorithm::EcdsaP384Sha384 => SignAlgorithm::EcdsaSha384,
        };
        let request = SignRequest { algorithm, data: signed_attributes };
        let signature = self.host.sign(self.certificate.fingerprint, request, None);
        signature.map_err(|fault: TokenError| Box::new(fault) as SignerError)
    }
}
