//! The picture of a seal or of a handwritten signature: a PNG with a transparent ground (NĐ 30/2020 App. I).

use lopdf::Object;
use png::{ColorType, Decoder, Limits, Transformations};

use crate::CopyError;
use crate::pdf::objects::{Objects, dict, name};

/// Longest side of a mark in pixels: 36 mm at 1200 dpi is 1700.
const LONGEST_SIDE: u32 = 4096;

/// A decoded mark.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) width: u32,
    pub(crate) height: u32,
    rgb: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

impl Mark {
    /// Decodes a PNG file from outside.
    pub(crate) fn read(file: &[u8]) -> Result<Self, CopyError> {
        let unreadable = |reason| CopyError::MarkUnreadable { reason };
        let limit = (LONGEST_SIDE as usize).pow(2) * 4;
        let mut decoder = Decoder::new_with_limits(std::io::Cursor::new(file), Limits { bytes: limit });
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|_| unreadable("not a PNG file"))?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > LONGEST_SIDE || height > LONGEST_SIDE {
            return Err(unreadable("too many pixels"));
        }
        let size = reader.output_buffer_size().ok_or(unreadable("too many pixels"))?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).map_err(|_| unreadable("damaged PNG file"))?;
        pixels.truncate(info.buffer_size());
        let (rgb, alpha) = match info.color_type {
            ColorType::Rgb => (pixels, None),
            ColorType::Grayscale => (pixels.iter().flat_map(|grey| [*grey; 3]).collect(), None),
            ColorType::Rgba => split(&pixels, |[r, g, b, a]: [u8; 4]| ([r, g, b], a)),
            ColorType::GrayscaleAlpha => split(&pixels, |[grey, a]: [u8; 2]| ([grey; 3], a)),
            ColorType::Indexed => return Err(unreadable("palette was not expanded")),
        };
        Ok(Self { width: info.width, height: info.height, rgb, alpha })
    }

    /// Adds the picture, and its transparency as a soft mask (allowed since PDF/A-2).
    pub(crate) fn embed(&self, objects: &mut Objects) -> Object {
        let image = |colours: &str| {
            dict([
                ("Type", name("XObject")),
                ("Subtype", name("Image")),
                ("Width", i64::from(self.width).into()),
                ("Height", i64::from(self.height).into()),
                ("ColorSpace", name(colours)),
                ("BitsPerComponent", 8.into()),
            ])
        };
        let mask = self.alpha.as_ref().map(|alpha| objects.add_compressed(image("DeviceGray"), alpha));
        let mut picture = image("DeviceRGB");
        if let Some(mask) = mask {
            picture.set("SMask", mask);
        }
        objects.add_compressed(picture, &self.rgb).into()
    }
}

fn split<const N: usize>(
    pixels: &[u8],
    parts: impl Fn([u8; N]) -> ([u8; 3], u8),
) -> (Vec<u8>, Option<Vec<u8>>) {
    let (chunks, _) = pixels.as_chunks::<N>();
    let (rgb, alpha): (Vec<[u8; 3]>, Vec<u8>) = chunks.iter().map(|chunk| parts(*chunk)).unzip();
    (rgb.into_flattened(), Some(alpha))
}
