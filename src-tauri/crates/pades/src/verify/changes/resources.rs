//! Resources that a form or a page names.

use std::collections::HashSet;

use super::{Diff, others};
use crate::pdf::{Dict, Object, ReadResult, View};

impl Diff<'_, '_> {
    /// The resources of the form `fields` that `catalog` names, changed in their place: explained as far as nothing but
    /// the form uses them.
    pub(super) fn resources(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        catalog: &Dict,
        fields: &Dict,
    ) -> ReadResult<bool> {
        let form = catalog.get(&b"AcroForm"[..]);
        let mut within = Vec::new();
        let kept = self.kept(old, new, &mut within)?;
        if !within.iter().any(|number| self.is_changed(*number)) {
            return Ok(true);
        }
        let mut owners = HashSet::from([self.old.root_reference()?.number]);
        owners.extend(form.and_then(Object::as_reference).map(|form| form.number));
        let beside = &others(catalog, &["AcroForm"]) | &others(fields, &["DR"]);
        let own = old.map(|old| self.graph.exclusive(old, &owners, &beside)).unwrap_or_default();
        self.explained.extend(within.into_iter().filter(|number| own.contains(number)));
        Ok(kept && self.filling_permitted())
    }

    /// Whether resources keep every name they had, with the same meaning; more may be added. A font that is put in
    /// another's place would change what filled fields show; the name of an XObject changes nothing, since the text
    /// of a field can only name fonts (ISO 32000-1 §12.7.3.3): some programs keep the newest signature's appearance
    /// there. Numbers of the dictionaries themselves go to `within`.
    pub(super) fn kept(
        &self,
        old: Option<&Object>,
        new: Option<&Object>,
        within: &mut Vec<u32>,
    ) -> ReadResult<bool> {
        let mut dict = |view: View<'_, '_>, value: Option<&Object>| -> ReadResult<Option<Dict>> {
            within.extend(value.and_then(Object::as_reference).map(|reference| reference.number));
            Ok(value.map(|value| view.resolve(value)).transpose()?.and_then(|value| value.as_dict().cloned()))
        };
        let Some(before) = dict(self.old, old)? else { return Ok(true) };
        let Some(after) = dict(self.new, new)? else { return Ok(false) };
        for (category, names) in &before {
            let Some(others) = after.get(category) else { return Ok(false) };
            match (dict(self.old, Some(names))?, dict(self.new, Some(others))?) {
                (Some(names), Some(others)) => {
                    let renewed = |value: Option<&Object>| {
                        category == b"XObject" && !self.signatures.is_empty() && self.is_fresh(value)
                    };
                    if names
                        .iter()
                        .any(|(name, value)| others.get(name) != Some(value) && !renewed(others.get(name)))
                    {
                        return Ok(false);
                    }
                }
                // Something else than names, such as /ProcSet.
                (None, None)
                    if names == others
                        && self.same(&self.old.resolve(names)?, &self.new.resolve(others)?) => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether a dictionary only got a number of its own: an object that this revision brought holds what it held.
    pub(super) fn moved(&self, old: Option<&Object>, new: Option<&Object>) -> ReadResult<bool> {
        let (Some(old), true) = (old, self.is_fresh(new)) else { return Ok(false) };
        let (old, new) = (self.old.resolve(old)?, new.map(|new| self.new.resolve(new)).transpose()?);
        Ok(matches!((&old, &new), (Object::Dictionary(old), Some(Object::Dictionary(new))) if old == new))
    }
}
