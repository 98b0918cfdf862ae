//! One exchange with a public service named by a certificate or by the office's settings: http or https, bounded in
//! size and time, no credentials, no cookies. An answer of another media type (a login page) is refused.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Url, redirect};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Lists of revoked certificates move from time to time; requests that are posted do not follow.
const REDIRECTS: usize = 3;
/// Longest foreign text, in characters, that gets into our errors.
const DETAIL_CHARS_MAX: usize = 200;

/// Why an exchange gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Not an http or https address.
    #[error("the address cannot be used")]
    Address,
    /// No connection, or it broke.
    #[error("the service cannot be reached: {detail}")]
    Unreachable {
        /// The network's word, for logs.
        detail: String,
    },
    /// No whole answer in time.
    #[error("the service did not answer in time")]
    TimedOut,
    /// Another status than 200.
    #[error("the service answered with status {status}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Seconds the service asked us to stay away.
        retry_after: Option<u64>,
    },
    /// The answer says it is something else.
    #[error("the service answered with {found:?}")]
    MediaType {
        /// The media type.
        found: String,
    },
    /// The answer is longer than it may be.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// Bytes.
        limit: usize,
    },
}

/// The way to public services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Web {
    posting: Client,
    getting: Client,
}

impl Web {
    /// Prepares the client; connects to nothing yet.
    ///
    /// # Errors
    /// [`WebError::Unreachable`] when the TLS library cannot be set up.
    pub fn new() -> Result<Self, WebError> {
        let build = |policy| {
            let builder = Client::builder().redirect(policy).connect_timeout(CONNECT_TIMEOUT).referer(false);
            builder.build().map_err(|fault| WebError::Unreachable { detail: bounded(&fault.to_string()) })
        };
        Ok(Self {
            posting: build(redirect::Policy::none())?,
            getting: build(redirect::Policy::limited(REDIRECTS))?,
        })
    }

    /// Fetches at most `limit` bytes; a page for people is refused.
    ///
    /// # Errors
    /// [`WebError`].
    pub async fn get(&self, url: &str, limit: usize, deadline: Duration) -> Result<Vec<u8>, WebError> {
        let request = self.getting.get(address(url)?);
        let is_page = |media_type: &str| media_type == "text/html";
        exchange(request, &|media_type| !is_page(media_type), limit, deadline).await
    }

    /// Posts `body`, `[its media type, the media type of the answer]`.
    ///
    /// # Errors
    /// [`WebError`].
    pub async fn post(
        &self,
        url: &str,
        media_types: [&str; 2],
        body: &[u8],
        limit: usize,
        deadline: Duration,
    ) -> Result<Vec<u8>, WebError> {
        let [sent, wanted] = media_types;
        let request = self.posting.post(address(url)?).header(CONTENT_TYPE, sent).header(ACCEPT, wanted);
        exchange(request.body(body.to_vec()), &|found| found == wanted, limit, deadline).await
    }
}

fn address(url: &str) -> Result<Url, WebError> {
    let url = Url::parse(url).map_err(|_| WebError::Address)?;
    let usable =
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if usable { Ok(url) } else { Err(WebError::Address) }
}

async fn exchange(
    request: RequestBuilder,
    is_wanted: &(dyn Fn(&str) -> bool + Sync),
    limit: usize,
    deadline: Duration,
) -> Result<Vec<u8>, WebError> {
    let answer = async {
        let mut response = request.send().await.map_err(|fault| broken(&fault))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let status = response.status().as_u16();
        if status != 200 {
            let retry_after = header(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
            return Err(WebError::Status { status, retry_after });
        }
        let media_type = header(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        if !is_wanted(&media_type) {
            return Err(WebError::MediaType { found: bounded(&media_type) });
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|fault| broken(&fault))? {
            if body.len() + part.len() > limit {
                return Err(WebError::TooLarge { limit });
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    };
    tokio::time::timeout(deadline, answer).await.unwrap_or(Err(WebError::TimedOut))
}

fn broken(fault: &reqwest::Error) -> WebError {
    if fault.is_timeout() {
        return WebError::TimedOut;
    }
    WebError::Unreachable { detail: bounded(&fault.to_string()) }
}

/// Foreign text: one line, bounded.
fn bounded(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
