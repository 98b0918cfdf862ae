//! Font subsets inside a PDF: Type 0 fonts with Identity-H, true widths and a ToUnicode map, so that the text is
//! selectable and searchable (ISO 32000-1, 9.7; ISO 19005-2, 6.2.11).

use std::collections::BTreeMap;
use std::fmt::Write;

use harfrust::{Font, GlyphId};
use lopdf::{Dictionary, Object};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::face::Style;
use super::shape::Glyph;
use crate::CopyError;
use crate::pdf::objects::{Objects, dict, name, numbers, stream};

/// The glyphs a document has used so far, face by face.
#[derive(Debug, Default)]
pub(crate) struct Fonts {
    used: BTreeMap<Style, Subset>,
}

#[derive(Debug, Default)]
struct Subset {
    remapper: GlyphRemapper,
    /// Width in 1/1000 em and text of every glyph, by its number in the subset (= its CID).
    glyphs: BTreeMap<u16, (i64, String)>,
}

/// How a content stream shows one glyph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Code {
    /// The two-byte code.
    pub(crate) cid: u16,
    /// Width in 1/1000 em as the file states it.
    pub(crate) width: i64,
    /// Whether the ToUnicode map already gives this glyph's text. A glyph that stands for two characters (such
    /// as Đ and Ð) needs its second text said on the spot.
    pub(crate) text_known: bool,
}

impl Fonts {
    /// The code of `glyph`, which joins the subset.
    pub(crate) fn code(&mut self, style: Style, glyph: &Glyph) -> Result<Code, CopyError> {
        let subset = self.used.entry(style).or_default();
        let cid = subset.remapper.remap(glyph.id);
        if let Some((width, text)) = subset.glyphs.get(&cid) {
            return Ok(Code { cid, width: *width, text_known: *text == glyph.text });
        }
        let width = natural_width(style, glyph.id)?;
        subset.glyphs.insert(cid, (width, glyph.text.clone()));
        Ok(Code { cid, width, text_known: !glyph.text.is_empty() })
    }

    /// Writes the subsets and returns the `/Font` resource dictionary.
    pub(crate) fn embed(self, objects: &mut Objects) -> Result<Dictionary, CopyError> {
        let mut resources = Dictionary::new();
        for (style, subset) in self.used {
            resources.set(style.resource_name(), subset.embed(style, objects)?);
        }
        Ok(resources)
    }
}

impl Subset {
    fn embed(self, style: Style, objects: &mut Objects) -> Result<Object, CopyError> {
        let program = subsetter::subset(style.file(), 0, &self.remapper)
            .map_err(|_| CopyError::FontDamaged { reason: "subsetting failed" })?;
        let metrics = style.metrics()?;
        let font_name = name(&format!("{}+{}", self.tag(), style.postscript_name()));

        let program_length = program.len() as i64;
        let font_file = objects.add_compressed(dict([("Length1", program_length.into())]), &program);
        // Every glyph of the subset, parts of composed letters and `.notdef` included: optional since PDF/A-2, asked
        // for by PDF/A-1, and wrong in both when incomplete.
        let subset =
            Font::new(program.clone(), 0).ok_or(CopyError::FontDamaged { reason: "subset unreadable" })?;
        let cid_set = objects.add(stream(Dictionary::new(), leading_ones(subset.num_glyphs())));
        const SERIF: i64 = 1 << 1;
        const SYMBOLIC: i64 = 1 << 2; // own encoding: the subset has no standard one
        const ITALIC: i64 = 1 << 6;
        let italic = style == Style::Italic;
        let descriptor = objects.add(dict([
            ("Type", name("FontDescriptor")),
            ("FontName", font_name.clone()),
            ("Flags", (SERIF | SYMBOLIC | if italic { ITALIC } else { 0 }).into()),
            ("FontBBox", numbers(&metrics.bounds.map(f64::round))),
            ("ItalicAngle", if italic { (-16).into() } else { 0.into() }),
            ("Ascent", (metrics.ascent.round() as i64).into()),
            ("Descent", (metrics.descent.round() as i64).into()),
            ("CapHeight", (metrics.cap_height.round() as i64).into()),
            ("StemV", style.stem_width().into()),
            ("FontFile2", font_file.into()),
            ("CIDSet", cid_set.into()),
        ]));
        let mut widths = vec![natural_width(style, 0)?.into()];
        widths.extend(self.glyphs.values().map(|(width, _)| Object::Integer(*width)));
        let descendant = objects.add(dict([
            ("Type", name("Font")),
            ("Subtype", name("CIDFontType2")),
            ("BaseFont", font_name.clone()),
            (
                "CIDSystemInfo",
                dict([
                    ("Registry", Object::string_literal("Adobe")),
                    ("Ordering", Object::string_literal("Identity")),
                    ("Supplement", 0.into()),
                ])
                .into(),
            ),
            ("FontDescriptor", descriptor.into()),
            ("CIDToGIDMap", name("Identity")),
            ("DW", 1000.into()),
            ("W", vec![0.into(), Object::Array(widths)].into()),
        ]));
        let to_unicode = objects.add(stream(Dictionary::new(), self.to_unicode().into_bytes()));
        let font = objects.add(dict([
            ("Type", name("Font")),
            ("Subtype", name("Type0")),
            ("BaseFont", font_name),
            ("Encoding", name("Identity-H")),
            ("DescendantFonts", vec![descendant.into()].into()),
            ("ToUnicode", to_unicode.into()),
        ]));
        Ok(font.into())
    }

    /// Six capital letters that differ when the subset does (ISO 32000-1, 9.6.4).
    fn tag(&self) -> String {
        let mut hash = Sha256::new();
        for gid in self.remapper.remapped_gids() {
            hash.update(gid.to_be_bytes());
        }
        hash.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
    }

    /// The ToUnicode CMap (ISO 32000-1, 9.10.3).
    fn to_unicode(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
             /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
        );
        let texts: Vec<_> = self.glyphs.iter().filter(|(_, (_, text))| !text.is_empty()).collect();
        // A block may hold at most 100 entries.
        for block in texts.chunks(100) {
            let _ = writeln!(map, "{} beginbfchar", block.len());
            for (cid, (_, text)) in block {
                let utf16: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
                let _ = writeln!(map, "<{cid:04X}> <{utf16}>");
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend");
        map
    }
}

/// `count` one bits from the first byte's highest bit on (ISO 32000-1, table 124).
fn leading_ones(count: u32) -> Vec<u8> {
    let mut bytes = vec![0xFF; (count / 8) as usize];
    if !count.is_multiple_of(8) {
        bytes.push(!(0xFF >> (count % 8)));
    }
    bytes
}

/// A glyph's own width in 1/1000 em, before kerning.
fn natural_width(style: Style, glyph: u16) -> Result<i64, CopyError> {
    let font = style.font()?;
    let advance = f64::from(font.glyph_metrics().h_advance(GlyphId::from(glyph)));
    Ok((advance * 1000.0 / f64::from(font.units_per_em())).round() as i64)
}
