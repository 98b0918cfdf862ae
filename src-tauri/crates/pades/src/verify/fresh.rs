//! The objects that one revision brings, and whether anything leads to them.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::is_section;
use crate::pdf::Object;

#[derive(Default)]
pub(super) struct Fresh {
    /// What each new object refers to.
    references: BTreeMap<u32, Vec<u32>>,
    /// Where a way to the new objects begins.
    entrances: Vec<u32>,
}

impl Fresh {
    /// A new object. Streams that carry structure (tables, other objects) need nobody to refer to them.
    pub(super) fn add(&mut self, number: u32, object: &Object) {
        let is_container = matches!(object, Object::Stream(dict, _)
            if dict.get(&b"Type"[..]).and_then(Object::as_name) == Some(b"ObjStm"));
        if !is_container && !is_section(object) {
            let mut targets = Vec::new();
            object.references(&mut |target| targets.push(target.number));
            self.references.insert(number, targets);
        }
    }

    /// Something in use that was written in this revision.
    pub(super) fn lead(&mut self, object: &Object) {
        object.references(&mut |target| self.entrances.push(target.number));
    }

    /// The new objects that nothing leads to.
    pub(super) fn unreached(&self) -> BTreeSet<u32> {
        let mut left: BTreeSet<u32> = self.references.keys().copied().collect();
        let mut open = self.entrances.clone();
        while let Some(number) = open.pop() {
            if left.remove(&number) {
                open.extend(self.references.get(&number).into_iter().flatten());
            }
        }
        left
    }
}
