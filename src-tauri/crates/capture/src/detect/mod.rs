//! Finding the page: its four sides as straight lines, its corners as where the sides cross.
//!
//! In plain words: the picture is averaged down to about 480 pixels, print is closed away so that paper becomes
//! plain, edges are voted into straight lines, every sensible four of the lines is weighed (is there an edge all
//! along each side, does it stop at the corners, does colour step the same way all round?), and the sides of the best
//! are fitted again at full resolution. A shot in which that leaves doubt is looked at once more, closer. Because
//! corners are crossings of sides, a stapled or folded corner, a finger or a card's rounding moves nothing. Nothing is
//! downloaded or random; the few weights of the last choice stand in `score`.
//!
//! Under a camera whose stand is measured, what differs from the empty mat ([`mask::Mask`]) proposes outlines of its own, and
//! has a say in which is chosen and how far it is believed. Without one nothing of that exists.
//!
//! A measurement says how far it may be believed: below [`CONFIDENCE_BAR`] the outline is a proposal for the
//! officer to correct and must not be applied unasked.

mod edges;
mod lines;
pub(crate) mod mask;
mod planes;
mod quads;
mod refine;
mod score;

use serde::{Deserialize, Serialize};

use self::mask::Mask;
use crate::geometry::{Line, Point, Quad};
use crate::lens::Lens;
use crate::page::{LEGAL_FLOOR_DPI, WARN_BELOW_DPI, source_dpi};
use crate::paper::{PageSize, true_ratio};
use crate::picture::Picture;
use crate::reduce::reduced;
use crate::thumbnail::fitted;

/// Outlines less certain than this are never applied without the officer's word.
pub const CONFIDENCE_BAR: f32 = 0.5;

/// How closely a picture is looked at.
#[derive(Clone, Copy)]
struct Effort {
    /// About the longer side of the picture that lines are looked for in (pixels).
    side: usize,
    /// Points at which each side of the outline is looked for at full resolution.
    points: usize,
}

/// What a camera's stand knows before a picture is looked at.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// What in the picture is not the table.
    pub(crate) mask: Option<&'a Mask>,
    /// How the lens bends the sides of papers.
    pub(crate) lens: Lens,
}

/// Live, time counts more than the last part of a pixel at the corners.
const LIVE: Effort = Effort { side: 450, points: 64 };
const SHOT: Effort = Effort { side: 480, points: 140 };
/// Faint sides and small papers show here; so does much that is no paper.
const CLOSER: Effort = Effort { side: 850, points: 140 };
/// Below this confidence a shot is looked at closer.
const SURE: f32 = 0.9;
/// What one look takes from the other's confidence when they find different outlines, as a part of its own.
const CONTRADICTION: f32 = 0.5;
/// Two looks found the same if the outlines overlap by this much (IoU).
const SAME_OUTLINE: f64 = 0.9;
/// From this factor on, pictures are only reduced by whole factors.
const WHOLE_FACTORS: usize = 3;
/// Pictures smaller than this on a side hold no page worth looking for (pixels).
const SMALLEST_SIDE: usize = 64;
/// In a picture that is white all round, an outline must be at least this clearly separated, or it is something
/// printed on a page that fills the frame.
const CLEAR_ON_WHITE: f32 = 0.5;
/// What an outline is believed at most if part of the page is missing, or if it may be printed on a page that fills the
/// frame: never applied unasked.
const DOUBTFUL: f32 = 0.45;
/// A corner outside by more than this part of the picture's longer side is said to be outside …
const OUTSIDE: f64 = 0.004;
/// … and by more than this, what is missing may hold print.
const MISSING: f64 = 0.02;
/// Another paper in the picture is offered from this belief on.
const ANOTHER_PAPER: f32 = 0.6;
/// An outline is doubted if more than this part of its area differs from the mat beyond every outline.
const LEFT_OUT: f32 = 0.2;
/// The most papers offered.
const MOST_PAPERS: usize = 12;
/// More print than this share of the pixels is print, not specks.
const PRINT_BEYOND: f64 = 0.002;
/// A page covering less of the frame than this is photographed from too far.
const SMALL_SHARE: f64 = 0.15;

