//! The standard security handler with an empty user password (ISO 32000-1 §7.6.3, ISO 32000-2 §7.6.4): files that
//! anyone may open, encrypted all the same. Strings and streams are decrypted as they are read and encrypted as they
//! are written; what is never encrypted (the contents of signatures, the encryption dictionary itself, cross-reference
//! streams) is left alone. A file that wants a password is opened by nobody here.

use aws_lc_rs::digest;
use md5::{Digest as _, Md5};

use super::cipher::{self, Unfit};
use super::object::{Dict, Object, Ref};
use super::{ReadError, ReadResult, View};
use crate::crypto::Hash;

/// What stands for the characters a password lacks (ISO 32000-1 §7.6.3.3).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E,
    0x2E, 0x00, 0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];

/// How strings, or streams, are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    Aes128,
    Aes256,
}

/// Why an encrypted file stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Locked {
    #[error("the file opens only with a password")]
    Password,
    #[error("{0}")]
    Unsupported(&'static str),
}

/// The open lock of a file.
#[derive(Debug, Clone)]
pub(crate) struct Encryption {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
    /// /P (ISO 32000-1 table 22).
    permissions: i64,
    /// The number of the encryption dictionary, if it is indirect.
    own: Option<u32>,
}

impl Encryption {
    /// Opens the lock that the trailer names; none when the file is not encrypted. `view` must not decrypt yet.
    pub(crate) fn open(view: View<'_, '_>) -> Result<Option<Self>, Locked> {
        let unreadable = |_: ReadError| Locked::Unsupported("the encryption dictionary cannot be read");
        let Some(entry) = view.trailer().get(&b"Encrypt"[..]) else { return Ok(None) };
        let Some(dict) = view.dict(view.trailer(), "Encrypt").map_err(unreadable)? else { return Ok(None) };
        let value = |key: &str| view.value(&dict, key).map_err(unreadable);
        if value("Filter")?.as_name() != Some(b"Standard") {
            return Err(Locked::Unsupported("the file is encrypted for certain recipients"));
        }
        let integer = |key: &str| Ok::<_, Locked>(value(key)?.as_integer());
        let string = |key: &str| {
            value(key)?
                .as_string()
                .map(|string| string.bytes.clone())
                .ok_or(Locked::Unsupported("a lock lacks a key"))
        };
        let (version, revision) = (integer("V")?.unwrap_or(0), integer("R")?.unwrap_or(0));
        let permissions = integer("P")?.ok_or(Locked::Unsupported("a lock lacks its permissions"))?;
        let (strings, streams) = methods(view, &dict, version).map_err(unreadable)??;
        let key = match revision {
            2..=4 => {
                let identifier = view.array(view.trailer(), "ID").map_err(unreadable)?;
                let identifier = identifier.first().and_then(Object::as_string);
                let lock = Lock {
                    revision,
                    owner: string("O")?,
                    user: string("U")?,
                    permissions: (permissions & 0xFFFF_FFFF) as u32,
                    identifier: identifier.map(|string| string.bytes.clone()).unwrap_or_default(),
                    metadata: value("EncryptMetadata")? != Object::Boolean(false),
                };
                let bits = integer("Length")?.unwrap_or(if version == 4 { 128 } else { 40 });
                let named = usize::try_from(bits / 8).unwrap_or(0).clamp(5, 16);
                let lengths = if version < 2 { [5, 5] } else { [named, 16] };
                lengths.into_iter().find_map(|length| lock.open(length)).ok_or(Locked::Password)?
            }
            5 | 6 => modern_key(revision, &string("U")?, &string("UE")?)?,
            _ => return Err(Locked::Unsupported("the file is encrypted in an unknown way")),
        };
        let own = entry.as_reference().map(|reference| reference.number);
        Ok(Some(Self { key, strings, streams, permissions, own }))
    }

    /// Filling existing fields, signatures included (bits 6 and 9).
    pub(crate) fn permits_filling(&self) -> bool {
        self.bit(9) || self.bit(6)
    }

    /// Adding fields (bits 4 and 6).
    pub(crate) fn permits_new_fields(&self) -> bool {
        self.bit(4) && self.bit(6)
    }

    fn bit(&self, number: u32) -> bool {
        self.permissions >> (number - 1) & 1 == 1
    }

    /// An object as it was before it was encrypted; its streams' data stay.
    pub(crate) fn decrypt(&self, reference: Ref, object: Object) -> ReadResult<Object> {
        if self.own == Some(reference.number) || is_section(&object) || self.strings == Method::Identity {
            return Ok(object);
        }
        let key = self.object_key(reference, self.strings);
        strings(object, &mut |bytes| {
            // Writers leave empty strings empty.
            if bytes.is_empty() {
                return Ok(Vec::new());
            }
            open(self.strings, &key, bytes)
                .map_err(|Unfit| ReadError::Structure("an encrypted string is malformed"))
        })
    }

