//! What can go wrong at the desk, named after what the officer meets. A window turns the code into heading,
//! explanation and next step from its catalogue (`error_<code>_heading`, `_explanation`, `_next`).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! desk_errors {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$fdoc:meta])* $field:ident : $type:ty),+ })?, $code:literal, $log:literal;)+) => {
        /// Every error a command can answer. Serialised as `{"code": "...", "params": {...}}`.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, TS)]
        #[serde(tag = "code", content = "params", rename_all = "snake_case")]
        pub enum DeskError {
            $($(#[$doc])* #[error($log)] $name $({ $($(#[$fdoc])* $field: $type),+ })?,)+
        }

        impl DeskError {
            /// The code under which catalogues file this error.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)+ }
            }

            /// Every code there is, for the test that looks for missing texts.
            pub const CODES: &'static [&'static str] = &[$($code),+];
        }
    };
}

desk_errors! {
    /// The PIN was wrong. Never tried again by itself.
    PinIncorrect {
        /// `unknown`, `low` or `last`: what the token says is left.
        tries: String
    }, "pin_incorrect", "the PIN is wrong";
    /// One more wrong PIN locks the token, and nobody has said to go on. No try was spent.
    PinLastTry, "pin_last_try", "one more wrong PIN locks the token";
    /// The driver failed at the login without a word of the PIN, and yet the token counted a try.
    PinTrySpent {
        /// `unknown`, `low` or `last`: what the token says is left.
        tries: String,
        /// What the driver said (`CKR_…`).
        detail: String
    }, "pin_try_spent", "the driver failed with {detail}, and a PIN try was spent";
    /// This key wants its PIN for each signature, and none was given.
    PinNeeded {
        /// `performer` or `agency`.
        role: String
    }, "pin_needed", "the key of the {role} wants its PIN for each signature";
    /// The token is locked.
    PinLocked, "pin_locked", "the token is locked";
    /// The PIN's length is not what the token takes.
    PinLength, "pin_length", "the PIN is too short or too long for this token";
    /// The PIN has expired.
    PinExpired, "pin_expired", "the PIN has expired";
    /// No PIN was ever set on the token.
    PinNotInitialised, "pin_not_initialised", "the token has no PIN yet";
    /// The PIN must be changed first.
    PinToBeChanged, "pin_to_be_changed", "the PIN must be changed in the maker's program";
    /// The token was pulled.
    TokenRemoved, "token_removed", "the token was removed";
    /// No token holds the chosen certificate.
    TokenNotFound, "token_not_found", "no token with this certificate";
    /// The login is gone: the computer slept, the driver was restarted, another program logged out.
    TokenSessionLost, "token_session_lost", "the login at the token is gone";
    /// The officer gave up: on the token, its reader, or by `token_give_up`.
    TokenCancelled, "token_cancelled", "given up";
    /// The driver does not answer within its deadline.
    TokenNotAnswering, "token_not_answering", "the token's driver does not answer";
    /// The driver crashed or refused.
    TokenDriverFailure {
        /// What the driver said (`CKR_…` or an exit status).
        detail: String
    }, "token_driver_failure", "the token's driver failed: {detail}";
    /// The driver file cannot be loaded (missing, other architecture, no PKCS#11).
    TokenDriverUnusable {
        /// The file's name.
        module: String
    }, "token_driver_unusable", "the driver {module} cannot be loaded";
    /// The token's signature does not verify with its certificate.
    TokenSignatureWrong, "token_signature_wrong", "the token's signature does not match its certificate";
    /// The key behind the certificate is missing or ambiguous.
    TokenKeyNotFound, "token_key_not_found", "no single private key belongs to the certificate";
    /// The certificate may not sign here today.
    CertificateUnsuitable {
        /// A `CertificateProblem` code.
        problem: String
    }, "certificate_unsuitable", "the certificate cannot be used: {problem}";
    /// Nobody is signed in for this role.
    NotSignedIn {
        /// `performer` or `agency`.
        role: String
    }, "not_signed_in", "nobody is signed in as {role}";
    /// The picture breaks off.
    PictureTruncated {
        /// File name.
        name: String
    }, "picture_truncated", "the picture {name} breaks off";
    /// The picture is damaged.
    PictureCorrupt {
        /// File name.
        name: String
    }, "picture_corrupt", "the picture {name} is damaged";
    /// Not a picture we read.
    PictureUnsupported {
        /// File name.
        name: String
    }, "picture_unsupported", "the file {name} is not a JPEG, PNG or TIFF picture";
    /// Too many bytes or pixels.
    PictureTooLarge {
        /// File name.
        name: String
    }, "picture_too_large", "the picture {name} is too large";
    /// No camera is connected, or not the one that was asked for.
    CameraNotFound, "camera_not_found", "the camera is not connected";
    /// The camera was pulled.
    CameraUnplugged, "camera_unplugged", "the camera was unplugged";
    /// Another program has the camera.
    CameraBusy, "camera_busy", "the camera is used by another program";
    /// The system does not let the program use the camera.
    CameraAccessDenied, "camera_access_denied", "access to the camera is denied";
    /// The camera sends nothing within its time.
    CameraSilent, "camera_silent", "the camera sends no picture";
    /// The camera refuses to start.
    CameraStartRefused, "camera_start_refused", "the camera does not start";
    /// The camera has no picture format that is read.
    CameraNoUsableFormat, "camera_no_usable_format", "the camera offers no usable picture format";
    /// Only broken pictures come from the camera.
    CameraBrokenFrame, "camera_broken_frame", "the camera sends broken pictures";
    /// The transfer from the camera fails.
    CameraIo, "camera_io", "the connection to the camera failed";
    /// No whole sheet is seen on the mat.
    StandSheetNotFound, "stand_sheet_not_found", "no whole sheet is seen on the mat";
    /// The sheet on the mat is not A4.
    StandNotA4, "stand_not_a4", "the sheet is not A4";
    /// The mat looks different from the first step.
    StandMatDiffers, "stand_mat_differs", "the mat looks different from before";
    /// The picture is not white all over.
    StandNotWhite, "stand_not_white", "the picture is not white all over";
    /// There is no such scanner.
    ScannerNotFound, "scanner_not_found", "no such scanner was found";
    /// The scanner does not answer.
    ScannerOffline, "scanner_offline", "the scanner does not answer";
    /// The scanner works for somebody else, or another scan is under way.
    ScannerBusy, "scanner_busy", "the scanner is busy";
    /// The scanner or the system does not allow it.
    ScannerAccessDenied, "scanner_access_denied", "access to the scanner is denied";
    /// The scanner shows another key than the one remembered.
    ScannerKeyChanged, "scanner_key_changed", "the scanner shows another key than before";
    /// There is no paper in the feeder.
    ScannerFeederEmpty, "scanner_feeder_empty", "there is no paper in the feeder";
    /// Paper is jammed; the pages before it are kept.
    ScannerPaperJam, "scanner_paper_jam", "paper is jammed";
    /// A cover is open.
    ScannerCoverOpen, "scanner_cover_open", "a cover of the scanner is open";
    /// The scanner has no such feed or resolution.
    ScannerUnsupportedSettings, "scanner_unsupported_settings", "the scanner cannot scan with these settings";
    /// An empty or cut page came; the pages before it are kept.
    ScannerBrokenPage, "scanner_broken_page", "the scanner sent a broken or empty page";
    /// The scanner took too long.
    ScannerTimedOut, "scanner_timed_out", "the scanner took too long";
    /// The program that drives scanners here is not installed.
    ScannerDriverMissing, "scanner_driver_missing", "the scanner program of this system is missing";
    /// The transfer from the scanner fails.
    ScannerIo, "scanner_io", "the connection to the scanner failed";
    /// The case is not ready to be signed.
    CaseIncomplete {
        /// `Missing` codes.
        missing: Vec<String>
    }, "case_incomplete", "the case is not complete";
    /// Another case lies on the counter.
    CounterOccupied, "counter_occupied", "another case lies on the counter";
    /// More pages than one case takes.
    TooManyPages {
        /// The bound.
        most: u32
    }, "too_many_pages", "a case takes at most {most} pages";
    /// With this page the copy would be larger than a warehouse takes.
    CopyTooLarge {
        /// The bound, megabytes (10^6 bytes).
        most: u32
    }, "copy_too_large", "a copy has at most {most} MB";
    /// The request names something that is not there (any more).
    NotFound, "not_found", "there is no such page, copy or camera";
    /// The four corners do not make a page.
    CornersUnusable, "corners_unusable", "the corners do not make a page";
    /// An outline that should be a card's has not a card's proportions.
    NotACard, "not_a_card", "the outline has not the proportions of a card";
    /// No identity card's QR code could be read in the picture.
    CardNotRead {
        /// `no_code`, `not_a_card` or `timed_out`.
        reason: String
    }, "card_not_read", "no identity card was read";
    /// This machine is in no local network that a phone could reach.
    NoLocalNetwork, "no_local_network", "this machine is in no local network";
    /// The folder is not there, or may not be read.
    FolderUnreadable, "folder_unreadable", "the folder cannot be read";
    /// The statement of a half-done act bears another date than today: it is voided and made anew.
    StatementDatePassed, "statement_date_passed", "the statement bears another date than today";
    /// A value in the request is out of bounds.
    InvalidRequest {
        /// The field.
        field: String
    }, "invalid_request", "the request is malformed: {field}";
    /// The copy could not be built.
    CopyNotBuilt {
        /// Why.
        detail: String
    }, "copy_not_built", "the copy could not be built: {detail}";
    /// The signature could not be written into the file.
    SignatureNotWritten {
        /// Why.
        detail: String
    }, "signature_not_written", "the signature could not be written: {detail}";
    /// No timestamp authority gave a timestamp. The signature itself holds and is kept.
    TimestampNotObtained {
        /// What each of them said.
        detail: String
    }, "timestamp_not_obtained", "no timestamp was obtained: {detail}";
    /// The data folder is in use by another window of the program.
    AlreadyOpen, "already_open", "the data folder is in use by another instance";
    /// The store is damaged. Nothing was changed in it.
    StoreCorrupt {
        /// What was found.
        detail: String
    }, "store_corrupt", "the store is damaged: {detail}";
    /// The store's key is missing or wrong.
    StoreKeyMissing, "store_key_missing", "the store's key is missing or does not fit";
    /// The store was written by a newer version of the program.
    StoreNewer, "store_newer", "the store was written by a newer version";
    /// An older copy of the store was put back.
    StoreRolledBack, "store_rolled_back", "the store is older than its last checkpoint";
    /// The disk is full.
    DiskFull, "disk_full", "the disk is full";
    /// Reading or writing a file failed.
    StorageFailed {
        /// What the system said.
        detail: String
    }, "storage_failed", "reading or writing failed: {detail}";
    /// The book is closed or is not kept here.
    BookUnavailable, "book_unavailable", "no number can be given: the book is closed or kept elsewhere";
    /// The queue cannot do this now.
    QueueRefused {
        /// Why.
        detail: String
    }, "queue_refused", "the queue refused: {detail}";
    /// A fault of the program.
    Internal {
        /// For the log and the help desk.
        detail: String
    }, "internal", "internal fault: {detail}";
}

impl DeskError {
    /// Whether no further file or case of a batch can be signed after this: the PIN was wrong or is locked, the token or
    /// the book is gone. A second try would cost one of the few the token allows, or a number.
    pub fn ends_batch(&self) -> bool {
        matches!(
            self,
            Self::PinIncorrect { .. }
                | Self::PinLocked
                | Self::PinLength
                | Self::PinLastTry
                | Self::PinTrySpent { .. }
                | Self::PinNeeded { .. }
                | Self::PinExpired
                | Self::PinNotInitialised
                | Self::PinToBeChanged
                | Self::TokenSessionLost
                | Self::TokenCancelled
                | Self::NotSignedIn { .. }
                | Self::TokenRemoved
                | Self::TokenNotAnswering
                | Self::TokenDriverFailure { .. }
                | Self::TokenSignatureWrong
                | Self::CertificateUnsuitable { .. }
                | Self::BookUnavailable
                | Self::DiskFull
        )
    }
}
