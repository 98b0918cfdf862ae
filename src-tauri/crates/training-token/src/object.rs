//! The objects on a token: a certificate, its public key and its private key, as lists of attributes.

use cryptoki_sys::*;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Encode;

use crate::dispatch::Outcome;
use crate::key::Key;
use crate::script::{Way, has};

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

/// The objects of one identity: certificate, public key and private key with handles from `first`. `key_name` is what
/// names the key behind CKA_ID (`other` with a script that crosses them).
pub(crate) fn objects(
    label: &str,
    certificate_der: &[u8],
    key: Option<&Key>,
    other: Option<&Key>,
    first: CK_OBJECT_HANDLE,
) -> Outcome<Vec<Object>> {
    use x509_cert::der::Decode;
    let broken = |_| CKR_DEVICE_ERROR;
    let certificate = Certificate::from_der(certificate_der).map_err(broken)?;
    let body = certificate.tbs_certificate();
    let spki = body.subject_public_key_info().subject_public_key.raw_bytes();
    let id_of =
        |key: Option<&Key>| Sha256::digest(key.map_or_else(|| spki.to_vec(), Key::public))[..20].to_vec();
    let certificate_id = match () {
        () if has(Way::NoIds) => Vec::new(),
        () if has(Way::CrossedIds) => id_of(other),
        () => id_of(key),
    };
    let shared = |class: CK_OBJECT_CLASS, private: bool, id: Vec<u8>| {
        vec![
            (CKA_CLASS, ulong(class)),
            (CKA_TOKEN, boolean(true)),
            (CKA_PRIVATE, boolean(private)),
            (CKA_MODIFIABLE, boolean(false)),
            (CKA_LABEL, label.as_bytes().to_vec()),
            (CKA_ID, id),
        ]
    };

    let mut certificate_object = shared(CKO_CERTIFICATE, false, certificate_id);
    certificate_object.extend([
        (CKA_CERTIFICATE_TYPE, ulong(CKC_X_509)),
        (CKA_SUBJECT, body.subject().to_der().map_err(broken)?),
        (CKA_ISSUER, body.issuer().to_der().map_err(broken)?),
        (CKA_SERIAL_NUMBER, body.serial_number().to_der().map_err(broken)?),
        (CKA_VALUE, certificate_der.to_vec()),
    ]);
    let mut objects = vec![Object { handle: first, private: false, attributes: certificate_object }];
    let Some(key) = key else { return Ok(objects) };

    let mut public_key = shared(CKO_PUBLIC_KEY, false, id_of(Some(key)));
    public_key.extend([
        (CKA_VERIFY, boolean(true)),
        (CKA_ENCRYPT, boolean(false)),
        (CKA_WRAP, boolean(false)),
        (CKA_DERIVE, boolean(false)),
        (CKA_LOCAL, boolean(false)),
    ]);
    public_key.extend(public_part(key));

    let mut private_key = shared(CKO_PRIVATE_KEY, true, id_of(Some(key)));
    private_key.extend([
        (CKA_SIGN, boolean(true)),
        (CKA_DECRYPT, boolean(false)),
        (CKA_UNWRAP, boolean(false)),
        (CKA_DERIVE, boolean(false)),
        (CKA_SIGN_RECOVER, boolean(false)),
        (CKA_SENSITIVE, boolean(true)),
        (CKA_ALWAYS_SENSITIVE, boolean(true)),
        (CKA_EXTRACTABLE, boolean(false)),
        (CKA_NEVER_EXTRACTABLE, boolean(true)),
        (CKA_ALWAYS_AUTHENTICATE, boolean(has(Way::AlwaysAuthenticate))),
        (CKA_LOCAL, boolean(false)),
    ]);
    if !has(Way::HiddenModulus) {
        private_key.extend(public_part(key));
        objects.push(Object { handle: first + 1, private: false, attributes: public_key });
    }
    objects.push(Object { handle: first + PRIVATE_KEY, private: true, attributes: private_key });
    Ok(objects)
}

/// Objects of one identity; the private key is the last of them.
pub(crate) const OBJECTS: CK_OBJECT_HANDLE = 3;
const PRIVATE_KEY: CK_OBJECT_HANDLE = OBJECTS - 1;

/// What both halves of a key show of its public part.
fn public_part(key: &Key) -> Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)> {
    match key {
        Key::Rsa(rsa) => {
            let modulus = key.public();
            vec![
                (CKA_KEY_TYPE, ulong(CKK_RSA)),
                (CKA_MODULUS_BITS, ulong(modulus.len() as CK_ULONG * 8)),
                (CKA_MODULUS, modulus),
                (CKA_PUBLIC_EXPONENT, rsa.e().to_be_bytes_trimmed_vartime().to_vec()),
            ]
        }
        Key::Ec { .. } => {
            let point = key.public();
            // An OCTET STRING of 65 bytes.
            let wrapped = [&[0x04, 0x41], point.as_slice()].concat();
            vec![(CKA_KEY_TYPE, ulong(CKK_EC)), (CKA_EC_PARAMS, PRIME256V1.to_vec()), (CKA_EC_POINT, wrapped)]
        }
    }
}

/// The object identifier of P-256, DER.
const PRIME256V1: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn ulong(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn boolean(value: bool) -> Vec<u8> {
    vec![if value { CK_TRUE } else { CK_FALSE }]
}
