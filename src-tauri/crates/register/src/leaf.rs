//! The bytes of a leaf: the entry as canonical JSON (RFC 8785: keys sorted, no spaces), so that anybody can recompute it.
//!
//! Personal data stands in it as salted digests only: the tree survives an order to erase. The position in the tree
//! is not part of it, as in RFC 6962: two swapped entries are recognised as such.

use crate::{Sha256 as Hash, merkle};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Bytes that are written as hexadecimal.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; 64];
        let text = buffer.get_mut(..self.0.len() * 2).unwrap_or(&mut []);
        // Longer than 32 bytes never occurs: columns are checked to 16 or 32 bytes when read.
        if hex::encode_to_slice(self.0, text).is_err() {
            return Err(serde::ser::Error::custom("more than 32 bytes"));
        }
        serializer.serialize_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

/// An entry as its leaf sees it. Fields in alphabetical order: that makes the JSON canonical.
#[derive(Serialize)]
pub(crate) struct Leaf<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agency: Option<Signature<'a>>,
    pub(crate) at: i64,
    pub(crate) author: &'a str,
    pub(crate) book: BookOfLeaf<'a>,
    pub(crate) copy: Hex<'a>,
    pub(crate) day: i64,
    pub(crate) desk: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FileOfLeaf<'a>>,
    pub(crate) format: u8,
    pub(crate) kind: &'a str,
    pub(crate) number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) performer: Option<Signature<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prepared: Option<PreparedOfLeaf<'a>>,
    pub(crate) reserved_at: i64,
    pub(crate) text: &'a str,
}

#[derive(Serialize)]
pub(crate) struct BookOfLeaf<'a> {
    pub(crate) office: &'a str,
    pub(crate) symbol: &'a str,
    pub(crate) volume: i64,
    pub(crate) year: i64,
}

#[derive(Serialize)]
pub(crate) struct FileOfLeaf<'a> {
    pub(crate) length: i64,
    pub(crate) sha256: Hex<'a>,
}

/// One signature: what it appended and whose certificate made it. `at` only for the performer: the agency's is the
/// entry's own.
#[derive(Serialize)]
pub(crate) struct Signature<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<i64>,
    pub(crate) certificate: Hex<'a>,
    pub(crate) length: i64,
    pub(crate) sha256: Hex<'a>,
}

#[derive(Serialize)]
pub(crate) struct PreparedOfLeaf<'a> {
    pub(crate) at: i64,
    pub(crate) certified_at: i64,
    pub(crate) copies: i64,
    pub(crate) details: &'a str,
    pub(crate) fee: i64,
    pub(crate) identity: Hex<'a>,
    pub(crate) note: &'a str,
    pub(crate) pages: i64,
    pub(crate) paper: &'a str,
    pub(crate) requester: Hex<'a>,
    pub(crate) signer_name: &'a str,
    pub(crate) signer_title: &'a str,
    pub(crate) statement_day: i64,
    pub(crate) unsigned_length: i64,
    pub(crate) unsigned_sha256: Hex<'a>,
}

/// Writes the leaf's bytes over `buffer`.
pub(crate) fn write(leaf: &Leaf<'_>, buffer: &mut Vec<u8>) -> crate::Result<()> {
    buffer.clear();
    serde_json::to_writer(buffer, leaf)
        .map_err(|e| crate::RegisterError::UnreadableRow { table: "entry", detail: e.to_string() })
}

/// The leaf's hash; `buffer` is scratch space.
pub(crate) fn hash(leaf: &Leaf<'_>, buffer: &mut Vec<u8>) -> crate::Result<Hash> {
    write(leaf, buffer)?;
    Ok(merkle::leaf_hash(buffer))
}

/// Digest of a piece of personal data under the row's salt.
pub(crate) fn personal_hash(salt: &[u8], value: &str) -> Hash {
    Sha256::new().chain_update(salt).chain_update(value).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_bytes_of_a_leaf_are_canonical_json_and_never_change() {
        let leaf = Leaf {
            agency: None,
            at: 1,
            author: "văn thư",
            book: BookOfLeaf { office: "00001", symbol: "SCTĐT/BS", volume: 1, year: 2026 },
            copy: Hex(&[0xab; 16]),
            day: 20_261_121,
            desk: "1",
            file: None,
            format: 1,
            kind: "void",
            number: 7,
            performer: None,
            prepared: None,
            reserved_at: 0,
            text: "Hủy: \"mất điện\"\n",
        };
        let mut buffer = Vec::new();
        write(&leaf, &mut buffer).unwrap();
        let text = String::from_utf8(buffer.clone()).unwrap();
        assert_eq!(
            text,
            r#"{"at":1,"author":"văn thư","book":{"office":"00001","symbol":"SCTĐT/BS","volume":1,"year":2026},"copy":"abababababababababababababababab","day":20261121,"desk":"1","format":1,"kind":"void","number":7,"reserved_at":0,"text":"Hủy: \"mất điện\"\n"}"#
        );
        // Read into a sorted map and written again, the bytes are the same: the fields above are in canonical order.
        let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&buffer).unwrap();
        assert_eq!(serde_json::to_string(&sorted).unwrap(), text);
    }
}
