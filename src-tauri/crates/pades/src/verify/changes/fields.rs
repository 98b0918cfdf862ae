//! Fields and their widgets: filled, signed for the first time, new, or gone.

use std::collections::{HashMap, HashSet};

use super::{Diff, keys, others};
use crate::form::{Field, Form};
use crate::pdf::{Dict, Object, ReadResult, Ref, View};
use crate::verify::report::Reason;

impl Diff<'_, '_> {
    pub(super) fn form(&mut self) -> ReadResult<()> {
        let (old, new) = (Form::read(self.old)?, Form::read(self.new)?);
        let kept: HashMap<Ref, &Field> = new.fields.iter().map(|field| (field.reference, field)).collect();
        for before in &old.fields {
            match kept.get(&before.reference) {
                Some(after) if after.name == before.name && after.widgets == before.widgets => {
                    self.field(before, after)?;
                }
                _ => self
                    .reasons
                    .push(Reason::FieldRemoved { field: before.name.clone(), revision: self.revision }),
            }
        }
        let known: HashSet<Ref> = old.fields.iter().map(|field| field.reference).collect();
        for after in new.fields.iter().filter(|field| !known.contains(&field.reference)) {
            self.new_field(after)?;
        }
        self.orphans(&new);
        self.form_dictionary()
    }

    /// A signature that this revision brought but that stands in no field: somebody took it out of sight.
    fn orphans(&mut self, form: &Form) {
        let carried: HashSet<Ref> = form.signed().filter_map(|(_, value)| value.as_reference()).collect();
        for signature in self.signatures.iter().filter(|signature| !carried.contains(signature)) {
            let (object, revision) = (signature.number, self.revision);
            self.reasons.push(Reason::SignatureOrphaned { object, revision });
        }
    }

    /// The form's own dictionary: /Fields as judged above, /SigFlags may only rise.
    fn form_dictionary(&mut self) -> ReadResult<()> {
        let (before, after) = (self.old.catalog()?, self.new.catalog()?);
        let old = self.old.dict(&before, "AcroForm")?.unwrap_or_default();
        let new = self.new.dict(&after, "AcroForm")?.unwrap_or_default();
        for key in keys(&old, &new) {
            let permitted = match key {
                b"Fields" => self.grown(old.get(key), new.get(key), &self.added.clone())?,
                b"SigFlags" => {
                    let before = self.old.value(&old, "SigFlags")?.as_integer().unwrap_or(0);
                    let after = self.new.value(&new, "SigFlags")?.as_integer();
                    after.is_some_and(|after| after & before == before && (0..=3).contains(&after))
                }
                // What fields that are filled later draw their text with.
                b"DR" => {
                    self.filling_permitted() && self.kept(old.get(key), new.get(key), &mut Vec::new())?
                }
                // What is there already may draw other fields too.
                b"DA" | b"Q" => self.filling_permitted() && !old.contains_key(key),
                _ => false,
            };
            if !permitted {
                self.entry_changed(&format!("AcroForm/{}", String::from_utf8_lossy(key)));
            }
        }
        // An indirect value may have changed in its place.
        for key in ["Fields", "DR"] {
            let (one, other) = (old.get(key.as_bytes()), new.get(key.as_bytes()));
            let same_place = one.is_some() && one == other;
            let permitted = match key {
                _ if !same_place => true,
                "Fields" => self.grown(one, other, &self.added.clone())?,
                _ => self.resources(one, other, &before, &old)?,
            };
            if !permitted {
                self.entry_changed(&format!("AcroForm/{key}"));
            }
        }
        let (before, after) = (before.get(&b"AcroForm"[..]), after.get(&b"AcroForm"[..]));
        if before == after
            && let Some(form) = before.and_then(Object::as_reference)
        {
            self.explained.insert(form.number);
        }
        Ok(())
    }

    /// A field that was there: filled, signed for the first time, or as it was.
    fn field(&mut self, before: &Field, after: &Field) -> ReadResult<()> {
        let mut parts = vec![(before.reference, before.dict.clone(), after.dict.clone())];
        for &widget in &before.widgets {
            let dict = |view: View<'_, '_>| -> ReadResult<Dict> {
                Ok(view.get(widget)?.as_dict().cloned().unwrap_or_default())
            };
            parts.push((widget, dict(self.old)?, dict(self.new)?));
        }
        let owned: HashSet<u32> = parts.iter().map(|(reference, ..)| reference.number).collect();
        let own_keys: &[&str] = if before.is_signature() { &["AP"] } else { &["AP", "V"] };
        let beside: HashSet<u32> = parts.iter().flat_map(|(_, old, _)| others(old, own_keys)).collect();
        let mut own = HashSet::new();
        for (_, old, _) in &parts {
            for value in own_keys.iter().filter_map(|key| old.get(key.as_bytes())) {
                own.extend(self.graph.exclusive(value, &owned, &beside));
            }
        }
        let touched =
            parts.iter().any(|(_, old, new)| old != new) || own.iter().any(|number| self.is_changed(*number));
        if !touched {
            return Ok(());
        }
        if self.filling_permitted() && read_only_at_most(&parts) {
            self.explained.extend(owned);
        } else if self.rules.locks(&before.name) {
            let (field, revision) = (before.name.clone(), self.revision);
            self.reasons.push(Reason::FieldLocked { field, revision });
        } else if self.may_fill(before, after, &parts)?
            && !shared_appearance(&parts, &own)
            && !self.repainted(before, after, &parts, &own)?
        {
            if before.is_signature() {
                self.attach(before)?;
            }
            self.has_purpose = true;
            self.explained.extend(owned);
            self.explained.extend(own);
        } else {
            let (field, revision) = (before.name.clone(), self.revision);
            self.reasons.push(Reason::FieldChanged { field, revision });
        }
        Ok(())
    }

