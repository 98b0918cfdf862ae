//! The document security store (ISO 32000-2 §12.8.4.3): certificates, OCSP responses and revocation lists that are needed
//! to check the file's signatures. What an earlier hand put in stays; the same bytes are never put in twice.

use jiff::Timestamp;

use super::evidence::Evidence;
use crate::error::PadesError;
use crate::pdf::{Dict, Object, ReadError, View};
use crate::sign::edit::Edit;
use crate::sign::field::dictionary;
use crate::sign::layout;

/// Streams of one store that are read.
const MAX_STREAMS: usize = 1000;
const KEYS: [&str; 3] = ["Certs", "OCSPs", "CRLs"];

/// A store: what it held, and what is to be added.
pub(super) struct Store {
    dict: Dict,
    kept: Evidence,
    new: Evidence,
}

impl Store {
    /// Reads the store of a file; an empty one where there is none.
    pub(super) fn read(view: View<'_, '_>) -> Result<Self, PadesError> {
        let dict = view.dict(&view.catalog()?, "DSS")?.unwrap_or_default();
        let mut kept = Evidence::default();
        for (key, list) in KEYS.into_iter().zip(kept.lists_mut()) {
            for item in view.array(&dict, key)? {
                let reference =
                    item.as_reference().ok_or(ReadError::Structure("validation data is no stream"))?;
                // What cannot be unpacked here is kept, though nobody here can use it.
                list.extend(view.stream(reference).ok().flatten());
                if list.len() > MAX_STREAMS {
                    return Err(ReadError::Structure("the store of validation data is too large").into());
                }
            }
        }
        Ok(Self { dict, kept, new: Evidence::default() })
    }

    /// What the store holds already.
    pub(super) fn kept(&self) -> &Evidence {
        &self.kept
    }

    /// Adds what is not there yet; gives how many of each kind: certificates, OCSP responses, lists.
    pub(super) fn add(&mut self, evidence: Evidence) -> [usize; 3] {
        for ((new, kept), found) in
            self.new.lists_mut().into_iter().zip(self.kept.lists()).zip(evidence.into_lists())
        {
            for item in found {
                if !kept.contains(&item) && !new.contains(&item) {
                    new.push(item);
                }
            }
        }
        self.new.lists().map(Vec::len)
    }

    /// The increment that writes the store with what was added.
    pub(super) fn increment(
        &self,
        pdf: &[u8],
        view: View<'_, '_>,
        at: Timestamp,
    ) -> Result<Vec<u8>, PadesError> {
        let mut edit = Edit::new(view)?;
        let mut dict = self.dict.clone();
        dict.insert(b"Type".to_vec(), Object::name("DSS"));
        for (key, new) in KEYS.into_iter().zip(self.new.lists()) {
            if new.is_empty() {
                continue;
            }
            let mut list = view.array(&self.dict, key)?;
            for bytes in new {
                let length =
                    i64::try_from(bytes.len()).map_err(|_| ReadError::Structure("a stream is too long"))?;
                let stream = dictionary([("Length", Object::Integer(length))]);
                list.push(Object::Reference(edit.add(Object::NewStream(stream, bytes.clone()))));
            }
            dict.insert(key.as_bytes().to_vec(), Object::Array(list));
        }
        let root = view.root_reference()?;
        let existing = view.catalog()?.get(&b"DSS"[..]).and_then(Object::as_reference);
        match existing {
            Some(store) if view.get(store)?.as_dict().is_some() => *edit.dict(store)? = dict,
            _ => {
                let store = edit.add(Object::Dictionary(dict));
                edit.dict(root)?.insert(b"DSS".to_vec(), Object::Reference(store));
            }
        }
        layout::plain(pdf, &edit, at)
    }
}
