//! Messages between this process and the helper: length-prefixed postcard frames of at most 1 MiB.
//!
//! The helper may have been corrupted by the module in it, so its frames are hostile input. Frames may carry a PIN, so
//! every buffer of one is wiped.

use std::io::{self, Read, Write};
use std::path::Path;

use postcard::ser_flavors::Size;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::certificate::Fingerprint;
use crate::error::TokenError;
use crate::signature::SignAlgorithm;
use crate::token::{CallTiming, ModuleInfo, PinLengths, PinState, Quirk};

/// The longest frame, in bytes.
pub(crate) const MOST_FRAME: usize = 1 << 20;

/// What the helper is asked.
#[derive(Deserialize, Serialize)]
pub(crate) enum Request<'a> {
    Load {
        #[serde(borrow)]
        module: &'a Path,
        parameters: Option<&'a str>,
    },
    List,
    Open {
        fingerprint: Fingerprint,
        pin: Option<&'a str>,
        on_last_try: bool,
    },
    Sign {
        fingerprint: Fingerprint,
        algorithm: SignAlgorithm,
        data: &'a [u8],
        pin: Option<&'a str>,
        on_last_try: bool,
    },
    Close,
    Timings,
}

/// What the helper answers.
#[derive(Deserialize, Serialize)]
pub(crate) enum Answer {
    Loaded(ModuleInfo),
    Tokens {
        tokens: Vec<RawToken>,
        quirks: Vec<Quirk>,
    },
    Opened {
        label: String,
        serial: String,
        certificate: Vec<u8>,
        always_authenticate: bool,
        protected_path: bool,
        /// The token signs with RSA by PSS alone.
        pss_only: bool,
    },
    Signature {
        bytes: Vec<u8>,
        quirks: Vec<Quirk>,
    },
    Closed,
    Timings(Vec<CallTiming>),
}

/// A token as the helper sees it: certificates unparsed.
#[derive(Deserialize, Serialize)]
pub(crate) struct RawToken {
    pub(crate) slot: u64,
    pub(crate) label: String,
    pub(crate) serial: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) reader: String,
    pub(crate) pin: PinState,
    pub(crate) pin_lengths: Option<PinLengths>,
    pub(crate) protected_path: bool,
    pub(crate) open: bool,
    pub(crate) mechanisms: Vec<String>,
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// An answer or why there is none.
pub(crate) type Reply = Result<Answer, TokenError>;

/// A frame as it lies in memory.
pub(crate) type Frame = Zeroizing<Vec<u8>>;

/// Encodes and writes one message.
pub(crate) fn write_message(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let len = postcard::serialize_with_flavor(message, Size::default()).map_err(io::Error::other)?;
    if len > MOST_FRAME {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // A buffer of the exact size: one that grows would leave unwiped copies behind.
    let mut buffer: Frame = Zeroizing::new(vec![0; 4 + len]);
    let (head, body) = buffer.split_at_mut(4);
    head.copy_from_slice(&u32::try_from(len).map_err(io::Error::other)?.to_le_bytes());
    postcard::to_slice(message, body).map_err(io::Error::other)?;
    to.write_all(&buffer)?;
    to.flush()
}

/// Reads one frame. An end of file, also one between frames, is an error.
pub(crate) fn read_frame(from: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let len = u32::from_le_bytes(head) as usize;
    if len > MOST_FRAME {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut frame = Zeroizing::new(vec![0; len]);
    from.read_exact(&mut frame)?;
    Ok(frame)
}

/// Decodes a frame.
pub(crate) fn decode<'a, T: Deserialize<'a>>(frame: &'a Frame) -> io::Result<T> {
    postcard::from_bytes(frame).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_the_pipe() {
        let mut pipe = Vec::new();
        let sent =
            Request::Open { fingerprint: Fingerprint::of(b"x"), pin: Some("mật mã"), on_last_try: true };
        write_message(&mut pipe, &sent).unwrap();
        let frame = read_frame(&mut pipe.as_slice()).unwrap();
        let Request::Open { fingerprint, pin, on_last_try } = decode(&frame).unwrap() else {
            panic!("another request")
        };
        assert_eq!(fingerprint, Fingerprint::of(b"x"));
        assert_eq!((pin, on_last_try), (Some("mật mã"), true));
    }

    #[test]
    fn an_oversized_or_cut_frame_is_refused() {
        assert!(read_frame(&mut [0xff_u8, 0xff, 0xff, 0xff, 0].as_slice()).is_err());
        assert!(read_frame(&mut [3_u8, 0, 0, 0, 1].as_slice()).is_err());
        assert!(read_frame(&mut [].as_slice()).is_err());
    }

    #[test]
    fn noise_is_no_reply() {
        for len in 0..200 {
            let noise: Frame = Zeroizing::new((0..len).map(|at| (at * 37 + 11) as u8).collect());
            let _ = decode::<Reply>(&noise);
        }
        assert!(decode::<Reply>(&Zeroizing::new(vec![9])).is_err());
    }
}
