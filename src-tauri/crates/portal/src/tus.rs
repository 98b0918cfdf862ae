//! The uploading half of tus 1.0.0 (core, Creation, Checksum): create, ask for the offset, send the next chunk.
//!
//! Nothing is freed on an offset, however often a server confirms it: only a receipt counts (invariant 8).

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Method, RequestBuilder, Url};

use crate::connection::Connection;
use crate::digest::Digest;
use crate::error::PortalError;
use crate::warehouse::{Progress, UploadState};

/// The version of tus that is spoken.
pub const TUS_VERSION: &str = "1.0.0";
/// Media type of a chunk.
pub const CHUNK_MEDIA_TYPE: &str = "application/offset+octet-stream";
/// Largest chunk in bytes: what a cut can cost at most.
pub const CHUNK_BYTES: usize = 4 << 20;
/// Smallest chunk in bytes, for lines that break again and again.
const CHUNK_BYTES_MIN: usize = 64 << 10;
/// Cuts without any progress in between after which the queue's own waiting takes over.
const STALLS_MAX: u32 = 3;
/// Times one attempt creates the upload anew after the server has forgotten it.
const CREATIONS_MAX: u32 = 3;

/// How large the next chunk may be. A line that cuts every long transfer gets ever shorter ones, since a chunk that
/// does not arrive whole does not count.
#[derive(Debug)]
pub(crate) struct ChunkSize {
    now: AtomicUsize,
    max: usize,
}

impl ChunkSize {
    pub(crate) fn new(max: usize) -> Self {
        Self { now: AtomicUsize::new(max), max }
    }

    fn get(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    fn shrink(&self) {
        self.now.store((self.get() / 2).max(CHUNK_BYTES_MIN.min(self.max)), Ordering::Relaxed);
    }

    fn grow(&self) {
        self.now.store((self.get() * 2).min(self.max), Ordering::Relaxed);
    }
}

/// What a chunk came to.
enum Sent {
    /// The upload now ends here.
    At(u64),
    /// The server's offset is not ours: ask.
    OffsetUnknown,
    /// The server no longer has the upload.
    Gone,
}

/// Brings the whole file, whose digest is known, to `endpoint`, resuming at `resume` when the server still knows it.
pub(crate) async fn upload(
    connection: &Connection,
    endpoint: &Url,
    chunk_size: &ChunkSize,
    (file, sha256): (&Bytes, Digest),
    metadata: &[(&str, &str)],
    resume: Option<&str>,
    progress: &mut Progress<'_>,
) -> Result<(), PortalError> {
    let size = file.len() as u64;
    let mut place = resume.and_then(|url| connection.own_url(endpoint, url));
    let mut offset = None;
    let (mut creations, mut stalls, mut furthest) = (0, 0, 0);
    loop {
        let Some(url) = place.clone() else {
            creations += 1;
            if creations > CREATIONS_MAX {
                return Err(PortalError::WarehouseFailed { status: 404 });
            }
            let url = create(connection, endpoint, size, metadata).await?;
            progress(&UploadState { url: url.to_string(), sent: 0 });
            fail::fail_point!(crate::failpoints::AFTER_CREATE);
            (place, offset, furthest) = (Some(url), Some(0), 0);
            continue;
        };
        let Some(start) = offset else {
            match ask(connection, &url, size).await? {
                Some(known) => offset = Some(known),
                None => place = None,
            }
            continue;
        };
        if start > furthest {
            (furthest, stalls) = (start, 0);
        }
        progress(&UploadState { url: url.to_string(), sent: start });
        if start == size {
            return Ok(());
        }
        if start > 0 {
            fail::fail_point!(crate::failpoints::BETWEEN_CHUNKS);
        }
        let from = start as usize;
        let chunk = file.slice(from..file.len().min(from + chunk_size.get()));
        let end = start + chunk.len() as u64;
        let checksum = if chunk.len() == file.len() { sha256 } else { Digest::of(&chunk) };
        let failure = match send_chunk(connection, &url, start, chunk, checksum).await {
            Ok(Sent::At(now)) if start < now && now <= end => {
                chunk_size.grow();
                offset = Some(now);
                continue;
            }
            Ok(Sent::At(_) | Sent::OffsetUnknown) => PortalError::WarehouseFailed { status: 409 },
            Ok(Sent::Gone) => {
                (place, offset) = (None, None);
                continue;
            }
            Err(cut @ (PortalError::Unreachable { .. } | PortalError::TimedOut)) => {
                chunk_size.shrink();
                cut
            }
            Err(other) => return Err(other),
        };
        stalls += 1;
        if stalls >= STALLS_MAX {
            return Err(failure);
        }
        offset = None;
    }
}

async fn create(
    connection: &Connection,
    endpoint: &Url,
    size: u64,
    metadata: &[(&str, &str)],
) -> Result<Url, PortalError> {
    let pairs: Vec<String> =
        metadata.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
    let request = tus(connection, Method::POST, endpoint)?
        .header("Upload-Length", size)
        .header("Upload-Metadata", pairs.join(","));
    let reply = connection.send(request).await?;
    if reply.status != 201 {
        return Err(reply.refusal());
    }
    let location = reply.header(LOCATION.as_str()).unwrap_or_default();
    connection
        .own_url(endpoint, location)
        .ok_or_else(|| PortalError::RedirectRefused { location: location.chars().take(300).collect() })
}

/// The server's offset, or nothing when it has forgotten the upload, or keeps another one under this address.
async fn ask(connection: &Connection, url: &Url, size: u64) -> Result<Option<u64>, PortalError> {
    let reply = connection.send(tus(connection, Method::HEAD, url)?).await?;
    let number = |name| reply.header(name).and_then(|v| v.parse::<u64>().ok());
    match reply.status {
        200 | 204 if reply.is_ours() => {
            let length_fits = number("upload-length").is_none_or(|length| length == size);
            Ok(number("upload-offset").filter(|&offset| offset <= size && length_fits))
        }
        404 | 410 if reply.is_ours() => Ok(None),
        _ => Err(reply.refusal()),
    }
}

async fn send_chunk(
    connection: &Connection,
    url: &Url,
    offset: u64,
    chunk: Bytes,
    checksum: Digest,
) -> Result<Sent, PortalError> {
    let request = tus(connection, Method::PATCH, url)?
        .header("Upload-Offset", offset)
        .header("Upload-Checksum", checksum.upload_checksum())
        .header(CONTENT_TYPE, CHUNK_MEDIA_TYPE)
        .body(chunk);
    let reply = connection.send(request).await?;
    match reply.status {
        200 | 204 if reply.is_ours() => Ok(reply
            .header("upload-offset")
            .and_then(|v| v.parse().ok())
            .map_or(Sent::OffsetUnknown, Sent::At)),
        409 if reply.is_ours() => Ok(Sent::OffsetUnknown),
        404 | 410 if reply.is_ours() => Ok(Sent::Gone),
        _ => Err(reply.refusal()),
    }
}

fn tus(connection: &Connection, method: Method, url: &Url) -> Result<RequestBuilder, PortalError> {
    Ok(connection.request(method, url.clone())?.header("Tus-Resumable", TUS_VERSION))
}
