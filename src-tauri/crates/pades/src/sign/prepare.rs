//! Lays out the increment of one signature: the field's value, its appearance, the certification, and the gap.

use super::edit::Edit;
use super::field::{self, Target, dictionary};
use super::{FieldTarget, Identity, Prepared, SignOptions, layout, seed};
use crate::certificate::Certificate;
use crate::cms::build;
use crate::crypto::{self, Hash};
use crate::error::PadesError;
use crate::form::{DocMdp, FieldMdp, Form, Rules};
use crate::pdf::{Dict, File, Object, ReadError, Ref, View};

/// Spare bytes beside the exact size of the signature: nothing here grows by more.
const GUARD: usize = 64;

/// Opens a file that is going to grow: nothing may follow its last revision, and nobody's password is needed.
pub(crate) fn open(pdf: &[u8]) -> Result<File<'_>, PadesError> {
    let file = File::open(pdf)?;
    if !file.tail().is_empty() {
        return Err(ReadError::Structure("bytes follow the last revision").into());
    }
    match &file.encryption {
        Ok(_) => Ok(file),
        Err(locked) => Err(PadesError::PdfEncrypted { what: locked.to_string() }),
    }
}

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
    let file = open(pdf)?;
    let view = file.last();
    let form = Form::read(view)?;
    permitted(view, &form, options)?;

    let mut edit = Edit::new(view)?;
    let value = edit.reserve();
    let target = match &options.field {
        FieldTarget::Existing(name) => field::fill(&mut edit, &form, name, value)?,
        FieldTarget::New { name, page, rect } => {
            let field = field::add(&mut edit, name, *page, rect, value)?;
            Target { field, widget: field }
        }
    };
    let dict = edit.dict(target.field)?.clone();
    let obeyed = seed::obey(view, &dict, options, &identity, form.signed().next().is_none())?;
    if let Some(appearance) = &options.appearance {
        let (root, objects) = appearance.renumbered(edit.next())?;
        objects.into_iter().for_each(|object| {
            edit.add(object);
        });
        let normal = Dict::from([(b"N".to_vec(), Object::Reference(root))]);
        edit.dict(target.widget)?.insert(b"AP".to_vec(), Object::Dictionary(normal));
    }
    let lock = lock(view, &dict, options)?;
    let root = view.root_reference()?;
    if obeyed.certify.is_some() {
        certify(&mut edit, root, value)?;
    }
    let dict =
        signature_dictionary(options, &obeyed, identity.certificate.common_name(), lock.as_ref(), root);
    let room = placeholder(&identity)? + options.reserve;
    let gapped = layout::gapped(pdf, &edit, (value, dict), room, options.signing_time)?;
    hashed(pdf, gapped, identity)
}

/// Refuses what an earlier signature, or the file's own lock, forbids.
fn permitted(view: View<'_, '_>, form: &Form, options: &SignOptions) -> Result<(), PadesError> {
    let mut rules = Rules::default();
    for (field, value) in form.signed() {
        if options.certify.is_some() {
            return Err(PadesError::CertifiedTooLate);
        }
        let value = view.resolve(value)?;
        rules.tighten(Rules::read(view, value.as_dict().unwrap_or(&Dict::new()))?);
        rules.read_lock(view, field)?;
    }
    let (name, new) = match &options.field {
        FieldTarget::Existing(name) => (name, false),
        FieldTarget::New { name, .. } => (name, true),
    };
    if rules.document.is_some_and(|level| level == DocMdp::NoChanges || new) {
        return Err(PadesError::ForbiddenByCertification);
    }
    if rules.locks(name) {
        return Err(PadesError::FieldLocked { name: name.clone() });
    }
    if let Ok(Some(encryption)) = &view.file.encryption
        && !(if new { encryption.permits_new_fields() } else { encryption.permits_filling() })
    {
        return Err(PadesError::ForbiddenByEncryption);
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

/// The rule the signature lays on fields: what the field's /Lock says, else what was asked for. It is written into
/// the signature alone; adding a /Lock to a prepared field would itself be a change to a certified file.
fn lock(view: View<'_, '_>, field: &Dict, options: &SignOptions) -> Result<Option<FieldMdp>, PadesError> {
    match view.dict(field, "Lock")? {
        Some(lock) => Ok(Some(FieldMdp::read(view, &lock)?)),
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

/// The signature dictionary without /Contents and /ByteRange (ISO 32000-1 table 252).
fn signature_dictionary(
    options: &SignOptions,
    obeyed: &seed::Obeyed,
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
        ("Reason", &obeyed.reason),
        ("Location", &options.location),
        ("ContactInfo", &options.contact),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            dict.insert(key.as_bytes().to_vec(), Object::text(text));
        }
    }
    let mut references = Vec::new();
    if let Some(level) = obeyed.certify {
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
        Ok(build::signed_data(certificate, chain, *algorithm, &attributes, &signature, None)?.len() + GUARD)
    };
    size().map_err(|_: crate::cms::asn1::Malformed| PadesError::CertificateUnreadable)
}

fn hashed(pdf: &[u8], gapped: layout::Gapped, identity: Identity) -> Result<Prepared, PadesError> {
    let hash: Hash = identity.algorithm.hash();
    let mut prefix = hash.context();
    prefix.update(pdf);
    let mut prepared = Prepared { identity, signed_attributes: Vec::new(), gapped, prefix };
    prepared.signed_attributes =
        build::signed_attributes(&prepared.identity.certificate, hash, &prepared.digest())
            .map_err(|_| PadesError::CertificateUnreadable)?;
    Ok(prepared)
}
