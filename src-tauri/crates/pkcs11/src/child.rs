//! A helper process and the pipe to it.

use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::client::Launch;
use crate::error::{Call, TokenError};
use crate::host::ARGUMENT;
use crate::protocol::{Answer, Frame, Reply, Request, decode, read_frame, write_message};

/// A running child. Dropping it kills it.
pub(crate) struct Connection {
    child: Option<Child>,
    input: ChildStdin,
    events: Receiver<Event>,
    sender: Sender<Event>,
    /// Number of the exchange under way.
    number: u64,
}

/// What an exchange waits for.
enum Event {
    Reply(Frame),
    Ended,
    GivenUp {
        /// The exchange that nobody wants any more.
        number: u64,
    },
}

/// Ends the wait for one exchange, from any thread.
pub(crate) struct Waiver {
    sender: Sender<Event>,
    number: u64,
}

impl Waiver {
    pub(crate) fn give_up(&self) {
        // The exchange may be over; then nobody listens, or the number is an old one.
        let _ = self.sender.send(Event::GivenUp { number: self.number });
    }
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
        let (sender, events) = mpsc::channel();
        let replies = sender.clone();
        std::thread::spawn(move || {
            while let Ok(frame) = read_frame(&mut output) {
                if replies.send(Event::Reply(frame)).is_err() {
                    return;
                }
            }
            let _ = replies.send(Event::Ended);
        });
        Ok(Self { child: Some(child), input, events, sender, number: 0 })
    }

    /// What ends the wait of the next [`Connection::exchange`].
    pub(crate) fn waiver(&self) -> Waiver {
        Waiver { sender: self.sender.clone(), number: self.number + 1 }
    }

    /// Sends one request and waits for its reply until the deadline.
    pub(crate) fn exchange(
        &mut self,
        request: &Request<'_>,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, TokenError> {
        self.number += 1;
        write_message(&mut self.input, request).map_err(|_| TokenError::DriverCrashed { call })?;
        let limit = Instant::now() + deadline;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event::Reply(frame)) => {
                    return decode::<Reply>(&frame).map_err(|_| TokenError::DriverCrashed { call })?;
                }
                Ok(Event::GivenUp { number }) if number == self.number => {
                    return Err(TokenError::GivenUp { call });
                }
                // Meant for an exchange that ended by itself.
                Ok(Event::GivenUp { .. }) => {}
                Ok(Event::Ended) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(TokenError::DriverCrashed { call });
                }
                Err(RecvTimeoutError::Timeout) => return Err(TokenError::NotAnswering { call }),
            }
        }
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
