//! What a warehouse must do for a desk. [`crate::http::HttpWarehouse`] speaks to ours; a provincial adapter would stand
//! beside it.
//!
//! A folder for manual upload ([`crate::folder`]) is deliberately not a `Warehouse`: it can give no receipt, so it must
//! never let a file be freed (invariant 8).

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::error::PortalError;
use crate::receipt::VerifiedReceipt;
use crate::wire::{CopyManifest, Receipt};

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadState {
    /// Where the upload can be resumed, also after a restart.
    pub url: String,
    /// Bytes the warehouse says it holds.
    pub sent: u64,
}

/// Called when an upload was created and whenever it advanced.
pub type Progress<'a> = dyn FnMut(&UploadState) + Send + 'a;

/// What the warehouse knows of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyStatus {
    /// Nothing.
    Unknown,
    /// It is stored; the receipt has not been verified against a manifest.
    Stored(Box<Receipt>),
}

/// A place that stores certified copies and answers signed receipts.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// Brings the whole file there, from where an earlier upload stopped if `resume` names one. Storing twice, or half,
    /// does no harm; nothing counts before [`Warehouse::register`].
    ///
    /// # Errors
    /// [`PortalError`], classified.
    async fn upload(
        &self,
        manifest: &CopyManifest,
        file: &Bytes,
        resume: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<(), PortalError>;

    /// Announces the uploaded copy and answers the verified receipt. Idempotent: the same manifest gets the same
    /// receipt, however often and after whatever crash.
    ///
    /// # Errors
    /// [`PortalError`], classified; `CopyRefused` with kind `FileMissing` asks for the upload.
    async fn register(&self, manifest: &CopyManifest) -> Result<VerifiedReceipt, PortalError>;

    /// Asks what the warehouse knows of a copy.
    ///
    /// # Errors
    /// [`PortalError`], classified.
    async fn status(&self, copy_id: Uuid) -> Result<CopyStatus, PortalError>;

    /// Seconds by which the desk's clock was ahead of the warehouse's at the last answer; negative when behind.
    fn clock_ahead_s(&self) -> Option<i64> {
        None
    }
}
