//! Which one sentence says it all: the gravest finding first, in the words of whoever stands at the counter.

use crate::{
    api::Headline,
    tools::{FileReason, FileReport, KnownCopy, RegisterReason},
};
use mocban_pades::{Chain, Changes, Integrity, Reason, Verdict};

/// Where `%PDF-` must begin, as readers accept it.
const HEADER_WITHIN: usize = 1024;

pub(super) fn of(report: &FileReport, pdf: &[u8]) -> Headline {
    if let Some(KnownCopy::Differs(reason)) = &report.register {
        return match reason {
            RegisterReason::CopyRevoked => Headline::CopyRevoked,
            RegisterReason::NotEntered => Headline::CopyNotEntered,
            RegisterReason::File(_) | RegisterReason::ReceiptDiffers | RegisterReason::ReceiptForged => {
                Headline::NotOurCopy
            }
        };
    }
    match report.verdict {
        Verdict::Valid if report.register == Some(KnownCopy::Exact) => Headline::OurCopy,
        Verdict::Valid => Headline::Valid,
        Verdict::Invalid => invalid(report, pdf),
        Verdict::Undetermined => undetermined(report),
        Verdict::Unsigned => Headline::Unsigned,
    }
}

fn invalid(report: &FileReport, pdf: &[u8]) -> Headline {
    let start = &pdf[..pdf.len().min(HEADER_WITHIN)];
    let has = |wanted| has(report, wanted);
    if memchr::memmem::find(start, b"%PDF-").is_none() {
        Headline::NotAPdf
    } else if report.integrity == Integrity::Altered {
        Headline::Altered
    } else if report.changes == Changes::Forbidden {
        Headline::ChangedAfterwards
    } else if report.chain == Chain::Revoked {
        Headline::SignerRevoked
    } else if has(|reason| matches!(reason, Reason::AlgorithmWeak { .. } | Reason::SubFilterOld { .. })) {
        Headline::Weak
    } else if report.signatures.is_empty() && has(|reason| matches!(reason, Reason::SignatureTraces)) {
        Headline::Traces
    } else if has(|reason| matches!(reason, Reason::PdfUnreadable { .. })) {
        Headline::FileUnreadable
    } else if report.integrity == Integrity::Unreadable {
        Headline::SignatureUnreadable
    } else {
        Headline::Invalid
    }
}

fn undetermined(report: &FileReport) -> Headline {
    let has = |wanted| has(report, wanted);
    if has(|reason| matches!(reason, Reason::AlgorithmUnsupported { .. } | Reason::SubFilterUnknown { .. })) {
        return Headline::KindUnknown;
    }
    match report.chain {
        Chain::Untrusted => Headline::SignerUnknown,
        Chain::Expired => Headline::SignerExpired,
        _ if has(|reason| matches!(reason, Reason::RevocationUnknown { .. })) => Headline::RevocationUnknown,
        _ => Headline::Undetermined,
    }
}

fn has(report: &FileReport, wanted: fn(&Reason) -> bool) -> bool {
    report.reasons.iter().any(|reason| matches!(reason, FileReason::File(reason) if wanted(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{Anchors, verify_file};
    use mocban_pades::Difference;

    fn headline(pdf: &[u8]) -> Headline {
        let report = verify_file(pdf, &Anchors::default(), "2026-11-21T02:00:00Z".parse().unwrap());
        of(&report, pdf)
    }

    #[test]
    fn what_is_no_pdf_is_called_so() {
        assert_eq!(headline(b""), Headline::NotAPdf);
        assert_eq!(headline(b"\xFF\xD8\xFF\xE0 a photograph"), Headline::NotAPdf);
    }

    #[test]
    fn a_broken_pdf_is_never_called_unsigned() {
        assert_eq!(headline(b"%PDF-1.7\n1 0 obj"), Headline::FileUnreadable);
        let traces = b"%PDF-1.7\n1 0 obj <</Type /Sig /ByteRange [0 1 2 3] /Contents <00>>> endobj";
        assert_eq!(headline(traces), Headline::Traces);
    }

    #[test]
    fn the_registers_word_comes_before_the_signatures() {
        let report = verify_file(b"", &Anchors::default(), Default::default());
        let said = |reason| of(&report.clone().with_register(KnownCopy::Differs(reason)), b"");
        assert_eq!(said(RegisterReason::CopyRevoked), Headline::CopyRevoked);
        assert_eq!(said(RegisterReason::NotEntered), Headline::CopyNotEntered);
        assert_eq!(said(RegisterReason::File(Difference::PrefixAltered)), Headline::NotOurCopy);
    }
}
