//! Timestamp authorities that answer well, badly, late or never.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mocban_portal::Clock;
use mocban_portal::pki::{
    Authorities, Authority, AuthorityError, Budget, Ledger, MemoryLedger, Web, WebError,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[derive(Clone)]
struct SetClock(Arc<Mutex<Timestamp>>);

impl SetClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-21T03:00:00Z".parse().unwrap())))
    }

    fn forward(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Answers every request with these bytes; counts them.
async fn server(answer: Vec<u8>) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                let _ = client.read(&mut request).await;
                let _ = client.write_all(&answer).await;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    });
    (url, count)
}

fn answer(status: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn good() -> Vec<u8> {
    answer("200 OK", "application/timestamp-reply", b"token")
}

fn authorities(urls: &[&str], clock: &SetClock, budget: Budget) -> Authorities {
    let list = urls.iter().map(|url| Authority { budget, ..Authority::new(*url) }).collect();
    let mut draws = 0_u64;
    let random = move || {
        draws += 1;
        draws
    };
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::default());
    Authorities::new(list, Web::new().unwrap(), ledger, Arc::new(clock.clone()), Box::new(random))
        .with_deadline(Duration::from_millis(400))
}

fn accept(answer: &[u8]) -> Result<String, &'static str> {
    if answer == b"token" { Ok("taken".into()) } else { Err("another nonce") }
}

#[tokio::test]
async fn the_first_that_answers_well_is_taken_and_the_others_are_named() {
    let (page, _) = server(answer("200 OK", "text/html", b"<html>please log in</html>")).await;
    let (old, _) = server(answer("200 OK", "application/timestamp-reply", b"yesterday's")).await;
    let (silent, _) = server(Vec::new()).await;
    let (huge, _) = server(answer("200 OK", "application/timestamp-reply", &vec![0; 300 << 10])).await;
    let (well, asked) = server(good()).await;
    let clock = SetClock::new();
    let nowhere = "http://127.0.0.1:1/";
    let all = [&page, &old, &silent, &huge, nowhere, "ftp://a/", &well].map(|url| url);
    let office = authorities(&all, &clock, Budget::default());
    assert_eq!(office.ask(b"request", accept).await.unwrap(), "taken");
    assert_eq!(*asked.lock().unwrap(), 1);

    let office = authorities(&all[..6], &clock, Budget::default());
    let none = office.ask(b"request", accept).await.unwrap_err();
    let [page, old, silent, huge, nowhere, other] = none.failures.as_slice() else { panic!("{none}") };
    assert!(matches!(page.1, AuthorityError::Web(WebError::MediaType { .. })), "{page:?}");
    assert!(matches!(&old.1, AuthorityError::Unacceptable { detail } if detail == "another nonce"));
    assert!(matches!(silent.1, AuthorityError::Web(WebError::TimedOut)), "{silent:?}");
    assert!(matches!(huge.1, AuthorityError::Web(WebError::TooLarge { .. })), "{huge:?}");
    assert!(matches!(nowhere.1, AuthorityError::Web(WebError::Unreachable { .. })), "{nowhere:?}");
    assert!(matches!(other.1, AuthorityError::Web(WebError::Address)), "{other:?}");
    assert!(none.next_attempt.unwrap() > clock.now());
}

#[tokio::test]
async fn a_budget_is_kept_and_opens_again() {
    let (url, asked) = server(good()).await;
    let clock = SetClock::new();
    let budget = Budget { requests: 2, window: SignedDuration::from_mins(20) };
    let office = authorities(&[&url], &clock, budget);
    for _ in 0..2 {
        office.ask(b"request", accept).await.unwrap();
    }
    let spent = office.ask(b"request", accept).await.unwrap_err();
    assert!(matches!(spent.failures[0].1, AuthorityError::Resting { .. }));
    assert_eq!(spent.next_attempt.unwrap(), clock.now() + SignedDuration::from_mins(20));
    assert_eq!(*asked.lock().unwrap(), 2, "nobody is asked beyond the budget");
    clock.forward(SignedDuration::from_mins(21));
    office.ask(b"request", accept).await.unwrap();
}

#[tokio::test]
async fn one_that_shuts_us_out_is_left_alone_for_a_day() {
    let (url, asked) = server(answer("429 Too Many Requests", "text/plain", b"")).await;
    let clock = SetClock::new();
    let office = authorities(&[&url], &clock, Budget::default());
    office.ask(b"request", accept).await.unwrap_err();
    clock.forward(SignedDuration::from_hours(23));
    let refused = office.ask(b"request", accept).await.unwrap_err();
    assert!(matches!(refused.failures[0].1, AuthorityError::Resting { .. }));
    assert_eq!(*asked.lock().unwrap(), 1);
    clock.forward(SignedDuration::from_hours(2));
    office.ask(b"request", accept).await.unwrap_err();
    assert_eq!(*asked.lock().unwrap(), 2);
}
