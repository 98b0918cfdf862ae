//! What the window shows of a case: pages, fee, statement, time limit, what is missing.

use super::{Case, removed};
use crate::{Desk, DeskError, api::*, profile::ACT};
use mocban_certification::{
    CertificationNumber, Extension, LineRole, Statement, StatementFacts, fee::fee, vietnam,
};

impl Desk {
    pub(super) fn view(&self, case: &Case) -> Result<CaseView, DeskError> {
        let today = vietnam::local(self.now()).date();
        // Two blank forms of one kind look the same too: this is told, and stops nothing.
        let alike = |at: usize| {
            let earlier = case.pages[..at].iter().position(|earlier| earlier.looks_like(&case.pages[at]));
            earlier.map(|earlier| earlier as u32 + 1)
        };
        let pages = case.pages.iter().enumerate().map(|(at, page)| page.view(alike(at))).collect();
        let received = vietnam::local(case.received_at);
        let due = self.profile.law.calendar.due(received, Extension::None).map_err(law)?;
        Ok(CaseView {
            id: case.id.to_string(),
            form: case.form.clone(),
            pages,
            removed: case.removed.iter().map(removed::Removed::view).collect(),
            attested: case.attested,
            fee: self.fee(case.pages.len() as u32, case.form.copies, today)?,
            statement: self.expected_statement(today)?,
            due: crate::time::iso(due.at),
            copy_size: case.copy_size(),
            missing: self.missing(case),
        })
    }

    /// The fee of the day (TT 226/2016/TT-BTC Art 4).
    pub(crate) fn fee(&self, pages: u32, copies: u32, day: jiff::civil::Date) -> Result<FeeView, DeskError> {
        let tariff = self.profile.law.tariffs.on(ACT, day).map_err(law)?;
        let fee = fee(tariff, pages, copies);
        Ok(FeeView { pages, copies, per_copy: fee.per_copy, total: fee.total })
    }

    /// The statement with the number expected next; the caption and signer lines as for whoever is signed in, else the
    /// first who may sign today.
    fn expected_statement(&self, today: jiff::civil::Date) -> Result<Vec<StatementLineView>, DeskError> {
        let session = self.tokens.session();
        let signed_in =
            session.performer.as_ref().and_then(|held| self.profile.authority(&held.fingerprint, today));
        let Some(signer) = signed_in.or_else(|| self.profile.authorities.on(today).next()) else {
            return Ok(Vec::new());
        };
        let number = self.next_number(today)?;
        let statement = self.statement(&number, today, signer)?;
        Ok(statement
            .lines
            .into_iter()
            .filter_map(|line| Some(StatementLineView { kind: kind(line.role)?, text: line.text }))
            .collect())
    }

    /// The statement for a number, by the template in force on the day.
    pub(crate) fn statement(
        &self,
        number: &CertificationNumber,
        date: jiff::civil::Date,
        signer: &mocban_certification::SigningAuthority,
    ) -> Result<Statement, DeskError> {
        let template = self.profile.law.statements.on(ACT, date).map_err(law)?;
        let (office, style) = (&self.profile.office, self.profile.style()?);
        template.render(&StatementFacts { number, style, date, office, signer }).map_err(law)
    }
}

fn kind(role: LineRole) -> Option<StatementLineKind> {
    match role {
        LineRole::Title => Some(StatementLineKind::Title),
        LineRole::Number => Some(StatementLineKind::Number),
        LineRole::Date => Some(StatementLineKind::Date),
        LineRole::SignerCapacity | LineRole::SignerTitle => Some(StatementLineKind::Capacity),
        LineRole::SignerName => Some(StatementLineKind::Signer),
        LineRole::SignerCaption | LineRole::Agency => None,
    }
}

/// A rule of law that cannot be applied to today's data (no tariff, no template): a fault of configuration.
pub(crate) fn law(fault: mocban_certification::Error) -> DeskError {
    DeskError::Internal { detail: fault.to_string() }
}
