// Generated from the desk's command list by `cargo xtask types`. Do not edit.
/* eslint-disable */

export type Empty = Record<symbol, never>;
export type DeskEvent = { "topic": "status" } | { "topic": "tokens" } | { "topic": "case" } | { "topic": "waiting" } | { "topic": "register" } | { "topic": "queue" } | { "topic": "devices" } | { "topic": "signing", 
/**
 * The step now under way.
 */
step: SigningStep, };
export type SigningStep = "number" | "build" | "performer" | "agency" | "commit";
export type SigningRole = "performer" | "agency";
export type PinState = "ok" | "countLow" | "finalTry" | "locked" | "toBeChanged" | "notInitialised";
export type CertificateProblem = "expired" | "notYetValid" | "notForSigning" | "keyUnsupported" | "otherAgency" | "noAuthority";
export type CertificateWarning = "expiresSoon" | "renewed";
export type PinLengths = { 
/**
 * The shortest.
 */
min: number, 
/**
 * The longest.
 */
max: number, };
export type TokenView = { 
/**
 * SHA-256 of the certificate, lower-case hex: the only thing a token is chosen by.
 */
fingerprint: string, 
/**
 * The PKCS#11 module file's name.
 */
module: string, 
/**
 * The token's own label.
 */
label: string, 
/**
 * The token's serial number.
 */
serial: string, 
/**
 * Common name in the certificate.
 */
holder: string, 
/**
 * Organisation in the certificate.
 */
organisation: string, 
/**
 * Common name of the issuer.
 */
issuer: string, 
/**
 * First day of validity, ISO date.
 */
notBefore: string, 
/**
 * Last day of validity, ISO date.
 */
notAfter: string, 
/**
 * Whole days left, negative when expired.
 */
daysLeft: number, 
/**
 * State of the PIN tries, read just now. With `finalTry` the dialog asks first, and then sends `lastTryAccepted`.
 */
pin: PinState, 
/**
 * The lengths a PIN may have, `null` if the token does not say so sensibly. Another length costs no try.
 */
pinLengths: PinLengths | null, 
/**
 * The PIN is typed on the reader itself.
 */
pinPad: boolean, 
/**
 * What the reader is called; may be blank.
 */
reader: string, 
/**
 * Somebody is signed in with this certificate now.
 */
open: boolean, 
/**
 * The role this certificate can take at this office, if any.
 */
suggestedRole: SigningRole | null, 
/**
 * Why it cannot be used, if so.
 */
problems: Array<CertificateProblem>, 
/**
 * What to know although it can be used.
 */
warnings: Array<CertificateWarning>, 
/**
 * Other modules that show the same certificate: two drivers for one token.
 */
alsoIn: Array<string>, };
export type TokenList = { 
/**
 * Holders' certificates found, those of this office first; certificates of authorities are left out.
 */
tokens: Array<TokenView>, 
/**
 * Modules that could not be used, with the reason's code.
 */
modules: Array<ModuleView>, };
export type ModuleView = { 
/**
 * File name.
 */
name: string, 
/**
 * Code of the error met, `null` when it answered.
 */
problem: string | null, };
export type TokenRef = { 
/**
 * SHA-256 of the certificate, hex.
 */
fingerprint: string, };
export type TokenCheck = { 
/**
 * Names of holders, organisations and issuers too; the report is meant to be passed on to a help desk.
 */
withSubjects: boolean, };
export type TokenDiagnostics = { 
/**
 * This program's version.
 */
program: string, 
/**
 * Operating system and processor, such as `linux x86_64`.
 */
system: string, 
/**
 * The system's card service.
 */
card_service: CardService, 
/**
 * The modules that were found.
 */
modules: Array<ModuleReport>, };
export type CardService = { 
/**
 * Why it tells nothing; `null` when it answered. Tokens are noticed by asking then, within two seconds.
 */
problem: string | null, 
/**
 * Its readers.
 */
readers: Array<ReaderReport>, };
export type ReaderReport = { 
/**
 * Its name.
 */
name: string, 
/**
 * Whether a card or token is in it.
 */
present: boolean, 
/**
 * The card's answer to reset, hex.
 */
atr: string, 
/**
 * Whom Windows has drive such cards; `null` on systems without such a map.
 */
driver: string | null, };
export type ModuleReport = { 
/**
 * The file.
 */
module: string, 
/**
 * The product it belongs to, as far as its name tells.
 */
product: string | null, 
/**
 * How it was found: `file`, `folder`, `known`, `p11_kit` or `registry`.
 */
origin: string, 
/**
 * What keeps it from being used; `null` when it answered.
 */
problem: Problem | null, 
/**
 * What it says of itself.
 */
info: { manufacturer: string, description: string, version: string, cryptoki_version: string } | null, 
/**
 * The file; only when checked.
 */
file?: { architecture: string, size: number, sha256: string }, 
/**
 * Deviations from the standard that were worked around; only when checked.
 */
quirks?: Array<string>, 
/**
 * How long its functions took; only when checked.
 */
timings?: Array<{ function: string, calls: number, failed: number, total_us: number, longest_us: number }>, 
/**
 * Tokens plugged in.
 */
tokens: Array<TokenReport>, };
export type Problem = { 
/**
 * A code of [`DeskError`].
 */
code: string, 
/**
 * What was found, in English, such as the processor a module was built for.
 */
detail: string, };
export type TokenReport = { 
/**
 * Its label.
 */
label: string, 
/**
 * Its serial number.
 */
serial: string, 
/**
 * Who made it.
 */
manufacturer: string, 
/**
 * Its model.
 */
model: string, 
/**
 * What its reader is called.
 */
reader: string, 
/**
 * State of its PIN: `ok`, `count_low`, `final_try`, `locked`, `not_initialised` or `to_be_changed`.
 */
pin: string, 
/**
 * The lengths its PIN may have.
 */
pin_lengths: { min: number, max: number } | null, 
/**
 * Whether the PIN is typed on the token or its reader.
 */
pin_pad: boolean, 
/**
 * Mechanisms of the standard; only when checked.
 */
mechanisms?: Array<string>, 
/**
 * Its certificates.
 */
certificates: Array<CertificateReport>, };
export type CertificateReport = { 
/**
 * SHA-256, hex: the only thing a token is chosen by.
 */
fingerprint: string, 
/**
 * Common name of the holder; left out of a report without names.
 */
holder?: string, 
/**
 * Organisation of the holder, if it names one; left out of a report without names.
 */
organisation?: string, 
/**
 * Common name of the issuer; left out of a report without names.
 */
issuer?: string, 
/**
 * Serial number, hex; left out of a report without names.
 */
serial?: string, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * Kind of key.
 */
key: { rsa: number } | string, 
/**
 * Uses the certificate names.
 */
uses: Array<string>, 
/**
 * Whether it is an authority's.
 */
authority: boolean, 
/**
 * Whether documents may be signed with it.
 */
signing: boolean, };
export type SessionOpen = { 
/**
 * The signature the token is opened for.
 */
role: SigningRole, 
/**
 * The chosen certificate.
 */
fingerprint: string, 
/**
 * The PIN; empty for a reader with its own key pad.
 */
pin: string, 
/**
 * The officer was told that one more wrong PIN locks the token, and goes on. Without it such an attempt is refused
 * (`pin_last_try`).
 */
lastTryAccepted?: boolean, };
export type SignaturePins = { 
/**
 * For the performer's key.
 */
performer?: string, 
/**
 * For the agency's key.
 */
agency?: string, };
export type SessionClose = { 
/**
 * The role to sign out.
 */
role: SigningRole, };
export type SessionView = { 
/**
 * The person who certifies.
 */
performer: HolderView | null, 
/**
 * The agency's seal.
 */
agency: HolderView | null, };
export type HolderView = { 
/**
 * SHA-256 of the certificate, hex.
 */
fingerprint: string, 
/**
 * Name in the certificate.
 */
holder: string, 
/**
 * Capacity and title as printed (for example `KT. CHỦ TỊCH – PHÓ CHỦ TỊCH`); empty for the agency.
 */
title: string, 
/**
 * Days until the certificate expires.
 */
daysLeft: number, 
/**
 * The key wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE): `case_sign` and `unfinished_resume` need it.
 */
pinForEachSignature: boolean, 
/**
 * That PIN is typed on the reader itself.
 */
pinPad: boolean, };
export type Mode = "training" | "office";
export type AppState = { 
/**
 * Training or a real office.
 */
mode: Mode, 
/**
 * The agency's full name.
 */
officeName: string, 
/**
 * The agency's identifier.
 */
officeId: string, 
/**
 * Version of the program.
 */
version: string, 
/**
 * Training only: the PIN of the training tokens, shown as a hint.
 */
trainingPin: string | null, 
/**
 * Bounds the window should respect.
 */
limits: Limits, };
export type Limits = { 
/**
 * Largest file taken in, bytes.
 */
fileBytes: number, 
/**
 * Most pages of one original.
 */
pages: number, 
/**
 * Most copies of one act.
 */
copies: number, };
export type Status = { 
/**
 * Who is signed in.
 */
session: SessionView, 
/**
 * The open book.
 */
book: BookStatus, 
/**
 * The upload queue in one line.
 */
queue: QueueStatus, 
/**
 * Complete cases that wait to be signed.
 */
waiting: number, 
/**
 * Acts that a crash or an unplugged token left half done.
 */
unfinished: number, 
/**
 * The store's key lies in a file beside the store: a visible warning.
 */
keyInFile: boolean, 
/**
 * Now at the desk, ISO 8601 +07:00.
 */
now: string, 
/**
 * Seconds by which the desk's clock is ahead of the warehouse's; `null` until known.
 */
clockSkewSeconds: number | null, };
export type BookStatus = { 
/**
 * Volume text, for example `01/2026-SCTĐT/BS`.
 */
volume: string, 
/**
 * The number the next act gets, as printed.
 */
nextNumber: string, };
export type QueueStatus = { 
/**
 * Copies not yet stored by the warehouse, held ones included.
 */
waiting: number, 
/**
 * Copies that need a person.
 */
held: number, 
/**
 * Age of the oldest waiting copy, seconds.
 */
oldestSeconds: number, 
/**
 * How the line to the warehouse stands.
 */
lane: Lane, };
export type RequesterForm = { 
/**
 * Full name.
 */
name: string, 
/**
 * Personal identification number (12 digits), CMND (9 digits) or passport number.
 */
idNumber: string, 
/**
 * Address, optional.
 */
address: string, 
/**
 * Telephone, optional.
 */
phone: string, 
/**
 * E-mail, optional.
 */
email: string, };
export type PaperForm = { 
/**
 * Name of the paper (tên giấy tờ, văn bản).
 */
name: string, 
/**
 * Number on the paper, optional.
 */
number: string, 
/**
 * Issuing agency, optional.
 */
issuer: string, 
/**
 * Issue date `yyyy-MM-dd`, optional (empty).
 */
issuedOn: string, };
export type CaseForm = { 
/**
 * Who asks.
 */
requester: RequesterForm, 
/**
 * For which paper.
 */
paper: PaperForm, 
/**
 * How many copies, at least 1.
 */
copies: number, };
export type CaseView = { 
/**
 * Identity of the copy to be (UUIDv7).
 */
id: string, 
/**
 * The typed part.
 */
form: CaseForm, 
/**
 * Pages in order.
 */
pages: Array<PageView>, 
/**
 * Pages that were taken out; `page_restore` puts the last of them back.
 */
removed: Array<RemovedPage>, 
/**
 * "Đã đối chiếu đúng với bản chính": withdrawn by the desk whenever a page changes.
 */
attested: boolean, 
/**
 * The fee for these pages and copies.
 */
fee: FeeView, 
/**
 * The statement as it will stand in the copy, line by line, with the number expected next.
 */
statement: Array<StatementLineView>, 
/**
 * When the result is due, ISO 8601 (NĐ 23/2015 Art 7).
 */
due: string, 
/**
 * Bytes that the copy will have, about.
 */
copySize: number, 
/**
 * What keeps F9 from working, most important first; empty when ready.
 */
missing: Array<Missing>, };
export type StatementLineView = { 
/**
 * What the line is.
 */
kind: StatementLineKind, 
/**
 * Its text.
 */
text: string, };
export type StatementLineKind = "title" | "number" | "date" | "capacity" | "signer";
export type FeeView = { 
/**
 * Pages of the original.
 */
pages: number, 
/**
 * Copies.
 */
copies: number, 
/**
 * For one copy.
 */
perCopy: number, 
/**
 * For all copies.
 */
total: number, };
export type Missing = "requesterName" | "requesterId" | "paperName" | "pages" | "pageOutline" | "pageResolution" | "pageQuality" | "attestation" | "performer" | "agency";
export type Point = { 
/**
 * Rightwards.
 */
x: number, 
/**
 * Downwards.
 */
y: number, };
export type PageView = { 
/**
 * Identity within the case.
 */
id: string, 
/**
 * Goes up by one with every change; part of the picture addresses, so a cached picture is never stale.
 */
revision: number, 
/**
 * Where it came from: file name or camera name.
 */
source: string, 
/**
 * SHA-256 of the untouched original, hex.
 */
originalSha256: string, 
/**
 * Width of the upright original, pixels.
 */
width: number, 
/**
 * Height of the upright original, pixels.
 */
height: number, 
/**
 * Corners top-left, top-right, bottom-right, bottom-left; `null` means the whole picture.
 */
corners: [Point, Point, Point, Point] | null, 
/**
 * How sure the outline is, 0..1; 1 once a person set or confirmed it.
 */
confidence: number, 
/**
 * The outline or the shot needs a person's eye before signing.
 */
needsConfirmation: boolean, 
/**
 * Quarter turns clockwise applied after rectifying.
 */
quarterTurns: number, 
/**
 * Both sides of a card on one A4: outlines are changed after taking it apart with `page_split`.
 */
twoSided: boolean, 
/**
 * Pixels of the original per inch of paper.
 */
dpi: number, 
/**
 * Width of the paper, mm.
 */
widthMm: number, 
/**
 * Height of the paper, mm.
 */
heightMm: number, 
/**
 * Name of the standard size it was snapped to (`A4`, `ID-1` …), if any.
 */
paperSize: string | null, 
/**
 * The paper that the officer named; `null` leaves it to the proportions or the device.
 */
told: ToldPaper | null, 
/**
 * Whether its light is evened out as the stand measured it; `null` where that was not measured.
 */
evenLight: boolean | null, 
/**
 * Number (from 1) of an earlier page of the case that looks the same; it stops nothing.
 */
alike: number | null, 
/**
 * Papers that lie in the picture: with several, and nobody having decided, `page_separate` makes a page of each.
 */
papers: number, 
/**
 * Codes of what the detector and the quality gate noticed.
 */
warnings: Array<PageWarning>, };
export type RemovedPage = { 
/**
 * Its identity; it comes back with the same.
 */
page: string, 
/**
 * The number it had, from 1.
 */
number: number, };
export type PageWarning = "noOutline" | "lowConfidence" | "matDisagrees" | "cutByFrame" | "belowLegalFloor" | "lowResolution" | "unknownScale" | "blurred" | "glare" | "tooDark" | "handOverPage" | "moving" | "severalPapers";
export type ToldPaper = "a3" | "a4" | "a5" | "card" | "passportOpen" | "passportPage" | "letter";
export type PageSetPaper = { 
/**
 * The page.
 */
page: string, 
/**
 * The paper; `null` leaves it to the proportions or the device.
 */
paper: ToldPaper | null, };
export type PageSetLight = { 
/**
 * The page.
 */
page: string, 
/**
 * Evened out, or as it was photographed.
 */
even: boolean, };
export type PageAdd = { 
/**
 * Handle that `upload` gave.
 */
blob: string, 
/**
 * File name, for people.
 */
name: string, };
export type PageSetCorners = { 
/**
 * The page.
 */
page: string, 
/**
 * tl, tr, br, bl in pixels of the upright original; `null` takes the whole picture.
 */
corners: [Point, Point, Point, Point] | null, };
export type PageRotate = { 
/**
 * The page.
 */
page: string, 
/**
 * Quarter turns clockwise to add: 1, 2 or 3.
 */
quarterTurns: number, };
export type PageMove = { 
/**
 * The page.
 */
page: string, 
/**
 * Its new place, 0 for the first.
 */
to: number, };
export type PageRef = { 
/**
 * The page.
 */
page: string, };
export type PagePair = { 
/**
 * The page of the front side.
 */
front: string, 
/**
 * The page of the back side.
 */
back: string, };
export type CardSource = { 
/**
 * A file put down with `upload`.
 */
blob: string | null, 
/**
 * What lies under this camera now.
 */
camera: string | null, 
/**
 * A page on the counter.
 */
page: string | null, };
export type CardOffer = { 
/**
 * Số định danh cá nhân.
 */
idNumber: string, 
/**
 * Name as on the card.
 */
name: string, 
/**
 * Residence on the day of issue, empty if none.
 */
address: string, 
/**
 * Born, ISO 8601 (`yyyy-MM-dd`, or shorter), empty if unknown.
 */
born: string, 
/**
 * Day of issue, `yyyy-MM-dd`, empty if unknown.
 */
issued: string, };
export type PhoneView = { 
/**
 * The one-time address; empty of its secret once a phone has opened it.
 */
url: string, 
/**
 * The address as a QR code, a row a text, `1` for dark.
 */
code: Array<string>, 
/**
 * A phone has opened it; no other one can.
 */
inUse: boolean, 
/**
 * Pictures that arrived.
 */
saved: number, 
/**
 * Seconds until it closes; 0 when it has.
 */
secondsLeft: number, };
export type FolderChoice = { 
/**
 * Absolute path of the folder into which a machine scans; empty for none.
 */
path: string, };
export type FolderView = { 
/**
 * The watched folder, empty for none.
 */
path: string, 
/**
 * It cannot be read just now.
 */
unreadable: boolean, 
/**
 * Files taken since the program started or the folder was chosen.
 */
taken: number, 
/**
 * Names of files that are no whole pictures; they stay where they are.
 */
refused: Array<string>, };
export type CaseAttest = { 
/**
 * "Đã đối chiếu đúng với bản chính".
 */
attested: boolean, };
export type CaseSign = { 
/**
 * PINs for keys that want theirs for each signature; others need none.
 */
pins?: SignaturePins, };
export type CameraList = { 
/**
 * Cameras in order of preference. A live picture is at `camera/<id>/preview?<anything>`.
 */
cameras: Array<CameraView>, };
export type CameraView = { 
/**
 * Stable identity.
 */
id: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * The training camera, which plays made-up originals.
 */
training: boolean, 
/**
 * Plugged in now; the one used last is listed even when it is not.
 */
present: boolean, };
export type CameraRef = { 
/**
 * The camera.
 */
camera: string, };
export type CameraSight = { 
/**
 * Exposure and focus have settled: a shot is taken at once.
 */
settled: boolean, 
/**
 * Nothing has moved for a while.
 */
still: boolean, 
/**
 * Another page than at the last shot lies still, and a shot of it would be good: the moment to shoot by itself.
 */
shootNow: boolean, 
/**
 * Width of the live picture, pixels.
 */
width: number, 
/**
 * Height of the live picture, pixels.
 */
height: number, 
/**
 * The outline tl, tr, br, bl in those pixels; `null` when there is nothing to propose.
 */
corners: [Point, Point, Point, Point] | null, 
/**
 * How sure the outline is, 0..1.
 */
confidence: number, 
/**
 * The outline is certain enough to be applied unasked.
 */
certain: boolean, 
/**
 * Pixels per inch of paper, for the paper that the outline suggests.
 */
dpi: number | null, 
/**
 * Sizes and resolution are measured by the camera's stand.
 */
measured: boolean, 
/**
 * The mat looks different from when the stand was measured: nothing is measured by it until that is done again.
 */
standMoved: boolean, 
/**
 * What would be objected to in a shot now.
 */
notes: Array<PageWarning>, 
/**
 * Under the 200 dpi of NĐ 30/2020 App. I: a shot from here could not be certified.
 */
belowLegalFloor: boolean, 
/**
 * Code of the error that keeps the picture from coming.
 */
problem: string | null, };
export type StandStep = "mat" | "sheet" | "white";
export type StandTake = { 
/**
 * The camera.
 */
camera: string, 
/**
 * What lies under it now.
 */
step: StandStep, };
export type StandView = { 
/**
 * When it was measured, ISO 8601; `null` if it was not.
 */
measuredAt: string | null, 
/**
 * Pixels of a shot per inch on the mat.
 */
dpi: number | null, 
/**
 * How much darker the darkest place of the mat is than the brightest, per cent; `null` if not measured.
 */
unevenness: number | null, 
/**
 * By how much the lens draws the picture's corners too far out (negative: too far in), per cent; 0 for a straight one,
 * `null` if not measured.
 */
bend: number | null, 
/**
 * The step that is next.
 */
next: StandStep, };
export type ScannerDriver = "escl" | "sane" | "wia";
export type ScanFeed = "platen" | "feeder" | "feederDuplex" | "manualDuplex";
export type ScanPass = "first" | "backs";
export type ScannersList = { 
/**
 * Looks everywhere, for some seconds; else only what is remembered.
 */
search: boolean, };
export type ScannerList = { 
/**
 * Scanners, the last used first.
 */
scanners: Array<ScannerView>, };
export type ScannerView = { 
/**
 * Stable identity.
 */
id: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * Its driver.
 */
driver: ScannerDriver, 
/**
 * Where the paper was taken from last.
 */
feed: ScanFeed, 
/**
 * Dots per inch last used.
 */
dpi: number, };
export type ScannerRef = { 
/**
 * The scanner.
 */
scanner: string, };
export type ScannerAdd = { 
/**
 * Address or host name, as a person types it.
 */
address: string, };
export type ScannerAbilities = { 
/**
 * Ways in, in the order in which they are offered.
 */
feeds: Array<ScanFeed>, 
/**
 * Resolutions of at least 200 dpi (NĐ 30/2020 App. I).
 */
resolutions: Array<number>, };
export type ScanRun = { 
/**
 * The scanner.
 */
scanner: string, 
/**
 * Where the paper lies.
 */
feed: ScanFeed, 
/**
 * Dots per inch, 200 to 600.
 */
dpi: number, 
/**
 * Which sides.
 */
pass: ScanPass, };
export type ScanDone = { 
/**
 * Pages of this pass.
 */
pages: number, 
/**
 * Backs are still to come, for that many fronts: the stack is to be turned over.
 */
awaitingBacks: number, 
/**
 * Backs that found no front, added at the end; or fronts left without a back. Not zero means: look.
 */
unpaired: number, };
export type WaitingList = { 
/**
 * The cases.
 */
cases: Array<WaitingView>, };
export type WaitingView = { 
/**
 * Identity of the copy to be.
 */
id: string, 
/**
 * The requester.
 */
requester: string, 
/**
 * The paper.
 */
paper: string, 
/**
 * Pages, copies and the fee.
 */
fee: FeeView, 
/**
 * When it was set aside, ISO 8601 +07:00.
 */
since: string, 
/**
 * When the result is due, ISO 8601 (NĐ 23/2015 Art 7).
 */
due: string, };
export type CaseRef = { 
/**
 * The case.
 */
case: string, };
export type CasesSign = { 
/**
 * The waiting cases, in the order in which they get their numbers.
 */
cases: Array<string>, 
/**
 * PINs for keys that want theirs for each signature: one entry for all; others need none.
 */
pins?: SignaturePins, };
export type CasesSigned = { 
/**
 * One for each case.
 */
outcomes: Array<CaseOutcome>, };
export type CaseOutcome = { 
/**
 * The case; once signed, the copy.
 */
case: string, 
/**
 * The certification number, if it was signed.
 */
number: string | null, 
/**
 * Why it was not. Neither number nor fault: it was not tried, because the signing was stopped before.
 */
fault: DeskError | null, };
export type SignedCopy = { 
/**
 * Identity of the copy; its file is at `copy/<id>/file`.
 */
id: string, 
/**
 * Certification number as printed.
 */
number: string, 
/**
 * Volume as printed.
 */
volume: string, 
/**
 * When it was certified, ISO 8601 +07:00.
 */
certifiedAt: string, 
/**
 * SHA-256 of the finished file, hex.
 */
sha256: string, 
/**
 * Size of the finished file, bytes.
 */
size: number, 
/**
 * Level of the signatures (ETSI EN 319 142-1): `B` as long as there is no timestamp, `T`, `LT`, `LTA`.
 */
level: string, 
/**
 * The fee to collect.
 */
fee: FeeView, 
/**
 * Suggested ASCII-safe file name.
 */
fileName: string, };
export type RegisterDay = { 
/**
 * `yyyy-MM-dd`; empty means today.
 */
date: string, };
export type DayView = { 
/**
 * The day shown.
 */
date: string, 
/**
 * Entries by number.
 */
entries: Array<EntryView>, 
/**
 * Acts (not voids) of the day.
 */
acts: number, 
/**
 * Copies of the day (the unit of TT 03/2019/TT-BTP).
 */
copies: number, 
/**
 * Fees of the day, đồng.
 */
fees: number, };
export type EntryView = { 
/**
 * The copy's identity.
 */
id: string, 
/**
 * (1) Certification number as printed.
 */
number: string, 
/**
 * (2) When certified, ISO 8601.
 */
certifiedAt: string, 
/**
 * (3) Requester.
 */
requester: string, 
/**
 * The requester's paper number, masked.
 */
requesterId: string, 
/**
 * (4) Name of the original.
 */
paper: string, 
/**
 * (5) Name and title of the signer.
 */
signer: string, 
/**
 * (6) Copies.
 */
copies: number, 
/**
 * (7) Fee, đồng.
 */
fee: number, 
/**
 * (8) Notes: the reason of a void.
 */
note: string, 
/**
 * A void ("Hủy"), not an act.
 */
voided: boolean, 
/**
 * Level of the signatures (ETSI EN 319 142-1): `B` as long as there is no timestamp, `T`, `LT`, `LTA`.
 */
level: string, 
/**
 * Where the file is on its way; `null` for a void.
 */
delivery: JobState | null, };
export type CopyRef = { 
/**
 * The copy.
 */
copy: string, };
export type Exported = { 
/**
 * The file written, full path.
 */
path: string, };
export type UnfinishedList = { 
/**
 * Oldest first.
 */
acts: Array<UnfinishedView>, };
export type UnfinishedView = { 
/**
 * The copy.
 */
id: string, 
/**
 * Its number as printed.
 */
number: string, 
/**
 * Name of the paper; empty when only the number was reserved.
 */
paper: string, 
/**
 * Requester; empty when only the number was reserved.
 */
requester: string, 
/**
 * How far it came.
 */
state: UnfinishedState, };
export type UnfinishedState = "reserved" | "prepared" | "signed";
export type UnfinishedResume = { 
/**
 * The copy.
 */
copy: string, 
/**
 * PINs for keys that want theirs for each signature; others need none.
 */
pins?: SignaturePins, };
export type UnfinishedVoid = { 
/**
 * The copy.
 */
copy: string, 
/**
 * The reason that goes into the book ("Hủy: …").
 */
reason: string, };
export type Lane = "idle" | "sending" | "offline" | "refused" | "stopped";
export type JobState = "ready" | "sending" | "waiting" | "held" | "delivered";
export type QueueView = { 
/**
 * The line.
 */
lane: Lane, 
/**
 * Code of the last thing that went wrong with the line, `null` when it works.
 */
problem: string | null, 
/**
 * Jobs, undelivered first, then the latest delivered ones (at most 100).
 */
jobs: Array<JobView>, };
export type JobView = { 
/**
 * The copy.
 */
copy: string, 
/**
 * Its number as printed.
 */
number: string, 
/**
 * Name of the paper.
 */
paper: string, 
/**
 * State.
 */
state: JobState, 
/**
 * When it was queued, ISO 8601.
 */
queuedAt: string, 
/**
 * Bytes the warehouse has.
 */
sent: number, 
/**
 * Bytes in all.
 */
size: number, 
/**
 * Next try, ISO 8601, while waiting.
 */
nextTry: string | null, 
/**
 * Code of the last problem.
 */
problem: string | null, 
/**
 * When the receipt came, ISO 8601.
 */
deliveredAt: string | null, };
export type VerifyFile = { 
/**
 * Handle that `upload` gave.
 */
blob: string, 
/**
 * File name, for people.
 */
name: string, };
export type VerifySave = { 
/**
 * Verifications of this run of the program, in the order of the report.
 */
verifications: Array<string>, 
/**
 * The report's form.
 */
format: ReportFormat, };
export type ReportFormat = "pdf" | "json";
export type FileVerdict = "valid" | "invalid" | "undetermined" | "unsigned";
export type Headline = "ourCopy" | "valid" | "notOurCopy" | "copyRevoked" | "copyNotEntered" | "altered" | "changedAfterwards" | "signerRevoked" | "weak" | "traces" | "signatureUnreadable" | "fileUnreadable" | "notAPdf" | "invalid" | "signerUnknown" | "signerExpired" | "revocationUnknown" | "kindUnknown" | "undetermined" | "unsigned";
export type SignedContent = "none" | "intact" | "unreadable" | "altered";
export type LaterChanges = "none" | "permitted" | "unknown" | "forbidden";
export type SignerTrust = "trusted" | "unknown" | "expired" | "untrusted" | "revoked";
export type Revocation = "good" | "unknown" | "revoked";
export type Verification = { 
/**
 * Identity of this answer, for `verify_save`.
 */
id: string, 
/**
 * File name.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * SHA-256 of the file, hex.
 */
sha256: string, 
/**
 * When it was verified, ISO 8601 +07:00.
 */
checkedAt: string, 
/**
 * The answer.
 */
verdict: FileVerdict, 
/**
 * The answer in one sentence.
 */
headline: Headline, 
/**
 * Whether what was signed is what is there.
 */
content: SignedContent, 
/**
 * The worst that happened after a signature.
 */
changes: LaterChanges, 
/**
 * The signatures, oldest first.
 */
signatures: Array<SignatureView>, 
/**
 * What is worth knowing besides; the texts are `verify_warning_<code>`.
 */
warnings: Array<ReasonView>, 
/**
 * Why the answer is not `valid`.
 */
reasons: Array<ReasonView>, 
/**
 * What this office's register says; `null` when the file names no copy of it.
 */
register: RegisterFinding | null, };
export type SignatureView = { 
/**
 * The answer for this signature alone.
 */
verdict: FileVerdict, 
/**
 * Name of its field.
 */
field: string, 
/**
 * The revision of the file it was made in, from 1.
 */
revision: number, 
/**
 * Who signed; claimed only, unless the content is intact. `null` when that cannot be read.
 */
signer: SignerView | null, 
/**
 * When: ISO 8601 +07:00 where it can be read so, else as the file says it.
 */
time: string | null, 
/**
 * The time that a trusted timestamp proves, ISO 8601; without one, `time` is the signer's own clock.
 */
provedTime: string | null, 
/**
 * Timestamps that hold, trusted or not.
 */
timestamps: Array<TimestampView>, 
/**
 * A timestamp over the document, not a person's signature.
 */
documentTimestamp: boolean, 
/**
 * PAdES level as far as recognised, such as `B` or `LT`.
 */
level: string, 
/**
 * `whole_file`, `revision` or `partial`.
 */
covers: string, 
/**
 * Whether what was signed is what is there.
 */
content: SignedContent, 
/**
 * What happened to the file afterwards.
 */
changes: LaterChanges, 
/**
 * Whether the signer is trusted.
 */
trust: SignerTrust, 
/**
 * What is known of the revocation of the signer's certificate.
 */
revocation: Revocation, 
/**
 * The certificates above the signer's, up to the root; empty without a path.
 */
path: Array<SignerView>, 
/**
 * Key and digest, such as `RSA 2048, SHA-256`; empty when the signature does not hold.
 */
algorithm: string, 
/**
 * What the signer gave as the reason, if anything.
 */
reason: string | null, 
/**
 * What the signer gave as the place, if anything.
 */
location: string | null, };
export type TimestampView = { 
/**
 * The time it states, ISO 8601 +07:00.
 */
time: string, 
/**
 * Who states it.
 */
authority: string, 
/**
 * Whether that authority is trusted.
 */
trust: SignerTrust, };
export type SignerView = { 
/**
 * Name.
 */
name: string, 
/**
 * Organisation, empty when none is named.
 */
organisation: string, 
/**
 * Issuer (RFC 4514).
 */
issuer: string, 
/**
 * Serial number, hex.
 */
serial: string, 
/**
 * SHA-256 of the certificate, hex.
 */
fingerprint: string, };
export type ReasonView = { 
/**
 * The code.
 */
code: string, 
/**
 * Parameters of its text. `signature` is the signature's place in the list, from 1, or its field's name.
 */
params: { [key in string]: string }, };
export type RegisterMatch = "exact" | "differs";
export type RegisterFinding = { 
/**
 * Whether the file is that copy.
 */
found: RegisterMatch, 
/**
 * The copy.
 */
copy: string, 
/**
 * Its number as printed; empty when the act was never entered.
 */
number: string, 
/**
 * Its volume as printed.
 */
volume: string, 
/**
 * When it was certified, ISO 8601.
 */
certifiedAt: string | null, 
/**
 * Name of the original.
 */
paper: string, 
/**
 * Name and title of the signer.
 */
signer: string, 
/**
 * Where the file is on its way to the warehouse.
 */
delivery: JobState | null, 
/**
 * When the warehouse had stored it, by its signed receipt, ISO 8601.
 */
storedAt: string | null, };
export type DeskError = { "code": "pin_incorrect", "params": { 
/**
 * `unknown`, `low` or `last`: what the token says is left.
 */
tries: string, } } | { "code": "pin_last_try" } | { "code": "pin_try_spent", "params": { 
/**
 * `unknown`, `low` or `last`: what the token says is left.
 */
tries: string, 
/**
 * What the driver said (`CKR_…`).
 */
detail: string, } } | { "code": "pin_needed", "params": { 
/**
 * `performer` or `agency`.
 */
role: string, } } | { "code": "pin_locked" } | { "code": "pin_length" } | { "code": "pin_expired" } | { "code": "pin_not_initialised" } | { "code": "pin_to_be_changed" } | { "code": "token_removed" } | { "code": "token_not_found" } | { "code": "token_session_lost" } | { "code": "token_cancelled" } | { "code": "token_not_answering" } | { "code": "token_driver_failure", "params": { 
/**
 * What the driver said (`CKR_…` or an exit status).
 */
detail: string, } } | { "code": "token_driver_unusable", "params": { 
/**
 * The file's name.
 */
module: string, } } | { "code": "token_signature_wrong" } | { "code": "token_key_not_found" } | { "code": "certificate_unsuitable", "params": { 
/**
 * A `CertificateProblem` code.
 */
problem: string, } } | { "code": "not_signed_in", "params": { 
/**
 * `performer` or `agency`.
 */
role: string, } } | { "code": "picture_truncated", "params": { 
/**
 * File name.
 */
name: string, } } | { "code": "picture_corrupt", "params": { 
/**
 * File name.
 */
name: string, } } | { "code": "picture_unsupported", "params": { 
/**
 * File name.
 */
name: string, } } | { "code": "picture_too_large", "params": { 
/**
 * File name.
 */
name: string, } } | { "code": "camera_not_found" } | { "code": "camera_unplugged" } | { "code": "camera_busy" } | { "code": "camera_access_denied" } | { "code": "camera_silent" } | { "code": "camera_start_refused" } | { "code": "camera_no_usable_format" } | { "code": "camera_broken_frame" } | { "code": "camera_io" } | { "code": "stand_sheet_not_found" } | { "code": "stand_not_a4" } | { "code": "stand_mat_differs" } | { "code": "stand_not_white" } | { "code": "scanner_not_found" } | { "code": "scanner_offline" } | { "code": "scanner_busy" } | { "code": "scanner_access_denied" } | { "code": "scanner_key_changed" } | { "code": "scanner_feeder_empty" } | { "code": "scanner_paper_jam" } | { "code": "scanner_cover_open" } | { "code": "scanner_unsupported_settings" } | { "code": "scanner_broken_page" } | { "code": "scanner_timed_out" } | { "code": "scanner_driver_missing" } | { "code": "scanner_io" } | { "code": "case_incomplete", "params": { 
/**
 * `Missing` codes.
 */
missing: Array<string>, } } | { "code": "counter_occupied" } | { "code": "too_many_pages", "params": { 
/**
 * The bound.
 */
most: number, } } | { "code": "copy_too_large", "params": { 
/**
 * The bound, megabytes (10^6 bytes).
 */
most: number, } } | { "code": "not_found" } | { "code": "corners_unusable" } | { "code": "not_a_card" } | { "code": "card_not_read", "params": { 
/**
 * `no_code`, `not_a_card` or `timed_out`.
 */
reason: string, } } | { "code": "no_local_network" } | { "code": "folder_unreadable" } | { "code": "statement_date_passed" } | { "code": "invalid_request", "params": { 
/**
 * The field.
 */
field: string, } } | { "code": "copy_not_built", "params": { 
/**
 * Why.
 */
detail: string, } } | { "code": "signature_not_written", "params": { 
/**
 * Why.
 */
detail: string, } } | { "code": "timestamp_not_obtained", "params": { 
/**
 * What each of them said.
 */
detail: string, } } | { "code": "already_open" } | { "code": "store_corrupt", "params": { 
/**
 * What was found.
 */
detail: string, } } | { "code": "store_key_missing" } | { "code": "store_newer" } | { "code": "store_rolled_back" } | { "code": "disk_full" } | { "code": "storage_failed", "params": { 
/**
 * What the system said.
 */
detail: string, } } | { "code": "book_unavailable" } | { "code": "queue_refused", "params": { 
/**
 * Why.
 */
detail: string, } } | { "code": "internal", "params": { 
/**
 * For the log and the help desk.
 */
detail: string, } };