/// Something the officer should know about a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// No outline at all.
    NoPageFound,
    /// The picture seems to be all page, as from a scanner: nothing to cut out.
    NoBackground,
    /// The outline is a guess (below [`CONFIDENCE_BAR`]); to be checked by hand.
    LowConfidence,
    /// At least one side could not be followed for most of its length.
    SideUnclear,
    /// A corner lies outside the picture: part of the page is missing.
    PartlyOutOfFrame,
    /// The page is small in the frame: move the camera closer.
    TooFar,
    /// The camera looks from the side.
    SteepAngle,
    /// Fewer than 250 pixels of the photograph per inch of paper.
    ThinResolution,
    /// Fewer than the 200 dpi of NĐ 30/2020, Appendix I.
    BelowLegalFloor,
    /// The outline does not agree with what differs from the empty mat: it leaves some out, or holds mat.
    MatDisagrees,
    /// More than one paper lies there: [`detect_all`] offers each.
    SeveralPapers,
    /// The sharpest edges are wide on paper: out of focus or moved.
    Blurred,
    /// A burnt-out area hides part of the page.
    Glare,
    /// The paper itself is dark.
    TooDark,
    /// A hand reaches over the page.
    HandOverPage,
    /// Something moves from frame to frame.
    Moving,
}

/// What was found in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The outline: corners tl, tr, br, bl in pixels of the upright picture, sub-pixel. The whole picture, with
    /// [`Warning::NoBackground`], when it is all page; `None` when there is nothing to propose.
    pub quad: Option<Quad>,
    /// How far the outline may be believed, 0..1.
    pub confidence: f32,
    /// Pixels of the picture per inch of paper, for the paper that the proportions suggest.
    pub dpi: Option<f64>,
    /// What the officer should know.
    pub warnings: Vec<Warning>,
}

impl Detection {
    /// Whether the picture is taken for all page: nothing to cut out, nothing to warp.
    pub fn is_all_page(&self) -> bool {
        self.warnings.contains(&Warning::NoBackground)
    }

    /// The outline if it is certain enough to be applied unasked.
    pub fn certain(&self) -> Option<Quad> {
        self.quad.filter(|_| self.confidence >= CONFIDENCE_BAR)
    }
}

/// Looks for one page in an upright picture. Never fails and never guesses silently.
pub fn detect(picture: &Picture) -> Detection {
    detect_on(picture, Known::default())
}

/// As [`detect`] on a stand.
pub(crate) fn detect_on(picture: &Picture, known: Known<'_>) -> Detection {
    let first = detect_in(picture, known, SHOT);
    if first.confidence >= SURE {
        return first;
    }
    more_certain(first, detect_in(picture, known, CLOSER))
}

/// The more certain of two looks at one picture, less so if the other says something else.
fn more_certain(first: Detection, closer: Detection) -> Detection {
    let (mut one, other) =
        if closer.confidence > first.confidence { (closer, first) } else { (first, closer) };
    let same = one.quad.zip(other.quad).is_some_and(|(a, b)| a.iou(&b) > SAME_OUTLINE);
    if !same {
        let before = one.certain();
        one.confidence -= CONTRADICTION * other.confidence;
        if before.is_some() && one.certain().is_none() {
            one.warnings.insert(0, Warning::LowConfidence);
        }
    }
    // Better told once too often than a paper left out.
    if other.warnings.contains(&Warning::SeveralPapers) && !one.warnings.contains(&Warning::SeveralPapers) {
        one.warnings.push(Warning::SeveralPapers);
    }
    one
}

/// As [`detect`] in one quick look: for the outline drawn over a live picture. What is applied to a shot comes from
/// [`detect`].
pub fn detect_live(picture: &Picture) -> Detection {
    detect_live_on(picture, Known::default())
}

/// As [`detect_live`] on a stand.
pub(crate) fn detect_live_on(picture: &Picture, known: Known<'_>) -> Detection {
    detect_in(picture, known, LIVE)
}

fn detect_in(picture: &Picture, known: Known<'_>, effort: Effort) -> Detection {
    let mask = known.mask;
    let nothing = |confidence, warnings| Detection { quad: None, confidence, dpi: None, warnings };
    if picture.width.min(picture.height) < SMALLEST_SIDE {
        return nothing(0.0, vec![Warning::NoPageFound]);
    }
    let Some((small, planes, scored)) = weighed(picture, mask, effort.side) else {
        return nothing(0.0, vec![Warning::NoPageFound]);
    };
    // Where the mat is known, a picture that is bright all round shows a bright mat.
    if let Some(confidence) = all_page(&planes, scored.first()).filter(|_| mask.is_none()) {
        return whole(picture, confidence);
    }
    let Some(best) = scored.first() else {
        return nothing(0.0, vec![Warning::NoPageFound]);
    };
    let papers = several(&scored);
    let disagrees = mask.is_some_and(|mask| {
        let all: Vec<Quad> = papers.iter().map(|paper| paper.quad).collect();
        best.agreement < mask::AGREES || mask.left_out(&best.quad, &all, small.width) > LEFT_OUT
    });
    let doubtful = disagrees || mask.is_none() && printed(&planes, best);
    let confidence = if doubtful { best.confidence.min(DOUBTFUL) } else { best.confidence };
    let mut found = refined(picture, known.lens, &small, best, confidence, effort);
    let told = [(disagrees, Warning::MatDisagrees), (papers.len() > 1, Warning::SeveralPapers)];
    found.warnings.extend(told.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)));
    found
}

