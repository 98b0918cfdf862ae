//! The interactive form as signatures see it (ISO 32000-1 §12.7): its terminal fields with their widgets, and the
//! rules that signatures in it have laid down (DocMDP §12.8.2.2, FieldMDP §12.8.2.4).

use std::collections::HashSet;
use std::rc::Rc;

use serde::Serialize;

use crate::pdf::object::decode_text;
use crate::pdf::{Dict, Object, ReadError, ReadResult, Ref, View};

const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 100_000;
/// Bytes of all full names together: each repeats those of its ancestors.
const MAX_NAMES: usize = 32 << 20;
/// Bit 17 of /Ff.
const PUSH_BUTTON: i64 = 1 << 16;
/// Fields that one lock may name.
const MAX_LOCKED: usize = 4096;

/// What a certifying signature permits afterwards (ISO 32000-1 table 254, /P).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocMdp {
    /// P = 1: nothing (validation data and document timestamps excepted, ISO 32000-2 §12.8.2.2).
    NoChanges,
    /// P = 2: filling fields and signing.
    FormFilling,
    /// P = 3: the same, and annotations.
    Annotations,
}

impl DocMdp {
    pub(crate) fn level(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::FormFilling => 2,
            Self::Annotations => 3,
        }
    }
}

/// Fields that may not change after a signature (ISO 32000-1 table 256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldMdp {
    /// Every field.
    All,
    /// These, by full name.
    Include(Vec<String>),
    /// Every field but these.
    Exclude(Vec<String>),
}

