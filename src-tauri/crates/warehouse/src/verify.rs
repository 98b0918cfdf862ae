//! Whether a file is a certified copy: what the warehouse asks before it accepts.

use mocban_portal::CopyManifest;

/// Why a file is not accepted as a certified copy; in English, for logs and the supervisor. Never a person's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What does not hold.
    pub reason: String,
}

/// Verifies the signatures of a copy. Length, digest and segments are compared with the manifest before it is asked.
pub trait CopyVerifier: Send + Sync {
    /// Whether `pdf` carries the performer's and the agency's signature, both genuine and trusted, and nothing after
    /// them that is not permitted (NĐ 45/2020 Art 10).
    ///
    /// # Errors
    /// [`Refusal`] says what does not hold.
    fn verify(&self, pdf: &[u8], manifest: &CopyManifest) -> Result<(), Refusal>;
}
