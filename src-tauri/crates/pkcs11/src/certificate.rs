//! A certificate read from a token: what the officer is shown of it, and its public key.
//!
//! It judges no chain and no revocation; that is verification's work. Bytes come from a token and are hostile.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Sequence};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::DirectoryString;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;
use x509_cert::time::Time;

/// SHA-256 of a certificate in DER: the only thing a token's key is chosen by.
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these DER bytes.
    pub fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, der).as_ref());
        Self(bytes)
    }
}

impl Fingerprint {
    /// Its 32 bytes.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl FromStr for Fingerprint {
    type Err = hex::FromHexError;

    /// Reads 64 hex digits of either case; colons and blanks between them are skipped, as other programs print them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| *c != ':' && *c != ' ').collect();
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The kind of key a certificate speaks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    /// RSA with a modulus of so many bits.
    Rsa(u32),
    /// ECDSA on NIST P-256.
    EcP256,
    /// ECDSA on NIST P-384.
    EcP384,
    /// Something this program does not sign with.
    Other,
}

impl KeyAlgorithm {
    /// Whether this program signs with such a key. RSA below 2048 bits is no longer a signature worth making.
    pub fn signs(self) -> bool {
        match self {
            Self::Rsa(bits) => bits >= 2048,
            Self::EcP256 | Self::EcP384 => true,
            Self::Other => false,
        }
    }
}

/// A use the certificate allows its key (RFC 5280, 4.2.1.3); those a token's certificate is likely to have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// digitalSignature
    DigitalSignature,
    /// nonRepudiation, also called contentCommitment
    NonRepudiation,
    /// keyEncipherment
    KeyEncipherment,
    /// dataEncipherment
    DataEncipherment,
    /// keyAgreement
    KeyAgreement,
    /// keyCertSign
    KeyCertSign,
    /// cRLSign
    CrlSign,
}

/// What is shown and known of a certificate on a token. Texts are NFC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInfo {
    /// SHA-256 of the DER.
    pub fingerprint: Fingerprint,
    /// Common name of the holder; empty if there is none.
    pub subject: String,
    /// Organisation of the holder.
    pub organisation: Option<String>,
    /// Common name of the issuer; empty if there is none.
    pub issuer: String,
    /// Serial number in hex.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// The kind of key.
    pub key_algorithm: KeyAlgorithm,
    /// The uses the certificate names; empty if it names none.
    pub key_uses: Vec<KeyUse>,
    /// Whether it is the certificate of an authority, as lie beside the holder's on many tokens.
    pub authority: bool,
    /// Whether documents may be signed with it: not a CA, a key this program knows, and a key usage that is absent or
    /// has digitalSignature or nonRepudiation.
    pub signing: bool,
    /// The certificate itself, DER.
    #[serde(skip)]
    pub der: Vec<u8>,
}

impl CertificateInfo {
    /// Reads a certificate. `None` if it is not one.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let body = certificate.tbs_certificate();
        let key_usage = body.get_extension::<KeyUsage>().ok()?.map(|(_, usage)| usage);
        let is_ca = body.get_extension::<BasicConstraints>().ok()?.is_some_and(|(_, basic)| basic.ca);
        let key_algorithm = PublicKey::of(&certificate).map_or(KeyAlgorithm::Other, |key| key.algorithm());
        let may_sign =
            key_usage.as_ref().is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
        Some(Self {
            fingerprint: Fingerprint::of(der),
            subject: text(body.subject(), COMMON_NAME).unwrap_or_default(),
            organisation: text(body.subject(), ORGANISATION),
            issuer: text(body.issuer(), COMMON_NAME).unwrap_or_default(),
            serial: hex::encode(body.serial_number().as_bytes()),
            not_before: timestamp(&body.validity().not_before)?,
            not_after: timestamp(&body.validity().not_after)?,
            key_algorithm,
            key_uses: key_usage.as_ref().map(key_uses).unwrap_or_default(),
            authority: is_ca,
            signing: may_sign && !is_ca && key_algorithm.signs(),
            der: der.to_vec(),
        })
    }
}

/// The public key of a certificate, taken apart for matching it with a private key and for verifying.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum PublicKey {
    /// Modulus, big-endian without leading zeros, the RSAPublicKey structure in DER, and whether the certificate
    /// permits its key PSS alone (id-RSASSA-PSS, RFC 4055 §1.2).
    Rsa { modulus: Vec<u8>, der: Vec<u8>, pss_only: bool },
    /// The curve and the uncompressed point (0x04 ‖ x ‖ y).
    Ec { curve: Curve, point: Vec<u8> },
}

/// A curve this program signs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Curve {
    P256,
    P384,
}

