//! Compares a revision with the one before, by a whitelist: every changed object must be explained by one of the
//! rules below, else the change is forbidden. New objects are harmless as such (nothing refers to them but what is
//! itself explained), unless something signed already referred to their number, or nothing leads to them in a
//! revision that does nothing permitted.
//!
//! Three levels, as ISO 32000-2 §12.8.2.2 has them. Always: validation data, document timestamps, and what shows
//! nothing (document information, metadata, extensions). Unless P = 1: filling prepared fields, signing. Without a
//! certifying signature: new signature fields that can be seen, or are left empty. Annotations are never permitted,
//! at P = 3 neither: they can cover what was signed ("Breaking the Specification", evil annotation attack).

mod fields;
mod resources;

use std::collections::HashSet;

use super::fresh::Fresh;
use super::graph::{Graph, is_container, is_section};
use super::report::{Changes, Reason};
use super::{leftovers, traces, trailer};
use crate::form::{DocMdp, Rules};
use crate::pdf::xref::Entry;
use crate::pdf::{Dict, Object, ReadError, ReadResult, Ref, View};

/// The judgement on one revision.
pub(super) struct Outcome {
    pub(super) changes: Changes,
    pub(super) reasons: Vec<Reason>,
}

/// Judges what `new` did to `old` under the rules of the signatures made until `old`.
pub(super) fn judge(old: View<'_, '_>, new: View<'_, '_>, rules: &Rules, graph: &Graph) -> Outcome {
    let revision = new.index + 1;
    let mut diff = Diff {
        old,
        new,
        rules,
        graph,
        revision,
        changed: Vec::new(),
        explained: HashSet::new(),
        fresh: Fresh::default(),
        signatures: Vec::new(),
        added: HashSet::new(),
        attached: HashSet::new(),
        has_purpose: false,
        reasons: Vec::new(),
    };
    if let Err(error) = diff.run() {
        let what = error.to_string();
        diff.reasons.push(Reason::RevisionUnreadable { revision, what });
        // An objection that was found before stands, whatever could not be read after it.
        let objected = diff.reasons.len() > 1;
        let changes = if objected { Changes::Forbidden } else { Changes::Unknown };
        return Outcome { changes, reasons: diff.reasons };
    }
    let changes = if diff.reasons.is_empty() { Changes::Permitted } else { Changes::Forbidden };
    Outcome { changes, reasons: diff.reasons }
}

struct Diff<'f, 'a> {
    old: View<'f, 'a>,
    new: View<'f, 'a>,
    rules: &'f Rules,
    graph: &'f Graph,
    revision: usize,
    /// Objects that existed and are different now, by number.
    changed: Vec<(Ref, Object, Object)>,
    explained: HashSet<u32>,
    fresh: Fresh,
    /// New signature dictionaries.
    signatures: Vec<Ref>,
    /// Permitted new fields and their widgets.
    added: HashSet<Ref>,
    /// Widgets of prepared fields that no page showed and that are signed now: a page may show them from now on.
    attached: HashSet<Ref>,
    /// Whether the revision did something that is permitted: signed, filled, kept validation data.
    has_purpose: bool,
    reasons: Vec<Reason>,
}

impl Diff<'_, '_> {
    fn run(&mut self) -> ReadResult<()> {
        self.leftovers()?;
        self.collect()?;
        self.trailer()?;
        self.form()?;
        self.catalog()?;
        self.pages()?;
        self.unused();
        for (reference, ..) in &self.changed {
            if !self.explained.contains(&reference.number) {
                self.reasons
                    .push(Reason::ObjectChanged { object: reference.number, revision: self.revision });
            }
        }
        Ok(())
    }

    /// They were collected in the order of their numbers.
    fn is_changed(&self, number: u32) -> bool {
        self.changed.binary_search_by_key(&number, |(reference, ..)| reference.number).is_ok()
    }

    /// Fields may be filled and signed, unless all changes are forbidden.
    fn filling_permitted(&self) -> bool {
        self.rules.document != Some(DocMdp::NoChanges)
    }

    fn is_certified(&self) -> bool {
        self.rules.document.is_some()
    }

    fn leftovers(&mut self) -> ReadResult<()> {
        for offset in leftovers::unnamed(self.new)? {
            self.reasons.push(Reason::ObjectUnnamed { offset, revision: self.revision });
        }
        Ok(())
    }

