//! Why no card was read.

/// Why a picture gave no card. None of these is a fault of the program; the officer types, or holds the card nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// No QR code could be read anywhere in the picture.
    #[error("no readable QR code")]
    NoCode,
    /// A QR code was read, but it is not that of an identity card.
    #[error("the QR code is not an identity card's")]
    NotACard,
    /// The deadline passed before every way of looking was tried.
    #[error("the time for looking ran out")]
    TimedOut,
    /// The picture has no pixels, too many, or sizes that do not fit its buffer.
    #[error("the picture has an impossible size")]
    ImpossibleSize,
}
