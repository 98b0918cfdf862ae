//! Names of the algorithms that nothing here accepts, so that a refusal can say what it refused.

use std::borrow::Cow;

use super::CryptoError;

/// What an algorithm is called.
pub(crate) type AlgorithmName = Cow<'static, str>;

/// Broken: collisions are found in days (NIST SP 800-131A, ETSI TS 119 312).
const WEAK: [(&str, &str); 14] = [
    ("1.3.14.3.2.26", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1 with RSA"),
    ("1.2.840.113549.1.1.5", "SHA-1 with RSA"),
    ("1.2.840.10045.4.1", "SHA-1 with ECDSA"),
    ("1.2.840.10040.4.3", "SHA-1 with DSA"),
    ("1.2.840.113549.2.2", "MD2"),
    ("1.2.840.113549.2.4", "MD4"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.2.840.113549.1.1.2", "MD2 with RSA"),
    ("1.2.840.113549.1.1.3", "MD4 with RSA"),
    ("1.2.840.113549.1.1.4", "MD5 with RSA"),
    ("1.3.36.3.2.1", "RIPEMD-160"),
    ("1.3.36.3.3.1.2", "RIPEMD-160 with RSA"),
    ("0.4.0.127.0.7.1.1.4.1.1", "SHA-1 with ECDSA"),
];

/// Sound perhaps, but not computed here.
const UNSUPPORTED: [(&str, &str); 26] = [
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("2.16.840.1.101.3.4.2.6", "SHA-512/256"),
    ("2.16.840.1.101.3.4.2.7", "SHA3-224"),
    ("2.16.840.1.101.3.4.2.12", "SHAKE256"),
    ("2.16.840.1.101.3.4.2.18", "SHAKE256"),
    ("1.2.840.113549.1.1.14", "SHA-224 with RSA"),
    ("2.16.840.1.101.3.4.3.13", "SHA3-224 with RSA"),
    ("2.16.840.1.101.3.4.3.14", "SHA3-256 with RSA"),
    ("2.16.840.1.101.3.4.3.15", "SHA3-384 with RSA"),
    ("2.16.840.1.101.3.4.3.16", "SHA3-512 with RSA"),
    ("1.2.840.10040.4.1", "DSA"),
    ("2.16.840.1.101.3.4.3.1", "SHA-224 with DSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA-256 with DSA"),
    ("2.16.840.1.101.3.4.3.3", "SHA-384 with DSA"),
    ("2.16.840.1.101.3.4.3.4", "SHA-512 with DSA"),
    ("1.2.840.10045.4.3.1", "SHA-224 with ECDSA"),
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.101.113", "Ed448"),
    ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012"),
    ("1.2.643.2.2.19", "GOST R 34.10-2001"),
];

/// Why this algorithm is not accepted, by name or, unknown, by its number.
pub(crate) fn refusal(identifier: &[u8]) -> CryptoError {
    let number = dotted(identifier);
    let find = |list: &[(&str, &'static str)]| {
        list.iter().find(|(listed, _)| *listed == number).map(|(_, name)| Cow::Borrowed(*name))
    };
    match (find(&WEAK), find(&UNSUPPORTED)) {
        (Some(name), _) => CryptoError::Weak(name),
        (None, Some(name)) => CryptoError::Unsupported(name),
        (None, None) => CryptoError::Unsupported(Cow::Owned(number)),
    }
}

/// An object identifier as people write it (X.690 §8.19).
pub(crate) fn dotted(identifier: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for &byte in identifier.iter().take(64) {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_named() {
        let sha1 = [0x2B, 0x0E, 0x03, 0x02, 0x1A];
        assert_eq!(refusal(&sha1), CryptoError::Weak("SHA-1".into()));
        assert_eq!(refusal(&[0x2B, 0x81, 0x04, 0x00, 0x0A]), CryptoError::Unsupported("secp256k1".into()));
        assert_eq!(refusal(&[0x2B, 0x05]), CryptoError::Unsupported("1.3.5".into()));
        assert_eq!(dotted(&[]), "");
    }
}
