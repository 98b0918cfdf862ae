//! The objects that an increment changes or adds. An object that nobody touches is not written again.

use std::collections::BTreeMap;

use crate::error::PadesError;
use crate::pdf::{Dict, Object, ReadError, Ref, View};

pub(crate) struct Edit<'f, 'a> {
    pub(crate) view: View<'f, 'a>,
    pub(super) objects: BTreeMap<Ref, Object>,
    next: u32,
}

impl<'f, 'a> Edit<'f, 'a> {
    pub(crate) fn new(view: View<'f, 'a>) -> Result<Self, PadesError> {
        let size = view.value(view.trailer(), "Size")?.as_integer().and_then(|size| u32::try_from(size).ok());
        let highest = view.numbers().last().map_or(1, |number| number + 1);
        // The limit of annex C, with room for what is added.
        let next = size.unwrap_or(0).max(highest);
        if next > 8_000_000 {
            return Err(ReadError::Structure("no object number is left").into());
        }
        Ok(Self { view, objects: BTreeMap::new(), next })
    }

    /// The number that the next new object gets.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    pub(crate) fn reserve(&mut self) -> Ref {
        let reference = Ref { number: self.next, generation: 0 };
        self.next += 1;
        reference
    }

    pub(crate) fn add(&mut self, object: Object) -> Ref {
        let reference = self.reserve();
        self.objects.insert(reference, object);
        reference
    }

    /// The dictionary of an indirect object, to be changed.
    pub(crate) fn dict(&mut self, reference: Ref) -> Result<&mut Dict, PadesError> {
        match self.object(reference)? {
            Object::Dictionary(dict) => Ok(dict),
            _ => Err(ReadError::Structure("a dictionary is missing").into()),
        }
    }

    /// An object as it stands now, not marked as changed.
    pub(super) fn look(&self, reference: Ref) -> Result<Object, PadesError> {
        match self.objects.get(&reference) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.view.get(reference)?),
        }
    }

    fn object(&mut self, reference: Ref) -> Result<&mut Object, PadesError> {
        if !self.objects.contains_key(&reference) {
            self.objects.insert(reference, self.view.get(reference)?);
        }
        self.objects.get_mut(&reference).ok_or(ReadError::Structure("an object is missing").into())
    }

    /// Appends to the array at `key` of the indirect dictionary `owner`, wherever that array lives. Where there is
    /// none, one is made.
    pub(super) fn append(&mut self, owner: Ref, key: &str, item: Object) -> Result<(), PadesError> {
        let entry = self.dict(owner)?.entry(key.as_bytes().to_vec()).or_insert(Object::Null);
        let target = match entry {
            Object::Reference(array) => {
                let array = *array;
                if self.look(array)? == Object::Null {
                    // A reference to nothing is the null object (ISO 32000-1 §7.3.10).
                    self.dict(owner)?.insert(key.as_bytes().to_vec(), Object::Array(vec![item]));
                    return Ok(());
                }
                self.object(array)?
            }
            direct => direct,
        };
        match target {
            Object::Array(items) => items.push(item),
            Object::Null => *target = Object::Array(vec![item]),
            _ => return Err(ReadError::Structure("an array is missing").into()),
        }
        Ok(())
    }
}
