//! F9: number, build, sign, seal, register, queue — each step a row, so that a crash resumes at the last one.

use crate::{
    Desk, DeskError,
    api::*,
    book,
    copy_request::{Facts, copy_request},
    counter::{self, Case, Checked},
    faults, lock,
    profile::ACT,
    tokens::{Pins, Session, TokenSigner, code_of, not_signed_in},
};
use jiff::Timestamp;
use mocban_certification::{CertificationNumber, SigningAuthority, vietnam};
use mocban_copy::{self as copy, AppearanceRequest, AppearanceSigner, UnsignedCopy};
use mocban_pades::{self as pades, Appearance, DocMdp, FieldTarget, SignOptions};
use mocban_register::{FilePart, Increment, Job, Officer, PreparedAct, Unfinished, UnfinishedState};
use mocban_sequencer::{Purpose, Sequencer, VoidReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Recorded with the act before any token is asked: what signing needs to go on after a crash.
#[derive(Serialize, Deserialize)]
struct Details {
    /// The performer named in the statement: nobody else may sign it.
    performer: String,
    performer_field: Place,
    agency_field: Place,
    /// Version of the statement's template.
    statement: String,
    /// Pages of the finished file.
    file_pages: usize,
}

/// A prepared signature field.
#[derive(Serialize, Deserialize)]
struct Place {
    name: String,
    width_mm: f64,
    height_mm: f64,
}

impl From<&copy::FieldPlace> for Place {
    fn from(place: &copy::FieldPlace) -> Self {
        Self { name: place.name.to_owned(), width_mm: place.width_mm, height_mm: place.height_mm }
    }
}

impl Desk {
    pub(crate) fn case_sign(&self, request: CaseSign) -> Result<SignedCopy, DeskError> {
        let _one_at_a_time = lock(&self.signing);
        let case = lock(&self.counter).clone();
        self.sign_case(&case, request.pins.into())
    }

    /// From a complete case to the register entry. The lock on signing is the caller's.
    pub(crate) fn sign_case(&self, case: &Case, pins: Pins) -> Result<SignedCopy, DeskError> {
        let checked = self.checked(case)?;
        let performer = self.tokens.signed_in(SigningRole::Performer)?;
        let agency = self.tokens.signed_in(SigningRole::Agency)?;
        self.still_there(&performer, SigningRole::Performer, &pins)?;
        self.still_there(&agency, SigningRole::Agency, &pins)?;
        let now = whole_seconds(self.now());
        let today = vietnam::local(now).date();
        let fingerprint = performer.certificate.fingerprint.to_string();
        let authority = self
            .profile
            .authority(&fingerprint, today)
            .ok_or(DeskError::CertificateUnsuitable { problem: "noAuthority".into() })?;

        self.step(SigningStep::Number);
        let (book, _) = self.todays_book(today)?;
        let purpose = Purpose::new(&case.id.to_string(), &self.profile.desk).map_err(book::fault)?;
        let reservation = self.sequencer().reserve(&book, &purpose).map_err(book::fault)?;
        let number = reservation.number().clone();

        self.step(SigningStep::Build);
        if let Err(fault) = self.prepare(case, &checked, &number, authority, &fingerprint, now) {
            // Nothing was signed under the number: it is given up on the spot, with the reason, so that no gap opens.
            // A full disk cannot take the void either: then the number stays reserved and is settled at the next start.
            let reason = VoidReason::new(&format!("Không lập được bản sao ({})", fault.code()))
                .map_err(book::fault)?;
            let voided = self.sequencer().void(reservation, &reason);
            tracing::warn!(code = fault.code(), voided = voided.is_ok(), "the copy was not prepared");
            return Err(fault);
        }
        // From here the act lives in the register, and the counter is free for the next paper.
        self.put_away(case.id)?;
        let signed = self.sign_on(case.id, pins)?;
        // The register wrote the use in its own transaction; here the book's holder confirms it.
        let _used = self.sequencer().confirm_used(reservation).map_err(book::fault)?;
        Ok(signed)
    }

    /// Takes a half-done act from its recorded state to the register entry.
    pub(crate) fn sign_on(&self, copy: Uuid, mut pins: Pins) -> Result<SignedCopy, DeskError> {
        let open = self
            .store
            .unfinished()?
            .into_iter()
            .find(|act| act.copy_id == copy)
            .ok_or(DeskError::NotFound)?;
        let Unfinished { state, .. } = open;
        let act = self.store.prepared(copy)?.ok_or(DeskError::NotFound)?;
        let details: Details = serde_json::from_str(&act.details)
            .map_err(|fault| DeskError::StoreCorrupt { detail: fault.to_string() })?;
        let mut file = self.store.file_part(copy, FilePart::Unsigned)?;
        if state == UnfinishedState::Signed {
            let performer = self.store.file_part(copy, FilePart::Performer)?;
            file.reserve_exact(performer.len());
            file.extend_from_slice(&performer);
        } else {
            self.step(SigningStep::Performer);
            let session = self.tokens.signed_in(SigningRole::Performer)?;
            if session.certificate.fingerprint.to_string() != details.performer {
                return Err(DeskError::CertificateUnsuitable { problem: "noAuthority".into() });
            }
            let now = whole_seconds(self.now());
            if vietnam::local(now).date() != act.statement_date {
                return Err(DeskError::StatementDatePassed);
            }
            let role = SigningRole::Performer;
            let signer = self.signer(session, role, &mut pins)?;
            let increment = self.sign_field(&file, &details, &act.signer.name, role, &signer, now)?;
            // No second buffer of twice the size.
            file.reserve_exact(increment.bytes.len());
            file.extend_from_slice(&increment.bytes);
            self.store.record_signed(copy, &increment, now)?;
        }

        self.step(SigningStep::Agency);
        let session = self.tokens.signed_in(SigningRole::Agency)?;
        let now = whole_seconds(self.now());
        let role = SigningRole::Agency;
        let signer = self.signer(session, role, &mut pins)?;
        let seal = self.sign_field(&file, &details, &act.signer.name, role, &signer, now)?;

        self.step(SigningStep::Commit);
        let job = Job { key: copy, payload: String::from("{}") };
        self.store.commit_sealed(copy, &seal, &job, now)?;
        self.queue.committed();
        self.tell(DeskEvent::Register);
        self.tell(DeskEvent::Queue);
        self.signed_copy(copy)
    }

    /// Builds the unsigned copy and records it with all data of the act (invariants 2 and 3).
    fn prepare(
        &self,
        case: &Case,
        checked: &Checked,
        number: &CertificationNumber,
        authority: &SigningAuthority,
        performer: &str,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let today = vietnam::local(now).date();
        let unsigned = self.build(case, checked, number, authority, now)?;
        let fee = self.fee(case.pages.len() as u32, checked.copies, today)?;
        let details = Details {
            performer: performer.to_owned(),
            performer_field: (&unsigned.performer_field).into(),
            agency_field: (&unsigned.agency_field).into(),
            statement: self.profile.law.statements.on(ACT, today).map_err(counter::law)?.version().to_owned(),
            file_pages: unsigned.page_count,
        };
        let requester = &checked.requester;
        let contact =
            [requester.phone(), requester.email()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let act = PreparedAct {
            requester: mocban_register::Requester {
                name: requester.name().to_owned(),
                id_number: requester.id().map(|id| id.number().to_owned()).unwrap_or_default(),
                address: requester.address().unwrap_or_default().to_owned(),
                contact,
            },
            paper: checked.paper.name().to_owned(),
            pages: case.pages.len() as u32,
            copies: checked.copies,
            fee: fee.total,
            signer: Officer {
                name: authority.name().to_owned(),
                title: crate::tokens::full_title(authority),
            },
            statement_date: today,
            certified_at: now,
            note: String::new(),
            details: serde_json::to_string(&details)
                .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?,
            unsigned_sha256: unsigned.sha256,
        };
        Ok(self.store.record_prepared(case.id, &act, &unsigned.bytes, now)?)
    }

    fn build(
        &self,
        case: &Case,
        checked: &Checked,
        number: &CertificationNumber,
        authority: &SigningAuthority,
        now: Timestamp,
    ) -> Result<UnsignedCopy, DeskError> {
        let facts = Facts {
            law: &self.profile.law,
            office: &self.profile.office,
            style: self.profile.style()?,
            number,
            signer: authority,
            paper: &checked.paper,
            copy_id: case.id,
            training: self.profile.mode == Mode::Training,
            at: now,
        };
        let request = copy_request(&case.pages, &facts)?;
        copy::build(&request).map_err(|fault| DeskError::CopyNotBuilt { detail: fault.to_string() })
    }

    /// One signature into its prepared field. The performer's certifies and permits only signing (DocMDP P=2).
    fn sign_field(
        &self,
        file: &[u8],
        details: &Details,
        signer_name: &str,
        role: SigningRole,
        key: &TokenSigner,
        now: Timestamp,
    ) -> Result<Increment, DeskError> {
        let (place, signer) = match role {
            SigningRole::Performer => {
                let holder = key.info().fingerprint.to_string();
                let signature_png = self.profile.signature_mark(&holder);
                (
                    &details.performer_field,
                    AppearanceSigner::Performer { name: signer_name, signature_png, name_below: false },
                )
            }
            SigningRole::Agency => {
                let seal_png = self.profile.seal_mark();
                (
                    &details.agency_field,
                    AppearanceSigner::Agency { name: self.profile.office.name(), seal_png },
                )
            }
        };
        let form = copy::appearance(&AppearanceRequest {
            width_mm: place.width_mm,
            height_mm: place.height_mm,
            signed_at: now,
            wording: copy::AppearanceWording::default(),
            signer,
        })
        .map_err(|fault| DeskError::CopyNotBuilt { detail: fault.to_string() })?;
        let mut options = SignOptions::new(FieldTarget::Existing(place.name.clone()), now);
        options.name = Some(key.info().subject.clone());
        options.location = Some(self.profile.office.place().to_owned());
        options.certify = (role == SigningRole::Performer).then_some(DocMdp::FormFilling);
        options.appearance = Some(Appearance { objects: form.objects, root: form.root.0 as usize });
        // `sign` verifies what the token made, with the certificate's key, before it hands anything out (invariant 4).
        let signed = pades::sign(file, &options, key).map_err(|fault| {
            let fault = match faults::signature(&fault) {
                DeskError::NotSignedIn { .. } => not_signed_in(role),
                DeskError::PinNeeded { .. } => DeskError::PinNeeded { role: code_of(&role) },
                fault => fault,
            };
            if matches!(
                fault,
                DeskError::TokenRemoved
                    | DeskError::TokenSessionLost
                    | DeskError::NotSignedIn { .. }
                    | DeskError::TokenNotFound
            ) {
                self.tokens.forget(role);
                self.tell(DeskEvent::Status);
            }
            fault
        })?;
        Ok(Increment { bytes: signed.increment, certificate: key.info().fingerprint.bytes() })
    }

    /// The key behind a session, with its PIN if it wants one for each signature.
    fn signer(&self, session: Session, role: SigningRole, pins: &mut Pins) -> Result<TokenSigner, DeskError> {
        TokenSigner::new(session, self.profile.chain(), pins.take(role)).ok_or(DeskError::TokenKeyNotFound)
    }

    /// A token that was pulled out, or a PIN that is missing, is noticed before a number is taken for it.
    fn still_there(&self, session: &Session, role: SigningRole, pins: &Pins) -> Result<(), DeskError> {
        let HolderView { pin_for_each_signature, pin_pad, .. } = session.view;
        if pin_for_each_signature && !pin_pad && !pins.has(role) {
            return Err(DeskError::PinNeeded { role: code_of(&role) });
        }
        let plugged = session.host.tokens().map_err(|fault| faults::token_call(&fault))?;
        let wanted = session.certificate.fingerprint;
        let open = plugged.iter().any(|token| {
            token.open && token.certificates.iter().any(|certificate| certificate.fingerprint == wanted)
        });
        if open {
            return Ok(());
        }
        self.tokens.forget(role);
        self.tell(DeskEvent::Status);
        Err(DeskError::TokenRemoved)
    }

    fn step(&self, step: SigningStep) {
        self.tell(DeskEvent::Signing { step });
    }
}

/// Statement, manifest and signature speak of whole seconds.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
