//! What a person or the detector decided about a page.

use crate::api::PageWarning;
use mocban_capture::{
    Detection, FlatField, Lens, PaperSize, Picture, Quad, Scale,
    detect::{Warning, detect, detect_all},
    stand::{Light, Plane, Stand},
};
use serde::{Deserialize, Serialize};

/// What is taken as the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outline {
    /// The whole picture: a scanner's output, or an officer's choice.
    Whole,
    /// The four corners.
    Corners(Quad),
}

/// What a person or the detector decided about a page; with the original, all there is to keep in a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub(crate) outline: Outline,
    /// 0..1 as the detector said; 1 once a person decided.
    pub(crate) confidence: f32,
    /// The outline is certain enough, or a person confirmed it.
    pub(crate) confirmed: bool,
    /// Clockwise, 0..=3.
    pub(crate) quarter_turns: u8,
    /// The paper lies partly outside the picture, as the detector saw it.
    pub(crate) cut_by_frame: bool,
    /// Dots per inch of a scanner, measured: then the size of the paper is known and not guessed.
    #[serde(default)]
    pub(crate) scan_dpi: Option<u16>,
    /// The paper that the officer named: A3, A5 and passports have A4's shape.
    #[serde(default)]
    pub(crate) told: Option<PaperSize>,
    /// The table on which the paper lay, where the camera's stand is measured.
    #[serde(default)]
    pub(crate) table: Option<Plane>,
    /// How the light fell, where the camera's stand is measured with white paper …
    #[serde(default)]
    pub(crate) light: Option<FlatField>,
    /// … and whether the officer has it evened out.
    #[serde(default)]
    pub(crate) even_light: bool,
    /// Objections to the shot that a person has looked at and takes.
    #[serde(default)]
    pub(crate) seen: Vec<PageWarning>,
    /// Several papers lie in the picture: the outline of each, in the order they are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) papers: Vec<Quad>,
    /// The outline does not agree with what differs from the stand's empty mat.
    #[serde(default)]
    pub(crate) mat_disagrees: bool,
    /// As it was first detected with the help of a stand's mat, which is not kept with the page: to come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_stand: Option<Box<Layout>>,
}

impl Layout {
    /// The lens the paper was photographed through: straight unless a stand measured it.
    pub(in crate::counter) fn lens(&self) -> Lens {
        self.table.map(Plane::lens).unwrap_or_default()
    }

    /// How the size of the paper is known; `stated` if the file itself says it.
    pub(super) fn scale(&self, stated: bool, snapped: bool) -> Scale {
        if stated || self.scan_dpi.is_some() || self.told.is_some() || self.table.is_some() {
            Scale::Known
        } else if snapped {
            Scale::Recognised
        } else {
            Scale::Assumed
        }
    }
}

/// What the detector says, as a layout: an outline under the bar waits for a person.
pub(super) fn detected(picture: &Picture, scan_dpi: Option<u16>) -> Layout {
    laid_out(&detect(picture), || detect_all(picture), scan_dpi)
}

/// As [`detected`], helped and measured by the camera's stand where that has not moved.
pub(super) fn detected_on(stand: &Stand, picture: &Picture) -> Layout {
    let seen = stand.detect(picture);
    let layout = laid_out(&seen.found, || stand.detect_all(picture).found, None);
    if seen.moved {
        return layout;
    }
    let first = Layout { table: Some(stand.plane()), light: stand.light().map(Light::flat_field), ..layout };
    Layout { on_stand: Some(Box::new(first.clone())), ..first }
}

fn laid_out(found: &Detection, all: impl FnOnce() -> Vec<Detection>, scan_dpi: Option<u16>) -> Layout {
    let warns = |warning| found.warnings.contains(&warning);
    // A scanner's picture is all page: there is nothing to cut out, and nothing to ask. A bright desk under a camera
    // may look the same: there the officer is asked.
    let all_page = found.is_all_page();
    let outline = found.quad.filter(|_| !all_page).map_or(Outline::Whole, Outline::Corners);
    let papers = if warns(Warning::SeveralPapers) {
        in_reading_order(all().into_iter().filter_map(|paper| paper.quad).collect())
    } else {
        Vec::new()
    };
    // One of several papers is never taken for the whole original unasked.
    let confirmed = papers.len() < 2 && found.certain().is_some() || (all_page && scan_dpi.is_some());
    Layout {
        outline,
        confidence: found.confidence,
        confirmed,
        quarter_turns: 0,
        cut_by_frame: warns(Warning::PartlyOutOfFrame),
        scan_dpi,
        told: None,
        table: None,
        light: None,
        even_light: false,
        seen: Vec::new(),
        papers,
        mat_disagrees: warns(Warning::MatDisagrees),
        on_stand: None,
    }
}

/// From the top left to the bottom right.
fn in_reading_order(mut papers: Vec<Quad>) -> Vec<Quad> {
    let place = |quad: &Quad| quad.0.iter().map(|corner| corner.x + corner.y).sum::<f64>();
    papers.sort_by(|one, other| place(one).total_cmp(&place(other)));
    papers
}
