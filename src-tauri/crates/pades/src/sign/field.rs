//! The field that carries the value: an empty one that is filled, or a new one on a page.

use super::appearance::real;
use super::edit::Edit;
use crate::error::PadesError;
use crate::form::Form;
use crate::pdf::{Dict, Object, ReadError, Ref, View};

/// Annotation flags Print and Locked (ISO 32000-1 table 165).
const PRINT_AND_LOCKED: i64 = 4 | 128;

/// A field and the widget that shows it; often one dictionary.
pub(super) struct Target {
    pub(super) field: Ref,
    pub(super) widget: Ref,
}

/// Makes `value` the value of the empty signature field `name`.
pub(super) fn fill(
    edit: &mut Edit<'_, '_>,
    form: &Form,
    name: &str,
    value: Ref,
) -> Result<Target, PadesError> {
    let field = form.field(name).ok_or_else(|| PadesError::FieldMissing { name: name.to_owned() })?;
    if !field.is_signature() || field.widgets.len() > 1 {
        return Err(PadesError::FieldUnusable { name: name.to_owned() });
    }
    if field.value().is_some() {
        return Err(PadesError::FieldAlreadySigned { name: name.to_owned() });
    }
    let target =
        Target { field: field.reference, widget: field.widgets.first().copied().unwrap_or(field.reference) };
    edit.dict(target.field)?.insert(b"V".to_vec(), Object::Reference(value));
    let widget = edit.dict(target.widget)?;
    let flags = widget.get(&b"F"[..]).and_then(Object::as_integer).unwrap_or(0) | PRINT_AND_LOCKED;
    widget.insert(b"F".to_vec(), Object::Integer(flags));
    raise_flags(edit)?;
    Ok(target)
}

/// Adds a signature field of this name and value to the form and to page `page` (counted from 0).
pub(crate) fn add(
    edit: &mut Edit<'_, '_>,
    name: &str,
    page: usize,
    rect: &[f32; 4],
    value: Ref,
) -> Result<Ref, PadesError> {
    let page = self::page(edit.view, page)?;
    if rect.iter().any(|number| !number.is_finite()) {
        return Err(PadesError::FieldUnusable { name: name.to_owned() });
    }
    let dict = [
        ("Type", Object::name("Annot")),
        ("Subtype", Object::name("Widget")),
        ("FT", Object::name("Sig")),
        ("T", Object::text(name)),
        ("Rect", Object::Array(rect.iter().map(|&number| real(number)).collect())),
        ("F", Object::Integer(PRINT_AND_LOCKED)),
        ("P", Object::Reference(page)),
        ("V", Object::Reference(value)),
    ];
    let field = edit.add(Object::Dictionary(dictionary(dict)));
    edit.append(page, "Annots", Object::Reference(field))?;
    let root = edit.view.root_reference()?;
    let form = edit.dict(root)?.get(&b"AcroForm"[..]).cloned().unwrap_or(Object::Null);
    let form = match form {
        Object::Reference(form) if edit.view.get(form)? != Object::Null => form,
        Object::Dictionary(form) => {
            // Moved out of the catalogue, so that the list can be extended in place.
            let moved = edit.add(Object::Dictionary(form));
            edit.dict(root)?.insert(b"AcroForm".to_vec(), Object::Reference(moved));
            moved
        }
        Object::Null | Object::Reference(_) => {
            let form = edit.add(Object::Dictionary(Dict::new()));
            edit.dict(root)?.insert(b"AcroForm".to_vec(), Object::Reference(form));
            form
        }
        _ => return Err(ReadError::Structure("the form is no dictionary").into()),
    };
    edit.append(form, "Fields", Object::Reference(field))?;
    raise_flags(edit)?;
    Ok(field)
}

/// /SigFlags: signatures exist, append only (ISO 32000-1 table 219). Untouched when already set.
fn raise_flags(edit: &mut Edit<'_, '_>) -> Result<(), PadesError> {
    const SIGNED_APPEND_ONLY: i64 = 3;
    let root = edit.view.root_reference()?;
    // Read without marking the catalogue as changed.
    let form = edit.look(root)?.as_dict().and_then(|catalog| catalog.get(&b"AcroForm"[..]).cloned());
    let current = match &form {
        Some(Object::Reference(form)) => edit.look(*form)?,
        Some(form) => form.clone(),
        None => Object::Null,
    };
    let mut dict = match current {
        Object::Dictionary(dict) => dict,
        _ => return Err(ReadError::Structure("the form is no dictionary").into()),
    };
    let flags = edit.view.value(&dict, "SigFlags")?.as_integer().unwrap_or(0);
    if flags & SIGNED_APPEND_ONLY == SIGNED_APPEND_ONLY {
        return Ok(());
    }
    dict.insert(b"SigFlags".to_vec(), Object::Integer(flags | SIGNED_APPEND_ONLY));
    match form {
        Some(Object::Reference(form)) => *edit.dict(form)? = dict,
        _ => {
            edit.dict(root)?.insert(b"AcroForm".to_vec(), Object::Dictionary(dict));
        }
    }
    Ok(())
}

/// The reference to the page of this index, by a bounded walk of the page tree.
fn page(view: View<'_, '_>, wanted: usize) -> Result<Ref, PadesError> {
    const MAX_NODES: usize = 1_000_000;
    let pages = view.catalog()?.get(&b"Pages"[..]).and_then(Object::as_reference);
    let mut stack = vec![pages.ok_or(ReadError::Structure("the file has no page tree"))?];
    let mut left = wanted;
    let mut seen = std::collections::HashSet::new();
    while let Some(node) = stack.pop() {
        if !seen.insert(node.number) || seen.len() > MAX_NODES {
            return Err(ReadError::Structure("the page tree is no tree").into());
        }
        let object = view.get(node)?;
        let dict = object.as_dict().ok_or(ReadError::Structure("a page is no dictionary"))?;
        if dict.contains_key(&b"Kids"[..]) {
            stack.extend(view.array(dict, "Kids")?.iter().rev().filter_map(Object::as_reference));
        } else if left == 0 {
            return Ok(node);
        } else {
            left -= 1;
        }
    }
    Err(PadesError::PageMissing { page: wanted })
}

/// A dictionary of these entries.
pub(crate) fn dictionary<const N: usize>(entries: [(&str, Object); N]) -> Dict {
    entries.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect()
}
