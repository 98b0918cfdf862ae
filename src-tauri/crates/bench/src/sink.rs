//! The smallest server curl can put files to: for measuring curl, nothing else. It reads what curl sends on loopback and
//! is no example of how to treat a client one does not know.

use anyhow::Result;
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

/// Listens until the program ends.
pub(crate) struct Sink(SocketAddr);

impl Sink {
    /// Writes and syncs each file into `folder`, or throws it away.
    pub(crate) fn start(folder: &Path, keep: bool) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let file = keep.then(|| folder.join("received"));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A broken connection is curl's to report.
                let _ = serve(stream, file.as_ref());
            }
        });
        Ok(Self(address))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Answers one PUT after another on one connection.
fn serve(stream: TcpStream, file: Option<&PathBuf>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answers = stream.try_clone()?;
    let mut requests = BufReader::with_capacity(1 << 20, stream);
    loop {
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let lower = line.trim_end().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
            if lower.is_empty() {
                break;
            }
        }
        let mut body = (&mut requests).take(length);
        match file {
            None => drop(io::copy(&mut body, &mut io::sink())?),
            Some(path) => {
                // Under a new name each time, as a store has it.
                fs::remove_file(path).or_else(|fault| {
                    if fault.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(fault) }
                })?;
                let mut kept = File::create(path)?;
                io::copy(&mut body, &mut kept)?;
                kept.sync_all()?;
            }
        }
        answers.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")?;
    }
}
