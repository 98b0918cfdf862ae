//! A hostile network: a TCP proxy in front of the warehouse that misbehaves as told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to the next connections, one entry each; afterwards all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// The connection is closed after this many bytes of the client's.
    CutRequestAfter(usize),
    /// Everything arrives; the answer does not.
    LoseAnswer,
    /// The request is sent to the server twice, as a retrying middlebox would; the client sees the second answer.
    Duplicate,
    /// A login page answers, with status 200.
    LoginPage,
    /// A redirect to another host answers.
    Redirect,
    /// One bit of the request's body is flipped.
    FlipBit,
    /// The bytes trickle.
    Slow,
}

pub struct Proxy {
    addr: SocketAddr,
    plan: Arc<Mutex<Vec<Mischief>>>,
    bytes: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let plan: Arc<Mutex<Vec<Mischief>>> = Arc::default();
        let bytes: Arc<Mutex<usize>> = Arc::default();
        let (tasks_plan, tasks_bytes) = (plan.clone(), bytes.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, tasks_plan.clone(), tasks_bytes.clone()));
            }
        });
        Self { addr, plan, bytes, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Mischief for the coming requests, in order.
    pub fn plan(&self, plan: &[Mischief]) {
        *self.plan.lock().unwrap() = plan.iter().rev().copied().collect();
    }

    pub fn planned(&self) -> usize {
        self.plan.lock().unwrap().len()
    }

    /// Body bytes that clients have sent through.
    pub fn bytes(&self) -> usize {
        *self.bytes.lock().unwrap()
    }
}

/// One request after another on a client's connection; each gets its own connection to the server.
async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    plan: Arc<Mutex<Vec<Mischief>>>,
    bytes: Arc<Mutex<usize>>,
) -> Option<()> {
    loop {
        let head = read_head(&mut client).await?;
        let length = content_length(&head);
        let mischief = plan.lock().unwrap().pop();
        if let Some(Mischief::CutRequestAfter(keep)) = mischief {
            let mut part = vec![0; length.min(keep)];
            client.read_exact(&mut part).await.ok()?;
            let mut upstream = TcpStream::connect(server).await.ok()?;
            upstream.write_all(&head).await.ok()?;
            upstream.write_all(&part).await.ok()?;
            *bytes.lock().unwrap() += part.len();
            return None;
        }
        let mut body = vec![0; length];
        client.read_exact(&mut body).await.ok()?;
        *bytes.lock().unwrap() += body.len();
        let answer = match mischief {
            Some(Mischief::LoginPage) => canned("200 OK", "", "<html>Đăng nhập mạng</html>"),
            Some(Mischief::Redirect) => canned("302 Found", "location: http://login.example/\r\n", ""),
            Some(Mischief::FlipBit) => {
                if let Some(byte) = body.last_mut() {
                    *byte ^= 1;
                }
                exchange(server, &head, &body, None).await?
            }
            Some(Mischief::Slow) => {
                let pause = Some(Duration::from_millis(20));
                exchange(server, &head, &body, pause).await?
            }
            Some(Mischief::Duplicate) => {
                exchange(server, &head, &body, None).await?;
                exchange(server, &head, &body, None).await?
            }
            Some(Mischief::LoseAnswer) => {
                exchange(server, &head, &body, None).await?;
                return None;
            }
            Some(Mischief::CutRequestAfter(_)) | None => exchange(server, &head, &body, None).await?,
        };
        client.write_all(&answer).await.ok()?;
    }
}

/// Sends one request and reads the whole answer.
async fn exchange(server: SocketAddr, head: &[u8], body: &[u8], pause: Option<Duration>) -> Option<Vec<u8>> {
    let mut upstream = TcpStream::connect(server).await.ok()?;
    upstream.write_all(head).await.ok()?;
    for part in body.chunks(8 << 10) {
        upstream.write_all(part).await.ok()?;
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    let mut answer = read_head(&mut upstream).await?;
    let is_head_request = head.starts_with(b"HEAD ");
    let length = if is_head_request { 0 } else { content_length(&answer) };
    let mut rest = vec![0; length];
    upstream.read_exact(&mut rest).await.ok()?;
    answer.extend_from_slice(&rest);
    Some(answer)
}

async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(head)
}

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    text.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

fn canned(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
