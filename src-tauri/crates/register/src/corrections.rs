//! Later entries about earlier ones: notes, and the revocation of a copy's legal value. Nothing written is changed.

use crate::{
    BookKey, CorrectionKind, Entry, EntryKind, RegisterError, Result, Store,
    acts::{act_by_number, bounded, final_kind, insert_plain},
    failpoint::Step,
    views,
};
use jiff::Timestamp;

impl Store {
    /// Enters a note on, or the revocation of (TT 01/2020 Art 7), the entry of a number.
    ///
    /// # Errors
    /// [`RegisterError::UnknownNumber`]; [`RegisterError::NotSealed`] when the number has no entry yet;
    /// [`RegisterError::NumberVoid`] when a void number is to be revoked.
    pub fn correct(
        &self,
        key: &BookKey,
        number: u32,
        kind: CorrectionKind,
        text: &str,
        by: &str,
        at: Timestamp,
    ) -> Result<Entry> {
        bounded(text, "the reason", 1)?;
        bounded(by, "the officer", 1)?;
        self.write(Step::Other, |write| {
            let act = act_by_number(&write.tx, key, number)?;
            let kind = match (final_kind(&write.tx, act.id)?, kind) {
                (None, _) => return Err(RegisterError::NotSealed),
                (Some(EntryKind::Void), CorrectionKind::Revocation) => {
                    return Err(RegisterError::NumberVoid { number });
                }
                (Some(_), CorrectionKind::Note) => EntryKind::Note,
                (Some(_), CorrectionKind::Revocation) => EntryKind::Revocation,
            };
            insert_plain(write, &act, kind, text, by, at)?;
            views::latest_entry(&write.tx, act.id)
        })
    }
}
