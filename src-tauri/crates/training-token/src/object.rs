//! The objects on a token: a certificate, its public key and its private key, as lists of attributes.

use cryptoki_sys::*;
use rsa::RsaPrivateKey;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Encode;

use crate::dispatch::Outcome;

/// One object: its handle, whether it needs a login to be seen, and its readable attributes.
pub(crate) struct Object {
    pub(crate) handle: CK_OBJECT_HANDLE,
    pub(crate) private: bool,
    attributes: Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)>,
}

/// The attributes of an RSA private key that never leave a token.
const SENSITIVE: [CK_ATTRIBUTE_TYPE; 6] =
    [CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT];

impl Object {
    /// The value of one attribute, or the code that says why there is none.
    pub(crate) fn attribute(&self, kind: CK_ATTRIBUTE_TYPE) -> Outcome<&[u8]> {
        match self.attributes.iter().find(|(known, _)| *known == kind) {
            Some((_, value)) => Ok(value),
            None if self.private && SENSITIVE.contains(&kind) => Err(CKR_ATTRIBUTE_SENSITIVE),
            None => Err(CKR_ATTRIBUTE_TYPE_INVALID),
        }
    }

    /// Whether every attribute of the search template has the value asked for.
    pub(crate) fn matches(&self, template: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)]) -> bool {
        template.iter().all(|(kind, value)| self.attribute(*kind).is_ok_and(|own| own == value))
    }
}

/// Handle of the private key, the one object C_SignInit takes.
pub(crate) const PRIVATE_KEY_HANDLE: CK_OBJECT_HANDLE = 3;

/// The three objects of a token made from its certificate and key.
pub(crate) fn objects(label: &str, certificate_der: &[u8], key: &RsaPrivateKey) -> Outcome<Vec<Object>> {
    use x509_cert::der::Decode;
    let broken = |_| CKR_DEVICE_ERROR;
    let certificate = Certificate::from_der(certificate_der).map_err(broken)?;
    let body = certificate.tbs_certificate();
    let modulus = key.n().to_be_bytes_trimmed_vartime().to_vec();
    let exponent = key.e().to_be_bytes_trimmed_vartime().to_vec();
    let id = Sha256::digest(&modulus)[..20].to_vec();
    let shared = |class: CK_OBJECT_CLASS, private: bool| {
        vec![
            (CKA_CLASS, ulong(class)),
            (CKA_TOKEN, boolean(true)),
            (CKA_PRIVATE, boolean(private)),
            (CKA_MODIFIABLE, boolean(false)),
            (CKA_LABEL, label.as_bytes().to_vec()),
            (CKA_ID, id.clone()),
        ]
    };

    let mut certificate_object = shared(CKO_CERTIFICATE, false);
    certificate_object.extend([
        (CKA_CERTIFICATE_TYPE, ulong(CKC_X_509)),
        (CKA_SUBJECT, body.subject().to_der().map_err(broken)?),
        (CKA_ISSUER, body.issuer().to_der().map_err(broken)?),
        (CKA_SERIAL_NUMBER, body.serial_number().to_der().map_err(broken)?),
        (CKA_VALUE, certificate_der.to_vec()),
    ]);

    let mut public_key = shared(CKO_PUBLIC_KEY, false);
    public_key.extend([
        (CKA_KEY_TYPE, ulong(CKK_RSA)),
        (CKA_VERIFY, boolean(true)),
        (CKA_ENCRYPT, boolean(false)),
        (CKA_WRAP, boolean(false)),
        (CKA_DERIVE, boolean(false)),
        (CKA_LOCAL, boolean(false)),
        (CKA_MODULUS, modulus.clone()),
        (CKA_MODULUS_BITS, ulong(modulus.len() as CK_ULONG * 8)),
        (CKA_PUBLIC_EXPONENT, exponent.clone()),
    ]);

    let mut private_key = shared(CKO_PRIVATE_KEY, true);
    private_key.extend([
        (CKA_KEY_TYPE, ulong(CKK_RSA)),
        (CKA_SIGN, boolean(true)),
        (CKA_DECRYPT, boolean(false)),
        (CKA_UNWRAP, boolean(false)),
        (CKA_DERIVE, boolean(false)),
        (CKA_SIGN_RECOVER, boolean(false)),
        (CKA_SENSITIVE, boolean(true)),
        (CKA_ALWAYS_SENSITIVE, boolean(true)),
        (CKA_EXTRACTABLE, boolean(false)),
        (CKA_NEVER_EXTRACTABLE, boolean(true)),
        (CKA_ALWAYS_AUTHENTICATE, boolean(false)),
        (CKA_LOCAL, boolean(false)),
        (CKA_MODULUS, modulus),
        (CKA_PUBLIC_EXPONENT, exponent),
    ]);

    Ok(vec![
        Object { handle: 1, private: false, attributes: certificate_object },
        Object { handle: 2, private: false, attributes: public_key },
        Object { handle: PRIVATE_KEY_HANDLE, private: true, attributes: private_key },
    ])
}

fn ulong(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn boolean(value: bool) -> Vec<u8> {
    vec![if value { CK_TRUE } else { CK_FALSE }]
}
