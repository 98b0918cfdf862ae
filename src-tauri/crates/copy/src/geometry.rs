//! Millimetres on paper, points in the file.
//!
//! People measure paper in millimetres from the top-left corner; PDF measures in points (1/72 inch) from the
//! bottom-left one. Everything above `pdf` speaks millimetres, and the turn-over happens here alone.

/// PDF points in one millimetre.
pub const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// A4, portrait: width and height in millimetres.
pub const A4_MM: (f64, f64) = (210.0, 297.0);

/// A rectangle on a page as it is read, in millimetres from the page's top-left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MmRect {
    /// Distance from the left edge of the page.
    pub left: f64,
    /// Distance from the top edge of the page.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl MmRect {
    /// The right edge's distance from the left edge of the page.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// The lower edge's distance from the top edge of the page.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Whether this rectangle lies wholly inside a page of `width` by `height` millimetres.
    #[must_use]
    pub fn is_inside(&self, width: f64, height: f64) -> bool {
        let finite = [self.left, self.top, self.width, self.height].iter().all(|side| side.is_finite());
        finite
            && self.left >= 0.0
            && self.top >= 0.0
            && self.width > 0.0
            && self.height > 0.0
            && self.right() <= width + 1e-6
            && self.bottom() <= height + 1e-6
    }

    /// As a PDF rectangle (left, bottom, right, top in points) on a page `page_height_mm` high.
    #[must_use]
    pub fn to_points(&self, page_height_mm: f64) -> [f64; 4] {
        [
            self.left * POINTS_PER_MM,
            (page_height_mm - self.bottom()) * POINTS_PER_MM,
            self.right() * POINTS_PER_MM,
            (page_height_mm - self.top) * POINTS_PER_MM,
        ]
    }
}
