//! A tus client that is not ours (tus-js-client) uploads to our warehouse, is cut off, and resumes where it stopped.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod common;

use common::*;
use ed25519_dalek::SigningKey;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn another_tus_client_resumes_a_cut_upload_to_our_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let seed = [7u8; 32];
    let key = SigningKey::from_bytes(&seed).verifying_key();
    let desks = serde_json::json!([{ "desk": "ban-1", "office": "H99", "key": base64(key.as_bytes()) }]);
    std::fs::write(folder.path().join("desks.json"), desks.to_string()).unwrap();
    let file = folder.path().join("copy.bin");
    let bytes: Vec<u8> = (0..1_500_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();

    let mut serve = Command::new(built("mocbanctl"));
    serve.args(["warehouse", "serve", "--listen", "127.0.0.1:0", "--trust"]).arg(training_root());
    serve
        .arg("--store")
        .arg(folder.path().join("store"))
        .arg("--desks")
        .arg(folder.path().join("desks.json"));
    let mut warehouse = serve.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(warehouse.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let announced: serde_json::Value = serde_json::from_str(&line).unwrap();

    let receipt_key = announced["receipt_key"].as_str().unwrap();
    let mut client = Command::new("node");
    client.arg(root().join("tests/second_readers/tus_client.mjs"));
    client.args(["--url", announced["url"].as_str().unwrap(), "--key-id", &key_id(receipt_key)]);
    client
        .args(["--desk", "ban-1", "--seed", &"07".repeat(32), "--cut-after", "600000", "--file"])
        .arg(&file);
    let output = client.output().unwrap();
    warehouse.kill().unwrap();
    warehouse.wait().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let result = &json_lines(&output)[0];
    assert_eq!(result["offset"], bytes.len(), "{result}");
    let resumed = result["resumed_at"].as_u64().unwrap();
    assert!((1..bytes.len() as u64).contains(&resumed), "it did not resume in the middle: {result}");
}

/// How a warehouse's receipt key is named: the first 8 bytes of its SHA-256, hex (docs/warehouse-protocol.md).
fn key_id(receipt_key: &str) -> String {
    let script =
        "import base64,hashlib,sys;print(hashlib.sha256(base64.b64decode(sys.argv[1])).hexdigest()[:16])";
    let output = succeed(Command::new(python()).args(["-c", script, receipt_key]));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn base64(bytes: &[u8]) -> String {
    let script = "import base64,sys;print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode())";
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = succeed(Command::new(python()).args(["-c", script, &hex]));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