    /// The data of a stream as it was before it was encrypted.
    pub(crate) fn decrypt_stream(&self, reference: Ref, data: &[u8]) -> ReadResult<Vec<u8>> {
        open(self.streams, &self.object_key(reference, self.streams), data)
            .map_err(|Unfit| ReadError::Structure("an encrypted stream is malformed"))
    }

    /// An object as it is to be written.
    pub(crate) fn encrypt(&self, reference: Ref, object: &Object) -> ReadResult<Object> {
        let failed = |Unfit| ReadError::Structure("an object cannot be encrypted");
        let key = self.object_key(reference, self.strings);
        let mut count = 0_u64;
        let mut sealed = strings(object.clone(), &mut |bytes| {
            count += 1;
            seal(self.strings, &key, self.vector(reference, count, bytes), bytes).map_err(failed)
        })?;
        if let Object::NewStream(dict, data) = &mut sealed {
            let key = self.object_key(reference, self.streams);
            *data = seal(self.streams, &key, self.vector(reference, 0, data), data).map_err(failed)?;
            let length =
                i64::try_from(data.len()).map_err(|_| ReadError::Structure("a stream is too long"))?;
            dict.insert(b"Length".to_vec(), Object::Integer(length));
        }
        Ok(sealed)
    }

    /// The key of one object (ISO 32000-1 §7.6.2, algorithm 1); AES-256 uses the file's own.
    fn object_key(&self, reference: Ref, method: Method) -> Vec<u8> {
        if method == Method::Aes256 {
            return self.key.clone();
        }
        let mut hash = Md5::new();
        hash.update(&self.key);
        hash.update(&reference.number.to_le_bytes()[..3]);
        hash.update(reference.generation.to_le_bytes());
        if method == Method::Aes128 {
            hash.update(b"sAlT");
        }
        hash.finalize()[..(self.key.len() + 5).min(16)].to_vec()
    }

    /// An initial vector that nobody without the key can foresee, and that is the same each time: a keyed digest of
    /// what it is for. Signing the same file at the same moment gives the same bytes.
    fn vector(&self, reference: Ref, count: u64, data: &[u8]) -> [u8; 16] {
        let digest = Hash::Sha256.of(&[
            &self.key,
            &reference.number.to_be_bytes(),
            &reference.generation.to_be_bytes(),
            &count.to_be_bytes(),
            data,
        ]);
        let mut vector = [0; 16];
        vector.copy_from_slice(&digest.as_ref()[..16]);
        vector
    }
}

fn is_section(object: &Object) -> bool {
    matches!(object, Object::Stream(dict, _)
        if dict.get(&b"Type"[..]).and_then(Object::as_name) == Some(b"XRef"))
}

/// Puts every string through `change`, but not the contents of a signature (ISO 32000-2 §7.6.2).
fn strings(object: Object, change: &mut dyn FnMut(&[u8]) -> ReadResult<Vec<u8>>) -> ReadResult<Object> {
    Ok(match object {
        Object::String(mut string) => {
            string.bytes = change(&string.bytes)?;
            Object::String(string)
        }
        Object::Array(items) => {
            Object::Array(items.into_iter().map(|item| strings(item, change)).collect::<Result<_, _>>()?)
        }
        Object::Dictionary(dict) => Object::Dictionary(dictionary(dict, change)?),
        Object::Stream(dict, data) => Object::Stream(dictionary(dict, change)?, data),
        Object::NewStream(dict, data) => Object::NewStream(dictionary(dict, change)?, data),
        other => other,
    })
}

fn dictionary(dict: Dict, change: &mut dyn FnMut(&[u8]) -> ReadResult<Vec<u8>>) -> ReadResult<Dict> {
    let signature = dict.contains_key(&b"ByteRange"[..]);
    dict.into_iter()
        .map(|(key, value)| {
            let value = if signature && key == b"Contents" { value } else { strings(value, change)? };
            Ok((key, value))
        })
        .collect()
}

fn open(method: Method, key: &[u8], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    match method {
        Method::Identity => Ok(data.to_vec()),
        Method::Rc4 => cipher::rc4(key, data),
        Method::Aes128 | Method::Aes256 => cipher::aes_open(key, data),
    }
}

fn seal(method: Method, key: &[u8], vector: [u8; 16], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    match method {
        Method::Identity => Ok(data.to_vec()),
        Method::Rc4 => cipher::rc4(key, data),
        Method::Aes128 | Method::Aes256 => cipher::aes_seal(key, vector, data),
    }
}

