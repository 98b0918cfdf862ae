//! The client of our own warehouse: tus uploads, idempotent registration, receipts verified with pinned keys.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use uuid::Uuid;

use crate::auth::DeskIdentity;
use crate::canonical;
use crate::connection::Connection;
use crate::digest::Digest;
use crate::error::PortalError;
use crate::ports::Clock;
use crate::problem::ProblemKind;
use crate::receipt::{self, VerifiedReceipt};
use crate::tus::{self, CHUNK_BYTES, ChunkSize};
use crate::warehouse::{CopyStatus, Progress, Warehouse};
use crate::wire::{CopyManifest, Receipt, StoredCopy};

/// How to find and trust a warehouse.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Its address: https, or http on this machine only.
    pub url: String,
    /// The public keys that may sign its receipts: the present one, then the next one while keys change. The first
    /// one's id is the audience of our tokens: a warehouse is known by its key.
    pub receipt_keys: Vec<VerifyingKey>,
    /// PEM certificates of authorities to trust beside the system's; may be empty.
    pub roots_pem: Vec<u8>,
    /// Largest chunk in bytes; [`CHUNK_BYTES`] unless a test needs small ones.
    pub chunk_bytes: usize,
}

impl HttpSettings {
    /// The usual settings for a warehouse with one key.
    #[must_use]
    pub fn new(url: impl Into<String>, receipt_key: VerifyingKey) -> Self {
        Self {
            url: url.into(),
            receipt_keys: vec![receipt_key],
            roots_pem: Vec::new(),
            chunk_bytes: CHUNK_BYTES,
        }
    }
}

/// A warehouse over HTTP.
pub struct HttpWarehouse {
    connection: Connection,
    receipt_keys: Vec<VerifyingKey>,
    chunk_size: ChunkSize,
}

impl HttpWarehouse {
    /// Prepares the client; connects to nothing yet.
    ///
    /// # Errors
    /// [`PortalError::SettingsInvalid`].
    pub fn new(
        settings: HttpSettings,
        desk: DeskIdentity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PortalError> {
        let HttpSettings { url, receipt_keys, roots_pem, chunk_bytes } = settings;
        let audience = receipt_keys
            .first()
            .map(receipt::key_id)
            .ok_or_else(|| PortalError::SettingsInvalid { detail: "no receipt key is pinned".to_owned() })?;
        let connection = Connection::new(&url, &audience, &roots_pem, desk, clock)?;
        Ok(Self { connection, receipt_keys, chunk_size: ChunkSize::new(chunk_bytes.max(1)) })
    }
}

#[async_trait]
impl Warehouse for HttpWarehouse {
    async fn upload(
        &self,
        manifest: &CopyManifest,
        file: &Bytes,
        resume: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<(), PortalError> {
        let endpoint = self.connection.url("uploads")?;
        let (id, sha256) = (manifest.copy_id.to_string(), manifest.sha256.to_string());
        let metadata = [("filename", id.as_str()), ("filetype", &manifest.media_type), ("sha256", &sha256)];
        let file = (file, manifest.sha256);
        tus::upload(&self.connection, &endpoint, &self.chunk_size, file, &metadata, resume, progress).await
    }

    async fn register(&self, manifest: &CopyManifest) -> Result<VerifiedReceipt, PortalError> {
        let damaged = |_| PortalError::CopyDamaged { field: "manifest" };
        let body = canonical::to_vec(manifest).map_err(damaged)?;
        let url = self.connection.url(&format!("copies/{}", manifest.copy_id))?;
        let request = self
            .connection
            .request(Method::PUT, url)?
            .header(CONTENT_TYPE, "application/json")
            .header("Content-Digest", Digest::of(&body).content_digest())
            .body(body);
        let reply = self.connection.send(request).await?;
        if !matches!(reply.status, 200 | 201) {
            return Err(reply.refusal());
        }
        // A 200 with anything else in it is a login page, not a verdict on the copy.
        let receipt: Receipt = serde_json::from_slice(&reply.body)
            .map_err(|_| PortalError::CaptivePortal { status: reply.status })?;
        receipt::verify(&receipt, manifest, &self.receipt_keys)
    }

    async fn status(&self, copy_id: Uuid) -> Result<CopyStatus, PortalError> {
        let url = self.connection.url(&format!("copies/{copy_id}"))?;
        let reply = self.connection.send(self.connection.request(Method::GET, url)?).await?;
        match reply.status {
            200 => {
                let stored: StoredCopy = serde_json::from_slice(&reply.body)
                    .map_err(|_| PortalError::CaptivePortal { status: reply.status })?;
                Ok(CopyStatus::Stored(Box::new(stored.receipt)))
            }
            404 if reply.kind() == Some(ProblemKind::NotFound) => Ok(CopyStatus::Unknown),
            _ => Err(reply.refusal()),
        }
    }

    fn clock_ahead_s(&self) -> Option<i64> {
        self.connection.ahead_s()
    }
}
