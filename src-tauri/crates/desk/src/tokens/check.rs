//! The report on tokens for a help desk, from the desk's own running helpers: their timings are those of real work.

use crate::{
    Desk, DeskError,
    api::TokenCheck,
    tools::{self, Detail, TokenDiagnostics},
};

impl Desk {
    pub(crate) fn token_check(&self, request: TokenCheck) -> Result<TokenDiagnostics, DeskError> {
        let detail = Detail::Check { with_subjects: request.with_subjects };
        let modules = self.tokens.modules();
        let reports = std::thread::scope(|scope| {
            let looked: Vec<_> = modules
                .iter()
                .map(|module| {
                    let host = self.tokens.host(module);
                    scope.spawn(move || tools::report(module, &host, detail))
                })
                .collect();
            looked.into_iter().flat_map(|thread| thread.join()).collect()
        });
        Ok(tools::diagnostics(reports))
    }
}
