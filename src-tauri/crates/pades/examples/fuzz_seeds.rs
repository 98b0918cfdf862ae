//! Writes the files with which the fuzz targets begin: `fuzz_seeds FOLDER`.

#![allow(clippy::unwrap_used, reason = "a tool of the tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use mocban_pades::{Certificate, SignatureAlgorithm};
use std::{fs, path::PathBuf};
use support::*;

/// Revisions for the target `increments`: a signature in a new field, one in its place, a store, content.
const INCREMENTS: [&str; 4] = [
    "3 <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>/Annots[7 0 R 21 0 R 30 0 R]>>endobj\
     6 <</Fields[7 0 R 21 0 R 30 0 R]/SigFlags 3/DR<</XObject<</FRM 32 0 R>>>>/DA(/F 0 Tf)>>endobj\
     30 <</FT/Sig/Type/Annot/Subtype/Widget/T(New)/Rect[0 0 0 0]/V 31 0 R/AP<</N 32 0 R>>/Lock<</Action/All>>>>endobj\
     31 <</Type/Sig/ByteRange[0 1 2 3]/Contents<00>/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]>>endobj\
     32 <</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 3>>\nstream\nq Q\nendstreamendobj/Root 1 0 R",
    "7 <</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]/V 40 0 R/Kids[41 0 R]>>endobj\
     40 <</Type/DocTimeStamp/SubFilter/ETSI.RFC3161/ByteRange[0 1 2 3]/Contents<00>>>endobj\
     41 <</Parent 7 0 R/FT/Tx/T(x)/V(y)>>endobj/Root 1 0 R",
    "20 <</Certs[11 0 R]/VRI<</A 19 0 R>>/OCSPs 50 0 R>>endobj50 [15 0 R 51 0 R]endobj/Root 1 0 R%%EOF\
     1 <</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R/DSS 20 0 R/Perms<</DocMDP 8 0 R>>>>endobj/Root 1 0 R/Info 60 0 R",
    "4 <</Length 60 0 R>>\nstream\n0 0 m\nendstreamendobj60 5endobj2 <</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>endobj/Root 1 0 R",
];

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let twice = signed(&once, &agency_options(), &signer);
    let changed = with_increment(&once, &[(4, PREPARED[1].into())], TRAILER);
    let streams = stream_pdf();
    let files = [prepared_pdf(), once, twice, changed, streams];
    for target in ["pdf", "verify"] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        for (index, file) in files.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}.pdf")), file).unwrap();
        }
    }
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join(target)).unwrap();
        fs::write(folder.join(target).join(name), bytes).unwrap();
    };
    for (index, revisions) in INCREMENTS.iter().enumerate() {
        write("increments", &format!("{index}.txt"), revisions.as_bytes());
    }
    write("certificate", "root.der", authority.root.der());
    write("certificate", "signer.der", &signer.certificate);
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trust");
    let answer = fs::read(fixtures.join("revoked-after.ocsp")).unwrap();
    write("revocation", "answer.der", &answer);
    let root = Certificate::from_pem_or_der(&fs::read(fixtures.join("root.pem")).unwrap()).unwrap().remove(0);
    let length = u16::try_from(root.der().len()).unwrap().to_be_bytes();
    write("revocation", "about-root.der", &[&length, root.der(), &answer].concat());
    for name in ["bt", "blta", "adobe-archival", "rsa2048-pss-cades-sha512"] {
        let pdf = fs::read(fixtures.join(format!("{name}.pdf"))).unwrap();
        for (index, start) in find_all(&pdf, b"/Contents <30").enumerate() {
            let digits: Vec<u8> =
                pdf[start + 11..].iter().copied().take_while(|&byte| byte != b'>').collect();
            let cms = hex::decode(digits).unwrap();
            write("cms", &format!("{name}-{index}.der"), &cms);
            // A document timestamp is a token itself; the others hold one further inside.
            write("timestamp", &format!("{name}-{index}.der"), &cms);
        }
    }
}

fn find_all<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    (0..bytes.len()).filter(move |&at| bytes[at..].starts_with(wanted))
}
