//! A page as the window sees it.

use super::{Outline, Page};
use crate::api::{self, PageWarning};
use mocban_capture::{self as capture, PaperSize};

impl Page {
    /// What the window shows; `alike` is the number of an earlier page of the case that looks the same.
    pub(crate) fn view(&self, alike: Option<u32>) -> api::PageView {
        let corners = match self.layout.outline {
            Outline::Whole => None,
            Outline::Corners(quad) => Some(quad.0.map(|p| api::Point { x: p.x as f32, y: p.y as f32 })),
        };
        let papers = if self.layout.confirmed { 1 } else { self.layout.papers.len().max(1) };
        let several = papers > 1;
        let facts = [
            (corners.is_none() && !self.layout.confirmed, PageWarning::NoOutline),
            (several, PageWarning::SeveralPapers),
            (corners.is_some() && !self.layout.confirmed && !several, PageWarning::LowConfidence),
            (self.layout.mat_disagrees && !self.layout.confirmed, PageWarning::MatDisagrees),
            (self.below_legal_floor(), PageWarning::BelowLegalFloor),
            (
                (capture::page::LEGAL_FLOOR_DPI..capture::page::WARN_BELOW_DPI)
                    .contains(&self.finished.source_dpi),
                PageWarning::LowResolution,
            ),
        ];
        let mut warnings: Vec<PageWarning> =
            facts.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
        for objection in self.sides().flat_map(|(_, noticed)| &noticed.objections) {
            if !warnings.contains(objection) {
                warnings.push(*objection);
            }
        }
        // Millimetres as the page is read: after turns that the PDF still has to make.
        let (width_mm, height_mm) = (self.finished.width_mm as f32, self.finished.height_mm as f32);
        let lying = self.finished.quarter_turns % 2 == 1;
        api::PageView {
            id: self.id.to_string(),
            revision: self.revision,
            source: self.original.name().to_owned(),
            original_sha256: hex::encode(self.original.sha256()),
            width: self.width as u32,
            height: self.height as u32,
            corners,
            confidence: self.layout.confidence,
            needs_confirmation: self.outline_open() || self.objection_open(),
            quarter_turns: self.layout.quarter_turns,
            two_sided: self.back.is_some(),
            dpi: self.dpi(),
            width_mm: if lying { height_mm } else { width_mm },
            height_mm: if lying { width_mm } else { height_mm },
            paper_size: self.paper.map(|paper| paper_name(paper).to_owned()),
            told: self.layout.told.map(told_name),
            even_light: self.layout.light.map(|_| self.layout.even_light),
            alike,
            papers: papers as u32,
            warnings,
        }
    }
}

/// The papers an officer can name.
pub(crate) fn told_paper(told: api::ToldPaper) -> PaperSize {
    match told {
        api::ToldPaper::A3 => PaperSize::A3,
        api::ToldPaper::A4 => PaperSize::A4,
        api::ToldPaper::A5 => PaperSize::A5,
        api::ToldPaper::Card => PaperSize::Id1,
        api::ToldPaper::PassportOpen => PaperSize::PassportOpen,
        api::ToldPaper::PassportPage => PaperSize::PassportPage,
        api::ToldPaper::Letter => PaperSize::Letter,
    }
}

fn told_name(paper: PaperSize) -> api::ToldPaper {
    match paper {
        PaperSize::A3 => api::ToldPaper::A3,
        PaperSize::A4 => api::ToldPaper::A4,
        PaperSize::A5 => api::ToldPaper::A5,
        PaperSize::Id1 => api::ToldPaper::Card,
        PaperSize::PassportOpen => api::ToldPaper::PassportOpen,
        PaperSize::PassportPage => api::ToldPaper::PassportPage,
        PaperSize::Letter => api::ToldPaper::Letter,
    }
}

fn paper_name(paper: PaperSize) -> &'static str {
    match paper {
        PaperSize::A3 => "A3",
        PaperSize::A4 => "A4",
        PaperSize::A5 => "A5",
        PaperSize::Id1 => "ID-1",
        PaperSize::PassportOpen | PaperSize::PassportPage => "ID-3",
        PaperSize::Letter => "Letter",
    }
}
