//! What a signature looks like (NĐ 30/2020 App. I): a form XObject with everything it needs.
//!
//! Pure drawing: whoever signs gives the objects numbers of its own file and points the widget at the root.

use jiff::Timestamp;
use lopdf::{Object, ObjectId};

use crate::CopyError;
use crate::geometry::{MmRect, POINTS_PER_MM};
use crate::image::png::Mark;
use crate::pdf::canvas::Canvas;
use crate::pdf::objects::{Objects, dict, name, numbers, stream};
use crate::pdf::strings::iso_date;
use crate::statement::SEAL_MM;
use crate::text::{Align, Fonts, Ink, Paragraph, Style, TextBlock};

/// Distance between the agency's text and its seal.
const GAP_MM: f64 = 3.0;

/// Type size of signature texts in points (NĐ 30/2020 App. I).
const TEXT_SIZE: f64 = 10.0;

/// The words before the facts of a signature.
#[derive(Debug, Clone)]
pub struct AppearanceWording {
    /// Before the performer's name.
    pub signer_label: String,
    /// Before the agency's name.
    pub agency_label: String,
    /// Before the time of signing.
    pub time_label: String,
}

impl Default for AppearanceWording {
    fn default() -> Self {
        Self {
            signer_label: "Người ký:".into(),
            agency_label: "Cơ quan:".into(),
            time_label: "Thời gian ký:".into(),
        }
    }
}

/// A signature's appearance in a widget of the given size.
#[derive(Debug, Clone)]
pub struct AppearanceRequest<'a> {
    /// Width of the widget in millimetres.
    pub width_mm: f64,
    /// Height of the widget in millimetres.
    pub height_mm: f64,
    /// Time of signing; shown in Vietnam time after ISO 8601.
    pub signed_at: Timestamp,
    /// Words before the facts.
    pub wording: AppearanceWording,
    /// Who signs.
    pub signer: AppearanceSigner<'a>,
}

/// Who signs, and with which mark.
#[derive(Debug, Clone, Copy)]
pub enum AppearanceSigner<'a> {
    /// The performer: the blue picture of the handwritten signature alone, or name and time where none is kept.
    Performer {
        /// Full name. The statement page already prints it, so the picture does not repeat it unless asked.
        name: &'a str,
        /// The picture, a PNG file.
        signature_png: Option<&'a [u8]>,
        /// Whether to print the name under the picture, for files whose page does not.
        name_below: bool,
    },
    /// The agency: its name and the time in black at the left, the red seal at its real size at the right.
    Agency {
        /// The agency's full name.
        name: &'a str,
        /// The seal, a square PNG file.
        seal_png: Option<&'a [u8]>,
    },
}

/// A form XObject and the objects it refers to, numbered locally: number n stands at index n − 1.
#[derive(Debug, Clone)]
pub struct AppearanceForm {
    /// The objects; references among them use the local numbers, generation 0.
    pub objects: Vec<Object>,
    /// The form XObject, to become the widget's `/AP /N`.
    pub root: ObjectId,
}

/// Draws a signature's appearance.
///
/// # Errors
/// A mark that cannot be read, a character without glyph, or a widget too small for seal or text.
pub fn appearance(request: &AppearanceRequest<'_>) -> Result<AppearanceForm, CopyError> {
    let usable = |side: f64| side.is_finite() && side > 5.0;
    if !usable(request.width_mm) || !usable(request.height_mm) {
        return Err(CopyError::SignaturePlaceTooSmall);
    }
    let mut drawing = Drawing {
        request,
        objects: Objects::default(),
        fonts: Fonts::default(),
        canvas: Canvas::new(request.height_mm),
        mark: None,
    };
    match request.signer {
        AppearanceSigner::Performer { name, signature_png, name_below } => {
            drawing.performer(name, signature_png, name_below)?;
        }
        AppearanceSigner::Agency { name, seal_png } => drawing.agency(name, seal_png)?,
    }
    drawing.finish()
}

struct Drawing<'a> {
    request: &'a AppearanceRequest<'a>,
    objects: Objects,
    fonts: Fonts,
    canvas: Canvas,
    mark: Option<Object>,
}