/** Every command with its request and its result. */
export interface Commands {
  /** What does not change while the program runs. */
  app_state: { request: Empty; result: AppState };
  /** What the status strip shows. */
  status: { request: Empty; result: Status };
  /** Tokens plugged in, read without a PIN. */
  tokens_list: { request: Empty; result: TokenList };
  /** One token read anew, for its PIN dialog. */
  token_facts: { request: TokenRef; result: TokenView };
  /** Ends the wait for a token: its driver's process is ended. */
  token_give_up: { request: Empty; result: Empty };
  /** Modules, readers, tokens, drivers' behaviour: for a help desk. */
  token_check: { request: TokenCheck; result: TokenDiagnostics };
  /** Opens a token with its PIN, for one role. */
  session_open: { request: SessionOpen; result: SessionView };
  /** Signs one role out. */
  session_close: { request: SessionClose; result: SessionView };
  /** The case on the counter. */
  case_get: { request: Empty; result: CaseView };
  /** Replaces the typed part of the case. */
  case_update: { request: CaseForm; result: CaseView };
  /** Attests, or withdraws, that the pages match the original. */
  case_attest: { request: CaseAttest; result: CaseView };
  /** Clears the counter and starts a new case. */
  case_discard: { request: Empty; result: CaseView };
  /** F9: number, build, sign, seal, register, queue. */
  case_sign: { request: CaseSign; result: SignedCopy };
  /** Sets the complete case aside, to be signed later; the counter is free. */
  case_set_aside: { request: Empty; result: CaseView };
  /** The cases set aside to be signed. */
  cases_waiting: { request: Empty; result: WaitingList };
  /** Lays a waiting case on the empty counter again. */
  case_take_up: { request: CaseRef; result: CaseView };
  /** Signs waiting cases one by one; a wrong PIN or a lost token ends it. */
  cases_sign: { request: CasesSign; result: CasesSigned };
  /** Stops the signing of waiting cases after the one under way. */
  cases_stop: { request: Empty; result: Empty };
  /** Adds the page or pages of an uploaded file. */
  page_add: { request: PageAdd; result: CaseView };
  /** Sets the outline by hand. */
  page_set_corners: { request: PageSetCorners; result: CaseView };
  /** Confirms the outline that was found, and the shot as it is. */
  page_confirm: { request: PageRef; result: CaseView };
  /** Names the paper of a page, so that its true size is known. */
  page_set_paper: { request: PageSetPaper; result: CaseView };
  /** Evens out a page's light as the stand measured it, or leaves it as photographed. */
  page_set_light: { request: PageSetLight; result: CaseView };
  /** Detects the outline anew and undoes turns. */
  page_reset: { request: PageRef; result: CaseView };
  /** Makes a page of each paper that lies in the picture. */
  page_separate: { request: PageRef; result: CaseView };
  /** Turns a page by quarter turns. */
  page_rotate: { request: PageRotate; result: CaseView };
  /** Moves a page to another place. */
  page_move: { request: PageMove; result: CaseView };
  /** Makes one A4 of the two sides of a card. */
  page_pair: { request: PagePair; result: CaseView };
  /** Takes the A4 of a card apart into its two sides. */
  page_split: { request: PageRef; result: CaseView };
  /** Takes a page out; its original stays until the case is signed or cleared. */
  page_delete: { request: PageRef; result: CaseView };
  /** Puts the page that was taken out last back in its place, as it was. */
  page_restore: { request: Empty; result: CaseView };
  /** Reads the QR code of an identity card; the form is not changed. */
  card_read: { request: CardSource; result: CardOffer };
  /** Opens a one-time page on the office's LAN for a phone's photographs. */
  phone_open: { request: Empty; result: PhoneView };
  /** The open page for phones. */
  phone_state: { request: Empty; result: PhoneView };
  /** Closes the page for phones. */
  phone_close: { request: Empty; result: Empty };
  /** Chooses the folder of a scan-to-folder machine. */
  folder_watch: { request: FolderChoice; result: FolderView };
  /** The watched folder. */
  folder_state: { request: Empty; result: FolderView };
  /** Cameras that can be used. */
  cameras_list: { request: Empty; result: CameraList };
  /** What is known of the live picture: outline, resolution, stillness. */
  camera_sight: { request: CameraRef; result: CameraSight };
  /** Photographs what lies under the camera as a new page. */
  camera_shoot: { request: CameraRef; result: CaseView };
  /** What is known of a camera's stand. */
  stand_state: { request: CameraRef; result: StandView };
  /** Takes one step of measuring a camera's stand. */
  stand_take: { request: StandTake; result: StandView };
  /** Forgets a camera's stand: sizes are recognised again, not measured. */
  stand_forget: { request: CameraRef; result: StandView };
  /** Training camera: puts the next paper under it. */
  camera_next: { request: CameraRef; result: Empty };
  /** Scanners used before, or all that can be found. */
  scanners_list: { request: ScannersList; result: ScannerList };
  /** Adds a network scanner by its address. */
  scanner_add: { request: ScannerAdd; result: ScannerList };
  /** Forgets a scanner, its settings and its key. */
  scanner_remove: { request: ScannerRef; result: ScannerList };
  /** Ways in and resolutions of a scanner. */
  scanner_abilities: { request: ScannerRef; result: ScannerAbilities };
  /** Scans until the paper is out; pages are added as they arrive. */
  scan_run: { request: ScanRun; result: ScanDone };
  /** Calls off the scan under way; its pages stay. */
  scan_cancel: { request: Empty; result: Empty };
  /** The register of a day. */
  register_day: { request: RegisterDay; result: DayView };
  /** A finished copy. */
  copy_get: { request: CopyRef; result: SignedCopy };
  /** Writes a finished copy to the user's documents folder. */
  copy_export: { request: CopyRef; result: Exported };
  /** Acts left half done. */
  unfinished_list: { request: Empty; result: UnfinishedList };
  /** Signs on where a half-done act stopped. */
  unfinished_resume: { request: UnfinishedResume; result: SignedCopy };
  /** Voids the number of a half-done act, with the reason. */
  unfinished_void: { request: UnfinishedVoid; result: UnfinishedList };
  /** The upload queue. */
  queue_list: { request: Empty; result: QueueView };
  /** Send now. */
  queue_run: { request: Empty; result: QueueView };
  /** Puts a held job back into the line. */
  queue_retry: { request: CopyRef; result: QueueView };
  /** Verifies the signatures of an uploaded file. */
  verify_file: { request: VerifyFile; result: Verification };
  /** Verifies the file of a finished copy. */
  verify_copy: { request: CopyRef; result: Verification };
  /** Writes a report on verified files to the user's documents folder. */
  verify_save: { request: VerifySave; result: Exported };
}

