//! From request to file: pages, statement page, metadata, form, in a fixed order.

use lopdf::{Object, ObjectId};
use sha2::{Digest, Sha256};

use crate::CopyError;
use crate::assembly::{Assembly, Identity};
use crate::form::{self, AGENCY_FIELD, Field, FieldPlace, PERFORMER_FIELD};
use crate::geometry::A4_MM;
use crate::page;
use crate::pdf::canvas::Canvas;
use crate::pdf::objects::{dict, name};
use crate::request::{CopyRequest, StatementPlacement};
use crate::statement::Statement;
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
    file: Assembly,
    fields: Vec<(ObjectId, FieldPlace)>,
}

impl<'a> Copy<'a> {
    fn new(request: &'a CopyRequest) -> Self {
        let watermark = request.training.then_some(request.wording.training_watermark.as_str());
        let pictures: usize = request.pages.iter().map(|page| page.jpeg.length()).sum();
        Self { request, file: Assembly::new(watermark, pictures), fields: Vec::new() }
    }

    fn add_pages(&mut self) -> Result<(), CopyError> {
        let request = self.request;
        let last = request.pages.len() - 1;
        for (index, image) in request.pages.iter().enumerate() {
            let jpeg = image.jpeg.bytes(index + 1)?;
            let header = page::check(image, &jpeg, index + 1)?;
            let size = page::upright_size(image);
            let picture = page::embed(&jpeg, header, &mut self.file);
            drop(jpeg);
            let mut canvas = Canvas::new(size.1);
            page::draw(image, &mut canvas, &mut self.file.fonts)?;
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
        let id = self.file.objects.reserve();
        if let Some(statement) = &statement {
            statement.draw(&mut canvas, &mut self.file.fonts)?;
        }
        let mut page = self.file.page(size, canvas, picture)?;
        if let Some(statement) = &statement {
            page.set("Annots", self.add_fields(statement, (self.file.page_count(), id, size.1)));
        }
        self.file.push(id, page);
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
            let added = form::add_field(&field, page, &mut self.file.objects);
            self.fields.push(added);
        }
        Object::Array(self.fields.iter().map(|(id, _)| Object::Reference(*id)).collect())
    }

    fn finish(mut self) -> Result<UnsignedCopy, CopyError> {
        let request = self.request;
        let page_count = self.file.page_count();
        let (Some(performer_field), Some(agency_field)) =
            (self.place(PERFORMER_FIELD), self.place(AGENCY_FIELD))
        else {
            return Err(CopyError::StatementPlaceUnusable);
        };
        let field_ids: Vec<ObjectId> = self.fields.iter().map(|(id, _)| *id).collect();
        let form = form::add_form(&field_ids, &mut self.file.objects);
        let titles = titles(request);
        let identity = Identity {
            titles: &titles,
            software: &request.provenance.software,
            created: request.created,
            document_id: request.document_id,
            packet: xmp::copy_packet(request, &titles),
        };
        let esic = dict([("BaseVersion", name("1.7")), ("ExtensionLevel", 2.into())]);
        let more = [
            ("AcroForm", form.into()),
            // Announces PAdES signatures (ETSI EN 319 142-1, 5.6).
            ("Extensions", dict([("ESIC", esic.into())]).into()),
        ];
        let bytes = self.file.finish(identity, more)?;
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