/// How strings and how streams are encrypted (ISO 32000-2 tables 20 and 25).
fn methods(view: View<'_, '_>, dict: &Dict, version: i64) -> ReadResult<Result<(Method, Method), Locked>> {
    const UNKNOWN: Locked = Locked::Unsupported("the file is encrypted in an unknown way");
    match version {
        1 | 2 => return Ok(Ok((Method::Rc4, Method::Rc4))),
        4 | 5 => {}
        _ => return Ok(Err(UNKNOWN)),
    }
    let filters = view.dict(dict, "CF")?.unwrap_or_default();
    let method = |key: &str| -> ReadResult<Result<Method, Locked>> {
        let name = view.value(dict, key)?;
        let name = name.as_name().unwrap_or(b"Identity");
        if name == b"Identity" {
            return Ok(Ok(Method::Identity));
        }
        let Some(Object::Dictionary(filter)) =
            filters.get(name).map(|filter| view.resolve(filter)).transpose()?
        else {
            return Ok(Err(UNKNOWN));
        };
        Ok(match (version, view.value(&filter, "CFM")?.as_name()) {
            (4, Some(b"V2")) => Ok(Method::Rc4),
            (4, Some(b"AESV2")) => Ok(Method::Aes128),
            (5, Some(b"AESV3")) => Ok(Method::Aes256),
            (_, None | Some(b"None")) => Ok(Method::Identity),
            _ => Err(UNKNOWN),
        })
    };
    let (strings, streams) = (method("StrF")?, method("StmF")?);
    Ok(strings.and_then(|strings| Ok((strings, streams?))))
}

/// What a key of the older kinds is made of (revisions 2 to 4).
struct Lock {
    revision: i64,
    owner: Vec<u8>,
    user: Vec<u8>,
    permissions: u32,
    identifier: Vec<u8>,
    metadata: bool,
}

impl Lock {
    /// The file's key of this many bytes, if the empty password opens the lock with it (algorithms 2, 4 and 5).
    fn open(&self, length: usize) -> Option<Vec<u8>> {
        let mut hash = Md5::new();
        hash.update(PADDING);
        hash.update(self.owner.get(..32)?);
        hash.update(self.permissions.to_le_bytes());
        hash.update(&self.identifier);
        if self.revision >= 4 && !self.metadata {
            hash.update([0xFF; 4]);
        }
        let mut key = hash.finalize()[..length].to_vec();
        if self.revision >= 3 {
            for _ in 0..50 {
                key = Md5::digest(&key)[..length].to_vec();
            }
        }
        let opens = if self.revision == 2 {
            cipher::rc4(&key, &PADDING).ok()? == self.user.get(..32)?
        } else {
            let mut hash = Md5::new();
            hash.update(PADDING);
            hash.update(&self.identifier);
            let mut check = hash.finalize().to_vec();
            for round in 0..20 {
                let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
                check = cipher::rc4(&key, &check).ok()?;
            }
            check == self.user.get(..16)?
        };
        opens.then_some(key)
    }
}

/// The file's key of AES-256 (ISO 32000-2 §7.6.4.3.3, algorithm 2.A), by the empty user password.
fn modern_key(revision: i64, user: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Locked> {
    let malformed = Locked::Unsupported("a lock is too short");
    let (check, salts) = user.get(..48).ok_or(malformed)?.split_at(32);
    let sealed = sealed.get(..32).ok_or(malformed)?;
    let hash = |salt: &[u8]| -> Result<Vec<u8>, Locked> {
        let first = Hash::Sha256.of(&[salt]).as_ref().to_vec();
        if revision == 5 { Ok(first) } else { hardened(first).map_err(|Unfit| malformed) }
    };
    if hash(&salts[..8])? != check {
        return Err(Locked::Password);
    }
    cipher::cbc_decrypt(&hash(&salts[8..])?, &[0; 16], sealed).map_err(|Unfit| malformed)
}

/// Algorithm 2.B for an empty password that is not the owner's: at least 64 rounds of AES and SHA-2.
fn hardened(mut key: Vec<u8>) -> Result<Vec<u8>, Unfit> {
    for round in 1_usize.. {
        let mixed = cipher::cbc_encrypt(&key[..16], &key[16..32], key.repeat(64))?;
        // The first 16 bytes as a number modulo 3: 256 leaves 1, so the sum of the bytes does.
        let rest = mixed[..16].iter().map(|&byte| u32::from(byte)).sum::<u32>() % 3;
        let algorithm = [&digest::SHA256, &digest::SHA384, &digest::SHA512][rest as usize];
        key = digest::digest(algorithm, &mixed).as_ref().to_vec();
        let last = usize::from(*mixed.last().ok_or(Unfit)?);
        if round >= 64 && last + 32 <= round {
            break;
        }
    }
    key.truncate(32);
    Ok(key)
}
