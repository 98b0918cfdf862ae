//! A scanner that misbehaves on request: a real HTTP server whose every answer is scripted.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use mocban_capture::{Picture, encode};
use tokio::runtime::Runtime;

/// One answer to `NextDocument`.
#[derive(Clone)]
pub(crate) enum Say {
    /// 200 with these bytes.
    Page(Vec<u8>),
    /// 200 that announces more bytes than come.
    CutBody(Vec<u8>),
    /// 200 whose body begins and never goes on.
    Hang(Vec<u8>),
    /// A status with no body.
    Status(u16),
    /// 503 with `Retry-After: 0`.
    NotYet,
}

/// A picture of one grey level.
pub(crate) fn picture(width: usize, height: usize, level: u8) -> Vec<u8> {
    let picture = Picture::new(width, height, vec![level; width * height * 3]).unwrap();
    encode::jpeg(&picture, 300.0, 85).unwrap()
}

/// A page as wide as the machine's A4 at 30 dpi: a real one at 300 would take long to decode.
pub(crate) fn page(level: u8) -> Vec<u8> {
    picture(248, 351, level)
}

/// Pages of these grey levels.
pub(crate) fn pages(levels: impl IntoIterator<Item = u8>) -> Vec<Say> {
    levels.into_iter().map(|level| Say::Page(page(level))).collect()
}

/// How the machine behaves.
pub(crate) struct Behaviour {
    pub(crate) model: &'static str,
    pub(crate) caps: String,
    /// Answers to `POST ScanJobs`, then 201.
    pub(crate) posts: VecDeque<u16>,
    pub(crate) location: &'static str,
    pub(crate) documents: VecDeque<Say>,
    pub(crate) adf_state: &'static str,
    pub(crate) job_state: &'static str,
    /// The AdfState from the moment the script of pages has run out.
    pub(crate) adf_state_after: Option<&'static str>,
    /// Refuses any other Host with 404.
    pub(crate) only_host: Option<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            model: "Acme",
            caps: caps(&["Platen", "Feeder", "Duplex"]),
            posts: VecDeque::new(),
            location: "/eSCL/ScanJobs/7",
            documents: VecDeque::new(),
            adf_state: "ScannerAdfLoaded",
            job_state: "Processing",
            adf_state_after: None,
            only_host: None,
        }
    }
}

/// Capabilities with these ways in: 300 and 600 dpi, colour and black and white, A4.
pub(crate) fn caps(ways: &[&str]) -> String {
    let caps = "<scan:MinWidth>1</scan:MinWidth><scan:MaxWidth>2480</scan:MaxWidth><scan:MaxHeight>3508</scan:MaxHeight>
        <scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode>
        <scan:ColorMode>BlackAndWhite1</scan:ColorMode></scan:ColorModes><scan:DocumentFormats>
        <pwg:DocumentFormat>application/pdf</pwg:DocumentFormat><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
        </scan:DocumentFormats><scan:SupportedResolutions><scan:DiscreteResolutions>
        <scan:DiscreteResolution><scan:XResolution>300</scan:XResolution><scan:YResolution>300</scan:YResolution></scan:DiscreteResolution>
        <scan:DiscreteResolution><scan:XResolution>600</scan:XResolution><scan:YResolution>600</scan:YResolution></scan:DiscreteResolution>
        </scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>";
    let has = |way: &str, name: &str| {
        if ways.contains(&way) { format!("<scan:{name}>{caps}</scan:{name}>") } else { String::new() }
    };
    let platen = has("Platen", "PlatenInputCaps");
    let platen = if platen.is_empty() { platen } else { format!("<scan:Platen>{platen}</scan:Platen>") };
    format!(
        "{platen}<scan:Adf>{}{}</scan:Adf>",
        has("Feeder", "AdfSimplexInputCaps"),
        has("Duplex", "AdfDuplexInputCaps")
    )
}

/// What the machine was asked.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<String>,
    pub(crate) tickets: Vec<String>,
    pub(crate) hosts: Vec<String>,
    pages: usize,
}

type Shared = Arc<(Mutex<Behaviour>, Mutex<Seen>)>;

/// The running machine.
pub(crate) struct Printer {
    address: SocketAddr,
    shared: Shared,
    _runtime: Runtime,
}

