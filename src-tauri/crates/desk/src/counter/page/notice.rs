//! What is to be said of a shot: whether it is too coarse for a certified copy, and what a person must look at.

use super::{Layout, Outline};
use crate::api::PageWarning;
use mocban_capture::{Gate, Picture, Quality, Scale, detect};

/// What is to be said of one shot.
#[derive(Clone)]
pub(crate) struct Noticed {
    /// Too coarse for a certified copy, whoever looks.
    pub(super) refused: bool,
    /// What a person must look at before the page is certified.
    pub(super) objections: Vec<PageWarning>,
}

impl Noticed {
    pub(in crate::counter) fn of(picture: &Picture, layout: &Layout, dpi: f64, scale: Scale) -> Self {
        let outline = match layout.outline {
            Outline::Whole => None,
            Outline::Corners(quad) => Some(quad),
        };
        let quality = Quality::measured(picture, outline, Some(dpi), scale);
        let refused = quality.gate() == Gate::Shut;
        let cut = layout.cut_by_frame.then_some(PageWarning::CutByFrame);
        let measured = quality.reasons().into_iter().filter_map(|reason| objection(reason.code));
        let objections = cut.into_iter().chain(measured);
        let objections = objections.filter(|one| *one != PageWarning::UnknownScale || !refused).collect();
        Self { refused, objections }
    }
}

/// What asks for a person's eye, of what was noticed in a shot.
pub(crate) fn objection(code: detect::Warning) -> Option<PageWarning> {
    match code {
        // Where the size is known this refuses, and is no question.
        detect::Warning::BelowLegalFloor => Some(PageWarning::UnknownScale),
        detect::Warning::PartlyOutOfFrame => Some(PageWarning::CutByFrame),
        detect::Warning::Blurred => Some(PageWarning::Blurred),
        detect::Warning::Glare => Some(PageWarning::Glare),
        detect::Warning::TooDark => Some(PageWarning::TooDark),
        detect::Warning::HandOverPage => Some(PageWarning::HandOverPage),
        detect::Warning::Moving => Some(PageWarning::Moving),
        detect::Warning::SeveralPapers => Some(PageWarning::SeveralPapers),
        detect::Warning::NoPageFound
        | detect::Warning::NoBackground
        | detect::Warning::LowConfidence
        | detect::Warning::SideUnclear
        | detect::Warning::MatDisagrees
        | detect::Warning::TooFar
        | detect::Warning::SteepAngle
        | detect::Warning::ThinResolution => None,
    }
}
