//! Errors on the wire: `application/problem+json` (RFC 9457), whose `type` is one of a closed list.

use serde::{Deserialize, Serialize};

/// Media type of every error body.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";
/// What every problem `type` starts with; the kind's name follows.
pub const PROBLEM_TYPE_PREFIX: &str = "urn:mocban:problem:";

/// An error body (RFC 9457 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// [`PROBLEM_TYPE_PREFIX`] and the kind's name.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind in a few English words.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// What is particular to this occurrence, for logs. Never a person's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Problem {
    /// A problem of one kind.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: Option<String>) -> Self {
        Self {
            type_uri: format!("{PROBLEM_TYPE_PREFIX}{}", kind.name()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail,
        }
    }

    /// The kind, if the `type` is one of ours.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemKind> {
        let name = self.type_uri.strip_prefix(PROBLEM_TYPE_PREFIX)?;
        ProblemKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

macro_rules! problem_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// Every error a warehouse answers. The name is the end of the problem's `type` URI.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ProblemKind { $($(#[$doc])* $kind,)* }

        impl ProblemKind {
            /// All kinds, for catalogues and tests.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name used on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$kind => $status),* }
            }

            /// The same in a few English words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title),* }
            }
        }
    };
}

problem_kinds! {
    /// The request is not what the protocol describes.
    Malformed = "malformed", 400, "The request cannot be read";
    /// The body does not have the digest its header names (RFC 9530).
    DigestMismatch = "digest-mismatch", 400, "The body does not match its Content-Digest";
    /// No token, or one that does not verify.
    Unauthorized = "unauthorized", 401, "The desk is not signed in";
    /// The token's time is over, or has not begun: one of the two clocks is wrong.
    TokenTime = "token-time", 401, "The token is not valid now";
    /// The desk may not speak for this office, or not for another desk.
    Forbidden = "forbidden", 403, "The desk may not do this";
    /// Nothing is stored under this name.
    NotFound = "not-found", 404, "There is nothing here";
    /// The resource does not know this method.
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed";
    /// The copy's file has not been uploaded yet.
    FileMissing = "file-missing", 409, "The file of this copy has not been uploaded";
    /// Another manifest was registered under this copy id.
    CopyConflict = "copy-conflict", 409, "Another manifest has this copy id";
    /// Another copy has this certification number.
    NumberTaken = "number-taken", 409, "Another copy has this certification number";
    /// The chunk does not start where the upload ends.
    OffsetConflict = "offset-conflict", 409, "The offset is not where the upload ends";
    /// The upload has expired.
    UploadExpired = "upload-expired", 410, "The upload has expired";
    /// The client speaks another version of tus.
    TusVersion = "tus-version", 412, "Only tus 1.0.0 is spoken";
    /// The body, or the announced file, is too large.
    TooLarge = "too-large", 413, "Too large";
    /// The body has the wrong media type.
    MediaType = "media-type", 415, "The media type is wrong";
    /// The manifest breaks a rule, or does not describe the file.
    ManifestInvalid = "manifest-invalid", 422, "The manifest is refused";
    /// The file's signatures do not verify.
    SignatureInvalid = "signature-invalid", 422, "The signatures do not verify";
    /// Another request is writing to this upload.
    UploadLocked = "upload-locked", 423, "The upload is in use";
    /// The received bytes do not have the digest that was announced (tus extension Checksum).
    ChecksumMismatch = "checksum-mismatch", 460, "The bytes do not match their checksum";
    /// The warehouse failed; nothing was accepted.
    Internal = "internal", 500, "The warehouse failed";
    /// Too much to do; `Retry-After` says when to come back.
    Busy = "busy", 503, "The warehouse is busy";
    /// The disk is full.
    StorageFull = "storage-full", 507, "The warehouse has no space left";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_again_by_its_type() {
        for &kind in ProblemKind::ALL {
            let problem = Problem::new(kind, None);
            let read: Problem = serde_json::from_str(&serde_json::to_string(&problem).unwrap()).unwrap();
            assert_eq!(read.kind(), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn a_foreign_type_has_no_kind() {
        let foreign = r#"{"type":"about:blank","title":"Not Found","status":404}"#;
        assert_eq!(serde_json::from_str::<Problem>(foreign).unwrap().kind(), None);
    }
}
