//! Compares a revision with the one before, by a whitelist: every changed object must be explained by one of the
//! rules below, else the change is forbidden. New objects are harmless as such (nothing refers to them but what is
//! itself explained), unless something signed already referred to their number, or nothing leads to them in a
//! revision that does nothing permitted.
//!
//! Three levels, as ISO 32000-2 §12.8.2.2 has them. Always: validation data, document timestamps, and what shows
//! nothing (document information, metadata, extensions). Unless P = 1: filling prepared fields, signing. Without a
//! certifying signature: new signature fields that can be seen, or are left empty. Annotations are never permitted, at P = 3 neither: they can
//! cover what was signed ("Breaking the Specification", evil annotation attack).

use std::collections::{HashMap, HashSet};

use super::fresh::Fresh;
use super::graph::{Graph, TRAILER, is_section};
use super::report::{Changes, Reason};
use super::{leftovers, traces, trailer};
use crate::form::{DocMdp, Field, Form, Rules};
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
            if self.old.entry(number) == self.new.entry(number) {
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
                (Some(before), Some(after)) => {
                    let (old, new) = (self.old.get(before)?, self.new.get(after)?);
                    unambiguous(&new)?;
                    self.fresh.lead(&new);
                    let section = is_section(&old) && is_section(&new);
                    if before != after {
                        self.reasons.push(Reason::ObjectChanged { object: number, revision });
                    } else if !section && !self.same(&old, &new) {
                        self.changed.push((before, old, new));
                    }
                }
            }
        }
        Ok(())
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
            self.explained.extend(self.graph.exclusive(before, &[TRAILER]));
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
            self.own(old.get(key.as_bytes()), root);
        }
        let store = old.get(&b"DSS"[..]).map(|store| self.graph.exclusive(store, &[root.number]));
        let stored = store.is_some_and(|store| store.iter().any(|number| self.is_changed(*number)));
        self.has_purpose |= stored || old.get(&b"DSS"[..]) != new.get(&b"DSS"[..]);
        for key in keys(&old, &new) {
            let (before, after) = (old.get(key), new.get(key));
            let permitted = match key {
                // Compared by the rule for forms.
                b"AcroForm" => true,
                b"DSS" => matches!(self.new.value(&new, "DSS")?, Object::Dictionary(_)),
                b"Metadata" => matches!(self.new.value(&new, "Metadata")?, Object::Stream(..)),
                b"Extensions" | b"MarkInfo" => after.is_some(),
                b"Version" => after.and_then(Object::as_name) >= before.and_then(Object::as_name),
                _ => false,
            };
            if !permitted {
                self.entry_changed(&String::from_utf8_lossy(key));
            }
        }
        self.explained.insert(root.number);
        Ok(())
    }

    /// Permits changes to what belongs to `value` of `owner` alone.
    fn own(&mut self, value: Option<&Object>, owner: Ref) {
        if let Some(value) = value {
            self.explained.extend(self.graph.exclusive(value, &[owner.number]));
        }
    }

    fn form(&mut self) -> ReadResult<()> {
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
                b"DA" | b"Q" => self.filling_permitted(),
                _ => false,
            };
            if !permitted {
                self.entry_changed(&format!("AcroForm/{}", String::from_utf8_lossy(key)));
            }
        }
        // An indirect value may have changed in its place.
        for key in ["Fields", "DR"] {
            let (old, new) = (old.get(key.as_bytes()), new.get(key.as_bytes()));
            let same_place = old.is_some() && old == new;
            let permitted = match key {
                _ if !same_place => true,
                "Fields" => self.grown(old, new, &self.added.clone())?,
                _ => self.resources(old, new, before.get(&b"AcroForm"[..]))?,
            };
            if !permitted {
                self.entry_changed(&format!("AcroForm/{key}"));
            }
        }
        if let Some(form) = before.get(&b"AcroForm"[..]).and_then(Object::as_reference) {
            self.explained.insert(form.number);
        }
        Ok(())
    }

    /// The form's own resources, changed in their place: explained as far as nothing but the form uses them.
    fn resources(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        form: Option<&Object>,
    ) -> ReadResult<bool> {
        let mut within = Vec::new();
        let kept = self.kept(old, new, &mut within)?;
        if !within.iter().any(|number| self.is_changed(*number)) {
            return Ok(true);
        }
        let mut owners = vec![self.old.root_reference()?.number];
        owners.extend(form.and_then(Object::as_reference).map(|form| form.number));
        let own = old.map(|old| self.graph.exclusive(old, &owners)).unwrap_or_default();
        self.explained.extend(within.into_iter().filter(|number| own.contains(number)));
        Ok(kept && self.filling_permitted())
    }

    /// Whether resources keep every name they had, with the same meaning; more may be added. A font that is put in
    /// another's place would change what filled fields show; the name of an XObject changes nothing, since the text
    /// of a field can only name fonts (ISO 32000-1 §12.7.3.3): some programs keep the newest signature's appearance
    /// there. Numbers of the dictionaries themselves go to `within`.
    fn kept(&self, old: Option<&Object>, new: Option<&Object>, within: &mut Vec<u32>) -> ReadResult<bool> {
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
                _ if names == others => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
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
        if grown && let Some(array) = old.and_then(Object::as_reference) {
            self.explained.insert(array.number);
        }
        Ok(grown)
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
        let owned: Vec<u32> = parts.iter().map(|(reference, ..)| reference.number).collect();
        let own_keys: &[&str] = if before.is_signature() { &["AP"] } else { &["AP", "V"] };
        let mut own = HashSet::new();
        for (_, old, _) in &parts {
            for value in own_keys.iter().filter_map(|key| old.get(key.as_bytes())) {
                own.extend(self.graph.exclusive(value, &owned));
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
        Ok((self.filling_permitted() || self.is_timestamp(after)?)
            && parts.iter().all(|(_, old, new)| {
                self::keys(old, new).iter().all(|key| keys.contains(key))
                    && harmless_flags(old, new)
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
        let kind = object.as_dict().and_then(|dict| dict.get(&b"Type"[..])).and_then(Object::as_name);
        Ok(kind == Some(b"DocTimeStamp"))
    }

    /// A field that was not there. An invisible document timestamp always (ISO 32000-2 §12.8.2.2); another signature
    /// where signing is permitted; one that can be seen only where nothing was certified, since it could cover what
    /// was ("Breaking the Specification", sneaky signature attack). A field that is left empty only there as well:
    /// P = 2 permits to sign, not to prepare fields (ISO 32000-2 table 257).
    fn new_field(&mut self, field: &Field) -> ReadResult<()> {
        let objects: Vec<Ref> =
            std::iter::once(field.reference).chain(field.widgets.iter().copied()).collect();
        let fresh = objects.iter().all(|reference| self.old.reference(reference.number).is_none());
        let mut invisible = is_invisible(&field.dict);
        for &widget in &field.widgets {
            invisible &= self.new.get(widget)?.as_dict().is_some_and(is_invisible);
        }
        let signed_now = self.is_new_signature(field)?;
        let timestamp = signed_now && invisible && self.is_timestamp(field)?;
        let permitted = field.is_signature()
            && (signed_now || (field.value().is_none() && !self.is_certified()))
            && self.filling_permitted()
            && (invisible || !self.is_certified())
            && !self.rules.locks(&field.name);
        if fresh && (permitted || timestamp) {
            self.has_purpose = true;
            self.added.extend(objects);
        } else {
            let (field, revision) = (field.name.clone(), self.revision);
            self.reasons.push(Reason::FieldAdded { field, revision });
        }
        Ok(())
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

    /// Whether a dictionary only got a number of its own: an object that this revision brought holds what it held.
    fn moved(&self, old: Option<&Object>, new: Option<&Object>) -> ReadResult<bool> {
        let (Some(old), true) = (old, self.is_fresh(new)) else { return Ok(false) };
        let (old, new) = (self.old.resolve(old)?, new.map(|new| self.new.resolve(new)).transpose()?);
        Ok(matches!((&old, &new), (Object::Dictionary(old), Some(Object::Dictionary(new))) if old == new))
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

/// Whether an appearance is replaced whose dictionary something else uses too: then it is more than an appearance.
fn shared_appearance(parts: &[(Ref, Dict, Dict)], own: &HashSet<u32>) -> bool {
    parts.iter().any(|(_, old, new)| {
        let (before, after) = (old.get(&b"AP"[..]), new.get(&b"AP"[..]));
        let container = before.and_then(Object::as_reference);
        before != after && container.is_some_and(|container| !own.contains(&container.number))
    })
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
