//! A signed-in token as the key of a PDF signature.

use super::Session;
use crate::lock;
use mocban_pades::{SignatureAlgorithm, Signer, SignerError};
use mocban_pkcs11::{CertificateInfo, KeyAlgorithm, Pin, SignAlgorithm, SignRequest, TokenError, TokenHost};
use std::sync::{Arc, Mutex};

/// The key behind a session.
pub(crate) struct TokenSigner {
    host: Arc<TokenHost>,
    certificate: CertificateInfo,
    chain: Vec<Vec<u8>>,
    algorithm: SignatureAlgorithm,
    /// For a key that wants its PIN for each signature: used for the first, and gone.
    pin: Mutex<Option<Pin>>,
}

impl TokenSigner {
    /// With the certificates above it that travel inside the signature, and the PIN if this key wants it again. `None`
    /// for a key no signature is made with.
    pub(crate) fn new(session: Session, chain: Vec<Vec<u8>>, pin: Option<Pin>) -> Option<Self> {
        let signer = Self::of(session.host, session.certificate, session.algorithm, chain)?;
        Some(Self { pin: Mutex::new(pin), ..signer })
    }

    /// As [`TokenSigner::new`], for a certificate opened without a session of the desk.
    pub(crate) fn of(
        host: Arc<TokenHost>,
        certificate: CertificateInfo,
        algorithm: SignAlgorithm,
        chain: Vec<Vec<u8>>,
    ) -> Option<Self> {
        let algorithm = match (certificate.key_algorithm, algorithm) {
            (KeyAlgorithm::Rsa(_), SignAlgorithm::RsaPssSha256) => SignatureAlgorithm::RsaPssSha256,
            (KeyAlgorithm::Rsa(_), SignAlgorithm::RsaPkcs1Sha256) => SignatureAlgorithm::RsaPkcs1Sha256,
            (KeyAlgorithm::EcP256, SignAlgorithm::EcdsaSha256) => SignatureAlgorithm::EcdsaP256Sha256,
            (KeyAlgorithm::EcP384, SignAlgorithm::EcdsaSha384) => SignatureAlgorithm::EcdsaP384Sha384,
            _ => return None,
        };
        Some(Self { host, certificate, chain, algorithm, pin: Mutex::new(None) })
    }
}

impl TokenSigner {
    /// What is known of its certificate.
    pub(crate) fn info(&self) -> &CertificateInfo {
        &self.certificate
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
            SignatureAlgorithm::RsaPssSha256 => SignAlgorithm::RsaPssSha256,
            SignatureAlgorithm::EcdsaP256Sha256 => SignAlgorithm::EcdsaSha256,
            SignatureAlgorithm::EcdsaP384Sha384 => SignAlgorithm::EcdsaSha384,
        };
        let request = SignRequest { algorithm, data: signed_attributes };
        let pin = lock(&self.pin).take();
        let signature = self.host.sign(self.certificate.fingerprint, request, pin);
        signature.map_err(|fault: TokenError| Box::new(fault) as SignerError)
    }
}
