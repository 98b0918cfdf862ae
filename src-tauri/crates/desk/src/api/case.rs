//! The case on the counter: requester, paper, pages, attestation, preview, signing.

use super::SignaturePins;
use crate::DeskError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who asks for the copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequesterForm {
    /// Full name.
    pub name: String,
    /// Personal identification number (12 digits), CMND (9 digits) or passport number.
    pub id_number: String,
    /// Address, optional.
    pub address: String,
    /// Telephone, optional.
    pub phone: String,
    /// E-mail, optional.
    pub email: String,
}

/// The paper original.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PaperForm {
    /// Name of the paper (tên giấy tờ, văn bản).
    pub name: String,
    /// Number on the paper, optional.
    pub number: String,
    /// Issuing agency, optional.
    pub issuer: String,
    /// Issue date `yyyy-MM-dd`, optional (empty).
    pub issued_on: String,
}

/// Request of `case_update`: the typed part of the case as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseForm {
    /// Who asks.
    pub requester: RequesterForm,
    /// For which paper.
    pub paper: PaperForm,
    /// How many copies, at least 1.
    pub copies: u32,
}

/// The case as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// Identity of the copy to be (UUIDv7).
    pub id: String,
    /// The typed part.
    pub form: CaseForm,
    /// Pages in order.
    pub pages: Vec<PageView>,
    /// Pages that were taken out; `page_restore` puts the last of them back.
    pub removed: Vec<RemovedPage>,
    /// "Đã đối chiếu đúng với bản chính": withdrawn by the desk whenever a page changes.
    pub attested: bool,
    /// The fee for these pages and copies.
    pub fee: FeeView,
    /// The statement as it will stand in the copy, line by line, with the number expected next.
    pub statement: Vec<StatementLineView>,
    /// When the result is due, ISO 8601 (NĐ 23/2015 Art 7).
    pub due: String,
    /// Bytes that the copy will have, about.
    #[ts(type = "number")]
    pub copy_size: u64,
    /// What keeps F9 from working, most important first; empty when ready.
    pub missing: Vec<Missing>,
}

/// One line of the statement preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementLineView {
    /// What the line is.
    pub kind: StatementLineKind,
    /// Its text.
    pub text: String,
}

/// Kinds of lines in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum StatementLineKind {
    /// "Chứng thực bản sao đúng với bản chính".
    Title,
    /// Number and volume.
    Number,
    /// Place and date.
    Date,
    /// Capacity and title of the signer.
    Capacity,
    /// The signer's name.
    Signer,
}

/// The fee (TT 226/2016/TT-BTC Art 4), đồng.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FeeView {
    /// Pages of the original.
    pub pages: u32,
    /// Copies.
    pub copies: u32,
    /// For one copy.
    #[ts(type = "number")]
    pub per_copy: u64,
    /// For all copies.
    #[ts(type = "number")]
    pub total: u64,
}

/// What is still missing before the copy can be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// The requester's name.
    RequesterName,
    /// The requester's paper number, or it is malformed.
    RequesterId,
    /// The name of the paper.
    PaperName,
    /// At least one page.
    Pages,
    /// A page whose outline is not certain: corners must be set or confirmed.
    PageOutline,
    /// A page below 200 dpi (NĐ 30/2020 App. I).
    PageResolution,
    /// A page whose shot is objected to: a person must look at it and take it, or shoot it again.
    PageQuality,
    /// The attestation.
    Attestation,
    /// The performer's token.
    Performer,
    /// The agency's token.
    Agency,
}

/// A page that was taken out of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RemovedPage {
    /// Its identity; it comes back with the same.
    pub page: String,
    /// The number it had, from 1.
    pub number: u32,
}

