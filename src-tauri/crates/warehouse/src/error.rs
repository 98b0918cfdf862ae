//! Why a warehouse does not open. Errors towards desks are [`crate::answer::Refused`].

use std::path::PathBuf;

/// What keeps a warehouse from starting.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// Another process has this folder.
    #[error("the folder {} is in use by another warehouse", path.display())]
    FolderInUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is not a warehouse's, or of a newer version.
    #[error("the folder {} is not a warehouse of this version", path.display())]
    FolderForeign {
        /// The folder.
        path: PathBuf,
    },
    /// The receipt key's file is damaged.
    #[error("the receipt key in {} cannot be read", path.display())]
    ReceiptKeyUnreadable {
        /// The file.
        path: PathBuf,
    },
    /// A trust anchor is not a certificate.
    #[error("trust anchor {index} cannot be read")]
    TrustAnchorUnreadable {
        /// Its position in the configuration, from 0.
        index: usize,
    },
    /// The list of desks cannot be read, or names a desk twice.
    #[error("the list of desks cannot be read: {detail}")]
    DesksUnreadable {
        /// Why.
        detail: String,
    },
    /// No randomness for a key.
    #[error("the system has no randomness")]
    NoRandomness,
    /// The disk or the network.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The system's word.
        source: std::io::Error,
    },
}

impl WarehouseError {
    /// Names what was tried when the system refused.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
