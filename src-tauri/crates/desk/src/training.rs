//! What training mode brings along: public keys and certificates, a PIN everybody may know, made-up marks, papers for
//! the camera.

use crate::{DeskError, faults};
use mocban_capture::{Original, TrainingCamera};
use sha2::{Digest, Sha256};

macro_rules! original {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../../assets/training/originals/", $name)))
    };
}

/// PIN of both training tokens: public on purpose.
pub(crate) const PIN: &str = "12345678";
/// The training root, PEM: nothing signed under it has any value.
pub(crate) const ROOT: &[u8] = include_bytes!("../../../../assets/training/pki/root.pem");
/// The practising performer's "handwriting", PNG.
pub(crate) const SIGNATURE_MARK: &[u8] =
    include_bytes!("../../../../assets/training/marks/practice-signature.png");
/// The practice seal, PNG.
pub(crate) const SEAL_MARK: &[u8] = include_bytes!("../../../../assets/training/marks/practice-seal.png");

const PERFORMER: &[u8] = include_bytes!("../../../../assets/training/pki/performer.der");
const AGENCY: &[u8] = include_bytes!("../../../../assets/training/pki/agency.der");

/// Photographs of made-up originals, in the order in which the training camera plays them.
const ORIGINALS: &[(&str, &[u8])] = &[
    original!("01-trich-luc-khai-sinh.jpg"),
    original!("02-bang-tot-nghiep-thpt.jpg"),
    original!("03-chung-nhan-ket-hon.jpg"),
    original!("04-giay-phep-lai-xe.jpg"),
    original!("05-quyet-dinh-trang-1.jpg"),
    original!("06-quyet-dinh-trang-2.jpg"),
];

/// SHA-256 of the practising performer's certificate, hex.
pub(crate) fn performer_fingerprint() -> String {
    hex::encode(Sha256::digest(PERFORMER))
}

/// SHA-256 of the practising agency's certificate, hex.
pub(crate) fn agency_fingerprint() -> String {
    hex::encode(Sha256::digest(AGENCY))
}

/// The camera of training mode.
pub(crate) fn camera() -> Result<TrainingCamera, DeskError> {
    let read = |(name, bytes): &(&str, &'static [u8])| {
        Original::read(*bytes, *name).map_err(|fault| faults::picture_named(name, fault))
    };
    let originals = ORIGINALS.iter().map(read).collect::<Result<_, _>>()?;
    TrainingCamera::new(originals).map_err(faults::camera)
}