/// A point in pixels of the upright picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Point {
    /// Rightwards.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// One page of the original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// Identity within the case.
    pub id: String,
    /// Goes up by one with every change; part of the picture addresses, so a cached picture is never stale.
    pub revision: u32,
    /// Where it came from: file name or camera name.
    pub source: String,
    /// SHA-256 of the untouched original, hex.
    pub original_sha256: String,
    /// Width of the upright original, pixels.
    pub width: u32,
    /// Height of the upright original, pixels.
    pub height: u32,
    /// Corners top-left, top-right, bottom-right, bottom-left; `null` means the whole picture.
    pub corners: Option<[Point; 4]>,
    /// How sure the outline is, 0..1; 1 once a person set or confirmed it.
    pub confidence: f32,
    /// The outline or the shot needs a person's eye before signing.
    pub needs_confirmation: bool,
    /// Quarter turns clockwise applied after rectifying.
    pub quarter_turns: u8,
    /// Both sides of a card on one A4: outlines are changed after taking it apart with `page_split`.
    pub two_sided: bool,
    /// Pixels of the original per inch of paper.
    pub dpi: u32,
    /// Width of the paper, mm.
    pub width_mm: f32,
    /// Height of the paper, mm.
    pub height_mm: f32,
    /// Name of the standard size it was snapped to (`A4`, `ID-1` …), if any.
    pub paper_size: Option<String>,
    /// The paper that the officer named; `null` leaves it to the proportions or the device.
    pub told: Option<ToldPaper>,
    /// Whether its light is evened out as the stand measured it; `null` where that was not measured.
    pub even_light: Option<bool>,
    /// Number (from 1) of an earlier page of the case that looks the same; it stops nothing.
    pub alike: Option<u32>,
    /// Papers that lie in the picture: with several, and nobody having decided, `page_separate` makes a page of each.
    pub papers: u32,
    /// Codes of what the detector and the quality gate noticed.
    pub warnings: Vec<PageWarning>,
}

/// What was noticed about a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PageWarning {
    /// No outline found: the whole picture is taken.
    NoOutline,
    /// The outline is not certain.
    LowConfidence,
    /// The outline does not agree with what differs from the empty mat of a measured stand.
    MatDisagrees,
    /// Part of the paper lies outside the picture: wants an eye.
    CutByFrame,
    /// Under 200 dpi: may not be certified.
    BelowLegalFloor,
    /// Under 250 dpi.
    LowResolution,
    /// Under 200 dpi if it is as large as A4; it may be smaller, as nothing tells its size: wants an eye, or the name of
    /// the paper.
    UnknownScale,
    /// The sharpest print is blurred: wants an eye.
    Blurred,
    /// A burnt-out area hides part of the page: wants an eye.
    Glare,
    /// The paper itself is dark: wants an eye.
    TooDark,
    /// A hand reaches over the page: wants an eye.
    HandOverPage,
    /// Something moves (live picture only).
    Moving,
    /// Several papers lie in the picture: each can be made a page of its own.
    SeveralPapers,
}

/// Papers that an officer can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ToldPaper {
    /// 297 × 420 mm.
    A3,
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
    /// 85.6 × 54 mm.
    Card,
    /// Two pages of a passport, 125 × 176 mm.
    PassportOpen,
    /// One page of a passport, 88 × 125 mm.
    PassportPage,
    /// 8.5 × 11 in.
    Letter,
}

/// Request of `page_set_paper`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageSetPaper {
    /// The page.
    pub page: String,
    /// The paper; `null` leaves it to the proportions or the device.
    pub paper: Option<ToldPaper>,
}

/// Request of `page_set_light`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageSetLight {
    /// The page.
    pub page: String,
    /// Evened out, or as it was photographed.
    pub even: bool,
}

/// Request of `page_add`: a file put down with `upload` before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageAdd {
    /// Handle that `upload` gave.
    pub blob: String,
    /// File name, for people.
    pub name: String,
}

/// Request of `page_set_corners`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageSetCorners {
    /// The page.
    pub page: String,
    /// tl, tr, br, bl in pixels of the upright original; `null` takes the whole picture.
    pub corners: Option<[Point; 4]>,
}

/// Request of `page_rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageRotate {
    /// The page.
    pub page: String,
    /// Quarter turns clockwise to add: 1, 2 or 3.
    pub quarter_turns: u8,
}

/// Request of `page_move`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageMove {
    /// The page.
    pub page: String,
    /// Its new place, 0 for the first.
    pub to: u32,
}

/// Names one page: `page_delete`, `page_reset` (detect again), `page_confirm` (outline and shot are right as they are).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageRef {
    /// The page.
    pub page: String,
}

/// Request of `page_pair`: two pages become the two sides of one card on an A4, in the place of the front.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PagePair {
    /// The page of the front side.
    pub front: String,
    /// The page of the back side.
    pub back: String,
}

/// Request of `card_read`: where to look for the QR code of an identity card. Exactly one is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CardSource {
    /// A file put down with `upload`.
    pub blob: Option<String>,
    /// What lies under this camera now.
    pub camera: Option<String>,
    /// A page on the counter.
    pub page: Option<String>,
}

