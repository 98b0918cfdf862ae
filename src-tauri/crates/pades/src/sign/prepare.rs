//! Lays out the increment of one signature: the field's value, its appearance, the certification, and the gap.

use std::ops::Range;

use super::appearance::real;
use super::edit::Edit;
use super::{FieldTarget, Identity, Prepared, SignOptions};
use crate::certificate::Certificate;
use crate::cms::build;
use crate::crypto::{self, Hash};
use crate::error::PadesError;
use crate::form::{FieldMdp, Form, Rules};
use crate::pdf::write::{self, Increment};
use crate::pdf::{Dict, File, Object, ReadError, Ref, View};

/// Spare bytes beside the exact size of the signature: nothing here grows by more.
const GUARD: usize = 64;
/// Room for each of the three numbers of /ByteRange that are known last.
const DIGITS: usize = 10;
/// Annotation flags Print and Locked (ISO 32000-1 table 165).
const PRINT_AND_LOCKED: i64 = 4 | 128;

/// Lays out everything but the signature itself. `pdf` is not changed; the key is not asked.
///
/// # Errors
/// Any [`PadesError`] but those of the key.
pub fn prepare(pdf: &[u8], options: &SignOptions, identity: Identity) -> Result<Prepared, PadesError> {
    let spki = identity.certificate.raw_parts().map_err(|_| PadesError::CertificateUnreadable)?.spki;
    if !crypto::fits(spki, identity.algorithm) {
        return Err(PadesError::KeyMismatch);
    }
    for certificate in &identity.chain {
        Certificate::from_der(certificate)?;
    }
    let file = File::open(pdf)?;
    if !file.tail().is_empty() {
        return Err(ReadError::Structure("bytes follow the last revision").into());
    }
    let view = file.last();
    if view.trailer().contains_key(&b"Encrypt"[..]) {
        return Err(PadesError::PdfEncrypted);
    }
    let form = Form::read(view)?;
    permitted(view, &form, options)?;

    let mut edit = Edit::new(view)?;
    let value = edit.reserve();
    let field = match &options.field {
        FieldTarget::Existing(name) => fill_field(&mut edit, &form, name, value)?,
        FieldTarget::New { name, page, rect } => new_field(&mut edit, name, *page, rect, value)?,
    };
    if let Some(appearance) = &options.appearance {
        let (root, objects) = appearance.renumbered(edit.next())?;
        objects.into_iter().for_each(|object| {
            edit.add(object);
        });
        let normal = Dict::from([(b"N".to_vec(), Object::Reference(root))]);
        edit.dict(field.widget)?.insert(b"AP".to_vec(), Object::Dictionary(normal));
    }
    let lock = lock(&mut edit, &field, options)?;
    let root = view.root_reference()?;
    if options.certify.is_some() {
        certify(&mut edit, root, value)?;
    }
    let dict = signature_dictionary(options, identity.certificate.common_name(), lock.as_ref(), root);
    let room = placeholder(&identity)? + options.reserve;
    layout(pdf, &file, edit, value, &dict, room, options, identity)
}

/// Refuses what an earlier signature forbids.
fn permitted(view: View<'_, '_>, form: &Form, options: &SignOptions) -> Result<(), PadesError> {
    let mut rules = Rules::default();
    for (_, value) in form.signed() {
        if options.certify.is_some() {
            return Err(PadesError::CertifiedTooLate);
        }
        let value = view.resolve(value)?;
        rules.tighten(Rules::read(view, value.as_dict().unwrap_or(&Dict::new()))?);
    }
    let (name, new) = match &options.field {
        FieldTarget::Existing(name) => (name, false),
        FieldTarget::New { name, .. } => (name, true),
    };
    if rules.document.is_some_and(|level| level == crate::form::DocMdp::NoChanges || new) {
        return Err(PadesError::ForbiddenByCertification);
    }
    if rules.locks(name) {
        return Err(PadesError::FieldLocked { name: name.clone() });
    }
    if new && (name.is_empty() || name.contains('.')) {
        return Err(PadesError::FieldUnusable { name: name.clone() });
    }
    let prefix = format!("{name}.");
    let taken = |field: &crate::form::Field| field.name == *name || field.name.starts_with(&prefix);
    if new && form.fields.iter().any(taken) {
        return Err(PadesError::FieldExists { name: name.clone() });
    }
    Ok(())
}

struct Target {
    field: Ref,
    widget: Ref,
}

