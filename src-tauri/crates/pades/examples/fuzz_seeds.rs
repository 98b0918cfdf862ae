//! Writes the files with which the fuzz targets begin: `fuzz_seeds FOLDER`.

#![allow(clippy::unwrap_used, reason = "a tool of the tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use mocban_pades::SignatureAlgorithm;
use std::{fs, path::PathBuf};
use support::*;

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
}