/// Result of `card_read`: what the card says, offered to the requester form. The form itself is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CardOffer {
    /// Số định danh cá nhân.
    pub id_number: String,
    /// Name as on the card.
    pub name: String,
    /// Residence on the day of issue, empty if none.
    pub address: String,
    /// Born, ISO 8601 (`yyyy-MM-dd`, or shorter), empty if unknown.
    pub born: String,
    /// Day of issue, `yyyy-MM-dd`, empty if unknown.
    pub issued: String,
}

/// Result of `phone_open` and `phone_state`: the page for phones on the office's LAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PhoneView {
    /// The one-time address; empty of its secret once a phone has opened it.
    pub url: String,
    /// The address as a QR code, a row a text, `1` for dark.
    pub code: Vec<String>,
    /// A phone has opened it; no other one can.
    pub in_use: bool,
    /// Pictures that arrived.
    pub saved: u32,
    /// Seconds until it closes; 0 when it has.
    pub seconds_left: u32,
}

/// Request of `folder_watch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FolderChoice {
    /// Absolute path of the folder into which a machine scans; empty for none.
    pub path: String,
}

/// Result of `folder_watch` and `folder_state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    /// The watched folder, empty for none.
    pub path: String,
    /// It cannot be read just now.
    pub unreadable: bool,
    /// Files taken since the program started or the folder was chosen.
    pub taken: u32,
    /// Names of files that are no whole pictures; they stay where they are.
    pub refused: Vec<String>,
}

/// Result of `cases_waiting`: complete cases that wait to be signed, the one due first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaitingList {
    /// The cases.
    pub cases: Vec<WaitingView>,
}

/// A case that waits to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    /// Identity of the copy to be.
    pub id: String,
    /// The requester.
    pub requester: String,
    /// The paper.
    pub paper: String,
    /// Pages, copies and the fee.
    pub fee: FeeView,
    /// When it was set aside, ISO 8601 +07:00.
    pub since: String,
    /// When the result is due, ISO 8601 (NĐ 23/2015 Art 7).
    pub due: String,
}

/// Names a waiting case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseRef {
    /// The case.
    pub case: String,
}

/// Request of `cases_sign`.
#[derive(Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CasesSign {
    /// The waiting cases, in the order in which they get their numbers.
    pub cases: Vec<String>,
    /// PINs for keys that want theirs for each signature: one entry for all; others need none.
    #[serde(default)]
    #[ts(optional, as = "Option<SignaturePins>")]
    pub pins: SignaturePins,
}

/// Result of `cases_sign`: what became of each case, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CasesSigned {
    /// One for each case.
    pub outcomes: Vec<CaseOutcome>,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseOutcome {
    /// The case; once signed, the copy.
    pub case: String,
    /// The certification number, if it was signed.
    pub number: Option<String>,
    /// Why it was not. Neither number nor fault: it was not tried, because the signing was stopped before.
    pub fault: Option<DeskError>,
}

/// Request of `case_attest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseAttest {
    /// "Đã đối chiếu đúng với bản chính".
    pub attested: bool,
}

/// Result of `cameras_list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CameraList {
    /// Cameras in order of preference. A live picture is at `camera/<id>/preview?<anything>`.
    pub cameras: Vec<CameraView>,
}

/// One camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CameraView {
    /// Stable identity.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The training camera, which plays made-up originals.
    pub training: bool,
    /// Plugged in now; the one used last is listed even when it is not.
    pub present: bool,
}

/// Names a camera: `camera_shoot` (adds a page), `camera_next` (training: turn to the next paper).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CameraRef {
    /// The camera.
    pub camera: String,
}

/// Result of `case_sign`: the finished copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignedCopy {
    /// Identity of the copy; its file is at `copy/<id>/file`.
    pub id: String,
    /// Certification number as printed.
    pub number: String,
    /// Volume as printed.
    pub volume: String,
    /// When it was certified, ISO 8601 +07:00.
    pub certified_at: String,
    /// SHA-256 of the finished file, hex.
    pub sha256: String,
    /// Size of the finished file, bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Level of the signatures (ETSI EN 319 142-1): `B` as long as there is no timestamp, `T`, `LT`, `LTA`.
    pub level: String,
    /// The fee to collect.
    pub fee: FeeView,
    /// Suggested ASCII-safe file name.
    pub file_name: String,
}

/// Request of `case_sign`.
#[derive(Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CaseSign {
    /// PINs for keys that want theirs for each signature; others need none.
    #[ts(optional, as = "Option<SignaturePins>")]
    pub pins: SignaturePins,
}
