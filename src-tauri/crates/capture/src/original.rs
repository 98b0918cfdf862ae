//! The original: bytes as they came in, hashed once, never changed.
//!
//! Nothing here decodes pixels. An [`Original`] is immutable; every page derived from it names its SHA-256, so
//! that what was certified can be traced to what was put before the camera.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::CaptureError;

/// The largest file taken in: 64 MiB.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The largest picture decoded: 100 megapixels.
pub const MAX_PIXELS: u64 = 100_000_000;

/// The formats read, recognised by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// ISO/IEC 10918-1, with or without a JFIF or EXIF header.
    Jpeg,
    /// ISO/IEC 15948.
    Png,
    /// TIFF 6.0, one or more pages.
    Tiff,
    /// ISO 32000-1, pages that are pictures: what a scanner writes.
    Pdf,
}

impl MediaType {
    /// What the first bytes say, whatever the file is called.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            _ => None,
        }
    }

    /// The registered media type, `image/…`.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Pdf => "application/pdf",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Pdf => "PDF",
        })
    }
}

/// A picture file exactly as it was taken in. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Original {
    bytes: Arc<[u8]>,
    sha256: [u8; 32],
    media: MediaType,
    name: String,
}

impl Original {
    /// Takes a file in: bounded, recognised by content, hashed. `name` is a label (a file name or a camera's),
    /// never used to open anything.
    ///
    /// # Errors
    /// `Empty`, `TooLarge` (bytes) or `NotAPicture`. Damage inside is found by [`crate::decode()`].
    pub fn read(bytes: impl Into<Arc<[u8]>>, name: impl Into<String>) -> Result<Self, CaptureError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(CaptureError::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(CaptureError::TooLarge {
                found: bytes.len() as u64,
                limit: MAX_BYTES as u64,
                unit: "bytes",
            });
        }
        let media = MediaType::sniff(&bytes).ok_or(CaptureError::NotAPicture)?;
        let sha256 = Sha256::digest(&bytes).into();
        Ok(Self { bytes, sha256, media, name: name.into() })
    }

    /// The bytes, unchanged since they were taken in.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// SHA-256 of all the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The format, by content.
    pub fn media(&self) -> MediaType {
        self.media
    }

    /// The label it came with.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Sizes and hash only: a citizen's paper does not belong in a log.
impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Original")
            .field("media", &self.media)
            .field("bytes", &self.bytes.len())
            .field("sha256", &format_args!("{:02x?}", &self.sha256[..4]))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recognised_by_content_not_by_name() {
        let png = Original::read(&b"\x89PNG\r\n\x1a\n"[..], "scan.jpg").unwrap();
        assert_eq!(png.media(), MediaType::Png);
        assert_eq!(Original::read(&b"GIF89a"[..], "scan.jpg"), Err(CaptureError::NotAPicture));
        assert_eq!(Original::read(&b"%PDF-1.7"[..], "scan.jpg").unwrap().media(), MediaType::Pdf);
    }

    #[test]
    fn empty_and_oversized_files_are_refused_by_name() {
        assert_eq!(Original::read(Vec::new(), "x"), Err(CaptureError::Empty));
        let mut big = vec![0; MAX_BYTES + 1];
        big[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
        assert!(matches!(Original::read(big, "x"), Err(CaptureError::TooLarge { unit: "bytes", .. })));
    }

    #[test]
    fn the_hash_is_sha256_of_the_whole_file() {
        let original = Original::read(&b"\xFF\xD8\xFFabc"[..], "x").unwrap();
        // printf '\xff\xd8\xffabc' | sha256sum
        let hex: String = original.sha256().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "bb50305eeb037e9f042bb96a4b894d570a7cdb7735d1599c80bc470943138a08");
    }

    #[test]
    fn debug_output_shows_no_name() {
        let original = Original::read(&b"\xFF\xD8\xFFabc"[..], "nguyen-van-a.jpg").unwrap();
        assert!(!format!("{original:?}").contains("nguyen"));
    }
}
