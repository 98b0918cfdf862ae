//! Everything that can be wrong with what came in: one closed list, for the user interface to explain.
//!
//! Variants carry what an explanation needs and never the content of a personal field (no personal data in logs).

use jiff::civil::Date;

use crate::act::ActKind;
use crate::number::BookKind;
use crate::requester::IdKind;
use crate::role::Signatory;

/// A field of a form, so that a refusal can be shown beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Name of the paper ("Tên giấy tờ, văn bản").
    PaperName,
    /// Agency that issued the paper.
    IssuingAgency,
    /// Number and symbol on the paper ("Số, ký hiệu").
    PaperNumber,
    /// Identity number of the paper's owner.
    OwnerId,
    /// Name of the requester.
    RequesterName,
    /// Identity number of the requester.
    IdNumber,
    /// E-mail of the requester.
    Email,
    /// Telephone of the requester.
    Phone,
    /// Address of the requester.
    Address,
    /// Name of the person who signs.
    SignerName,
    /// Title of the person who signs ("Chức vụ").
    SignerTitle,
    /// Title of the person in whose stead is signed.
    SuperiorTitle,
    /// Number of the document that authorises.
    DocumentNumber,
    /// SHA-256 fingerprint of a certificate.
    CertificateFingerprint,
    /// Identifier of the office.
    OfficeId,
    /// Name of the office.
    OfficeName,
    /// Superior of the office.
    OfficeSuperior,
    /// Province.
    Province,
    /// Place name of the date line.
    Place,
    /// Name on the agency's certificate.
    SealName,
    /// Symbol of a book, such as `SCT/BS`.
    BookSymbol,
    /// A text template.
    Template,
}

/// Why the law, or the data standing for it, says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A data file (tariff, calendar, template …) cannot be read.
    #[error("law data `{what}` cannot be read: {reason}")]
    DataUnreadable {
        /// Which data.
        what: &'static str,
        /// The reader's words.
        reason: String,
    },
    /// A data file contradicts itself.
    #[error("law data `{what}` contradicts itself: {reason}")]
    DataInconsistent {
        /// Which data.
        what: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A required field is empty.
    #[error("field {field:?} is required")]
    FieldMissing {
        /// Which field.
        field: Field,
    },
    /// A field is longer than allowed.
    #[error("field {field:?} is longer than {max_chars} characters")]
    FieldTooLong {
        /// Which field.
        field: Field,
        /// The limit in characters.
        max_chars: usize,
    },
    /// A field does not have the form it must have.
    #[error("field {field:?} is malformed")]
    FieldMalformed {
        /// Which field.
        field: Field,
    },
    /// An identity number does not fit its kind (12 digits, 9 digits …).
    #[error("identity number does not fit its kind {kind:?}")]
    IdNumberMalformed {
        /// The kind it was given as.
        kind: IdKind,
    },
    /// A template asks for something that does not exist there.
    #[error("template has an unknown placeholder `{name}`")]
    PlaceholderUnknown {
        /// The placeholder's name.
        name: String,
    },
    /// A certification number starts at 01; so do volumes.
    #[error("a certification number has a sequence and a volume from 1")]
    NumberZero,
    /// A text is not a certification number in the book's form.
    #[error("not a certification number of this book")]
    NumberUnreadable,
    /// No style is configured for a kind of book.
    #[error("no style configured for the book {kind:?}")]
    BookStyleMissing {
        /// The book.
        kind: BookKind,
    },
    /// No tariff is in force on a date.
    #[error("no tariff for {act:?} in force on {date}")]
    TariffMissing {
        /// The act.
        act: ActKind,
        /// The date.
        date: Date,
    },
    /// No statement template is in force on a date.
    #[error("no statement template for {act:?} in force on {date}")]
    StatementMissing {
        /// The act.
        act: ActKind,
        /// The date.
        date: Date,
    },
    /// The time limit is extended by one or two working days, no more (NĐ 23/2015 Art 21).
    #[error("a time limit is extended by 1 or 2 working days, not {days}")]
    ExtensionTooLong {
        /// Working days asked for.
        days: u8,
    },
    /// An agreed time lies before the time limit it should extend.
    #[error("the agreed time is before the legal time limit")]
    AgreedTimeTooEarly,
    /// An agreed time is on a day off.
    #[error("the agreed time is on a day off")]
    AgreedTimeOnDayOff,
    /// The calendar has no working day in reach.
    #[error("the calendar has no working day within a year after {date}")]
    NoWorkingDay {
        /// Where the search began.
        date: Date,
    },
    /// KT., TL. and TUQ. are signed in somebody's stead; their title is needed (NĐ 30/2020 App. I).
    #[error("who signs in another's stead names the other's title")]
    SuperiorTitleMissing,
    /// Who signs in their own office signs in nobody's stead.
    #[error("who signs in their own office names no superior")]
    SuperiorTitleUnexpected,
    /// TUQ. needs a written document (NĐ 30/2020 Art 13(4)).
    #[error("an authorisation (TUQ.) needs its document")]
    AuthorityDocumentMissing,
    /// TUQ. is limited in time (NĐ 30/2020 Art 13(4)).
    #[error("an authorisation (TUQ.) needs an end date")]
    AuthorityEndMissing,
    /// An authority ends before it begins.
    #[error("an authority ends before it begins")]
    AuthorityPeriodReversed,
    /// One person would sign in two capacities on one day.
    #[error("two authorities of one person overlap on {date}")]
    AuthorityOverlaps {
        /// First day of the overlap.
        date: Date,
    },
    /// Nobody with this certificate may sign on this date.
    #[error("no signing authority for this certificate on {date}")]
    AuthorityMissing {
        /// The date.
        date: Date,
    },
    /// The agency seals only what the performer has signed (NĐ 30/2020 Art 32).
    #[error("next signature must be {expected:?}, not {found:?}")]
    SignatureOutOfOrder {
        /// Whose turn it is.
        expected: Signatory,
        /// Who signed instead.
        found: Signatory,
    },
    /// All signatures of the act are there already.
    #[error("the act has all its signatures; {found:?} is one too many")]
    SignatureSuperfluous {
        /// Who signed once more.
        found: Signatory,
    },
}