/** Every error code. */
export const errorCodes = [
  'pin_incorrect',
  'pin_last_try',
  'pin_try_spent',
  'pin_needed',
  'pin_locked',
  'pin_length',
  'pin_expired',
  'pin_not_initialised',
  'pin_to_be_changed',
  'token_removed',
  'token_not_found',
  'token_session_lost',
  'token_cancelled',
  'token_not_answering',
  'token_driver_failure',
  'token_driver_unusable',
  'token_signature_wrong',
  'token_key_not_found',
  'certificate_unsuitable',
  'not_signed_in',
  'picture_truncated',
  'picture_corrupt',
  'picture_unsupported',
  'picture_too_large',
  'camera_not_found',
  'camera_unplugged',
  'camera_busy',
  'camera_access_denied',
  'camera_silent',
  'camera_start_refused',
  'camera_no_usable_format',
  'camera_broken_frame',
  'camera_io',
  'stand_sheet_not_found',
  'stand_not_a4',
  'stand_mat_differs',
  'stand_not_white',
  'scanner_not_found',
  'scanner_offline',
  'scanner_busy',
  'scanner_access_denied',
  'scanner_key_changed',
  'scanner_feeder_empty',
  'scanner_paper_jam',
  'scanner_cover_open',
  'scanner_unsupported_settings',
  'scanner_broken_page',
  'scanner_timed_out',
  'scanner_driver_missing',
  'scanner_io',
  'case_incomplete',
  'counter_occupied',
  'too_many_pages',
  'copy_too_large',
  'not_found',
  'corners_unusable',
  'not_a_card',
  'card_not_read',
  'no_local_network',
  'folder_unreadable',
  'statement_date_passed',
  'invalid_request',
  'copy_not_built',
  'signature_not_written',
  'timestamp_not_obtained',
  'already_open',
  'store_corrupt',
  'store_key_missing',
  'store_newer',
  'store_rolled_back',
  'disk_full',
  'storage_failed',
  'book_unavailable',
  'queue_refused',
  'internal',
] as const;
