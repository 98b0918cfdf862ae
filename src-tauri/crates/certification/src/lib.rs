//! The law as pure code: papers, the statement, numbers, fees, time limits, refusals, roles. No I/O, no clock.
//!
//! What an office may change (tariff, calendar, texts, book symbols) is data: JSON under `assets/law/`, read by the
//! `from_json` of its type; [`law::Law`] holds the set this program ships with. What the law fixes is code, with the
//! article beside it. Nothing here prints, stores, signs or asks the time: dates come in as arguments, Vietnam time.
//!
//! | module | rule |
//! |---|---|
//! | [`act`], [`requester`] | what is certified, for whom (NĐ 45/2020 Art 10; NĐ 23/2015 Arts 16–20) |
//! | [`number`] | books and certification numbers (NĐ 23/2015 Art 13) |
//! | [`statement`] | lời chứng and the conversion marker (NĐ 23/2015 Art 12; Law 20/2023/QH15 Art 12) |
//! | [`fee`] | phí chứng thực (TT 226/2016/TT-BTC Art 4) |
//! | [`deadline`], [`calendar`] | time limits over the working calendar (NĐ 23/2015 Arts 7, 21) |
//! | [`refusal`] | the six grounds (NĐ 23/2015 Art 22) |
//! | [`authority`] | who signs, in what capacity (NĐ 30/2020 Art 13) |
//! | [`role`] | who may do what, the order of signatures (NĐ 30/2020 Art 32) |
//! | [`office`] | the certifying agency |

pub mod act;
pub mod authority;
pub mod calendar;
pub mod deadline;
mod error;
pub mod fee;
pub mod law;
pub mod number;
pub mod office;
pub mod refusal;
pub mod requester;
pub mod role;
pub mod statement;
mod template;
mod text;
pub mod vietnam;

pub use act::{ActKind, Paper, PaperFields};
pub use authority::{
    Authorities, AuthorityDocument, AuthorityFields, Capacity, Fingerprint, SigningAuthority,
};
pub use calendar::WorkingCalendar;
pub use deadline::{Due, Extension};
pub use error::{Error, Field};
pub use fee::{Exemption, Fee, FeeLine, Tariff, Tariffs};
pub use law::Law;
pub use number::{BookId, BookKind, BookStyle, BookStyles, CertificationNumber};
pub use office::{Office, OfficeFields, OfficeId, PracticeOffice};
pub use refusal::{NotAnOriginal, RefusalGround, RefusalReason, RefusalTexts};
pub use requester::{IdKind, IdNumber, Requester, RequesterFields};
pub use role::{Role, Signatory};
pub use statement::{
    ConversionMarker, LineRole, Statement, StatementFacts, StatementLine, StatementTemplate,
    StatementTemplates,
};