impl FieldMdp {
    /// Whether the rule locks the field of this full name; a name stands for its descendants too.
    pub(crate) fn locks(&self, name: &str) -> bool {
        let among = |names: &[String]| {
            names.iter().any(|listed| {
                name.strip_prefix(listed.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => among(names),
            Self::Exclude(names) => !among(names),
        }
    }

    /// Reads a /Lock dictionary or the /TransformParams of a FieldMDP reference: the same two keys.
    pub(crate) fn read(view: View<'_, '_>, dict: &Dict) -> ReadResult<Self> {
        let mut names = Vec::new();
        let listed = view.array(dict, "Fields")?;
        if listed.len() > MAX_LOCKED {
            return Err(ReadError::Structure("a field lock names too many fields"));
        }
        for name in listed {
            match view.resolve(&name)? {
                Object::String(name) => names.push(decode_text(&name.bytes)),
                _ => return Err(ReadError::Structure("a field lock names something else than fields")),
            }
        }
        match view.value(dict, "Action")?.as_name() {
            Some(b"All") => Ok(Self::All),
            Some(b"Include") => Ok(Self::Include(names)),
            Some(b"Exclude") => Ok(Self::Exclude(names)),
            _ => Err(ReadError::Structure("a field lock has no known action")),
        }
    }

    /// The /TransformParams of a FieldMDP reference.
    pub(crate) fn transform_parameters(&self) -> Dict {
        let (action, names) = match self {
            Self::All => ("All", None),
            Self::Include(names) => ("Include", Some(names)),
            Self::Exclude(names) => ("Exclude", Some(names)),
        };
        let mut dict = Dict::new();
        dict.insert(b"Type".to_vec(), Object::name("TransformParams"));
        dict.insert(b"V".to_vec(), Object::name("1.2"));
        dict.insert(b"Action".to_vec(), Object::name(action));
        if let Some(names) = names {
            let names = names.iter().map(|name| Object::text(name)).collect();
            dict.insert(b"Fields".to_vec(), Object::Array(names));
        }
        dict
    }
}

/// A terminal field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Full name, the partial names joined by full stops.
    pub(crate) name: String,
    pub(crate) reference: Ref,
    pub(crate) dict: Dict,
    /// /FT, inherited where absent.
    pub(crate) kind: Option<Vec<u8>>,
    /// /V of the nearest ancestor that has one (ISO 32000-1 table 220).
    inherited: Option<Rc<Object>>,
    /// A button that keeps no value (ISO 32000-1 table 226): there is nothing to fill.
    pub(crate) is_push_button: bool,
    /// Its widgets when they are kids; empty when field and widget are one dictionary.
    pub(crate) widgets: Vec<Ref>,
}

impl Field {
    pub(crate) fn is_signature(&self) -> bool {
        self.kind.as_deref() == Some(b"Sig")
    }

    /// /V, its own or inherited, unless absent or null.
    pub(crate) fn value(&self) -> Option<&Object> {
        let value = self.dict.get(&b"V"[..]).or(self.inherited.as_deref());
        value.filter(|value| **value != Object::Null)
    }
}

/// The form of a revision.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    /// Inner nodes of the field tree.
    pub(crate) parents: Vec<Ref>,
}

impl Form {
    /// Reads the whole field tree; none when the catalogue has no form.
    pub(crate) fn read(view: View<'_, '_>) -> ReadResult<Self> {
        let mut walk = Walk { view, form: Self::default(), seen: HashSet::new(), names: 0 };
        if let Some(form) = view.dict(&view.catalog()?, "AcroForm")? {
            for field in view.array(&form, "Fields")? {
                walk.node(&field, "", Inherited::default(), 0)?;
            }
        }
        Ok(walk.form)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Signature fields that carry a value.
    pub(crate) fn signed(&self) -> impl Iterator<Item = (&Field, &Object)> {
        let signatures = self.fields.iter().filter(|field| field.is_signature());
        signatures.filter_map(|field| field.value().map(|value| (field, value)))
    }
}

struct Walk<'f, 'a> {
    view: View<'f, 'a>,
    form: Form,
    seen: HashSet<u32>,
    /// Bytes of names so far.
    names: usize,
}

/// What a field takes from those above it.
#[derive(Clone, Copy, Default)]
struct Inherited<'n> {
    kind: Option<&'n [u8]>,
    value: Option<&'n Rc<Object>>,
    flags: i64,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: &Object, path: &str, above: Inherited<'_>, depth: usize) -> ReadResult<()> {
        let reference = node.as_reference().ok_or(ReadError::Structure("a form field is not indirect"))?;
        if depth > MAX_DEPTH || self.seen.len() > MAX_NODES || !self.seen.insert(reference.number) {
            return Err(ReadError::Structure("the field tree is no tree"));
        }
        let dict = match self.view.get(reference)? {
            Object::Dictionary(dict) => dict,
            Object::Null => return Ok(()),
            _ => return Err(ReadError::Structure("a form field is no dictionary")),
        };
        let partial = self.view.value(&dict, "T")?;
        let partial = partial.as_string().map(|name| decode_text(&name.bytes)).unwrap_or_default();
        let name = match (path, partial.as_str()) {
            (path, "") => path.to_owned(),
            ("", partial) => partial.to_owned(),
            (path, partial) => format!("{path}.{partial}"),
        };
        let own_kind = self.view.value(&dict, "FT")?;
        let mut kind = own_kind.as_name().or(above.kind).map(<[u8]>::to_vec);
        self.names += name.len() + kind.as_ref().map_or(0, Vec::len);
        if self.names > MAX_NAMES {
            return Err(ReadError::Structure("the names of the fields are too long"));
        }
        let flags = self.view.value(&dict, "Ff")?.as_integer().unwrap_or(above.flags);
        let mut own_value = None;
        let mut widgets = Vec::new();
        let mut inner = false;
        for kid in self.view.array(&dict, "Kids")? {
            let kid_dict = self.view.resolve(&kid)?;
            let kid_dict = kid_dict.as_dict().ok_or(ReadError::Structure("a form field is no dictionary"))?;
            if kid_dict.contains_key(&b"T"[..]) || kid_dict.contains_key(&b"Kids"[..]) {
                inner = true;
                if let (None, Some(value)) = (&own_value, dict.get(&b"V"[..])) {
                    own_value = Some(Rc::new(value.clone()));
                }
                let value = own_value.as_ref().or(above.value);
                self.node(&kid, &name, Inherited { kind: kind.as_deref(), value, flags }, depth + 1)?;
            } else {
                let widget = kid.as_reference().ok_or(ReadError::Structure("a widget is not indirect"))?;
                if !self.seen.insert(widget.number) {
                    return Err(ReadError::Structure("the field tree is no tree"));
                }
                widgets.push(widget);
                // Some programs leave the kind of the field to its widget.
                if kind.is_none() {
                    kind = self.view.value(kid_dict, "FT")?.as_name().map(<[u8]>::to_vec);
                }
            }
        }
        if inner {
            self.form.parents.push(reference);
        } else {
            self.form.fields.push(Field {
                name,
                reference,
                is_push_button: kind.as_deref() == Some(b"Btn") && flags & PUSH_BUTTON != 0,
                dict,
                kind,
                inherited: above.value.cloned(),
                widgets,
            });
        }
        Ok(())
    }
}

/// The rules that one signature dictionary lays down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) document: Option<DocMdp>,
    pub(crate) fields: Vec<FieldMdp>,
}

