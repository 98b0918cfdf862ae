//! The document security store (ISO 32000-2 §12.8.4.3): certificates, lists and answers kept for later verification.
//! Nothing in it is trusted for standing there; what cannot be read is as if it were missing.

use std::collections::HashSet;

use crate::certificate::Certificate;
use crate::pdf::{Dict, Object, Ref, View};

/// The most streams that are read.
const MAX_STREAMS: usize = 1024;
/// The most they may unpack to together, bytes.
const MAX_BYTES: usize = 128 << 20;

/// What the store of one revision holds, unchecked.
#[derive(Default)]
pub(super) struct SecurityStore {
    pub(super) certificates: Vec<Certificate>,
    /// Lists and answers in DER.
    pub(super) revocation: Vec<Vec<u8>>,
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
                    self.revocation.push(bytes);
                }
            }
        }
    }
}
