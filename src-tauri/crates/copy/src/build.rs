//! From request to file: pages, statement page, metadata, form, in a fixed order.

use lopdf::{Dictionary, Object, ObjectId};
use sha2::{Digest, Sha256};

use crate::CopyError;
use crate::colour::srgb_profile;
use crate::form::{self, AGENCY_FIELD, Field, FieldPlace, PERFORMER_FIELD};
use crate::geometry::{A4_MM, POINTS_PER_MM};
use crate::page;
use crate::pdf::canvas::Canvas;
use crate::pdf::file;
use crate::pdf::objects::{Objects, dict, name, numbers, stream};
use crate::pdf::strings::{pdf_date, text_string};
use crate::request::{CopyRequest, StatementPlacement};
use crate::statement::Statement;
use crate::text::Fonts;
use crate::watermark;
use crate::xmp::{self, Titles};

/// A copy ready to be recorded, then signed.
#[derive(Debug, Clone)]
pub struct UnsignedCopy {
    /// The file.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
    /// The performer's empty signature field.
    pub performer_field: FieldPlace,
    /// The agency's empty signature field.
    pub agency_field: FieldPlace,
    /// Pages in the file, the statement page included.
    pub page_count: usize,
}

/// Builds the unsigned copy as PDF/A-2b (ISO 19005-2 level B).
///
/// # Errors
/// Names the page or text that cannot go into a certified copy.
pub fn build(request: &CopyRequest) -> Result<UnsignedCopy, CopyError> {
    crate::limits::check(request)?;
    let mut copy = Copy::new(request);
    copy.add_pages()?;
    copy.finish()
}

struct Copy<'a> {
    request: &'a CopyRequest,
    objects: Objects,
    fonts: Fonts,
    catalog: ObjectId,
    page_tree: ObjectId,
    font_resources: ObjectId,
    watermark_state: Option<ObjectId>,
    pages: Vec<ObjectId>,
    fields: Vec<(ObjectId, FieldPlace)>,
}

