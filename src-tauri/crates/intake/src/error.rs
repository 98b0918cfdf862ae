//! What can go wrong before a picture arrives.

/// Why nothing can be taken in this way.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// This machine has no address that a phone of the office could reach.
    #[error("this machine is in no local network")]
    NoNetwork,
    /// The page for phones could not be opened.
    #[error("the page for phones could not be opened: {0}")]
    NotOpened(String),
    /// The watched folder is not there or may not be read.
    #[error("the folder cannot be read: {0}")]
    FolderUnreadable(std::io::Error),
}