impl Drawing<'_> {
    fn performer(&mut self, name: &str, picture: Option<&[u8]>, name_below: bool) -> Result<(), CopyError> {
        let (width, height) = (self.request.width_mm, self.request.height_mm);
        let Some(picture) = picture else {
            let lines = [
                self.fact(&self.request.wording.signer_label, name),
                self.fact(&self.request.wording.time_label, &iso_date(self.request.signed_at)),
            ];
            return self.text(lines.map(|line| line.align(Align::Centre).ink(Ink::BLUE)).to_vec(), width);
        };
        let mut room = height;
        if name_below {
            let caption = Paragraph::new(name, Style::Bold, 12.0).align(Align::Centre);
            let block = TextBlock::lay_out(&[caption], width * POINTS_PER_MM)?;
            room -= block.height / POINTS_PER_MM;
            if room < height / 3.0 {
                return Err(CopyError::SignaturePlaceTooSmall);
            }
            self.canvas.text(&mut self.fonts, &block, 0.0, room)?;
        }
        let mark = Mark::read(picture)?;
        let (mark_width, mark_height) = (f64::from(mark.width), f64::from(mark.height));
        let scale = (width / mark_width).min(room / mark_height);
        let (shown_width, shown_height) = (mark_width * scale, mark_height * scale);
        self.picture(
            &mark,
            MmRect {
                left: (width - shown_width) / 2.0,
                top: (room - shown_height) / 2.0,
                width: shown_width,
                height: shown_height,
            },
        );
        Ok(())
    }

    fn agency(&mut self, name: &str, seal: Option<&[u8]>) -> Result<(), CopyError> {
        let (width, height) = (self.request.width_mm, self.request.height_mm);
        let mut text_width = width;
        if let Some(seal) = seal {
            let mark = Mark::read(seal)?;
            if mark.width.abs_diff(mark.height) * 50 > mark.width {
                return Err(CopyError::MarkUnreadable {
                    reason: "the seal is not round: its picture is not square",
                });
            }
            if width < SEAL_MM - 0.01 || height < SEAL_MM - 0.01 {
                return Err(CopyError::SignaturePlaceTooSmall);
            }
            let left = width - SEAL_MM;
            let place = MmRect { left, top: (height - SEAL_MM) / 2.0, width: SEAL_MM, height: SEAL_MM };
            self.picture(&mark, place);
            text_width = left - GAP_MM;
        }
        // A widget just as wide as the seal shows the seal alone.
        if text_width < 30.0 {
            return Ok(());
        }
        let lines = vec![
            self.fact(&self.request.wording.agency_label, name),
            self.fact(&self.request.wording.time_label, &iso_date(self.request.signed_at)),
        ];
        self.text(lines, text_width)
    }

    /// Label and fact, upright and black at 10 points (NĐ 30/2020 App. I).
    fn fact(&self, label: &str, value: &str) -> Paragraph {
        Paragraph::new(&format!("{label} {value}"), Style::Regular, TEXT_SIZE)
    }

    /// Text at the left, in the middle of the height.
    fn text(&mut self, lines: Vec<Paragraph>, width: f64) -> Result<(), CopyError> {
        let block = TextBlock::lay_out(&lines, width * POINTS_PER_MM)?;
        let free = self.request.height_mm - block.height / POINTS_PER_MM;
        if free < 0.0 {
            return Err(CopyError::SignaturePlaceTooSmall);
        }
        self.canvas.text(&mut self.fonts, &block, 0.0, free / 2.0)
    }

    fn picture(&mut self, mark: &Mark, place: MmRect) {
        self.mark = Some(mark.embed(&mut self.objects));
        self.canvas.image("Mark", place, 0);
    }

    fn finish(mut self) -> Result<AppearanceForm, CopyError> {
        let mut resources = dict([]);
        let fonts = self.fonts.embed(&mut self.objects)?;
        if !fonts.is_empty() {
            resources.set("Font", fonts);
        }
        if let Some(mark) = self.mark {
            resources.set("XObject", dict([("Mark", mark)]));
        }
        let size = [self.request.width_mm, self.request.height_mm].map(|side| side * POINTS_PER_MM);
        let form = dict([
            ("Type", name("XObject")),
            ("Subtype", name("Form")),
            ("BBox", numbers(&[0.0, 0.0, size[0], size[1]])),
            ("Resources", resources.into()),
        ]);
        let root = self.objects.add(stream(form, self.canvas.into_bytes()));
        Ok(AppearanceForm { objects: self.objects.into_list(), root })
    }
}
