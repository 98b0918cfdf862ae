//! Cameras at work and scanners.

use super::{PageWarning, Point};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Result of `camera_sight`: what is known of the live picture, for the outline drawn over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CameraSight {
    /// Exposure and focus have settled: a shot is taken at once.
    pub settled: bool,
    /// Nothing has moved for a while.
    pub still: bool,
    /// Another page than at the last shot lies still, and a shot of it would be good: the moment to shoot by itself.
    pub shoot_now: bool,
    /// Width of the live picture, pixels.
    pub width: u32,
    /// Height of the live picture, pixels.
    pub height: u32,
    /// The outline tl, tr, br, bl in those pixels; `null` when there is nothing to propose.
    pub corners: Option<[Point; 4]>,
    /// How sure the outline is, 0..1.
    pub confidence: f32,
    /// The outline is certain enough to be applied unasked.
    pub certain: bool,
    /// Pixels per inch of paper, for the paper that the outline suggests.
    pub dpi: Option<u32>,
    /// Sizes and resolution are measured by the camera's stand.
    pub measured: bool,
    /// The mat looks different from when the stand was measured: nothing is measured by it until that is done again.
    pub stand_moved: bool,
    /// What would be objected to in a shot now.
    pub notes: Vec<PageWarning>,
    /// Under the 200 dpi of NĐ 30/2020 App. I: a shot from here could not be certified.
    pub below_legal_floor: bool,
    /// Code of the error that keeps the picture from coming.
    pub problem: Option<String>,
}

/// A step of measuring a camera's stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum StandStep {
    /// The empty mat.
    Mat,
    /// An A4 sheet on it: from here on sizes are measured.
    Sheet,
    /// White paper all over: how evenly the light falls; may be left out.
    White,
}

/// Request of `stand_take`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StandTake {
    /// The camera.
    pub camera: String,
    /// What lies under it now.
    pub step: StandStep,
}

/// What is known of a camera's stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StandView {
    /// When it was measured, ISO 8601; `null` if it was not.
    pub measured_at: Option<String>,
    /// Pixels of a shot per inch on the mat.
    pub dpi: Option<u32>,
    /// How much darker the darkest place of the mat is than the brightest, per cent; `null` if not measured.
    pub unevenness: Option<u32>,
    /// By how much the lens draws the picture's corners too far out (negative: too far in), per cent; 0 for a straight one,
    /// `null` if not measured.
    pub bend: Option<f32>,
    /// The step that is next.
    pub next: StandStep,
}

/// Which driver a scanner is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ScannerDriver {
    /// eSCL over the network.
    Escl,
    /// SANE (Linux, macOS).
    Sane,
    /// Windows.
    Wia,
}

/// Where the paper is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ScanFeed {
    /// The glass: one page.
    Platen,
    /// The feeder, one side.
    Feeder,
    /// The feeder, both sides.
    FeederDuplex,
    /// Both sides through a feeder that takes one: fronts first, then the turned stack.
    ManualDuplex,
}

/// Which sides a pass of a two-sided paper takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ScanPass {
    /// The only pass, or the fronts.
    First,
    /// The backs of the fronts just scanned, the stack turned over as a whole.
    Backs,
}

/// Request of `scanners_list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannersList {
    /// Looks everywhere, for some seconds; else only what is remembered.
    pub search: bool,
}

/// Result of `scanners_list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannerList {
    /// Scanners, the last used first.
    pub scanners: Vec<ScannerView>,
}

/// One scanner, with how it was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannerView {
    /// Stable identity.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Its driver.
    pub driver: ScannerDriver,
    /// Where the paper was taken from last.
    pub feed: ScanFeed,
    /// Dots per inch last used.
    pub dpi: u32,
}

/// Names a scanner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannerRef {
    /// The scanner.
    pub scanner: String,
}

/// Request of `scanner_add`: a scanner that does not announce itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannerAdd {
    /// Address or host name, as a person types it.
    pub address: String,
}

/// Result of `scanner_abilities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScannerAbilities {
    /// Ways in, in the order in which they are offered.
    pub feeds: Vec<ScanFeed>,
    /// Resolutions of at least 200 dpi (NĐ 30/2020 App. I).
    pub resolutions: Vec<u32>,
}

/// Request of `scan_run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanRun {
    /// The scanner.
    pub scanner: String,
    /// Where the paper lies.
    pub feed: ScanFeed,
    /// Dots per inch, 200 to 600.
    pub dpi: u32,
    /// Which sides.
    pub pass: ScanPass,
}

/// Result of `scan_run`: pages have been added one by one, each with an event `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanDone {
    /// Pages of this pass.
    pub pages: u32,
    /// Backs are still to come, for that many fronts: the stack is to be turned over.
    pub awaiting_backs: u32,
    /// Backs that found no front, added at the end; or fronts left without a back. Not zero means: look.
    pub unpaired: u32,
}