impl<'a> Copy<'a> {
    fn new(request: &'a CopyRequest) -> Self {
        let mut objects = Objects::default();
        let catalog = objects.reserve();
        let page_tree = objects.reserve();
        let font_resources = objects.reserve();
        let watermark_state = request.training.then(|| objects.add(watermark::graphics_state()));
        Self {
            request,
            objects,
            fonts: Fonts::default(),
            catalog,
            page_tree,
            font_resources,
            watermark_state,
            pages: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn add_pages(&mut self) -> Result<(), CopyError> {
        let request = self.request;
        let last = request.pages.len() - 1;
        for (index, image) in request.pages.iter().enumerate() {
            let header = page::check(image, index + 1)?;
            let size = page::upright_size(image);
            let picture = page::embed(image, header, &mut self.objects);
            let mut canvas = Canvas::new(size.1);
            page::draw(image, &mut canvas, &mut self.fonts)?;
            let statement = match request.placement {
                StatementPlacement::LastPage { rect } if index == last => {
                    if !rect.is_inside(size.0, size.1) {
                        return Err(CopyError::StatementPlaceUnusable);
                    }
                    Some(Statement::in_place(request, rect)?)
                }
                _ => None,
            };
            self.add_page(size, canvas, Some(picture), statement)?;
        }
        if request.placement == StatementPlacement::OwnPage {
            let statement = Statement::on_own_page(request, request.pages.len() + 1)?;
            self.add_page(A4_MM, Canvas::new(A4_MM.1), None, Some(statement))?;
        }
        Ok(())
    }

    fn add_page(
        &mut self,
        size: (f64, f64),
        mut canvas: Canvas,
        picture: Option<ObjectId>,
        statement: Option<Statement>,
    ) -> Result<(), CopyError> {
        let id = self.objects.reserve();
        if let Some(statement) = &statement {
            statement.draw(&mut canvas, &mut self.fonts)?;
        }
        let mut resources = dict([("Font", self.font_resources.into())]);
        if let Some(picture) = picture {
            resources.set("XObject", dict([("Im", picture.into())]));
        }
        if let Some(state) = self.watermark_state {
            watermark::draw(&self.request.wording.training_watermark, size, &mut canvas, &mut self.fonts)?;
            resources.set("ExtGState", dict([("GsW", state.into())]));
        }
        let content = self.objects.add_compressed(Dictionary::new(), &canvas.into_bytes());
        let mut page = dict([
            ("Type", name("Page")),
            ("Parent", self.page_tree.into()),
            ("MediaBox", numbers(&[0.0, 0.0, size.0 * POINTS_PER_MM, size.1 * POINTS_PER_MM])),
            ("Resources", resources.into()),
            ("Contents", content.into()),
            // Watermark and seals are blended in the output intent's colours (ISO 19005-2, 6.2.10).
            ("Group", dict([("S", name("Transparency")), ("CS", name("DeviceRGB"))]).into()),
        ]);
        if let Some(statement) = &statement {
            page.set("Annots", self.add_fields(statement, (self.pages.len(), id, size.1)));
        }
        self.objects.set(id, page);
        self.pages.push(id);
        Ok(())
    }

    fn add_fields(&mut self, statement: &Statement, page: (usize, ObjectId, f64)) -> Object {
        // The agency's widget comes first and so lies below: a click on the signature's place meets the performer's.
        let agency =
            Field {
                name: AGENCY_FIELD, tooltip: "Chữ ký số của cơ quan chứng thực", rect: statement.agency
            };
        let performer = Field {
            name: PERFORMER_FIELD,
            tooltip: "Chữ ký số của người thực hiện chứng thực",
            rect: statement.performer,
        };
        for field in [performer, agency] {
            let added = form::add_field(&field, page, &mut self.objects);
            self.fields.push(added);
        }
        Object::Array(self.fields.iter().map(|(id, _)| Object::Reference(*id)).collect())
    }

    fn finish(mut self) -> Result<UnsignedCopy, CopyError> {
        let request = self.request;
        let page_count = self.pages.len();
        let (Some(performer_field), Some(agency_field)) =
            (self.place(PERFORMER_FIELD), self.place(AGENCY_FIELD))
        else {
            return Err(CopyError::StatementPlaceUnusable);
        };
        let kids: Vec<Object> = self.pages.iter().map(|id| Object::Reference(*id)).collect();
        let page_tree =
            dict([("Type", name("Pages")), ("Count", (page_count as i64).into()), ("Kids", kids.into())]);
        self.objects.set(self.page_tree, page_tree);
        let fonts = self.fonts.embed(&mut self.objects)?;
        self.objects.set(self.font_resources, fonts);

        let field_ids: Vec<ObjectId> = self.fields.iter().map(|(id, _)| *id).collect();
        let form = form::add_form(&field_ids, &mut self.objects);
        let titles = titles(request);
        let packet = dict([("Type", name("Metadata")), ("Subtype", name("XML"))]);
        let metadata = self.objects.add(stream(packet, xmp::packet(request, &titles)));
        let intent = add_output_intent(&mut self.objects);
        let info = self.objects.add(info(request, &titles));
        let esic = dict([("BaseVersion", name("1.7")), ("ExtensionLevel", 2.into())]);
        let catalog = dict([
            ("Type", name("Catalog")),
            ("Pages", self.page_tree.into()),
            ("Metadata", metadata.into()),
            ("OutputIntents", vec![intent.into()].into()),
            ("Lang", text_string("vi-VN")),
            ("ViewerPreferences", dict([("DisplayDocTitle", true.into())]).into()),
            ("AcroForm", form.into()),
            // Announces PAdES signatures (ETSI EN 319 142-1, 5.6).
            ("Extensions", dict([("ESIC", esic.into())]).into()),
        ]);
        self.objects.set(self.catalog, catalog);

        let bytes = file::to_bytes(&self.objects.into_list(), self.catalog, info, request.document_id);
        let sha256 = Sha256::digest(&bytes).into();
        Ok(UnsignedCopy { bytes, sha256, performer_field, agency_field, page_count })
    }

    fn place(&self, name: &str) -> Option<FieldPlace> {
        self.fields.iter().map(|(_, place)| place).find(|place| place.name == name).cloned()
    }
}

fn titles(request: &CopyRequest) -> Titles {
    let statement = &request.statement;
    Titles {
        title: request.verification.paper_name.clone(),
        author: statement.agency.last().cloned().unwrap_or_default(),
        description: [&statement.title, &statement.number_line, &statement.date_line]
            .map(String::as_str)
            .join(". "),
    }
}

fn info(request: &CopyRequest, titles: &Titles) -> Dictionary {
    let software = text_string(&request.provenance.software);
    dict([
        ("Title", text_string(&titles.title)),
        ("Author", text_string(&titles.author)),
        ("Subject", text_string(&titles.description)),
        ("Creator", software.clone()),
        ("Producer", software),
        ("CreationDate", pdf_date(request.created)),
        ("ModDate", pdf_date(request.created)),
    ])
}

fn add_output_intent(objects: &mut Objects) -> ObjectId {
    let profile = objects.add_compressed(dict([("N", 3.into())]), &srgb_profile());
    objects.add(dict([
        ("Type", name("OutputIntent")),
        ("S", name("GTS_PDFA1")),
        ("OutputConditionIdentifier", text_string("sRGB IEC61966-2.1")),
        ("Info", text_string("sRGB IEC61966-2.1")),
        ("RegistryName", text_string("http://www.color.org")),
        ("DestOutputProfile", profile.into()),
    ]))
}
