//! A PDF/A-2b file while its pages are being added: what every document of this house has in common, whether it
//! is a certified copy or a printed report.

use jiff::Timestamp;
use lopdf::{Dictionary, Object, ObjectId};

use crate::CopyError;
use crate::colour::srgb_profile;
use crate::geometry::POINTS_PER_MM;
use crate::pdf::canvas::Canvas;
use crate::pdf::file::Body;
use crate::pdf::objects::{Objects, dict, name, numbers, stream};
use crate::pdf::strings::{pdf_date, text_string};
use crate::text::Fonts;
use crate::watermark;
use crate::xmp::Titles;

/// The growing file.
pub(crate) struct Assembly {
    pub(crate) objects: Objects,
    /// What is written already: pictures, so that they are held once.
    pub(crate) body: Body,
    pub(crate) fonts: Fonts,
    catalog: ObjectId,
    page_tree: ObjectId,
    font_resources: ObjectId,
    watermark: Option<(String, ObjectId)>,
    pages: Vec<ObjectId>,
}

/// What the file says of itself.
pub(crate) struct Identity<'a> {
    pub(crate) titles: &'a Titles,
    pub(crate) software: &'a str,
    pub(crate) created: Timestamp,
    /// The file identifier (`/ID`).
    pub(crate) document_id: [u8; 16],
    /// The XMP packet.
    pub(crate) packet: Vec<u8>,
}

impl Assembly {
    /// An empty file with room for so many bytes of pictures; a watermark stands on every page that follows.
    pub(crate) fn new(watermark: Option<&str>, pictures: usize) -> Self {
        let mut objects = Objects::default();
        let catalog = objects.reserve();
        let page_tree = objects.reserve();
        let font_resources = objects.reserve();
        let watermark = watermark.map(|text| (text.to_owned(), objects.add(watermark::graphics_state())));
        Self {
            objects,
            body: Body::with_room(pictures),
            fonts: Fonts::default(),
            catalog,
            page_tree,
            font_resources,
            watermark,
            pages: vec![],
        }
    }

    /// Pages added so far.
    pub(crate) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The dictionary of a page of `size` millimetres with what was drawn on it; [`Assembly::push`] puts it in place.
    pub(crate) fn page(
        &mut self,
        size: (f64, f64),
        mut canvas: Canvas,
        picture: Option<ObjectId>,
    ) -> Result<Dictionary, CopyError> {
        let mut resources = dict([("Font", self.font_resources.into())]);
        if let Some(picture) = picture {
            resources.set("XObject", dict([("Im", picture.into())]));
        }
        if let Some((text, state)) = &self.watermark {
            watermark::draw(text, size, &mut canvas, &mut self.fonts)?;
            resources.set("ExtGState", dict([("GsW", (*state).into())]));
        }
        let content = self.objects.add_compressed(Dictionary::new(), &canvas.into_bytes());
        Ok(dict([
            ("Type", name("Page")),
            ("Parent", self.page_tree.into()),
            ("MediaBox", numbers(&[0.0, 0.0, size.0 * POINTS_PER_MM, size.1 * POINTS_PER_MM])),
            ("Resources", resources.into()),
            ("Contents", content.into()),
            // Watermark and seals are blended in the output intent's colours (ISO 19005-2, 6.2.10).
            ("Group", dict([("S", name("Transparency")), ("CS", name("DeviceRGB"))]).into()),
        ]))
    }

    /// Puts a page under its reserved number at the end.
    pub(crate) fn push(&mut self, id: ObjectId, page: Dictionary) {
        self.objects.set(id, page);
        self.pages.push(id);
    }

    /// The bytes of the file; `more` are further entries of the catalogue.
    pub(crate) fn finish<const N: usize>(
        mut self,
        identity: Identity<'_>,
        more: [(&str, Object); N],
    ) -> Result<Vec<u8>, CopyError> {
        let kids: Vec<Object> = self.pages.iter().map(|id| Object::Reference(*id)).collect();
        let count = self.pages.len() as i64;
        let page_tree = dict([("Type", name("Pages")), ("Count", count.into()), ("Kids", kids.into())]);
        self.objects.set(self.page_tree, page_tree);
        let fonts = self.fonts.embed(&mut self.objects)?;
        self.objects.set(self.font_resources, fonts);

        let packet = dict([("Type", name("Metadata")), ("Subtype", name("XML"))]);
        let metadata = self.objects.add(stream(packet, identity.packet));
        let intent = add_output_intent(&mut self.objects);
        let info = self.objects.add(info(identity.titles, identity.software, identity.created));
        let mut catalog = dict([
            ("Type", name("Catalog")),
            ("Pages", self.page_tree.into()),
            ("Metadata", metadata.into()),
            ("OutputIntents", vec![intent.into()].into()),
            ("Lang", text_string("vi-VN")),
            ("ViewerPreferences", dict([("DisplayDocTitle", true.into())]).into()),
        ]);
        for (key, value) in more {
            catalog.set(key, value);
        }
        self.objects.set(self.catalog, catalog);
        Ok(self.body.finish(&self.objects.into_list(), self.catalog, info, identity.document_id))
    }
}

fn info(titles: &Titles, software: &str, created: Timestamp) -> Dictionary {
    let software = text_string(software);
    dict([
        ("Title", text_string(&titles.title)),
        ("Author", text_string(&titles.author)),
        ("Subject", text_string(&titles.description)),
        ("Creator", software.clone()),
        ("Producer", software),
        ("CreationDate", pdf_date(created)),
        ("ModDate", pdf_date(created)),
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
