//! Who refers to whom, over all revisions from the signed one on. References are only added, so an object once
//! referred to stays known: the cautious side.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::pdf::{Dict, Object, ReadError, ReadResult, View};

/// Steps that all questions about ownership may take together.
const BUDGET: usize = 5_000_000;
/// References that are kept; honest files have a few for each object.
const MAX_REFERENCES: usize = 4_000_000;

pub(super) struct Graph {
    budget: Cell<usize>,
    kept: usize,
    referrers: HashMap<u32, BTreeSet<u32>>,
    references: HashMap<u32, BTreeSet<u32>>,
    /// Cross-reference streams.
    sections: HashSet<u32>,
    /// What a trailer names, but for the document information.
    trailers: HashSet<u32>,
}

impl Graph {
    /// Reads every object of a revision, but no stream's data.
    pub(super) fn of(view: View<'_, '_>) -> ReadResult<Self> {
        let mut graph = Self {
            budget: Cell::new(BUDGET),
            kept: 0,
            referrers: HashMap::new(),
            references: HashMap::new(),
            sections: HashSet::new(),
            trailers: HashSet::new(),
        };
        for number in view.numbers() {
            graph.add(view, number)?;
        }
        graph.add_trailer(view.trailer());
        Ok(graph)
    }

    /// Reads what a later revision changed.
    pub(super) fn extend(&mut self, view: View<'_, '_>) -> ReadResult<()> {
        for &number in view.revision().numbers.iter().filter(|&&number| view.differs(number)) {
            self.add(view, number)?;
        }
        self.add_trailer(view.trailer());
        Ok(())
    }

    fn add(&mut self, view: View<'_, '_>, number: u32) -> ReadResult<()> {
        let Some(reference) = view.reference(number) else { return Ok(()) };
        let object = view.sketch(reference)?;
        if let (true, Some(trailer)) = (is_section(&object), object.as_dict()) {
            self.sections.insert(number);
            self.add_trailer(trailer);
        }
        object.references(&mut |target| {
            self.referrers.entry(target.number).or_default().insert(number);
            self.kept += usize::from(self.references.entry(number).or_default().insert(target.number));
        });
        if self.kept > MAX_REFERENCES {
            return Err(ReadError::Structure("the file has too many references"));
        }
        Ok(())
    }

    fn add_trailer(&mut self, trailer: &Dict) {
        let named = trailer.iter().filter(|(key, _)| *key != b"Info");
        named.for_each(|(_, value)| {
            value.references(&mut |target| {
                self.trailers.insert(target.number);
            });
        });
    }

    /// Whether anything in the document ever referred to `number`; for trailers see [`super::trailer`].
    pub(super) fn is_referenced(&self, number: u32) -> bool {
        self.referrers(number).next().is_some()
    }

    /// The objects of the document that ever referred to `number`.
    pub(super) fn referrers(&self, number: u32) -> impl Iterator<Item = u32> {
        let all = self.referrers.get(&number).into_iter().flatten().copied();
        all.filter(|&from| !self.is_structure(from))
    }

    /// A cross-reference stream refers as a trailer does, not as a part of the document; unless the document uses it,
    /// since a stream that calls itself one may be drawn all the same.
    fn is_structure(&self, number: u32) -> bool {
        let mut from = self.referrers.get(&number).into_iter().flatten();
        self.sections.contains(&number) && from.all(|&from| from == number)
    }

    /// The objects reached from `value` that nothing else refers to but themselves and `owners`, which hold the value
    /// and refer to `beside` by others: what belongs to the value alone. Changing one of them can be seen nowhere
    /// else. Empty once the work has grown past all measure: then nothing counts as owned.
    pub(super) fn exclusive(
        &self,
        value: &Object,
        owners: &HashSet<u32>,
        beside: &HashSet<u32>,
    ) -> HashSet<u32> {
        let mut reached = HashSet::new();
        let mut open = Vec::new();
        value.references(&mut |target| open.push(target.number));
        while let Some(number) = open.pop() {
            if !owners.contains(&number) && reached.insert(number) {
                open.extend(self.references.get(&number).into_iter().flatten());
            }
            if !self.spend(1) {
                return HashSet::new();
            }
        }
        let outside = |reached: &HashSet<u32>, number: u32| {
            self.trailers.contains(&number)
                || beside.contains(&number)
                || self.referrers(number).any(|from| !reached.contains(&from) && !owners.contains(&from))
        };
        // Taking out what is shared shares what hangs on it.
        let mut open: Vec<u32> =
            reached.iter().copied().filter(|&number| outside(&reached, number)).collect();
        while let Some(number) = open.pop() {
            if reached.remove(&number) {
                open.extend(self.references.get(&number).into_iter().flatten());
            }
        }
        reached
    }

    fn spend(&self, steps: usize) -> bool {
        let left = self.budget.get().saturating_sub(steps);
        self.budget.set(left);
        left > 0
    }
}

/// A cross-reference stream: the structure itself, not a part of the document.
pub(super) fn is_section(object: &Object) -> bool {
    matches!(object, Object::Stream(dict, _)
        if dict.get(&b"Type"[..]).and_then(Object::as_name) == Some(b"XRef"))
}

/// An object stream: what it holds changes with it, though no table names that anew.
pub(super) fn is_container(object: &Object) -> bool {
    matches!(object, Object::Stream(dict, _)
        if dict.get(&b"Type"[..]).and_then(Object::as_name) == Some(b"ObjStm"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{File, sample};

    #[test]
    fn references_and_steps_end_at_a_bound() {
        let pdf = sample(&["<</Type/Catalog/A 2 0 R>>", "<</B[3 0 R 3 0 R]>>", "<</C 2 0 R>>"]);
        let file = File::open(&pdf).unwrap();
        let mut graph = Graph::of(file.last()).unwrap();
        assert_eq!(graph.kept, 3, "each pair counts once");
        graph.kept = MAX_REFERENCES + 1;
        let full = ReadError::Structure("the file has too many references");
        assert_eq!(graph.add(file.last(), 3).unwrap_err(), full);
        let value = file.last().catalog().unwrap()[&b"A"[..]].clone();
        let (owners, none) = (HashSet::from([1]), HashSet::new());
        assert_eq!(graph.exclusive(&value, &owners, &none), HashSet::from([2, 3]));
        assert_eq!(graph.exclusive(&value, &owners, &HashSet::from([2])), none, "shared with another entry");
        graph.budget.set(2);
        assert_eq!(graph.exclusive(&value, &owners, &none), none, "too many steps");
    }
}
