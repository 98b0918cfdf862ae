//! Doors to the inner parsers for the fuzz targets in `src-tauri/fuzz`; built under `--cfg fuzzing` only.

use crate::certificate::Certificate;
use crate::cms::signed_data::{Profile, SignedData};
use crate::cms::timestamp::Token;
use crate::form::{Form, Rules};
use crate::pdf::File;
use crate::timestamp::TimestampRequest;
use crate::trust::RevocationItem;
use crate::trust::links::Links;
use crate::trust::path::{self, Purpose, Question};
use crate::trust::revocation::Evidence;

/// Reads every object of every revision, and the form as each revision left it.
pub fn read_pdf(bytes: &[u8]) {
    let Ok(file) = File::open(bytes) else { return };
    for index in 0..file.revisions.len() {
        let view = file.view(index);
        for number in view.numbers() {
            let Some(Ok(object)) = view.reference(number).map(|reference| view.get(reference)) else {
                continue;
            };
            if let Some(dict) = object.as_dict() {
                let _ = Rules::read(view, dict);
            }
        }
        let _ = Form::read(view);
    }
}

/// Reads a SignedData and checks it in every way.
pub fn read_cms(bytes: &[u8]) {
    let Ok(data) = SignedData::read(bytes) else { return };
    let _ = (data.claimed_signer(), data.signing_time(), data.timestamp_tokens().map(|tokens| tokens.len()));
    let enclosed = data.enclosed();
    let mut evidence = Evidence::default();
    evidence.add_enclosed(&enclosed);
    for profile in [Profile::Cades, Profile::Pkcs7, Profile::Timestamp] {
        let _ = data.check(profile, &mut |hash| hash.of(&[b"document"]));
    }
}

/// Reads a timestamp token and an authority's answer.
pub fn read_timestamp(bytes: &[u8]) {
    if let Ok(token) = Token::read(bytes) {
        let _ = token.check(&mut |hash| hash.of(&[b"document"]));
    }
    let _ = TimestampRequest::new(b"document", 1).accept(bytes);
}

/// Reads a certificate; asks for paths from it to itself and to a namesake.
pub fn read_certificate(bytes: &[u8]) {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    let _ = (certificate.common_name(), certificate.issuer(), certificate.crl_urls());
    let (one, links) = ([certificate.clone()], Links::default());
    for purpose in [Purpose::Document, Purpose::Timestamp, Purpose::Crl] {
        for (anchors, candidates) in [(&one[..], &[][..]), (&[][..], &one[..])] {
            let question = Question { anchors, candidates, at: 0, purpose, links: &links };
            let _ = path::find(&certificate, &question, &mut |_| true);
        }
    }
}

/// Reads a list or an answer, behind a certificate with its length before it (two bytes): what does it say of that?
pub fn read_revocation(bytes: &[u8]) {
    let _ = RevocationItem::read(bytes);
    let Some((length, rest)) = bytes.split_at_checked(2) else { return };
    let length = usize::from(length[0]) << 8 | usize::from(length[1]);
    let Some((certificate, item)) = rest.split_at_checked(length) else { return };
    let (Ok(certificate), Ok(item)) = (Certificate::from_der(certificate), RevocationItem::read(item)) else {
        return;
    };
    let (one, links) = ([certificate.clone()], Links::default());
    let question =
        Question { anchors: &one, candidates: &one, at: 0, purpose: Purpose::Document, links: &links };
    let evidence = Evidence { items: vec![item], source: None };
    let _ = evidence.standing(&certificate, &certificate, &question, 0);
}
