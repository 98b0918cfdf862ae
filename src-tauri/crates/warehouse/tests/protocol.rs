//! The wire itself: what `docs/warehouse-protocol.md` promises to clients that are not ours.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::time::Duration;

use mocban_portal::receipt::key_id;
use mocban_portal::{Digest, Problem, ProblemKind};
use mocban_warehouse::Handle;
use proptest::prelude::*;
use reqwest::{Client, Method, RequestBuilder, Response};
use support::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

struct Raw {
    warehouse: Handle,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Raw {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut mocban_warehouse::Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config.limits);
        let warehouse = start_with(config).await;
        Self { warehouse, client: Client::builder().no_proxy().build().unwrap(), _folder: folder }
    }

    fn token(&self, n: u8) -> String {
        desk(n).token(&key_id(&self.warehouse.receipt_key()), jiff::Timestamp::now()).unwrap()
    }

    fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client
            .request(method, format!("{}{path}", self.warehouse.url()))
            .bearer_auth(self.token(1))
            .header("Tus-Resumable", "1.0.0")
    }

    async fn create(&self, length: usize) -> String {
        let answer = self.ask("POST", "/uploads").header("Upload-Length", length).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        header(&answer, "location")
    }

    fn patch(&self, upload: &str, offset: usize, bytes: &[u8]) -> RequestBuilder {
        self.ask("PATCH", upload)
            .header("Upload-Offset", offset)
            .header("Content-Type", "application/offset+octet-stream")
            .body(bytes.to_vec())
    }

    async fn offset(&self, upload: &str) -> String {
        header(&self.ask("HEAD", upload).send().await.unwrap(), "upload-offset")
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[track_caller]
fn check_kind(answer: &Response, kind: ProblemKind) {
    assert_eq!(answer.status().as_u16(), kind.status(), "{kind:?}");
    assert_eq!(header(answer, "content-type"), "application/problem+json");
}

async fn refused(request: RequestBuilder, kind: ProblemKind) {
    let answer = request.send().await.unwrap();
    check_kind(&answer, kind);
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.kind(), Some(kind), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_tell_what_is_spoken_without_a_sign_in() {
    let raw = Raw::new().await;
    let url = format!("{}/uploads", raw.warehouse.url());
    let answer = raw.client.request(Method::OPTIONS, url).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "tus-version"), "1.0.0");
    assert_eq!(header(&answer, "tus-extension"), "creation,checksum,expiration,termination");
    assert_eq!(header(&answer, "tus-max-size"), "800000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_grows_by_offset_and_answers_the_whole_length_when_finished() {
    let raw = Raw::new().await;
    let bytes = file(1, 10_000);
    let upload = raw.create(bytes.len()).await;
    assert_eq!(raw.offset(&upload).await, "0");
    let answer = raw.patch(&upload, 0, &bytes[..4000]).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "upload-offset")), (204, "4000".into()));
    assert!(header(&answer, "upload-expires").ends_with("GMT"));
    refused(raw.patch(&upload, 0, &bytes[..4000]), ProblemKind::OffsetConflict).await;
    refused(raw.patch(&upload, 5000, &bytes[5000..]), ProblemKind::OffsetConflict).await;
    refused(raw.patch(&upload, 4000, &[0; 6001]), ProblemKind::TooLarge).await;
    assert_eq!(raw.offset(&upload).await, "4000");
    assert_eq!(raw.patch(&upload, 4000, &bytes[4000..]).send().await.unwrap().status(), 204);
    assert_eq!(raw.offset(&upload).await, "10000");
    let head = raw.ask("HEAD", &upload).send().await.unwrap();
    assert_eq!(header(&head, "upload-length"), "10000");
    assert_eq!(header(&head, "cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_with_a_wrong_checksum_leaves_the_upload_as_it_was() {
    let raw = Raw::new().await;
    let upload = raw.create(100).await;
    let chunk = [7; 50];
    let wrong = Digest::of(b"other").upload_checksum();
    refused(raw.patch(&upload, 0, &chunk).header("Upload-Checksum", wrong), ProblemKind::ChecksumMismatch)
        .await;
    assert_eq!(raw.offset(&upload).await, "0");
    refused(raw.patch(&upload, 0, &chunk).header("Upload-Checksum", "md5 AAAA"), ProblemKind::Malformed)
        .await;
    // SHA-1 of fifty bytes 0x07, by another tool.
    let sha1 = "sha1 fu5Kc5IgbbVO38IOqRKZVpV14xA=";
    let answer = raw.patch(&upload, 0, &chunk).header("Upload-Checksum", sha1).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let right = Digest::of(&chunk).upload_checksum();
    let answer = raw.patch(&upload, 50, &chunk).header("Upload-Checksum", right).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_file_that_is_not_the_announced_one_is_dropped() {
    let raw = Raw::new().await;
    // "sha256 " and the digest's hex in base64.
    use base64::Engine as _;
    let hex = Digest::of(b"announced").to_string();
    let metadata = format!("sha256 {}", base64::engine::general_purpose::STANDARD.encode(hex));
    let create = raw.ask("POST", "/uploads").header("Upload-Length", 5).header("Upload-Metadata", metadata);
    let upload = header(&create.send().await.unwrap(), "location");
    refused(raw.patch(&upload, 0, b"other"), ProblemKind::ChecksumMismatch).await;
    check_status(raw.ask("HEAD", &upload), 404).await;
}

async fn check_status(request: RequestBuilder, status: u16) {
    assert_eq!(request.send().await.unwrap().status(), status);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_can_be_ended_and_another_desks_upload_does_not_exist() {
    let raw = Raw::new().await;
    let upload = raw.create(10).await;
    let other = raw.token(2);
    let steal = raw
        .client
        .delete(format!("{}{upload}", raw.warehouse.url()))
        .header("Tus-Resumable", "1.0.0")
        .bearer_auth(other);
    refused(steal, ProblemKind::NotFound).await;
    check_status(raw.ask("POST", &upload).header("X-HTTP-Method-Override", "DELETE"), 204).await;
    check_status(raw.ask("HEAD", &upload), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_before_a_cut_counts_when_no_checksum_was_promised() {
    let raw = Raw::new().await;
    let upload = raw.create(1000).await;
    let mut stream = tokio::net::TcpStream::connect(raw.warehouse.addr()).await.unwrap();
    let head = format!(
        "PATCH {upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 1000\r\n\r\n",
        raw.token(1)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[1; 400]).await.unwrap();
    stream.shutdown().await.unwrap();
    drop(stream);
    // The question may overtake the cut request; once that has been taken up, the question waits for it.
    let mut offset = raw.offset(&upload).await;
    for _ in 0..500 {
        if offset != "0" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        offset = raw.offset(&upload).await;
    }
    assert_eq!(offset, "400");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_and_say_when_to_come_back() {
    let raw = Raw::with(|limits| {
        limits.file_bytes = 1000;
        limits.writers = 0;
        limits.uploads_of_desk = 2;
    })
    .await;
    refused(raw.ask("POST", "/uploads").header("Upload-Length", 1001), ProblemKind::TooLarge).await;
    let first = raw.create(1000).await;
    let answer = raw.patch(&first, 0, &[1]).send().await.unwrap();
    check_kind(&answer, ProblemKind::Busy);
    assert_eq!(header(&answer, "retry-after"), "5");
    let second = raw.create(1000).await;
    let third = raw.create(1000).await;
    check_status(raw.ask("HEAD", &first), 404).await;
    check_status(raw.ask("HEAD", &second), 200).await;
    check_status(raw.ask("HEAD", &third), 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_upload_is_gone() {
    let raw = Raw::with(|limits| limits.upload_lifetime_s = 0).await;
    let upload = raw.create(10).await;
    check_status(raw.ask("HEAD", &upload), 410).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_a_problem_of_a_known_kind() {
    let raw = Raw::new().await;
    let url = raw.warehouse.url();
    refused(raw.client.post(format!("{url}/uploads")), ProblemKind::Unauthorized).await;
    let old = desk(1).token(
        &key_id(&raw.warehouse.receipt_key()),
        jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30),
    );
    let old = raw.client.post(format!("{url}/uploads")).bearer_auth(old.unwrap());
    refused(old, ProblemKind::TokenTime).await;
    refused(raw.ask("GET", "/nothing"), ProblemKind::NotFound).await;
    refused(raw.ask("PUT", "/uploads"), ProblemKind::MethodNotAllowed).await;
    refused(raw.ask("POST", "/uploads"), ProblemKind::Malformed).await;
    refused(raw.ask("POST", "/uploads").header("Upload-Length", "+5"), ProblemKind::Malformed).await;
    refused(raw.ask("GET", "/copies/../../receipt.key"), ProblemKind::NotFound).await;
    refused(raw.ask("GET", "/copies/..%2F..%2Freceipt.key"), ProblemKind::NotFound).await;
    refused(raw.ask("PATCH", "/uploads/..%2F..%2Freceipt.key").body("x"), ProblemKind::MediaType).await;
    refused(raw.patch("/uploads/..%2F..%2Freceipt.key", 0, b"x"), ProblemKind::NotFound).await;
    let no_version = raw.client.post(format!("{url}/uploads")).bearer_auth(raw.token(1));
    refused(no_version, ProblemKind::TusVersion).await;

    let bytes = file(3, 100);
    let manifest = manifest(1, &bytes);
    let path = format!("/copies/{}", manifest.copy_id);
    let body = mocban_portal::canonical::to_vec(&manifest).unwrap();
    let digest = Digest::of(&body).content_digest();
    let put = || raw.ask("PUT", &path).header("Content-Type", "application/json").body(body.clone());
    refused(raw.ask("PUT", &path).body(body.clone()), ProblemKind::MediaType).await;
    refused(put(), ProblemKind::DigestMismatch).await;
    refused(put().header("Content-Digest", Digest::of(b"").content_digest()), ProblemKind::DigestMismatch)
        .await;
    refused(put().header("Content-Digest", digest), ProblemKind::FileMissing).await;
    let big = vec![b' '; 40 << 10];
    refused(
        raw.ask("PUT", &path).header("Content-Type", "application/json").body(big),
        ProblemKind::TooLarge,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn name_and_key_are_told_to_whoever_asks() {
    let raw = Raw::new().await;
    let url = format!("{}/.well-known/mocban-warehouse", raw.warehouse.url());
    let identity: serde_json::Value = raw.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(identity["receipt_keys"][0]["key_id"], key_id(&raw.warehouse.receipt_key()));
    assert_eq!(identity["warehouse"], "Kho tập huấn");
}

/// Parts of requests that make sense, and parts that do not.
fn garbage() -> impl Strategy<Value = (String, String, Vec<(String, String)>, Vec<u8>)> {
    let method = prop_oneof!["GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS", "[A-Z]{1,8}"];
    let method = method.prop_map(|m| m.split('|').next().unwrap_or("GET").to_owned());
    let method = prop_oneof![
        method,
        prop::sample::select(vec!["HEAD", "POST", "PUT", "PATCH", "DELETE"]).prop_map(str::to_owned)
    ];
    let path = prop_oneof![
        Just("/uploads".to_owned()),
        "/uploads/[0-9a-f]{32}",
        "/copies/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}(/file)?",
        "/[a-z.%0-9/]{0,30}",
    ];
    let name = prop::sample::select(vec![
        "Upload-Length",
        "Upload-Offset",
        "Upload-Metadata",
        "Upload-Checksum",
        "Content-Type",
        "Content-Digest",
        "X-HTTP-Method-Override",
        "Expect",
        "Tus-Resumable",
        "Upload-Defer-Length",
    ])
    .prop_map(str::to_owned);
    let value = prop_oneof![
        "[ -~]{0,40}",
        any::<u64>().prop_map(|n| n.to_string()),
        Just("application/json".to_owned()),
        Just("application/offset+octet-stream".to_owned()),
        Just("1.0.0".to_owned()),
    ];
    let headers = prop::collection::vec((name, value), 0..6);
    (method, path, headers, prop::collection::vec(any::<u8>(), 0..200))
}

#[test]
fn no_request_makes_the_warehouse_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let raw = runtime.block_on(Raw::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    let result = runner.run(&(garbage(), any::<bool>()), |((method, path, headers, body), signed_in)| {
        let status = runtime.block_on(async {
            let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
            if signed_in {
                request += &format!("Authorization: Bearer {}\r\n", raw.token(1));
            }
            for (name, value) in &headers {
                request += &format!("{name}: {value}\r\n");
            }
            request += &format!("Content-Length: {}\r\n\r\n", body.len());
            let mut stream = tokio::net::TcpStream::connect(raw.warehouse.addr()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let _ = stream.write_all(&body).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let line = String::from_utf8_lossy(&answer);
            line.split(' ').nth(1).and_then(|s| s.parse::<u16>().ok())
        });
        let status = status.ok_or_else(|| TestCaseError::fail("no answer"))?;
        prop_assert!((200..500).contains(&status), "status {status}");
        Ok(())
    });
    result.unwrap();
    runtime.block_on(async {
        let url = format!("{}/health", raw.warehouse.url());
        assert_eq!(raw.client.get(url).send().await.unwrap().status(), 200);
    });
}

#[test]
fn the_documents_name_every_problem_and_no_other() {
    let openapi = include_str!("../../../../docs/warehouse-openapi.yaml");
    let page = include_str!("../../../../docs/warehouse-protocol.md");
    let prefix = mocban_portal::problem::PROBLEM_TYPE_PREFIX;
    let mut named: Vec<&str> =
        openapi.lines().filter_map(|line| line.trim().strip_prefix("- ")?.strip_prefix(prefix)).collect();
    named.sort_unstable();
    let mut known: Vec<&str> = ProblemKind::ALL.iter().map(|kind| kind.name()).collect();
    known.sort_unstable();
    assert_eq!(named, known);
    for kind in ProblemKind::ALL {
        assert!(page.contains(&format!("`{}`", kind.name())), "{}", kind.name());
    }
}