    fn collect(&mut self) -> ReadResult<()> {
        let revision = self.revision;
        for &number in &self.new.revision().numbers {
            if self.old.entry(number) == self.new.entry(number) && !self.hides(number) {
                continue;
            }
            match (self.old.reference(number), self.new.reference(number)) {
                (None, None) => {}
                (None, Some(reference)) => {
                    let object = self.new.get(reference)?;
                    unambiguous(&object)?;
                    if matches!(&object, Object::Dictionary(dict) if traces::is_value(dict)) {
                        self.signatures.push(reference);
                    }
                    self.fresh.add(number, &object);
                    if self.graph.is_referenced(number) || trailer::keeps(self.old, self.new, number) {
                        self.reasons.push(Reason::ObjectSlippedIn { object: number, revision });
                    }
                }
                (Some(_), None) => self.reasons.push(Reason::ObjectRemoved { object: number, revision }),
                (Some(_), Some(_)) if self.hides(number) => {
                    self.reasons.push(Reason::ObjectRemoved { object: number, revision });
                }
                (Some(before), Some(after)) => {
                    let (old, new) = (self.old.get(before)?, self.new.get(after)?);
                    unambiguous(&new)?;
                    self.fresh.lead(&new);
                    // The table itself, unless something draws it.
                    let section = is_section(&old) && is_section(&new) && !self.graph.is_referenced(number);
                    let differs = !section && !self.same(&old, &new);
                    if before != after || (differs && (is_container(&old) || is_container(&new))) {
                        self.reasons.push(Reason::ObjectChanged { object: number, revision });
                    } else if differs {
                        self.changed.push((before, old, new));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an object that every program saw is gone for those that know no hybrid files.
    fn hides(&self, number: u32) -> bool {
        self.new.revision().hidden_objects.binary_search(&number).is_ok()
            && matches!(self.old.entry(number), Entry::At { .. })
    }

    fn same(&self, old: &Object, new: &Object) -> bool {
        match (old, new) {
            (Object::Stream(old, before), Object::Stream(new, after)) => {
                let bytes = self.old.file.bytes;
                old == new && bytes[before.clone()] == bytes[after.clone()]
            }
            (old, new) => old == new,
        }
    }

    /// Encryption stays, and with it the first half of /ID, of which its key is made (ISO 32000-1 §7.6.3.3). The
    /// catalogue may be written again under a fresh number; what it holds is compared below.
    fn trailer(&mut self) -> ReadResult<()> {
        let (old, new) = (self.old.trailer(), self.new.trailer());
        let first =
            |dict: &Dict| dict.get(&b"ID"[..]).and_then(Object::as_array).and_then(<[_]>::first).cloned();
        if old.contains_key(&b"Encrypt"[..]) && first(old) != first(new) {
            self.entry_changed("ID");
        }
        if old.get(&b"Encrypt"[..]) != new.get(&b"Encrypt"[..]) {
            self.entry_changed("Encrypt");
        }
        let (before, after) = (self.old.root_reference()?, self.new.root_reference()?);
        if before != after && self.old.reference(after.number).is_some() {
            self.entry_changed("Root");
        }
        if let Some(before) = old.get(&b"Info"[..]) {
            self.explained.extend(self.graph.exclusive(before, &HashSet::new(), &HashSet::new()));
        }
        if !matches!(self.new.value(new, "Info")?, Object::Dictionary(_) | Object::Null) {
            self.entry_changed("Info");
        }
        for key in trailer::private(self.old, self.new) {
            self.entry_changed(&String::from_utf8_lossy(key));
        }
        Ok(())
    }

    /// A revision that signs, fills or keeps validation data may leave remnants of its work behind. In one that does
    /// none of it an object that nothing leads to has no permitted purpose: it waits for a later table.
    fn unused(&mut self) {
        if self.has_purpose || !self.signatures.is_empty() {
            return;
        }
        self.new.trailer().values().for_each(|value| self.fresh.lead(value));
        for object in self.fresh.unreached() {
            self.reasons.push(Reason::ObjectUnused { object, revision: self.revision });
        }
    }

    fn entry_changed(&mut self, key: &str) {
        self.reasons.push(Reason::EntryChanged { key: key.to_owned(), revision: self.revision });
    }

    fn catalog(&mut self) -> ReadResult<()> {
        let root = self.old.root_reference()?;
        let (old, new) = (self.old.catalog()?, self.new.catalog()?);
        // None of these shows anything.
        for key in ["DSS", "Extensions", "Metadata", "MarkInfo"] {
            let Some(value) = old.get(key.as_bytes()) else { continue };
            let own = self.graph.exclusive(value, &HashSet::from([root.number]), &others(&old, &[key]));
            self.has_purpose |= key == "DSS" && own.iter().any(|number| self.is_changed(*number));
            self.explained.extend(own);
        }
        self.has_purpose |= old.get(&b"DSS"[..]) != new.get(&b"DSS"[..]);
        for key in keys(&old, &new) {
            let (before, after) = (old.get(key), new.get(key));
            let permitted = match key {
                // Compared by the rule for forms.
                b"AcroForm" => true,
                b"DSS" | b"Extensions" | b"MarkInfo" => {
                    matches!(
                        after.map(|value| self.new.resolve(value)).transpose()?,
                        Some(Object::Dictionary(_))
                    )
                }
                b"Metadata" => matches!(self.new.value(&new, "Metadata")?, Object::Stream(..)),
                b"Version" => after.and_then(Object::as_name) >= before.and_then(Object::as_name),
                _ => false,
            };
            if !permitted {
                self.entry_changed(&String::from_utf8_lossy(key));
            }
        }
        // Written under a fresh number, the one before has no reason to change.
        if self.new.root_reference()? == root {
            self.explained.insert(root.number);
        }
        Ok(())
    }

    /// Whether a value refers to an object that this revision brought.
    fn is_fresh(&self, value: Option<&Object>) -> bool {
        let number = value.and_then(Object::as_reference).map(|reference| reference.number);
        number.is_some_and(|number| self.old.reference(number).is_none())
    }

    /// An array that keeps what it held, in order, and got only what is permitted: new fields or their widgets. When
    /// it is the same indirect array, that object is explained.
    fn grown(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        permitted: &HashSet<Ref>,
    ) -> ReadResult<bool> {
        let list = |view: View<'_, '_>, value: Option<&Object>| match value.map(|value| view.resolve(value)) {
            None => Ok(Some(Vec::new())),
            Some(Ok(Object::Array(items))) => Ok(Some(items)),
            Some(Ok(Object::Null)) => Ok(Some(Vec::new())),
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(error),
        };
        let (Some(before), Some(after)) = (list(self.old, old)?, list(self.new, new)?) else {
            return Ok(false);
        };
        let mut known = before.iter().peekable();
        let grown = after.iter().all(|item| {
            known.next_if_eq(&item).is_some()
                || item.as_reference().is_some_and(|item| permitted.contains(&item))
        }) && known.next().is_none();
        if grown
            && old == new
            && let Some(array) = old.and_then(Object::as_reference)
        {
            self.explained.insert(array.number);
        }
        Ok(grown)
    }

    /// Pages may only show the widgets of new fields.
    fn pages(&mut self) -> ReadResult<()> {
        let is_page = |object: &Object| {
            object.as_dict().and_then(|dict| dict.get(&b"Type"[..])).and_then(Object::as_name)
                == Some(b"Page")
        };
        let shown = &self.added | &self.attached;
        let mut explained = Vec::new();
        for (reference, old, new) in self.changed.clone() {
            if self.explained.contains(&reference.number) {
                continue;
            }
            if let (Object::Dictionary(before), Object::Dictionary(after)) = (&old, &new)
                && is_page(&old)
            {
                let value = |key: &str| (before.get(key.as_bytes()), after.get(key.as_bytes()));
                let mut permitted = true;
                for key in keys(before, after) {
                    permitted &= match key {
                        b"Annots" => self.grown(value("Annots").0, value("Annots").1, &shown)?,
                        b"Resources" => self.moved(value("Resources").0, value("Resources").1)?,
                        _ => false,
                    };
                }
                if permitted {
                    explained.push(reference.number);
                }
            } else if matches!((&old, &new), (Object::Array(_), Object::Array(_)))
                && self.is_annotation_list(reference, is_page)?
                && self.grown(Some(&old), Some(&new), &shown)?
            {
                explained.push(reference.number);
            }
        }
        self.explained.extend(explained);
        Ok(())
    }

    /// Whether only pages refer to this array, as their /Annots.
    fn is_annotation_list(&self, array: Ref, is_page: impl Fn(&Object) -> bool) -> ReadResult<bool> {
        for from in self.graph.referrers(array.number) {
            let Some(from) = self.old.reference(from) else { return Ok(false) };
            let owner = self.old.get(from)?;
            let named =
                owner.as_dict().and_then(|dict| dict.get(&b"Annots"[..])).and_then(Object::as_reference);
            if !is_page(&owner) || named != Some(array) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What a later revision writes must mean one thing to all readers. The only key that may be written twice is the
/// /Type of a signature, which nothing shown depends on.
fn unambiguous(object: &Object) -> ReadResult<()> {
    let inside = |dict: &Dict| {
        let signature = dict.contains_key(&b"ByteRange"[..]);
        dict.iter().try_for_each(|(key, value)| match value {
            Object::Conflict(_) if signature && key == b"Type" => Ok(()),
            value => unambiguous(value),
        })
    };
    match object {
        Object::Conflict(_) => Err(ReadError::Structure("a dictionary holds a key twice")),
        Object::Array(items) => items.iter().try_for_each(unambiguous),
        Object::Dictionary(dict) | Object::Stream(dict, _) => inside(dict),
        _ => Ok(()),
    }
}

/// What a dictionary refers to by other entries than `keys`.
pub(super) fn others(dict: &Dict, keys: &[&str]) -> HashSet<u32> {
    let mut numbers = HashSet::new();
    let beside = dict.iter().filter(|(key, _)| !keys.iter().any(|own| own.as_bytes() == key.as_slice()));
    beside.for_each(|(_, value)| {
        value.references(&mut |target| {
            numbers.insert(target.number);
        });
    });
    numbers
}

/// Keys whose values differ.
pub(super) fn keys<'d>(old: &'d Dict, new: &'d Dict) -> Vec<&'d [u8]> {
    let mut keys: Vec<&[u8]> = old
        .iter()
        .filter(|(key, value)| new.get(*key) != Some(value))
        .map(|(key, _)| key.as_slice())
        .collect();
    keys.extend(new.keys().filter(|key| !old.contains_key(*key)).map(Vec::as_slice));
    keys
}
