//! Registration: a desk announces a copy whose file it has uploaded; the warehouse verifies everything and answers a
//! signed receipt.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, Limited};
use jiff::{SignedDuration, Timestamp};
use mocban_portal::wire::ManifestFault;
use mocban_portal::{CopyManifest, Digest, ProblemKind, StoredCopy, receipt};
use uuid::Uuid;

use crate::answer::{Refused, header, json};
use crate::app::{App, SignedIn};
use crate::config::DeskKey;
use crate::durable::Claim;

/// Largest manifest in bytes.
const MANIFEST_BYTES_MAX: usize = 32 << 10;
/// How long a manifest may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a registration waits for its turn to be verified before the desk is sent away.
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);
/// How far ahead of the warehouse's clock a copy may have been certified.
const FUTURE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// `PUT /copies/{id}`. The same manifest gets the same receipt, byte for byte, however often it is announced.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    if header(&headers, CONTENT_TYPE.as_str()) != Some("application/json") {
        return Err(ProblemKind::MediaType.into());
    }
    let body = read_body(body).await?;
    let announced = header(&headers, "content-digest").and_then(Digest::from_content_digest);
    if announced != Some(Digest::of(&body)) {
        return Err(ProblemKind::DigestMismatch.into());
    }
    let manifest = CopyManifest::from_canonical(&body).map_err(invalid)?;
    if copy_id(&id)? != manifest.copy_id {
        return Err(Refused::because(ProblemKind::Malformed, "the path names another copy"));
    }
    if manifest.desk != desk.desk || manifest.office != desk.office {
        return Err(ProblemKind::Forbidden.into());
    }
    let _turn = tokio::time::timeout(TURN_WAIT_MAX, app.turn(manifest.size))
        .await
        .map_err(|_| ProblemKind::Busy)??;
    let (stored, claim) = app.on_disk(move |app| accept(app, manifest)).await?;
    let status = if claim == Claim::Made { StatusCode::CREATED } else { StatusCode::OK };
    json(status, &stored.receipt)
}

/// `GET /copies/{id}`: manifest and receipt.
pub(crate) async fn describe(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = copy_id(&id)?;
    let stored = app.on_disk(move |app| stored_for(app, &desk, id)).await?;
    json(StatusCode::OK, &stored)
}

/// `GET /copies/{id}/file`: the file.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    SignedIn(desk): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = copy_id(&id)?;
    let manifest = app.on_disk(move |app| Ok(stored_for(app, &desk, id)?.manifest)).await?;
    let _turn = app.turn(manifest.size).await?;
    let (manifest, bytes) = app
        .on_disk(move |app| {
            let bytes = app.store.blob(manifest.sha256)?;
            manifest.check_file(&bytes).map_err(|fault| {
                tracing::error!(copy_id = %id, %fault, "a stored file is damaged");
                Refused::because(ProblemKind::Internal, "the stored file is damaged")
            })?;
            Ok((manifest, bytes))
        })
        .await?;
    let headers = [
        (CONTENT_TYPE, manifest.media_type),
        (CACHE_CONTROL, "no-store".to_owned()),
        (HeaderName::from_static("content-digest"), manifest.sha256.content_digest()),
    ];
    Ok((headers, bytes).into_response())
}

/// Verify first, then keep, then answer.
fn accept(app: &App, manifest: CopyManifest) -> Result<(StoredCopy, Claim), Refused> {
    if let Some(stored) = app.store.copy(manifest.copy_id)? {
        if stored.manifest != manifest {
            return Err(ProblemKind::CopyConflict.into());
        }
        app.store.drop_repeated_upload(manifest.sha256)?;
        return Ok((stored, Claim::Taken));
    }
    let file = app.store.candidate(&manifest)?.ok_or(ProblemKind::FileMissing)?;
    if manifest.certified_at > app.clock.now().saturating_add(FUTURE_MAX).unwrap_or(Timestamp::MAX) {
        return Err(invalid(ManifestFault { field: "certified_at", reason: "lies in the future" }));
    }
    manifest.check_file(&file).map_err(invalid)?;
    app.verifier
        .verify(&file, &manifest)
        .map_err(|refusal| Refused::because(ProblemKind::SignatureInvalid, refusal.reason))?;
    let now = Timestamp::from_second(app.clock.now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    let receipt = receipt::sign(&manifest, &app.name, now, &app.key)
        .map_err(|e| Refused::because(ProblemKind::Internal, e.to_string()))?;
    app.store.keep(&StoredCopy { manifest, receipt })
}

/// A copy, if it is this office's: another's does not exist for it.
fn stored_for(app: &App, desk: &DeskKey, id: Uuid) -> Result<StoredCopy, Refused> {
    let stored = app.store.copy(id)?.filter(|stored| stored.manifest.office == desk.office);
    Ok(stored.ok_or(ProblemKind::NotFound)?)
}

/// One spelling of an id only, since it becomes a file's name.
fn copy_id(text: &str) -> Result<Uuid, Refused> {
    Uuid::try_parse(text)
        .ok()
        .filter(|id| id.to_string() == text)
        .ok_or_else(|| Refused::because(ProblemKind::NotFound, "the path names no copy id"))
}

fn invalid(fault: ManifestFault) -> Refused {
    Refused::because(ProblemKind::ManifestInvalid, fault.to_string())
}

async fn read_body(body: Body) -> Result<axum::body::Bytes, Refused> {
    let body = tokio::time::timeout(BODY_TIME_MAX, Limited::new(body, MANIFEST_BYTES_MAX).collect())
        .await
        .map_err(|_| Refused::because(ProblemKind::Malformed, "the body has fallen silent"))?;
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(ProblemKind::TooLarge.into()),
        Err(_) => Err(Refused::because(ProblemKind::Malformed, "the body was cut")),
    }
}
