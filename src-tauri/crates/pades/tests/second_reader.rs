//! Files signed and changed by pyHanko, judged by pyHanko and by us. We agree, but for four things in which this
//! verifier is stricter on purpose.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{Changes, Integrity, SignatureAlgorithm, Verdict, VerifyOptions, verify};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::*;

/// What pyHanko lets pass and we refuse: a field that shows something else than before though its value is the same,
/// and a form whose appearances are all to be drawn anew, both of which serve to replace what was seen ("Shadow
/// Attacks"); an empty field added to a certified file (P = 2 permits to sign, not to prepare fields); an object that
/// serves no purpose.
const STRICTER: [&str; 6] = [
    "repainted",
    "appearances needed",
    "P 1, empty signature field",
    "P 2, empty signature field",
    "P 3, empty signature field",
    "orphan",
];

/// The Python with the second readers; `cargo xtask test` names it.
fn python() -> PathBuf {
    std::env::var_os("MOCBAN_PYTHON").map_or_else(
        || {
            let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_path_buf();
            target.join("second_readers/bin/python")
        },
        PathBuf::from,
    )
}

#[test]
fn we_and_pyhanko_judge_later_changes_alike() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/second_readers/pyhanko_variants.py");
    let output = Command::new(python()).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut passed = 0;
    let mut refused = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line["file"].as_str().unwrap();
        let report = verify(&std::fs::read(name).unwrap(), &VerifyOptions { trust: &[], at: now() });
        let passes = report.integrity == Integrity::Intact
            && report.changes <= Changes::Permitted
            && report.verdict == Verdict::Undetermined;
        let expected = line["passes"] == true && !STRICTER.iter().any(|stricter| name.contains(stricter));
        assert_eq!(passes, expected, "{line}: {report:?}");
        assert_ne!(report.verdict, Verdict::Unsigned, "{name}");
        if passes { passed += 1 } else { refused += 1 }
    }
    assert!(passed > 40 && refused > 40, "{passed} passed, {refused} were refused");
}

/// What we sign by PSS, in a file and with a certificate of this house.
#[test]
fn pyhanko_accepts_what_we_sign_by_pss() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::RsaPssSha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let (pdf, root) = (folder.path().join("pss.pdf"), folder.path().join("root.der"));
    std::fs::write(&pdf, &once).unwrap();
    std::fs::write(&root, authority.root.der()).unwrap();
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/second_readers/pyhanko_validate.py");
    let mut command = Command::new(python());
    command.arg(script).arg("--trust").arg(&root).args(["--at", "2026-11-21T12:00:00+00:00"]).arg(&pdf);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
