//! Who may do what at the desk, and whose signature comes when.

use serde::{Deserialize, Serialize};

use crate::act::ActKind;
use crate::error::Error;

/// What a user of the program is there for. One person may hold several, except that law keeps the keys apart:
/// each signs with the key entrusted to them (NĐ 30/2020 Art 32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Người tiếp nhận hồ sơ: receives, captures, compares (TT 01/2020/TT-BTP Art 11).
    Clerk,
    /// Người thực hiện chứng thực: signs.
    Performer,
    /// Văn thư: keeps the agency's key and seals (NĐ 30/2020 Art 32).
    SealKeeper,
    /// Công chức tư pháp: reviews the register, reports.
    Justice,
    /// Quản trị: configures.
    Admin,
}

/// A digital signature an act needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signatory {
    /// The performer's own signature.
    Performer,
    /// The agency's signature (its seal).
    Agency,
}

impl Role {
    /// Whether this role applies that signature.
    #[must_use]
    pub const fn may_sign_as(self, signatory: Signatory) -> bool {
        matches!(
            (self, signatory),
            (Self::Performer, Signatory::Performer) | (Self::SealKeeper, Signatory::Agency)
        )
    }
}

impl ActKind {
    /// The signatures of the act in their order: performer then agency for a copy from the original; the agency alone
    /// for a copy from the register (NĐ 45/2020 Art 10; NĐ 30/2020 Art 32: sealed is only what is signed).
    #[must_use]
    pub const fn signatures(self) -> &'static [Signatory] {
        match self {
            Self::CopyFromOriginal => &[Signatory::Performer, Signatory::Agency],
            Self::CopyFromRegister => &[Signatory::Agency],
        }
    }

    /// Whose turn it is after `done` signatures, `None` when the act is complete.
    ///
    /// # Errors
    /// [`Error::SignatureOutOfOrder`], [`Error::SignatureSuperfluous`] when what is there is wrong already.
    pub fn next_signature(self, done: &[Signatory]) -> Result<Option<Signatory>, Error> {
        let mut due = self.signatures().iter().copied();
        for &found in done {
            match due.next() {
                Some(expected) if expected == found => {}
                Some(expected) => return Err(Error::SignatureOutOfOrder { expected, found }),
                None => return Err(Error::SignatureSuperfluous { found }),
            }
        }
        Ok(due.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agency_seals_only_what_the_performer_signed() {
        use Signatory::{Agency, Performer};
        let original = ActKind::CopyFromOriginal;
        assert_eq!(original.next_signature(&[]), Ok(Some(Performer)));
        assert_eq!(original.next_signature(&[Performer]), Ok(Some(Agency)));
        assert_eq!(original.next_signature(&[Performer, Agency]), Ok(None));
        assert_eq!(
            original.next_signature(&[Agency]),
            Err(Error::SignatureOutOfOrder { expected: Performer, found: Agency })
        );
        assert_eq!(
            original.next_signature(&[Performer, Performer]),
            Err(Error::SignatureOutOfOrder { expected: Agency, found: Performer })
        );
        assert_eq!(
            original.next_signature(&[Performer, Agency, Agency]),
            Err(Error::SignatureSuperfluous { found: Agency })
        );
        assert_eq!(ActKind::CopyFromRegister.next_signature(&[]), Ok(Some(Agency)));
        assert_eq!(ActKind::CopyFromRegister.next_signature(&[Agency]), Ok(None));
    }

    #[test]
    fn each_key_is_used_by_the_role_that_keeps_it() {
        let all = [Role::Clerk, Role::Performer, Role::SealKeeper, Role::Justice, Role::Admin];
        let may = |s| all.into_iter().filter(move |r| r.may_sign_as(s)).collect::<Vec<_>>();
        assert_eq!(may(Signatory::Performer), [Role::Performer]);
        assert_eq!(may(Signatory::Agency), [Role::SealKeeper]);
    }
}