impl Printer {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let runtime = Runtime::new().unwrap();
        let shared: Shared = Arc::new((Mutex::new(behaviour), Mutex::default()));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(shared.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, shared, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/eSCL", self.address)
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.shared.1)
    }

    pub(crate) fn was_asked(&self, request: &str) -> usize {
        self.seen().requests.iter().filter(|asked| asked.as_str() == request).count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let (mut behaviour, mut seen) = (lock(&shared.0), lock(&shared.1));
    seen.requests.push(format!("{method} {}", uri.path()));
    seen.hosts.push(host.clone());
    if behaviour.only_host.as_ref().is_some_and(|only| *only != host) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let namespaces = "xmlns:scan='http://schemas.hp.com/imaging/escl/2011/05/03' xmlns:pwg='http://www.pwg.org/schemas/2010/12/sm'";
    match (method.as_str(), uri.path()) {
        ("GET", "/eSCL/ScannerCapabilities") => format!(
            "<?xml version='1.0'?><scan:ScannerCapabilities {namespaces}><pwg:Version>2.63</pwg:Version>
             <pwg:MakeAndModel>{}</pwg:MakeAndModel><scan:UUID>4509a320-00a0-008f-00b6-002507510eca</scan:UUID>{}
             </scan:ScannerCapabilities>",
            behaviour.model, behaviour.caps
        )
        .into_response(),
        ("GET", "/eSCL/ScannerStatus") => {
            let out = behaviour.documents.is_empty() && seen.pages > 0;
            let adf = behaviour.adf_state_after.filter(|_| out).unwrap_or(behaviour.adf_state);
            format!(
                "<scan:ScannerStatus {namespaces}><pwg:State>Idle</pwg:State><scan:AdfState>{adf}</scan:AdfState>
                 <scan:Jobs><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/7</pwg:JobUri><pwg:JobState>{}</pwg:JobState>
                 </scan:JobInfo></scan:Jobs></scan:ScannerStatus>",
                behaviour.job_state
            )
            .into_response()
        }
        ("POST", "/eSCL/ScanJobs") => {
            seen.tickets.push(String::from_utf8_lossy(&body).into_owned());
            match behaviour.posts.pop_front() {
                Some(status) => (code(status), [("Retry-After", "0")]).into_response(),
                None => (StatusCode::CREATED, [("Location", behaviour.location)]).into_response(),
            }
        }
        ("GET", "/eSCL/ScanJobs/7/NextDocument") => {
            seen.pages += 1;
            match behaviour.documents.pop_front().unwrap_or(Say::Status(404)) {
                Say::Page(bytes) => ([("Content-Type", "image/jpeg")], bytes).into_response(),
                Say::Status(status) => code(status).into_response(),
                Say::NotYet => (StatusCode::SERVICE_UNAVAILABLE, [("Retry-After", "0")]).into_response(),
                Say::CutBody(bytes) => {
                    let broken = streamed(bytes, Some(std::io::Error::other("cut")));
                    Body::from_stream(broken).into_response()
                }
                Say::Hang(bytes) => Body::from_stream(streamed(bytes, None)).into_response(),
            }
        }
        ("DELETE", "/eSCL/ScanJobs/7") => StatusCode::OK.into_response(),
        _ => (StatusCode::NOT_FOUND, "<!doctype html><html><body>not here</body></html>").into_response(),
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap()
}

/// The bytes, then an error a moment later, or nothing for ever.
fn streamed(
    bytes: Vec<u8>,
    end: Option<std::io::Error>,
) -> impl tokio_stream::Stream<Item = std::io::Result<Bytes>> + Send {
    let time = if end.is_some() { Duration::from_millis(100) } else { Duration::from_secs(3600) };
    Steps { bytes: Some(bytes), end, sleep: Box::pin(tokio::time::sleep(time)) }
}

struct Steps {
    bytes: Option<Vec<u8>>,
    end: Option<std::io::Error>,
    sleep: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl tokio_stream::Stream for Steps {
    type Item = std::io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        if let Some(bytes) = self.bytes.take() {
            return std::task::Poll::Ready(Some(Ok(bytes.into())));
        }
        std::task::ready!(self.sleep.as_mut().poll(context));
        std::task::Poll::Ready(self.end.take().map(Err))
    }
}
