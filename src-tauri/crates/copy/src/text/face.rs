//! The three bundled faces of Tinos, metrically equal to Times New Roman, which NĐ 30/2020 App. I asks for.

use std::sync::OnceLock;

use harfrust::Font;

use crate::CopyError;

/// A bundled face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Style {
    Regular,
    Bold,
    Italic,
}

impl Style {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Italic];

    /// The font file.
    pub(crate) fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../../../../assets/fonts/Tinos-Regular.ttf"),
            Self::Bold => include_bytes!("../../../../../assets/fonts/Tinos-Bold.ttf"),
            Self::Italic => include_bytes!("../../../../../assets/fonts/Tinos-Italic.ttf"),
        }
    }

    /// The font's PostScript name.
    pub(crate) fn postscript_name(self) -> &'static str {
        match self {
            Self::Regular => "Tinos",
            Self::Bold => "Tinos-Bold",
            Self::Italic => "Tinos-Italic",
        }
    }

    /// The name by which content streams call the font.
    pub(crate) fn resource_name(self) -> &'static str {
        match self {
            Self::Regular => "F1",
            Self::Bold => "F2",
            Self::Italic => "F3",
        }
    }

    /// Thickness of a vertical stem in 1/1000 em, for readers that must replace the font.
    pub(crate) fn stem_width(self) -> i64 {
        if self == Self::Bold { 140 } else { 80 }
    }

    /// The parsed font; parsed once in the life of the process.
    pub(crate) fn font(self) -> Result<&'static Font, CopyError> {
        static FONTS: [OnceLock<Option<Font>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        FONTS[self as usize]
            .get_or_init(|| Font::new(self.file(), 0))
            .as_ref()
            .ok_or(CopyError::FontDamaged { reason: "not a TrueType font" })
    }

    /// Heights of the face in 1/1000 em.
    pub(crate) fn metrics(self) -> Result<FaceMetrics, CopyError> {
        let font = self.font()?;
        let metrics = font.metrics().scaled_f32(1000.0);
        let line = metrics.h_line().ok_or(CopyError::FontDamaged { reason: "no line metrics" })?;
        let bounds = metrics.bounds();
        Ok(FaceMetrics {
            ascent: f64::from(line.ascender),
            descent: f64::from(line.descender),
            cap_height: metrics.cap_height().map_or(662.0, f64::from),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(f64::from),
        })
    }
}

/// Heights of a face in 1/1000 em.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaceMetrics {
    pub(crate) ascent: f64,
    pub(crate) descent: f64,
    pub(crate) cap_height: f64,
    /// Left, bottom, right, top of all glyphs together.
    pub(crate) bounds: [f64; 4],
}
