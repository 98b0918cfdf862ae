//! The loopback host and the warehouse: who may speak to them, how they begin and end.

use crate::*;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    time::Duration,
};

/// A running program that ends with the test, and the first line it printed.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) first: Value,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, first: serde_json::from_str(&line).unwrap() }
    }

    /// Asks it to end, as a service manager would; gives its exit code.
    fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request; gives the status and the whole answer.
pub(crate) fn ask(authority: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[test]
fn the_host_answers_only_whoever_opened_its_address_first() {
    let folder = tempfile::tempdir().unwrap();
    let ui = folder.path().join("ui");
    std::fs::create_dir(&ui).unwrap();
    std::fs::write(ui.join("index.html"), "<!doctype html><title>Mộc Bản</title>").unwrap();
    let mut command = mocbanctl(&["host", "--data"]);
    let mut host = Running::start(command.arg(folder.path().join("data")).arg("--ui").arg(&ui));
    let url = host.first["url"].as_str().unwrap().to_owned();
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    assert!(authority.starts_with("127.0.0.1:"));

    let status = |request: &str, more: &str| ask(authority, &format!("{request} HTTP/1.1\r\n{more}"), "").0;
    assert_eq!(status("GET /", &format!("Host: {authority}")), 401, "no cookie");
    assert_eq!(
        status(&format!("GET /{path}"), "Host: rebound.example"),
        421,
        "another name for this machine"
    );
    assert_eq!(
        status(&format!("GET /{path}"), &format!("Host: {authority}\r\nOrigin: http://evil.example")),
        403
    );

    let (entered, answer) = ask(authority, &format!("GET /{path} HTTP/1.1\r\nHost: {authority}"), "");
    assert_eq!(entered, 303);
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(
        status(&format!("GET /{path}"), &format!("Host: {authority}")),
        401,
        "the address is good once"
    );

    let known = format!("Host: {authority}\r\nCookie: {cookie}");
    let (code, answer) = ask(authority, &format!("GET / HTTP/1.1\r\n{known}"), "");
    assert!(code == 200 && answer.contains("Mộc Bản"), "{answer}");
    assert!(answer.contains("content-security-policy: default-src 'self';"), "{answer}");
    assert_eq!(status("GET /../data/store.key", &known), 404);

    let rpc = |command: &str, more: &str| {
        let head = format!("POST /rpc/{command} HTTP/1.1\r\n{known}\r\nContent-Type: application/json{more}");
        ask(authority, &head, "{}")
    };
    let (code, answer) = rpc("app_state", "");
    assert!(code == 200 && answer.contains(r#""mode":"training""#), "{answer}");
    assert_eq!(rpc("app_state", "\r\nOrigin: https://evil.example").0, 403);
    let (code, answer) = rpc("no_such_command", "");
    assert!(code == 400 && answer.contains(r#"{"code":"invalid_request""#), "{answer}");
    let upload =
        format!("POST /upload?name=a.jpg HTTP/1.1\r\n{known}\r\nContent-Type: application/octet-stream");
    let (code, answer) = ask(authority, &upload, "not yet looked at");
    assert!(code == 200 && answer.contains(r#"{"blob":""#), "{answer}");
    assert_eq!(status("GET /files/copy/no-such-copy/file", &known), 404);

    // Whoever listens hears of what happens.
    let mut events = TcpStream::connect(authority).unwrap();
    write!(events, "GET /events HTTP/1.1\r\n{known}\r\n\r\n").unwrap();
    let mut heard = BufReader::new(events);
    let mut line = String::new();
    while line.trim() != "" || !line.ends_with('\n') {
        line.clear();
        heard.read_line(&mut line).unwrap();
    }
    assert_eq!(rpc("case_discard", "").0, 200);
    while !line.starts_with("data: ") {
        line.clear();
        heard.read_line(&mut line).unwrap();
    }
    assert_eq!(line.trim(), r#"data: {"topic":"case"}"#);

    let second =
        exits(mocbanctl(&["queue", "status", "--json", "--data"]).arg(folder.path().join("data")), 2);
    assert_eq!(lines(&second)[0]["error"], "already_open");
    assert_eq!(host.terminate(), Some(0), "an open event stream must not hold it up");
}

#[test]
fn the_warehouse_says_where_it_is_and_ends_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let desks = folder.path().join("desks.json");
    std::fs::write(&desks, "[]").unwrap();
    let serve = |trust: &Path| {
        let mut command = mocbanctl(&["warehouse", "serve", "--name", "kho-thu", "--trust"]);
        command.arg(trust).arg("--desks").arg(&desks).arg("--store").arg(folder.path().join("store"));
        command
    };
    let mut warehouse = Running::start(&mut serve(&root_certificate()));
    assert_eq!(warehouse.first["name"], "kho-thu");
    let authority = warehouse.first["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    let (code, answer) = ask(&authority, &format!("GET /health HTTP/1.1\r\nHost: {authority}"), "");
    assert!(code == 200 && answer.contains("kho-thu"), "{answer}");
    assert_eq!(warehouse.terminate(), Some(0));
    exits(&mut serve(Path::new("no-such-root.pem")), 2);
}