/// Every paper in an upright picture, the likeliest first: outlines that do not overlap, each certain enough to be
/// offered. One that fills the frame, or none, as [`detect`] says it.
pub fn detect_all(picture: &Picture) -> Vec<Detection> {
    detect_all_on(picture, Known::default())
}

/// As [`detect_all`] on a stand.
pub(crate) fn detect_all_on(picture: &Picture, known: Known<'_>) -> Vec<Detection> {
    let alone = || vec![detect_on(picture, known)];
    if picture.width.min(picture.height) < SMALLEST_SIDE {
        return alone();
    }
    let separate = |effort: Effort| {
        let (small, planes, scored) = weighed(picture, known.mask, effort.side)?;
        let papers = several(&scored);
        let found = |paper: &&score::Scored| {
            refined(picture, known.lens, &small, paper, paper.as_one_of_several, effort)
        };
        let table = known.mask.is_some() || all_page(&planes, scored.first()).is_none();
        (papers.len() > 1 && table).then(|| papers.iter().map(found).collect())
    };
    separate(CLOSER).or_else(|| separate(SHOT)).unwrap_or_else(alone)
}

/// The outlines that could each be a paper of their own.
fn several(scored: &[score::Scored]) -> Vec<&score::Scored> {
    let mut papers: Vec<&score::Scored> = Vec::new();
    for one in scored {
        let sure = papers.is_empty() || one.as_one_of_several >= ANOTHER_PAPER;
        if sure && !one.uses_frame && papers.iter().all(|paper| paper.quad.iou(&one.quad) < score::APART) {
            papers.push(one);
        }
        if papers.len() == MOST_PAPERS {
            break;
        }
    }
    papers
}

/// How certain it is that the picture is all page, as from a scanner; `None` when it is not, or an outline in it is the
/// better answer. Print beyond the best outline tells a table on the page from a card on a white desk.
fn all_page(planes: &planes::Planes, best: Option<&score::Scored>) -> Option<f32> {
    let rim = planes.rim();
    let clear = best.filter(|best| best.confidence >= CONFIDENCE_BAR && best.separation >= CLEAR_ON_WHITE);
    match (rim, clear) {
        (planes::RimOfPicture::Scan, Some(best)) => {
            (planes.print(Some(&best.quad)) > PRINT_BEYOND).then_some(0.8)
        }
        (planes::RimOfPicture::Scan, None) => Some(if planes.print(None) > PRINT_BEYOND { 0.9 } else { 0.4 }),
        (planes::RimOfPicture::Bright, None) => {
            // A bright desk looks the same: never certain, and a fair proposal is the better one.
            best.is_none_or(|best| best.confidence < 0.25).then_some(0.3)
        }
        _ => None,
    }
}

/// Whether an outline in a picture that is bright all round may be printed on a page that fills the frame.
fn printed(planes: &planes::Planes, best: &score::Scored) -> bool {
    planes.rim() != planes::RimOfPicture::Other
        && (best.separation < CLEAR_ON_WHITE || planes.print(Some(&best.quad)) > PRINT_BEYOND)
}

fn whole(picture: &Picture, confidence: f32) -> Detection {
    let quad = Quad::whole(picture.width, picture.height);
    let size = PageSize::from_ratio(picture.width as f64 / picture.height as f64, None);
    let dpi = source_dpi(&quad, size.width_mm, size.height_mm);
    let warnings = [
        (true, Warning::NoBackground),
        (confidence < CONFIDENCE_BAR, Warning::LowConfidence),
        ((LEGAL_FLOOR_DPI..WARN_BELOW_DPI).contains(&dpi), Warning::ThinResolution),
        (dpi < LEGAL_FLOOR_DPI, Warning::BelowLegalFloor),
    ];
    let warnings = warnings.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect();
    Detection { quad: Some(quad), confidence, dpi: Some(dpi), warnings }
}

/// An outline of the working copy carried to the picture and fitted there.
fn refined(
    picture: &Picture,
    lens: Lens,
    small: &Picture,
    found: &score::Scored,
    confidence: f32,
    effort: Effort,
) -> Detection {
    // Centres of pixels have whole coordinates in both pictures.
    let scale = picture.width as f64 / small.width as f64;
    let full = |v: f64| (v + 0.5) * scale - 0.5;
    let coarse = Quad(found.quad.0.map(|p| Point::new(full(p.x), full(p.y))));
    let quad = refine::at_full_resolution(picture, lens, &coarse, scale, effort.points);
    let size = PageSize::from_ratio(true_ratio(&quad, picture.width, picture.height), None);
    let dpi = source_dpi(&quad, size.width_mm, size.height_mm);
    let cut = found.uses_frame || reaches_out(&quad, picture, MISSING);
    let confidence = if cut { confidence.min(DOUBTFUL) } else { confidence };
    let warnings = warnings(picture, &quad, found, confidence, dpi);
    Detection { quad: Some(quad), confidence, dpi: Some(dpi), warnings }
}

