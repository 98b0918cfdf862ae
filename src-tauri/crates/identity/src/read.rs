//! Reading a card from a picture, within a time that is kept even when a library hangs.

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Card, Grey, NotRead,
    search::{Next, Search},
    text,
};

/// Grace for a search that looks at the clock itself; past it, it is left behind.
const GRACE: Duration = Duration::from_millis(500);

/// Looks for the QR code of an identity card anywhere in a picture, at any angle, and reads it.
///
/// Looks on after a code that is not a card's. Answers at the latest half a second after `until`: the search runs on a
/// thread of its own, and one that hangs in a library is left behind.
///
/// # Errors
/// `NoCode`, `NotACard`, or `TimedOut`.
pub fn read(picture: Grey, until: Instant) -> Result<Card, NotRead> {
    let (answer, answered) = sync_channel(1);
    let search = move || drop(answer.send(look(&picture, until)));
    thread::Builder::new().name("identity".into()).spawn(search).map_err(|_| NotRead::TimedOut)?;
    let left = until.saturating_duration_since(Instant::now()) + GRACE;
    answered.recv_timeout(left).unwrap_or_else(|fault| match fault {
        RecvTimeoutError::Timeout => Err(NotRead::TimedOut),
        RecvTimeoutError::Disconnected => Err(NotRead::NoCode),
    })
}

fn look(picture: &Grey, until: Instant) -> Result<Card, NotRead> {
    let (mut card, mut other) = (None, false);
    let mut heard = |bytes: &[u8]| {
        card = Card::parse(&text::text(bytes));
        other = true;
        if card.is_some() { Next::Stop } else { Next::Look }
    };
    let ended = Search::new(until, &mut heard).run(picture);
    match (card, ended) {
        (Some(card), _) => Ok(card),
        (None, Err(_)) => Err(NotRead::TimedOut),
        (None, Ok(())) if other => Err(NotRead::NotACard),
        (None, Ok(())) => Err(NotRead::NoCode),
    }
}
