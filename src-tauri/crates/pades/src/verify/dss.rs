//! The document security store (ISO 32000-2 §12.8.4.3): certificates, lists and answers kept for later verification.
//! Nothing in it is trusted for standing there; what cannot be read is as if it were missing.

use std::collections::HashSet;

use crate::certificate::Certificate;
use crate::pdf::{Dict, Object, Ref, View};
use crate::trust::revocation::RevocationItem;

/// The most streams that are read.
const MAX_STREAMS: usize = 1024;
/// The most they may unpack to together, bytes.
const MAX_BYTES: usize = 128 << 20;

/// What the store of one revision holds, unchecked.
#[derive(Default)]
pub(super) struct SecurityStore {
    pub(super) certificates: Vec<Certificate>,
    pub(super) revocation: Vec<RevocationItem>,
    read: usize,
}

impl SecurityStore {
    /// Reads the store of a revision; empty when there is none.
    pub(super) fn read(view: View<'_, '_>) -> Self {
        let mut store = Self::default();
        let Some(dss) = view.catalog().ok().and_then(|catalog| view.dict(&catalog, "DSS").ok().flatten())
        else {
            return store;
        };
        let mut seen = HashSet::new();
        store.take(view, &dss, ["Certs", "OCSPs", "CRLs"], &mut seen);
        // What is kept for one signature alone stands in the lists of the store as well, save where a writer forgot.
        for entry in view.dict(&dss, "VRI").ok().flatten().unwrap_or_default().values() {
            if let Ok(Object::Dictionary(entry)) = view.resolve(entry) {
                store.take(view, &entry, ["Cert", "OCSP", "CRL"], &mut seen);
            }
        }
        store
    }

    fn take(&mut self, view: View<'_, '_>, dict: &Dict, keys: [&str; 3], seen: &mut HashSet<Ref>) {
        for (index, key) in keys.into_iter().enumerate() {
            for item in view.array(dict, key).unwrap_or_default() {
                let Some(reference) = item.as_reference().filter(|reference| seen.insert(*reference)) else {
                    continue;
                };
                if seen.len() > MAX_STREAMS || self.read > MAX_BYTES {
                    return;
                }
                let bytes = view.stream(reference).ok().flatten();
                // One that cannot be unpacked may have cost as much.
                self.read += bytes.as_ref().map_or(1 << 20, Vec::len);
                let Some(bytes) = bytes else { continue };
                if index == 0 {
                    self.certificates.extend(Certificate::from_der(&bytes));
                } else {
                    self.revocation.extend(RevocationItem::read(&bytes));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{File, sample};

    /// Certificates read from a store that names `count` streams like `stream` before the one that holds one.
    fn read_behind(count: usize, stream: &str) -> usize {
        let own = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap();
        let der = own.cert.der().as_ref();
        let names: String = (0..=count).map(|index| format!("{} 0 R ", index + 2)).collect();
        let mut bodies = vec![format!("<</Type/Catalog/DSS<</Certs[{names}]>>>>").into_bytes()];
        bodies.resize(count + 1, stream.into());
        let head = format!("<</Length {}>>\nstream\n", der.len());
        bodies.push([head.as_bytes(), der, b"\nendstream"].concat());
        SecurityStore::read(File::open(&sample(&bodies)).unwrap().last()).certificates.len()
    }

    #[test]
    fn a_store_is_read_up_to_a_bound() {
        let empty = "<</Length 0>>\nstream\n\nendstream";
        assert_eq!(read_behind(MAX_STREAMS - 1, empty), 1);
        assert_eq!(read_behind(MAX_STREAMS, empty), 0, "too many streams");
        let broken = "<</Filter/FlateDecode/Length 1>>\nstream\nx\nendstream";
        assert_eq!(read_behind(MAX_BYTES >> 20, broken), 1);
        assert_eq!(read_behind((MAX_BYTES >> 20) + 1, broken), 0, "too many that cannot be unpacked");
    }
}