impl Rules {
    /// Reads /Reference of a signature dictionary.
    pub(crate) fn read(view: View<'_, '_>, signature: &Dict) -> ReadResult<Self> {
        let mut rules = Self::default();
        for reference in view.array(signature, "Reference")? {
            let reference = view.resolve(&reference)?;
            let reference = reference.as_dict().ok_or(ReadError::Structure("a malformed /Reference"))?;
            let parameters = view.dict(reference, "TransformParams")?;
            match view.value(reference, "TransformMethod")?.as_name() {
                Some(b"DocMDP") => {
                    let level = view.value(&parameters.unwrap_or_default(), "P")?;
                    rules.document = Some(match level {
                        Object::Integer(1) => DocMdp::NoChanges,
                        Object::Integer(2) | Object::Null => DocMdp::FormFilling,
                        Object::Integer(3) => DocMdp::Annotations,
                        _ => return Err(ReadError::Structure("an unknown DocMDP level")),
                    });
                }
                Some(b"FieldMDP") => {
                    let parameters = parameters.ok_or(ReadError::Structure("a FieldMDP names no fields"))?;
                    rules.fields.push(FieldMdp::read(view, &parameters)?);
                }
                _ => {}
            }
        }
        Ok(rules)
    }

    /// Adds what the /Lock of the signed field says of the document and of fields (ISO 32000-2 table 236). A signature
    /// should repeat it in its /Reference; the fields are locked when it is made, whether it does or not.
    pub(crate) fn read_lock(&mut self, view: View<'_, '_>, field: &Field) -> ReadResult<()> {
        let Some(lock) = view.dict(&field.dict, "Lock")? else { return Ok(()) };
        let document = match view.value(&lock, "P")? {
            Object::Integer(1) => Some(DocMdp::NoChanges),
            Object::Integer(2) => Some(DocMdp::FormFilling),
            Object::Integer(3) => Some(DocMdp::Annotations),
            _ => None,
        };
        let fields = match view.value(&lock, "Action")? {
            Object::Null => Vec::new(),
            _ => vec![FieldMdp::read(view, &lock)?],
        };
        self.tighten(Self { document, fields });
        Ok(())
    }

    /// Adds the rules of another signature: the stricter one holds.
    pub(crate) fn tighten(&mut self, other: Self) {
        self.document = match (self.document, other.document) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.fields.extend(other.fields);
    }

    pub(crate) fn locks(&self, name: &str) -> bool {
        self.fields.iter().any(|rule| rule.locks(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{File, sample};

    /// A long value above thousands of fields must not be repeated for each.
    #[test]
    fn an_inherited_value_is_kept_once() {
        let pdf = sample(&[
            "<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>",
            "<</T(top)/FT/Btn/Ff 65536/V(long)/Kids[3 0 R 4 0 R]>>",
            "<</T(one)>>",
            "<</T(two)/Ff 0>>",
        ]);
        let form = Form::read(File::open(&pdf).unwrap().last()).unwrap();
        let [one, two] = form.fields.as_slice() else { panic!() };
        assert!(Rc::ptr_eq(one.inherited.as_ref().unwrap(), two.inherited.as_ref().unwrap()));
        assert_eq!((one.name.as_str(), one.value()), ("top.one", two.value()));
        assert!(one.is_push_button && !two.is_push_button);
    }

    #[test]
    fn the_lock_of_a_field_holds_without_the_word_of_its_signature() {
        let pdf = sample(&[
            "<</Type/Catalog/AcroForm<</Fields[2 0 R 3 0 R]>>>>",
            "<</FT/Sig/T(One)/Lock<</Action/Include/Fields[(Note)]/P 2>>>>",
            "<</FT/Sig/T(Two)/Lock<</P 1>>>>",
        ]);
        let file = File::open(&pdf).unwrap();
        let form = Form::read(file.last()).unwrap();
        let mut rules = Rules::default();
        rules.read_lock(file.last(), &form.fields[0]).unwrap();
        assert_eq!(rules.document, Some(DocMdp::FormFilling));
        assert!(rules.locks("Note") && !rules.locks("Other"));
        rules.read_lock(file.last(), &form.fields[1]).unwrap();
        assert_eq!(rules.document, Some(DocMdp::NoChanges), "the stricter one");
    }

    #[test]
    fn a_lock_holds_for_descendants_but_not_for_namesakes() {
        let lock = FieldMdp::Include(vec!["Performer".into()]);
        assert!(lock.locks("Performer") && lock.locks("Performer.Note"));
        assert!(!lock.locks("Performer2"));
        assert!(FieldMdp::Exclude(vec!["Agency".into()]).locks("Performer"));
        assert!(!FieldMdp::Exclude(vec!["Agency".into()]).locks("Agency"));
    }
}
