//! Revisions appended to a signed file with the right offsets, so that mutations reach the comparison of revisions.
//! `%%EOF` parts revisions, `endobj` parts objects; each object is its number and its body, the last part of a
//! revision goes into the trailer.
#![no_main]

use mocban_pades::{Verdict, VerifyOptions, verify};

const SIGNED: &[u8] = include_bytes!("../../crates/pades/tests/fixtures/trust/blta.pdf");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut pdf = SIGNED.to_vec();
    let mut previous = last_startxref(&pdf);
    for revision in split(bytes, b"%%EOF").take(4) {
        previous = append(&mut pdf, revision, previous);
    }
    let report = verify(&pdf, &VerifyOptions { trust: &[], at: jiff::Timestamp::UNIX_EPOCH });
    assert!(!matches!(report.verdict, Verdict::Valid | Verdict::Unsigned), "{report:?}");
});

fn append(pdf: &mut Vec<u8>, revision: &[u8], previous: usize) -> usize {
    let mut parts: Vec<&[u8]> = split(revision, b"endobj").take(64).collect();
    let trailer = parts.pop().unwrap_or_default();
    let mut table = b"xref\n".to_vec();
    for part in parts {
        let part = part.trim_ascii_start();
        let digits = part.iter().take_while(|byte| byte.is_ascii_digit()).count().min(5);
        let (number, body) = part.split_at(digits);
        let number = if digits == 0 { "1".into() } else { String::from_utf8_lossy(number) };
        table.extend(format!("{number} 1\n{:010} 00000 n\r\n", pdf.len()).bytes());
        pdf.extend(format!("{number} 0 obj\n").bytes());
        pdf.extend(body);
        pdf.extend(b"\nendobj\n");
    }
    let startxref = pdf.len();
    pdf.extend(table);
    pdf.extend(format!("trailer\n<</Size 100/Prev {previous}").bytes());
    pdf.extend(trailer);
    pdf.extend(format!(">>\nstartxref\n{startxref}\n%%EOF\n").bytes());
    startxref
}

fn split<'a>(mut bytes: &'a [u8], at: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let found = bytes.windows(at.len()).position(|window| window == at);
        done = found.is_none();
        let part = &bytes[..found.unwrap_or(bytes.len())];
        bytes = &bytes[found.map_or(bytes.len(), |found| found + at.len())..];
        Some(part)
    })
}

fn last_startxref(pdf: &[u8]) -> usize {
    let tail = String::from_utf8_lossy(&pdf[pdf.len() - 60..]).into_owned();
    let offset = tail.rsplit("startxref").next().and_then(|tail| tail.split_whitespace().next()?.parse().ok());
    offset.unwrap_or_default()
}
