//! A helper process and the pipe to it.

use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::client::Launch;
use crate::error::{Call, TokenError};
use crate::host::ARGUMENT;
use crate::protocol::{Answer, Frame, Reply, Request, decode, read_frame, write_message};

/// A running child. Dropping it kills it.
pub(crate) struct Connection {
    child: Option<Child>,
    input: ChildStdin,
    replies: Receiver<Frame>,
}

impl Connection {
    /// Starts a child; nothing is loaded in it yet.
    pub(crate) fn open(launch: &Launch) -> Result<Self, TokenError> {
        let not_started = |reason: String| TokenError::HostNotStarted { reason };
        let mut command = Command::new(&launch.executable);
        command
            .arg(ARGUMENT)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a driver prints for debugging may hold a PIN.
            .stderr(Stdio::null());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NO_WINDOW);
            // Windows looks for a DLL's own DLLs in the working directory.
            if let Some(folder) = launch.module.parent() {
                command.current_dir(folder);
            }
        }
        let mut child = command.spawn().map_err(|error| not_started(error.to_string()))?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(not_started("no pipes".into()));
        };
        let (sender, replies) = mpsc::channel();
        std::thread::spawn(move || {
            while let Ok(frame) = read_frame(&mut output) {
                if sender.send(frame).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child: Some(child), input, replies })
    }

    /// Sends one request and waits for its reply until the deadline.
    pub(crate) fn exchange(
        &mut self,
        request: &Request<'_>,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, TokenError> {
        write_message(&mut self.input, request).map_err(|_| TokenError::DriverCrashed { call })?;
        let frame = self.replies.recv_timeout(deadline).map_err(|error| match error {
            RecvTimeoutError::Timeout => TokenError::NotAnswering { call },
            RecvTimeoutError::Disconnected => TokenError::DriverCrashed { call },
        })?;
        decode::<Reply>(&frame).map_err(|_| TokenError::DriverCrashed { call })?
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            // A process stuck in the kernel (a dead USB device) cannot be waited for here.
            std::thread::spawn(move || child.wait());
        }
    }
}