fn fill_field(edit: &mut Edit<'_, '_>, form: &Form, name: &str, value: Ref) -> Result<Target, PadesError> {
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

fn new_field(
    edit: &mut Edit<'_, '_>,
    name: &str,
    page: usize,
    rect: &[f32; 4],
    value: Ref,
) -> Result<Target, PadesError> {
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
    match edit.dict(root)?.get(&b"AcroForm"[..]) {
        Some(Object::Reference(form)) => {
            let form = *form;
            edit.append(form, "Fields", Object::Reference(field))?;
        }
        Some(Object::Dictionary(form)) => {
            // Moved out of the catalogue, so that the list can be extended in place.
            let form = form.clone();
            let moved = edit.add(Object::Dictionary(form));
            edit.dict(root)?.insert(b"AcroForm".to_vec(), Object::Reference(moved));
            edit.append(moved, "Fields", Object::Reference(field))?;
        }
        None => {
            let fields = Object::Array(vec![Object::Reference(field)]);
            let form = edit.add(Object::Dictionary(dictionary([("Fields", fields)])));
            edit.dict(root)?.insert(b"AcroForm".to_vec(), Object::Reference(form));
        }
        Some(_) => return Err(ReadError::Structure("the form is no dictionary").into()),
    }
    raise_flags(edit)?;
    Ok(Target { field, widget: field })
}

/// /SigFlags: signatures exist, append only (ISO 32000-1 table 219). Untouched when already set.
fn raise_flags(edit: &mut Edit<'_, '_>) -> Result<(), PadesError> {
    const SIGNED_APPEND_ONLY: i64 = 3;
    let root = edit.view.root_reference()?;
    // Read without marking the catalogue as changed.
    let catalog = match edit.objects.get(&root) {
        Some(changed) => changed.clone(),
        None => edit.view.get(root)?,
    };
    let form = catalog.as_dict().and_then(|catalog| catalog.get(&b"AcroForm"[..]).cloned());
    let current = match &form {
        Some(Object::Reference(form)) => match edit.objects.get(form) {
            Some(changed) => changed.clone(),
            None => edit.view.get(*form)?,
        },
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

/// The rule the signature lays on fields: what the field's /Lock says, else what was asked for. It is written into
/// the signature alone; adding a /Lock to a prepared field would itself be a change to a certified file.
fn lock(
    edit: &mut Edit<'_, '_>,
    target: &Target,
    options: &SignOptions,
) -> Result<Option<FieldMdp>, PadesError> {
    let field = edit.dict(target.field)?.clone();
    match edit.view.dict(&field, "Lock")? {
        Some(lock) => Ok(Some(FieldMdp::read(edit.view, &lock)?)),
        None => Ok(options.lock.clone()),
    }
}

fn certify(edit: &mut Edit<'_, '_>, root: Ref, value: Ref) -> Result<(), PadesError> {
    let catalog = edit.dict(root)?.clone();
    let mut permissions = edit.view.dict(&catalog, "Perms")?.unwrap_or_default();
    if permissions.insert(b"DocMDP".to_vec(), Object::Reference(value)).is_some() {
        return Err(PadesError::CertifiedTooLate);
    }
    edit.dict(root)?.insert(b"Perms".to_vec(), Object::Dictionary(permissions));
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

fn dictionary<const N: usize>(entries: [(&str, Object); N]) -> Dict {
    entries.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect()
}

/// The signature dictionary without /Contents and /ByteRange (ISO 32000-1 table 252).
fn signature_dictionary(
    options: &SignOptions,
    common_name: Option<String>,
    lock: Option<&FieldMdp>,
    root: Ref,
) -> Dict {
    let mut dict = dictionary([
        ("Type", Object::name("Sig")),
        ("Filter", Object::name("Adobe.PPKLite")),
        ("SubFilter", Object::name("ETSI.CAdES.detached")),
        ("M", Object::text(&date(options.signing_time))),
    ]);
    let name = options.name.clone().or(common_name);
    let texts = [
        ("Name", &name),
        ("Reason", &options.reason),
        ("Location", &options.location),
        ("ContactInfo", &options.contact),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            dict.insert(key.as_bytes().to_vec(), Object::text(text));
        }
    }
    let mut references = Vec::new();
    if let Some(level) = options.certify {
        let parameters = dictionary([
            ("Type", Object::name("TransformParams")),
            ("P", Object::Integer(level.level())),
            ("V", Object::name("1.2")),
        ]);
        references.push(reference("DocMDP", parameters, root));
    }
    if let Some(lock) = lock {
        references.push(reference("FieldMDP", lock.transform_parameters(), root));
    }
    if !references.is_empty() {
        dict.insert(b"Reference".to_vec(), Object::Array(references));
    }
    dict
}

/// A signature reference dictionary (ISO 32000-1 table 253).
fn reference(method: &str, parameters: Dict, root: Ref) -> Object {
    Object::Dictionary(dictionary([
        ("Type", Object::name("SigRef")),
        ("TransformMethod", Object::name(method)),
        ("TransformParams", Object::Dictionary(parameters)),
        ("Data", Object::Reference(root)),
    ]))
}

/// A PDF date at Vietnam's fixed +07:00 (ISO 32000-1 §7.9.4).
fn date(time: jiff::Timestamp) -> String {
    let vietnam = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    time.to_zoned(vietnam).strftime("D:%Y%m%d%H%M%S+07'00'").to_string()
}

/// The size of the finished SignedData, exactly, with the longest signature the key can return.
fn placeholder(identity: &Identity) -> Result<usize, PadesError> {
    let Identity { certificate, chain, algorithm } = identity;
    let size = || {
        let signature = vec![0; build::longest_signature(certificate, *algorithm)?];
        let attributes = build::signed_attributes(certificate, algorithm.hash(), &algorithm.hash().of(&[]))?;
        Ok(build::signed_data(certificate, chain, *algorithm, &attributes, &signature)?.len() + GUARD)
    };
    size().map_err(|_: crate::cms::asn1::Malformed| PadesError::CertificateUnreadable)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one increment, each used once")]
fn layout(
    pdf: &[u8],
    file: &File<'_>,
    edit: Edit<'_, '_>,
    value: Ref,
    dict: &Dict,
    room: usize,
    options: &SignOptions,
    identity: Identity,
) -> Result<Prepared, PadesError> {
    let mut increment = Increment::after(pdf);
    let size = edit.next();
    for (&reference, object) in &edit.objects {
        increment.push(reference, object);
    }
    increment.begin(value);
    let mut text = Vec::new();
    write::object(&Object::Dictionary(dict.clone()), &mut text);
    text.truncate(text.len() - 2);
    increment.bytes.extend_from_slice(&text);
    increment.bytes.extend_from_slice(b"/ByteRange [0 ");
    let range_at = increment.bytes.len();
    increment.bytes.extend_from_slice(&[b' '; 3 * DIGITS + 2]);
    increment.bytes.extend_from_slice(b"]/Contents ");
    let gap_start = increment.bytes.len();
    increment.bytes.push(b'<');
    increment.bytes.resize(gap_start + 1 + 2 * room, b'0');
    increment.bytes.extend_from_slice(b">");
    let gap = gap_start..increment.bytes.len();
    increment.bytes.extend_from_slice(b">>");
    increment.end();

    let last = file.view(file.revisions.len() - 1).revision();
    let trailer = trailer(&last.trailer, last.startxref, pdf.len(), options)?;
    let mut increment = increment.finish(last.kind, trailer, size);
    let after = pdf.len() + gap.end;
    let range = format!("{} {after} {}", pdf.len() + gap.start, increment.len() - gap.end);
    let space = increment.get_mut(range_at..range_at + range.len());
    let fits = range.len() <= 3 * DIGITS + 2;
    space
        .filter(|_| fits)
        .ok_or(ReadError::Structure("the file is too long"))?
        .copy_from_slice(range.as_bytes());
    hashed(pdf, increment, gap, identity)
}

fn hashed(
    pdf: &[u8],
    increment: Vec<u8>,
    gap: Range<usize>,
    identity: Identity,
) -> Result<Prepared, PadesError> {
    let hash: Hash = identity.algorithm.hash();
    let mut prefix = hash.context();
    prefix.update(pdf);
    let mut prepared = Prepared { identity, signed_attributes: Vec::new(), increment, gap, prefix };
    prepared.signed_attributes =
        build::signed_attributes(&prepared.identity.certificate, hash, &prepared.digest())
            .map_err(|_| PadesError::CertificateUnreadable)?;
    Ok(prepared)
}

/// The trailer of the new section: /Root, /Info and /ID are carried on, /Prev names the section before.
fn trailer(last: &Dict, previous: usize, length: usize, options: &SignOptions) -> Result<Dict, PadesError> {
    let mut trailer = Dict::new();
    for key in ["Root", "Info"] {
        if let Some(value) = last.get(key.as_bytes()) {
            trailer.insert(key.as_bytes().to_vec(), value.clone());
        }
    }
    let previous = i64::try_from(previous).map_err(|_| ReadError::Structure("the file is too long"))?;
    trailer.insert(b"Prev".to_vec(), Object::Integer(previous));
    if let Some(Object::Array(identifiers)) = last.get(&b"ID"[..])
        && let [Object::String(first), Object::String(second)] = identifiers.as_slice()
    {
        // The second half changes with every save (ISO 32000-1 §14.4); made of what is at hand, so that signing
        // the same file at the same moment gives the same bytes.
        let time = options.signing_time.as_nanosecond().to_be_bytes();
        let changed = Hash::Sha256.of(&[&second.bytes, &length.to_be_bytes(), &time]);
        let second = Object::string(changed.as_ref()[..16].to_vec(), true);
        let first = Object::string(first.bytes.clone(), true);
        trailer.insert(b"ID".to_vec(), Object::Array(vec![first, second]));
    }
    Ok(trailer)
}
