//! What an authority signed: the shape that certificates, lists of revoked certificates and answers about them share
//! (X.509 SIGNED, RFC 5280 §4.1.1, RFC 6960 §4.2.1).

use crate::certificate::Certificate;
use crate::cms::asn1::{Element, Malformed, Reader, tag};
use crate::crypto::{self, CryptoError, Message};

/// The three first parts: what is signed, by which algorithm, the signature.
pub(crate) struct Signed<'a> {
    pub(crate) content: Element<'a>,
    pub(crate) algorithm: Element<'a>,
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn read(parts: &mut Reader<'a>) -> Result<Self, Malformed> {
        let content = parts.expect(tag::SEQUENCE)?;
        let algorithm = parts.expect(tag::SEQUENCE)?;
        let signature = parts.expect(tag::BIT_STRING)?.content.strip_prefix(&[0]).ok_or(Malformed)?;
        Ok(Self { content, algorithm, signature })
    }

    /// Whether the key of this certificate made the signature.
    pub(crate) fn check(&self, by: &Certificate) -> Result<(), CryptoError> {
        let message = Message::Bytes(self.content.raw);
        crypto::verify(by.raw_parts()?.spki, self.algorithm, None, &message, self.signature)
    }
}

/// The parts of the one SEQUENCE that `der` is.
pub(crate) fn sequence(der: &[u8]) -> Result<Reader<'_>, Malformed> {
    let mut outer = Reader::new(der);
    let whole = outer.expect(tag::SEQUENCE)?;
    outer.end()?;
    Ok(whole.children())
}
