//! The two empty signature fields, prepared so that signing only fills them (ISO 32000-1, 12.7.4.5).

use lopdf::{Object, ObjectId};

use crate::geometry::MmRect;
use crate::pdf::objects::{Objects, dict, name, numbers, stream};
use crate::pdf::strings::text_string;

/// Field of the person who performs the certification; signed first (NĐ 45/2020 Art 10).
pub const PERFORMER_FIELD: &str = "NguoiThucHienChungThuc";

/// Field of the certifying agency; signed second (NĐ 45/2020 Art 10).
pub const AGENCY_FIELD: &str = "CoQuanChungThuc";

/// Where a prepared field stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldPlace {
    /// The field's name (`/T`).
    pub name: &'static str,
    /// Object number of the field, which is also its widget.
    pub object: u32,
    /// Page, from 0.
    pub page: usize,
    /// The widget's rectangle in points: left, bottom, right, top.
    pub rect_points: [f64; 4],
    /// Width of the widget in millimetres, for its appearance.
    pub width_mm: f64,
    /// Height of the widget in millimetres, for its appearance.
    pub height_mm: f64,
}

/// A field to be prepared.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) tooltip: &'static str,
    pub(crate) rect: MmRect,
}

/// Adds a field with its widget as one object, empty but with the appearance PDF/A asks of every annotation.
pub(crate) fn add_field(
    field: &Field,
    page: (usize, ObjectId, f64),
    objects: &mut Objects,
) -> (ObjectId, FieldPlace) {
    let (page_index, page_object, page_height_mm) = page;
    let rect = field.rect.to_points(page_height_mm);
    let empty = dict([
        ("Type", name("XObject")),
        ("Subtype", name("Form")),
        ("BBox", numbers(&[0.0, 0.0, rect[2] - rect[0], rect[3] - rect[1]])),
        ("Resources", dict([]).into()),
    ]);
    let appearance = objects.add(stream(empty, Vec::new()));
    const PRINT_AND_LOCKED: i64 = 4 + 128;
    let id = objects.add(dict([
        ("Type", name("Annot")),
        ("Subtype", name("Widget")),
        ("FT", name("Sig")),
        ("T", text_string(field.name)),
        ("TU", text_string(field.tooltip)),
        ("F", PRINT_AND_LOCKED.into()),
        ("P", page_object.into()),
        ("Rect", numbers(&rect)),
        ("AP", dict([("N", appearance.into())]).into()),
    ]));
    let place = FieldPlace {
        name: field.name,
        object: id.0,
        page: page_index,
        rect_points: rect,
        width_mm: field.rect.width,
        height_mm: field.rect.height,
    };
    (id, place)
}

/// Adds the form. SigFlags 3: it has signature fields, and changes may only be appended.
pub(crate) fn add_form(fields: &[ObjectId], objects: &mut Objects) -> ObjectId {
    let fields = fields.iter().map(|id| Object::Reference(*id)).collect::<Vec<_>>();
    objects.add(dict([("Fields", fields.into()), ("SigFlags", 3.into())]))
}