    /// A prepared signature field that no page shows is signed: its widget may be put on a page, under the rules for
    /// new fields.
    fn attach(&mut self, field: &Field) -> ReadResult<()> {
        let catalog = self.old.root_reference()?;
        let form = self.old.catalog()?.get(&b"AcroForm"[..]).and_then(Object::as_reference);
        let owners: Vec<u32> = [Some(catalog), form, Some(field.reference)]
            .into_iter()
            .flatten()
            .map(|owner| owner.number)
            .collect();
        let widgets = if field.widgets.is_empty() { vec![field.reference] } else { field.widgets.clone() };
        for widget in widgets {
            let shown = self.graph.referrers(widget.number).any(|from| !owners.contains(&from));
            let dict = self.old.get(widget)?;
            if !shown && (!self.is_certified() || dict.as_dict().is_some_and(is_invisible)) {
                self.attached.insert(widget);
            }
        }
        Ok(())
    }

    fn may_fill(&self, before: &Field, after: &Field, parts: &[(Ref, Dict, Dict)]) -> ReadResult<bool> {
        let keys: &[&[u8]] = if before.is_signature() {
            let signed = before.value().is_none() && self.is_new_signature(after)?;
            if !signed {
                return Ok(false);
            }
            &[b"V", b"AP", b"F", b"M", b"Ff", b"Type"]
        } else {
            &[b"V", b"AP", b"AS", b"I", b"M", b"RV", b"DA", b"Q", b"F", b"Ff", b"Type"]
        };
        // Only buttons show their value by one appearance out of several.
        let switches = |old: &Dict, new: &Dict| {
            before.kind.as_deref() != Some(b"Btn") && old.get(&b"AS"[..]) != new.get(&b"AS"[..])
        };
        let unseen = || parts.iter().all(|(_, old, _)| is_invisible(old));
        Ok((self.filling_permitted() || (unseen() && self.is_timestamp(after)?))
            && !before.is_push_button
            && parts.iter().all(|(_, old, new)| {
                self::keys(old, new).iter().all(|key| keys.contains(key))
                    && harmless_flags(old, new)
                    && !switches(old, new)
                    && (before.is_signature() || as_visible(old, new))
            }))
    }

    /// Whether a field shows something else though it holds the same value: the shadow attack that prepares a
    /// harmless appearance over the real value ("Shadow Attacks", replace by form).
    fn repainted(
        &self,
        before: &Field,
        after: &Field,
        parts: &[(Ref, Dict, Dict)],
        own: &HashSet<u32>,
    ) -> ReadResult<bool> {
        let other = |old: &Dict, new: &Dict, key: &str| old.get(key.as_bytes()) != new.get(key.as_bytes());
        let painted = parts.iter().any(|(_, old, new)| other(old, new, "AP"))
            || own.iter().any(|number| self.is_changed(*number));
        let value = |view: View<'_, '_>, field: &Field| match field.value() {
            Some(value) => view.resolve(value),
            None => Ok(Object::Null),
        };
        let switched = parts.iter().any(|(_, old, new)| other(old, new, "AS"));
        let same = !switched && self.same(&value(self.old, before)?, &value(self.new, after)?);
        Ok(!before.is_signature() && painted && same)
    }

    /// The field's value is a signature made in this revision.
    fn is_new_signature(&self, field: &Field) -> ReadResult<bool> {
        let Some(value) = field.value().and_then(Object::as_reference) else { return Ok(false) };
        let object = self.new.get(value)?;
        let ranged = object.as_dict().is_some_and(|dict| dict.contains_key(&b"ByteRange"[..]));
        Ok(ranged && self.old.reference(value.number).is_none())
    }

