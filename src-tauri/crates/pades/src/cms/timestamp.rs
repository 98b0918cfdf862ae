//! Timestamp tokens (RFC 3161): a SignedData around a TSTInfo. It says when something was there; whether the
//! authority that says so is trusted, the path of its certificate decides.

use super::asn1::{self, Malformed, Reader, tag};
use super::signed_data::{CmsError, Profile, SignedData};
use crate::certificate::Certificate;
use crate::cms::oid;
use crate::crypto::{Digest, Hash};
use crate::trust::extensions::Extension;

/// A timestamp token as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    data: SignedData,
    time: i64,
}

/// What a token states (RFC 3161 §2.4.2).
pub(crate) struct TstInfo<'a> {
    pub(crate) policy: &'a [u8],
    pub(super) hash: Result<Hash, CmsError>,
    pub(super) imprint: &'a [u8],
    /// Seconds since 1970.
    pub(crate) time: i64,
    /// The INTEGER in DER.
    pub(crate) nonce: Option<&'a [u8]>,
}

impl<'a> TstInfo<'a> {
    pub(crate) fn read(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(content);
        let mut info = outer.expect(tag::SEQUENCE)?.children();
        outer.end()?;
        if info.expect(tag::INTEGER)?.content != [1] {
            return Err(Malformed);
        }
        let policy = info.expect(tag::OID)?.content;
        let mut imprint = info.expect(tag::SEQUENCE)?.children();
        let algorithm = imprint.expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
        let hash = Hash::from_oid(algorithm).map_err(CmsError::from);
        let imprint = imprint.expect(tag::OCTET_STRING)?.content;
        info.expect(tag::INTEGER)?;
        let time = asn1::time(info.expect(tag::GENERALIZED_TIME)?)?;
        info.optional(tag::SEQUENCE)?;
        info.optional(tag::BOOLEAN)?;
        let nonce = info.optional(tag::INTEGER)?.map(|nonce| nonce.raw);
        info.optional(tag::CONTEXT_0)?;
        if let Some(extensions) = info.optional(tag::CONTEXT_1)? {
            for extension in extensions.children().all()? {
                if Extension::read(extension)?.critical {
                    return Err(Malformed);
                }
            }
        }
        info.end()?;
        Ok(Self { policy, hash, imprint, time, nonce })
    }
}

impl Token {
    /// Reads a token (a ContentInfo, BER or DER); zeros may follow it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CmsError> {
        Self::of(SignedData::read(bytes)?).ok_or(CmsError::Malformed)
    }

    /// The token that a read SignedData is, if it is one.
    pub(crate) fn of(data: SignedData) -> Option<Self> {
        let (kind, content) = data.content()?;
        let info = TstInfo::read(content).ok().filter(|_| kind == oid::TST_INFO)?;
        Some(Self { time: info.time, data })
    }

    /// The stated time (genTime), in seconds since 1970.
    pub(crate) fn time(&self) -> i64 {
        self.time
    }

    /// Checks that the token stamps what `stamped` digests, that it names its signer, and the signature; gives the
    /// authority's certificate.
    pub(crate) fn check(&self, stamped: &mut dyn FnMut(Hash) -> Digest) -> Result<Certificate, CmsError> {
        self.data.check(Profile::Timestamp, stamped).map(|checked| checked.signer)
    }

    pub(crate) fn data(&self) -> &SignedData {
        &self.data
    }
}
