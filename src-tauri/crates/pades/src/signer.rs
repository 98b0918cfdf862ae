//! The port behind which a key lives. The room knows this trait, never a token: what signs may be a USB token in a
//! helper process, a software module in training, a remote service.

use crate::crypto::Hash;

/// What went wrong behind the port; the caller gets its own error back by downcasting.
pub type SignerError = Box<dyn std::error::Error + Send + Sync>;

/// How the key signs. The digest inside is also the digest of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017 §8.1): for keys and tokens that
    /// have nothing else, since older readers know it less well.
    RsaPssSha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    pub(crate) fn hash(self) -> Hash {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 | Self::EcdsaP256Sha256 => Hash::Sha256,
            Self::EcdsaP384Sha384 => Hash::Sha384,
        }
    }
}

/// A key with its certificate.
pub trait Signer {
    /// The certificate of the key, in DER.
    fn certificate(&self) -> &[u8];

    /// The certificates above it, in DER, nearest first; they travel inside the signature.
    fn chain(&self) -> &[Vec<u8>];

    /// How the key signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Hashes and signs `signed_attributes` (the DER of the CMS SignedAttributes, tag SET). RSA: as many bytes as the
    /// modulus; ECDSA: a DER `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
    ///
    /// # Errors
    /// Whatever the key's holder met, untouched.
    fn sign(&self, signed_attributes: &[u8]) -> Result<Vec<u8>, SignerError>;
}
