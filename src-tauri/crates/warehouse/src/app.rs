//! What every request shares, and who may ask: a desk, by its own signed token.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use ed25519_dalek::SigningKey;
use mocban_portal::auth::{TokenFault, verify_token};
use mocban_portal::receipt::key_id;
use mocban_portal::wire::COPY_SIZE_MAX;
use mocban_portal::{Clock, ProblemKind};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::answer::{Refused, header};
use crate::config::{DeskKey, Limits};
use crate::store::Store;
use crate::uploads::Uploads;
use crate::verify::CopyVerifier;

/// The running warehouse.
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) key: SigningKey,
    pub(crate) desks: HashMap<String, DeskKey>,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) verifier: Arc<dyn CopyVerifier>,
    pub(crate) store: Store,
    pub(crate) uploads: Uploads,
    pub(crate) writers: Semaphore,
    pub(crate) verifications: Semaphore,
}

impl App {
    /// Waits for the turn of a copy of `size` bytes to be in memory.
    pub(crate) async fn turn(&self, size: u64) -> Result<SemaphorePermit<'_>, Refused> {
        let turns = turns(size, self.limits.verifications);
        self.verifications.acquire_many(turns).await.map_err(|_| ProblemKind::Busy.into())
    }

    /// Runs what blocks on the disk where it may.
    pub(crate) async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&Self) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || call(&app))
            .await
            .unwrap_or_else(|ended| Err(Refused::because(ProblemKind::Internal, ended.to_string())))
    }
}

/// How many of `all` turns a copy of `size` bytes takes: its share of the largest copy, at least one.
fn turns(size: u64, all: usize) -> u32 {
    let all = u32::try_from(all).unwrap_or(u32::MAX);
    let share = (COPY_SIZE_MAX / u64::from(all.max(1))).max(1);
    u32::try_from(size.div_ceil(share)).unwrap_or(all).clamp(1, all.max(1))
}

/// The desk that asks.
pub(crate) struct SignedIn(pub(crate) DeskKey);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let token = header(&parts.headers, AUTHORIZATION.as_str())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(ProblemKind::Unauthorized)?;
        let audience = key_id(&app.key.verifying_key());
        let desk = verify_token(token, &audience, app.clock.now(), |desk| app.desks.get(desk).map(|d| d.key));
        match desk {
            Ok(desk) => Ok(Self(app.desks.get(&desk).ok_or(ProblemKind::Unauthorized)?.clone())),
            Err(TokenFault::Time) => Err(ProblemKind::TokenTime.into()),
            Err(TokenFault::Invalid | TokenFault::KeyUnusable) => Err(ProblemKind::Unauthorized.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_are_read_at_once_are_no_more_bytes_than_one_of_the_largest() {
        assert_eq!([turns(1, 4), turns(COPY_SIZE_MAX / 4, 4)], [1, 1]);
        assert_eq!([turns(COPY_SIZE_MAX / 4 + 1, 4), turns(COPY_SIZE_MAX, 4)], [2, 4]);
        // Never more than there are: it would wait for ever.
        assert_eq!([turns(u64::MAX, 4), turns(COPY_SIZE_MAX, 1), turns(0, 1)], [4, 1, 1]);
    }
}