impl Curve {
    /// Length of a coordinate, and of r and of s, in bytes.
    pub(crate) fn field_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl PublicKey {
    /// The key of a certificate in DER. `None` for what is no certificate or has a key of another kind.
    pub(crate) fn from_certificate(der: &[u8]) -> Option<Self> {
        Self::of(&Certificate::from_der(der).ok()?)
    }

    fn of(certificate: &Certificate) -> Option<Self> {
        let key = certificate.tbs_certificate().subject_public_key_info();
        let bits = key.subject_public_key.as_bytes()?;
        if [RSA_ENCRYPTION, RSASSA_PSS].contains(&key.algorithm.oid) {
            let modulus = RsaPublicKey::from_der(bits).ok()?.modulus.as_bytes().to_vec();
            let pss_only = key.algorithm.oid == RSASSA_PSS;
            return Some(Self::Rsa { modulus, der: bits.to_vec(), pss_only });
        }
        if key.algorithm.oid != EC_PUBLIC_KEY {
            return None;
        }
        let curve = match key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()? {
            PRIME256V1 => Curve::P256,
            SECP384R1 => Curve::P384,
            _ => return None,
        };
        (bits.len() == 1 + 2 * curve.field_len()).then(|| Self::Ec { curve, point: bits.to_vec() })
    }

    pub(crate) fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa { modulus, .. } => {
                let leading = modulus.first().map_or(0, |byte| byte.leading_zeros());
                KeyAlgorithm::Rsa(
                    u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX).saturating_sub(leading),
                )
            }
            Self::Ec { curve: Curve::P256, .. } => KeyAlgorithm::EcP256,
            Self::Ec { curve: Curve::P384, .. } => KeyAlgorithm::EcP384,
        }
    }
}

/// RFC 8017, A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    #[allow(dead_code)] // Part of the structure; nobody here asks for it.
    public_exponent: UintRef<'a>,
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// The first value of an attribute of a name.
fn text(name: &Name, attribute: ObjectIdentifier) -> Option<String> {
    let value = &name.iter().find(|part| part.oid == attribute)?.value;
    let text: DirectoryString = value.decode_as().ok()?;
    Some(text.value().nfc().collect())
}

fn timestamp(time: &Time) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
}

fn key_uses(usage: &KeyUsage) -> Vec<KeyUse> {
    [
        (usage.digital_signature(), KeyUse::DigitalSignature),
        (usage.non_repudiation(), KeyUse::NonRepudiation),
        (usage.key_encipherment(), KeyUse::KeyEncipherment),
        (usage.data_encipherment(), KeyUse::DataEncipherment),
        (usage.key_agreement(), KeyUse::KeyAgreement),
        (usage.key_cert_sign(), KeyUse::KeyCertSign),
        (usage.crl_sign(), KeyUse::CrlSign),
    ]
    .into_iter()
    .filter_map(|(named, key_use)| named.then_some(key_use))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERFORMER: &[u8] = include_bytes!("../../../../assets/training/pki/performer.der");

    #[test]
    fn the_training_certificate_is_read_as_openssl_prints_it() {
        let info = CertificateInfo::from_der(PERFORMER).unwrap();
        assert_eq!(info.subject, "Nguyễn Thị Minh Tập Huấn");
        assert_eq!(info.organisation.as_deref(), Some("ỦY BAN NHÂN DÂN XÃ TẬP HUẤN"));
        assert_eq!(info.issuer, "Mộc Bản – CA TẬP HUẤN (không có giá trị)");
        assert_eq!(info.not_before.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(info.not_after.to_string(), "2046-01-01T00:00:00Z");
        assert_eq!(info.key_algorithm, KeyAlgorithm::Rsa(2048));
        assert_eq!(info.key_uses, [KeyUse::DigitalSignature, KeyUse::NonRepudiation]);
        assert!(info.signing);
    }

    #[test]
    fn bytes_cut_anywhere_are_no_certificate_and_no_panic() {
        for end in 0..PERFORMER.len() {
            assert!(CertificateInfo::from_der(&PERFORMER[..end]).is_none());
        }
    }

    #[test]
    fn a_flipped_byte_never_panics() {
        for at in 0..PERFORMER.len() {
            let mut damaged = PERFORMER.to_vec();
            damaged[at] ^= 0xff;
            let _ = CertificateInfo::from_der(&damaged);
            let _ = PublicKey::from_certificate(&damaged);
        }
    }

    #[test]
    fn fingerprints_are_read_with_colons_and_in_capitals() {
        let fingerprint = Fingerprint::of(b"");
        let printed = fingerprint.to_string().to_uppercase();
        let colons: Vec<&str> = (0..64).step_by(2).map(|at| &printed[at..at + 2]).collect();
        assert_eq!(colons.join(":").parse::<Fingerprint>().unwrap(), fingerprint);
        assert!("abcd".parse::<Fingerprint>().is_err());
    }
}