    fn is_timestamp(&self, field: &Field) -> ReadResult<bool> {
        let Some(value) = field.value() else { return Ok(false) };
        let object = self.new.resolve(value)?;
        let is = |key: &str, name: &[u8]| {
            let value = object.as_dict().and_then(|dict| dict.get(key.as_bytes()));
            value.and_then(Object::as_name) == Some(name)
        };
        Ok(is("Type", b"DocTimeStamp") && is("SubFilter", b"ETSI.RFC3161"))
    }

    /// A field that was not there. An invisible document timestamp always (ISO 32000-2 §12.8.2.2); another signature
    /// where signing is permitted; one that can be seen only where nothing was certified, since it could cover what
    /// was ("Breaking the Specification", sneaky signature attack). A field that is left empty only there as well:
    /// P = 2 permits to sign, not to prepare fields (ISO 32000-2 table 257).
    fn new_field(&mut self, field: &Field) -> ReadResult<()> {
        let objects: Vec<Ref> =
            std::iter::once(field.reference).chain(field.widgets.iter().copied()).collect();
        let fresh = objects.iter().all(|reference| self.old.reference(reference.number).is_none());
        let (mut invisible, mut plain) = (is_invisible(&field.dict), is_plain(&field.dict));
        for &widget in &field.widgets {
            let widget = self.new.get(widget)?;
            invisible &= widget.as_dict().is_some_and(is_invisible);
            plain &= widget.as_dict().is_some_and(is_plain);
        }
        let signed_now = self.is_new_signature(field)?;
        let timestamp = signed_now && invisible && self.is_timestamp(field)?;
        let permitted = field.is_signature()
            && (signed_now || (field.value().is_none() && !self.is_certified()))
            && self.filling_permitted()
            && (invisible || !self.is_certified())
            && !self.rules.locks(&field.name);
        if fresh && plain && (permitted || timestamp) {
            self.has_purpose = true;
            self.added.extend(objects);
        } else {
            let (field, revision) = (field.name.clone(), self.revision);
            self.reasons.push(Reason::FieldAdded { field, revision });
        }
        Ok(())
    }
}

/// Whether an appearance is replaced whose dictionary something else uses too: then it is more than an appearance.
fn shared_appearance(parts: &[(Ref, Dict, Dict)], own: &HashSet<u32>) -> bool {
    parts.iter().any(|(_, old, new)| {
        let (before, after) = (old.get(&b"AP"[..]), new.get(&b"AP"[..]));
        let container = before.and_then(Object::as_reference);
        before != after && container.is_some_and(|container| !own.contains(&container.number))
    })
}

/// A widget, if it is an annotation at all, that does nothing when it is seen or touched.
fn is_plain(dict: &Dict) -> bool {
    let kind = dict.get(&b"Subtype"[..]).map(Object::as_name);
    kind.is_none_or(|kind| kind == Some(b"Widget"))
        && !["A", "AA"].iter().any(|key| dict.contains_key(key.as_bytes()))
}

/// No area: at least one side of /Rect is nothing.
fn is_invisible(dict: &Dict) -> bool {
    let Some(rect) = dict.get(&b"Rect"[..]) else { return true };
    let numbers: Option<Vec<f64>> =
        rect.as_array().and_then(|numbers| numbers.iter().map(Object::as_number).collect());
    matches!(numbers.as_deref(), Some(&[left, bottom, right, top]) if left == right || bottom == top)
}

/// Some programs set fields read-only when they sign, and add the optional /Type.
fn read_only_at_most(parts: &[(Ref, Dict, Dict)]) -> bool {
    parts.iter().all(|(_, old, new)| {
        keys(old, new).iter().all(|key| matches!(*key, b"Ff" | b"Type")) && harmless_flags(old, new)
    }) && parts.iter().any(|(_, old, new)| old != new)
}

/// /Ff may differ by its read-only bit (ISO 32000-1 table 221), /Type may be added.
fn harmless_flags(old: &Dict, new: &Dict) -> bool {
    let flags = |dict: &Dict| dict.get(&b"Ff"[..]).map_or(Some(0), Object::as_integer);
    let kind = new.get(&b"Type"[..]).and_then(Object::as_name);
    let typed = old.get(&b"Type"[..]) == new.get(&b"Type"[..])
        || (!old.contains_key(&b"Type"[..]) && kind == Some(b"Annot"));
    typed && matches!((flags(old), flags(new)), (Some(old), Some(new)) if old & !1 == new & !1)
}

/// Whether the flags that show or hide an annotation are as they were: invisible, hidden, no view, toggle (ISO
/// 32000-1 table 165).
fn as_visible(old: &Dict, new: &Dict) -> bool {
    const SHOWN: i64 = 1 | 2 | 32 | 256;
    let flags = |dict: &Dict| dict.get(&b"F"[..]).map_or(Some(0), Object::as_integer);
    matches!((flags(old), flags(new)), (Some(old), Some(new)) if old & SHOWN == new & SHOWN)
}
