//! The helper process: the only place where a module is ever loaded.
//!
//! One module, one thread that calls it, one thread that reads requests. The reading thread ends the process the moment
//! the parent is gone, even if the module hangs just then. The process ends by `_exit`: no module is ever unloaded or
//! finalised, for some deadlock in it.

mod facts;
mod failure;
mod functions;
mod handle;
mod keys;
mod mechanisms;
mod process;
mod session;
mod tokens;

use std::sync::mpsc;

use crate::error::{ModuleFault, TokenError};
use crate::protocol::{Answer, Frame, Reply, Request, decode, read_frame, write_message};
use tokens::Module;

/// The argument that makes an executable a token host.
pub(crate) const ARGUMENT: &str = "--token-host";

/// Becomes a token host, and never returns, if the program was started as one; else does nothing.
///
/// Must be the first thing in `main` of every executable that is given to [`crate::TokenHost`].
pub fn run_if_requested() {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT) {
        run();
    }
}

fn run() -> ! {
    let Ok((mut input, mut output)) = process::take_standard_streams() else { process::exit(2) };
    let (sender, requests) = mpsc::channel::<Frame>();
    std::thread::spawn(move || {
        while let Ok(frame) = read_frame(&mut input) {
            if sender.send(frame).is_err() {
                break;
            }
        }
        process::exit(0);
    });
    let mut module = None;
    while let Ok(frame) = requests.recv() {
        let reply = answer(&mut module, &frame);
        drop(frame);
        if write_message(&mut output, &reply).is_err() {
            // Too long an answer, or nobody to hear it. The parent sees a process that is gone.
            break;
        }
    }
    process::exit(0)
}

fn answer(module: &mut Option<Module>, frame: &Frame) -> Reply {
    let request: Request<'_> =
        decode(frame).map_err(|_| TokenError::DriverFailure { ckr: "-".into(), call: "request".into() })?;
    if let Request::Load { module: path, parameters } = request {
        let (loaded, info) = Module::load(path, parameters)?;
        *module = Some(loaded);
        return Ok(Answer::Loaded(info));
    }
    let module = module.as_mut().ok_or(TokenError::ModuleNotLoadable { reason: ModuleFault::Unreadable })?;
    match request {
        Request::Load { .. } | Request::List => {
            Ok(Answer::Tokens { tokens: module.list()?, quirks: module.quirks() })
        }
        Request::Open { fingerprint, pin, on_last_try } => module.open(fingerprint, pin, on_last_try),
        Request::Sign { fingerprint, algorithm, data, pin, on_last_try } => {
            let bytes = module.sign(fingerprint, algorithm, data, pin, on_last_try)?;
            Ok(Answer::Signature { bytes, quirks: module.quirks() })
        }
        Request::Close => {
            module.close();
            Ok(Answer::Closed)
        }
        Request::Timings => Ok(Answer::Timings(module.functions.timings())),
    }
}
