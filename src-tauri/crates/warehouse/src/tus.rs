//! The receiving half of tus 1.0.0: core, Creation, Checksum, Expiration, Termination.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use mocban_portal::tus::{CHUNK_MEDIA_TYPE, TUS_VERSION};
use mocban_portal::{Digest, ProblemKind};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::answer::{Refused, header, number};
use crate::app::{App, SignedIn};
use crate::uploads::Writing;

/// What this server speaks besides the core.
const EXTENSIONS: &str = "creation,checksum,expiration,termination";
/// The protocol demands sha1; desks use sha256.
const CHECKSUMS: &str = "sha256,sha1";
/// Largest `Upload-Metadata` in bytes.
const METADATA_BYTES_MAX: usize = 2 << 10;
/// Largest chunk in bytes that carries a checksum: it is held in memory until the checksum is known to be right.
const CHECKED_CHUNK_BYTES_MAX: u64 = 8 << 20;
/// How long a body may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// `OPTIONS /uploads`: what is spoken here.
pub(crate) async fn options(State(app): State<Arc<App>>) -> Response {
    let headers = [
        ("tus-version", TUS_VERSION.to_owned()),
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", CHECKSUMS.to_owned()),
        ("tus-max-size", app.limits.file_bytes.to_string()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// `POST /uploads`: begins an upload.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    speaks_tus(&headers)?;
    let length = number(&headers, "upload-length")?;
    if length == 0 {
        return Err(Refused::because(ProblemKind::Malformed, "an empty file is no copy"));
    }
    if length > app.limits.file_bytes {
        return Err(ProblemKind::TooLarge.into());
    }
    let metadata = match headers.get("upload-metadata") {
        Some(_) => header(&headers, "upload-metadata").ok_or_else(bad_metadata)?,
        None => "",
    };
    let sha256 = announced_digest(metadata)?;
    let metadata = metadata.to_owned();
    let now = app.clock.now();
    let upload =
        app.on_disk(move |app| app.uploads.create(&desk.desk, length, metadata, sha256, now)).await?;
    let headers = [(LOCATION.as_str(), format!("/uploads/{}", upload.id)), expires(upload.expires)];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// `HEAD /uploads/{id}`: how far it has come.
pub(crate) async fn offset(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    speaks_tus(&headers)?;
    let writing = app.uploads.writing(&id, &desk.desk, app.clock.now()).await?;
    let mut answer = [
        ("upload-offset", writing.offset()?.to_string()),
        ("upload-length", writing.upload.length.to_string()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        expires(writing.upload.expires),
    ]
    .into_response();
    if let Ok(metadata) = HeaderValue::from_str(&writing.upload.metadata)
        && !metadata.is_empty()
    {
        answer.headers_mut().insert("upload-metadata", metadata);
    }
    Ok(answer)
}

/// `PATCH /uploads/{id}`: appends bytes. They are synced before the new offset is answered.
pub(crate) async fn append(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    speaks_tus(&headers)?;
    if header(&headers, CONTENT_TYPE.as_str()) != Some(CHUNK_MEDIA_TYPE) {
        return Err(ProblemKind::MediaType.into());
    }
    let from = number(&headers, "upload-offset")?;
    let checksum = match headers.get("upload-checksum") {
        Some(_) => Some(Checksum::parse(header(&headers, "upload-checksum"))?),
        None => None,
    };
    let _permit = app.writers.try_acquire().map_err(|_| ProblemKind::Busy)?;
    let mut writing = app.uploads.writing(&id, &desk.desk, app.clock.now()).await?;
    let offset = writing.offset()?;
    if from != offset {
        let detail = format!("the upload ends at {offset}");
        return Err(Refused::because(ProblemKind::OffsetConflict, detail));
    }
    let room = writing.upload.length - offset;
    let announced = match headers.get(CONTENT_LENGTH) {
        Some(_) => number(&headers, CONTENT_LENGTH.as_str())?,
        None => 0,
    };
    let room = if checksum.is_some() { room.min(CHECKED_CHUNK_BYTES_MAX) } else { room };
    if announced > room {
        return Err(ProblemKind::TooLarge.into());
    }
    match checksum {
        Some(checksum) => append_checked(&mut writing, body, room, &checksum).await?,
        None => append_as_it_comes(&writing, body, room).await?,
    }
    let offset = writing.offset()?;
    let (length, expiry) = (writing.upload.length, writing.upload.expires);
    // The client has all its answers once the upload is finished: the file moves on at once.
    if offset == length && room > 0 {
        app.on_disk(move |app| app.uploads.finish(&mut writing)).await?;
    }
    Ok((StatusCode::NO_CONTENT, [("upload-offset", offset.to_string()), expires(expiry)]).into_response())
}

/// `DELETE /uploads/{id}`: ends an upload.
pub(crate) async fn terminate(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    speaks_tus(&headers)?;
    let writing = app.uploads.writing(&id, &desk.desk, app.clock.now()).await?;
    app.on_disk(move |app| Ok(app.uploads.remove(&writing.upload.id)?)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// With a checksum nothing is written unless everything has arrived and is right.
async fn append_checked(
    writing: &mut Writing,
    mut body: Body,
    room: u64,
    checksum: &Checksum,
) -> Result<(), Refused> {
    let mut bytes = Vec::new();
    while let Some(part) = next_part(&mut body).await? {
        if bytes.len() as u64 + part.len() as u64 > room {
            return Err(ProblemKind::TooLarge.into());
        }
        bytes.extend_from_slice(&part);
    }
    if !checksum.fits(&bytes) {
        return Err(ProblemKind::ChecksumMismatch.into());
    }
    let mut file = tokio::fs::File::options().append(true).open(writing.path()).await?;
    file.write_all(&bytes).await?;
    file.flush().await?;
    file.sync_data().await?;
    if bytes.len() as u64 == writing.upload.length
        && let Checksum::Sha256(value) = checksum
        && let Ok(value) = value.as_slice().try_into()
    {
        writing.came_whole(Digest(value));
    }
    Ok(())
}

/// Without one, what arrived before a cut counts.
async fn append_as_it_comes(writing: &Writing, mut body: Body, mut room: u64) -> Result<(), Refused> {
    let mut file = tokio::fs::File::options().append(true).open(writing.path()).await?;
    let ended = loop {
        match next_part(&mut body).await {
            Ok(Some(part)) if part.len() as u64 <= room => {
                room -= part.len() as u64;
                file.write_all(&part).await?;
            }
            Ok(Some(_)) => break Err(ProblemKind::TooLarge.into()),
            Ok(None) => break Ok(()),
            Err(cut) => break Err(cut),
        }
    };
    file.flush().await?;
    file.sync_data().await?;
    ended
}

async fn next_part(body: &mut Body) -> Result<Option<axum::body::Bytes>, Refused> {
    let cut = |what| Refused::because(ProblemKind::Malformed, what);
    loop {
        let frame = tokio::time::timeout(SILENCE_MAX, body.frame())
            .await
            .map_err(|_| cut("the body has fallen silent"))?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(cut("the body was cut")),
            // Trailers say nothing to us.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// An `Upload-Checksum`.
enum Checksum {
    Sha256(Vec<u8>),
    Sha1(Vec<u8>),
}

impl Checksum {
    fn parse(text: Option<&str>) -> Result<Self, Refused> {
        let malformed = || Refused::because(ProblemKind::Malformed, "upload-checksum is not one we know");
        let (algorithm, value) = text.and_then(|t| t.split_once(' ')).ok_or_else(malformed)?;
        let value = STANDARD.decode(value).map_err(|_| malformed())?;
        match algorithm {
            "sha256" => Ok(Self::Sha256(value)),
            "sha1" => Ok(Self::Sha1(value)),
            _ => Err(malformed()),
        }
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Sha256(value) => Sha256::digest(bytes).as_slice() == value.as_slice(),
            Self::Sha1(value) => Sha1::digest(bytes).as_slice() == value.as_slice(),
        }
    }
}

fn speaks_tus(headers: &HeaderMap) -> Result<(), Refused> {
    if header(headers, "tus-resumable") == Some(TUS_VERSION) {
        Ok(())
    } else {
        Err(ProblemKind::TusVersion.into())
    }
}

/// Reads `Upload-Metadata` (`key base64, key base64, key`) for the member `sha256`.
fn announced_digest(metadata: &str) -> Result<Option<Digest>, Refused> {
    if metadata.len() > METADATA_BYTES_MAX {
        return Err(bad_metadata());
    }
    let mut announced = None;
    for pair in metadata.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value).map_err(|_| bad_metadata())?;
        if key == "sha256" {
            let digest = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
            announced = Some(digest.ok_or_else(bad_metadata)?);
        }
    }
    Ok(announced)
}

fn bad_metadata() -> Refused {
    Refused::because(ProblemKind::Malformed, "upload-metadata cannot be read")
}

/// `Upload-Expires`, as an HTTP date (RFC 9110 section 5.6.7).
fn expires(at: Timestamp) -> (&'static str, String) {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    ("upload-expires", date.unwrap_or_default())
}
