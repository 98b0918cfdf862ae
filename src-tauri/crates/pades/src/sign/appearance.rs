//! What a signature shows on the page, as a closed list of PDF objects made elsewhere (the pages' room draws it).

use crate::error::PadesError;
use crate::pdf::{Dict, Object, Ref};

/// Indirect objects numbered 1..=n in the order of the list; they refer to one another by these numbers and to
/// nothing else. They are renumbered when written.
#[derive(Debug, Clone)]
pub struct Appearance {
    /// The objects; number 1 is the first.
    pub objects: Vec<lopdf::Object>,
    /// The number (1..=n) of the form XObject that becomes the widget's normal appearance.
    pub root: usize,
}

const NESTING: usize = 32;

fn malformed(what: &'static str) -> PadesError {
    PadesError::AppearanceMalformed { what }
}

impl Appearance {
    /// The objects with the numbers they get in the file: local number 1 becomes `first`. The first of the pair is
    /// the reference to the root.
    pub(super) fn renumbered(&self, first: u32) -> Result<(Ref, Vec<Object>), PadesError> {
        let converted: Result<Vec<Object>, _> =
            self.objects.iter().map(|object| self.convert(object, first, 0)).collect();
        let converted = converted?;
        let root = self.root.checked_sub(1).and_then(|index| converted.get(index));
        let is_form = matches!(root, Some(Object::NewStream(dict, _))
            if dict.get(&b"Subtype"[..]).and_then(Object::as_name) == Some(b"Form")
                && dict.contains_key(&b"BBox"[..]));
        if !is_form {
            return Err(malformed("its root is no form XObject"));
        }
        Ok((self.reference(self.root, first)?, converted))
    }

    fn reference(&self, local: usize, first: u32) -> Result<Ref, PadesError> {
        let offset = local.checked_sub(1).filter(|&offset| offset < self.objects.len());
        let number =
            offset.and_then(|offset| u32::try_from(offset).ok()).and_then(|offset| first.checked_add(offset));
        number.map(|number| Ref { number, generation: 0 }).ok_or(malformed("it refers to an object outside"))
    }

    fn convert(&self, object: &lopdf::Object, first: u32, depth: usize) -> Result<Object, PadesError> {
        if depth > NESTING {
            return Err(malformed("it nests too deep"));
        }
        Ok(match object {
            lopdf::Object::Null => Object::Null,
            lopdf::Object::Boolean(value) => Object::Boolean(*value),
            lopdf::Object::Integer(value) => Object::Integer(*value),
            lopdf::Object::Real(value) if value.is_finite() => real(*value),
            lopdf::Object::Real(_) => return Err(malformed("it holds a number that is none")),
            lopdf::Object::Name(name) => Object::Name(name.clone()),
            lopdf::Object::String(bytes, format) => {
                Object::string(bytes.clone(), *format == lopdf::StringFormat::Hexadecimal)
            }
            lopdf::Object::Array(items) => Object::Array(
                items.iter().map(|item| self.convert(item, first, depth + 1)).collect::<Result<_, _>>()?,
            ),
            lopdf::Object::Dictionary(dict) => Object::Dictionary(self.dictionary(dict, first, depth)?),
            lopdf::Object::Stream(stream) => {
                let mut dict = self.dictionary(&stream.dict, first, depth)?;
                let length = i64::try_from(stream.content.len()).map_err(|_| malformed("it is too long"))?;
                dict.insert(b"Length".to_vec(), Object::Integer(length));
                Object::NewStream(dict, stream.content.clone())
            }
            lopdf::Object::Reference((number, _)) => {
                Object::Reference(self.reference(usize::try_from(*number).unwrap_or(0), first)?)
            }
        })
    }

    fn dictionary(&self, dict: &lopdf::Dictionary, first: u32, depth: usize) -> Result<Dict, PadesError> {
        dict.iter().map(|(key, value)| Ok((key.clone(), self.convert(value, first, depth + 1)?))).collect()
    }
}

/// A finite number without exponent; a whole one as an integer.
pub(super) fn real(value: f32) -> Object {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        Object::Integer(value as i64)
    } else {
        Object::Real(format!("{value:.4}").into_bytes())
    }
}
