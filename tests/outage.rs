//! The network away for the whole job: the copy is finished and queued. The network back: it arrives by itself.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod common;

use common::*;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running program that ends with the test, and the first JSON line it printed.
struct Running {
    child: Child,
    first: Value,
}

impl Running {
    #[track_caller]
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first =
            serde_json::from_str(&line).unwrap_or_else(|fault| panic!("{command:?}: {fault}: {line:?}"));
        Self { child, first }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn warehouse(folder: &Path, port: u16) -> Running {
    let mut command = Command::new(built("mocbanctl"));
    command
        .args(["warehouse", "serve", "--listen", &format!("127.0.0.1:{port}"), "--trust"])
        .arg(training_root());
    command.arg("--store").arg(folder.join("warehouse")).arg("--desks").arg(folder.join("desks.json"));
    Running::start(&mut command)
}

#[test]
fn a_copy_made_without_a_network_arrives_by_itself_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let port = free_port();

    // Enrolment, once: the desk's public key at the warehouse, the warehouse's receipt key at the desk.
    let doctor = json_lines(&succeed(mocbanctl(&data).args(["doctor", "--json"])));
    let (desk, key, office) = (&doctor[0]["desk"], &doctor[0]["desk_key"], &doctor[0]["office"]);
    let desks = serde_json::json!([{ "desk": desk, "office": office, "key": key }]);
    std::fs::write(folder.path().join("desks.json"), desks.to_string()).unwrap();
    let receipt_key = warehouse(folder.path(), port).first["receipt_key"].clone(); // and it is gone again
    let remote = serde_json::json!({ "warehouse": { "remote": {
        "url": format!("http://127.0.0.1:{port}"), "receipt_key": receipt_key } } });
    std::fs::write(data.join("office.json"), remote.to_string()).unwrap();

    // The whole job with nobody at the other end.
    let pdf = folder.path().join("copy.pdf");
    let result = json_lines(&succeed(&mut certify(&data, &pdf, 1))).pop().unwrap();
    assert_eq!(result["verdict"], "valid", "{result}");
    assert_ne!(result["delivery"], "delivered", "{result}");
    assert!(pdf.exists());

    // The desk is open, the warehouse comes back, nobody does anything.
    let mut host = mocbanctl(&data);
    let host = Running::start(host.args(["host", "--listen", "127.0.0.1:0"]));
    assert!(host.first["url"].is_string(), "{}", host.first);
    let _back = warehouse(folder.path(), port);
    let copy =
        folder.path().join("warehouse/copies").join(format!("{}.json", result["copy"].as_str().unwrap()));
    let begun = Instant::now();
    while !copy.exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "the copy did not arrive by itself");
        std::thread::sleep(Duration::from_millis(200));
    }
    // The warehouse has the copy a moment before the desk has its receipt; a desk that ends in between asks again.
    let mut host = Some(host);
    loop {
        drop(host.take());
        let queue = json_lines(&succeed(mocbanctl(&data).args(["queue", "status", "--json"])));
        if queue[0]["state"] == "delivered" {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{queue:?}");
        host = Some(Running::start(mocbanctl(&data).args(["host", "--listen", "127.0.0.1:0"])));
        std::thread::sleep(Duration::from_secs(2));
    }
}