/// The sides of a paper that lies at about `coarse` fitted once more, through a lens.
pub(crate) fn refined_through(picture: &Picture, lens: Lens, coarse: &Quad) -> Quad {
    let scale = picture.width.max(picture.height) as f64 / SHOT.side as f64;
    refine::at_full_resolution(picture, lens, coarse, scale, SHOT.points)
}

/// Places of the steepest step, to a fraction of a pixel, along the side from `p` to `q`, at most `reach` pixels off it;
/// `count` are tried, corners left out.
pub(crate) fn edge_points(picture: &Picture, p: Point, q: Point, reach: f64, count: usize) -> Vec<Point> {
    let bend = Lens::default().over(picture.width, picture.height);
    refine::Side::of(picture, bend, p, q).map_or_else(Vec::new, |side| side.points(reach, count))
}

/// The working copy, its planes, and every outline in it, the best first.
fn weighed(
    picture: &Picture,
    mask: Option<&Mask>,
    side: usize,
) -> Option<(Picture, planes::Planes, Vec<score::Scored>)> {
    let small = working_copy(picture, side)?;
    let planes = planes::Planes::of(&small);
    let edges = edges::Edges::of(&planes);
    let mut lines = lines::find(&edges, &planes);
    let (width, height) = (small.width as f64, small.height as f64);
    let mut candidates = quads::propose(&lines, width, height);
    for outline in mask.into_iter().flat_map(|mask| mask.outlines(small.width)) {
        let side = |k: usize| Line::through(outline.0[k], outline.0[(k + 1) % 4]);
        let (Some(top), Some(right), Some(bottom), Some(left)) = (side(0), side(1), side(2), side(3)) else {
            continue;
        };
        let first = lines.len();
        lines.extend([top, right, bottom, left].map(|line| lines::along(&line, &edges, &planes)));
        candidates.extend(quads::of_lines(first, &lines, width, height));
    }
    let scored = score::all(&candidates, &lines, &planes, mask);
    Some((small, planes, scored))
}

/// The picture with its longer side about `side`, whatever the camera's resolution; `None` if it cannot be resized.
fn working_copy(picture: &Picture, side: usize) -> Option<Picture> {
    let longer = picture.width.max(picture.height);
    let factor = (longer as f64 / side as f64).round().max(1.0) as usize;
    // A whole factor is quicker, when it comes near enough.
    if factor >= WHOLE_FACTORS || (side * 17 / 20..=side * 23 / 20).contains(&(longer / factor)) {
        return Some(reduced(picture, factor));
    }
    fitted(picture, side).ok()
}

/// Whether a corner lies outside the picture by more than this part of its longer side.
fn reaches_out(quad: &Quad, picture: &Picture, part: f64) -> bool {
    let (width, height) = (picture.width as f64, picture.height as f64);
    let slack = part * width.max(height);
    let outside = |v: f64, size: f64| v < -slack || v > size - 1.0 + slack;
    quad.0.iter().any(|p| outside(p.x, width) || outside(p.y, height))
}

fn warnings(
    picture: &Picture,
    quad: &Quad,
    found: &score::Scored,
    confidence: f32,
    dpi: f64,
) -> Vec<Warning> {
    let (width, height) = (picture.width as f64, picture.height as f64);
    let [top, right, bottom, left] = quad.sides();
    let tapered = (top / bottom).min(bottom / top).min((left / right).min(right / left));
    [
        (confidence < CONFIDENCE_BAR, Warning::LowConfidence),
        (found.weakest_side < 0.45, Warning::SideUnclear),
        (found.uses_frame || reaches_out(quad, picture, OUTSIDE), Warning::PartlyOutOfFrame),
        (quad.area() < SMALL_SHARE * width * height, Warning::TooFar),
        (tapered < 0.7 || quad.smallest_angle() < 60.0, Warning::SteepAngle),
        ((LEGAL_FLOOR_DPI..WARN_BELOW_DPI).contains(&dpi), Warning::ThinResolution),
        (dpi < LEGAL_FLOOR_DPI, Warning::BelowLegalFloor),
    ]
    .into_iter()
    .filter_map(|(holds, warning)| holds.then_some(warning))
    .collect()
}

#[cfg(test)]
mod tests;
