//! A document timestamp (ISO 32000-2 §12.8.5): an invisible field whose value is an RFC 3161 token over the whole file.

use jiff::Timestamp;

use super::{Added, Network};
use crate::crypto::Hash;
use crate::error::PadesError;
use crate::form::Form;
use crate::pdf::{Object, View};
use crate::sign::TIMESTAMP_RESERVE;
use crate::sign::edit::Edit;
use crate::sign::field::{self, dictionary};
use crate::sign::layout;
use crate::sign::prepare::open;
use crate::timestamp::TimestampRequest;

/// Room beyond a token that turned out too large: the next one of the same authority may be a little longer.
const GROWTH: usize = 1024;

/// The increment with one timestamp over all of `pdf`.
pub(super) fn make(
    pdf: &[u8],
    at: Timestamp,
    network: &dyn Network,
    nonce: &mut dyn FnMut() -> u64,
) -> Result<Added, PadesError> {
    match with_room(pdf, at, network, nonce(), TIMESTAMP_RESERVE) {
        Err(PadesError::PlaceholderTooSmall { needed, .. }) => {
            with_room(pdf, at, network, nonce(), needed + GROWTH)
        }
        made => made,
    }
}

fn with_room(
    pdf: &[u8],
    at: Timestamp,
    network: &dyn Network,
    nonce: u64,
    room: usize,
) -> Result<Added, PadesError> {
    let file = open(pdf)?;
    let view = file.last();
    let mut edit = Edit::new(view)?;
    let value = edit.reserve();
    field::add(&mut edit, &free_name(view)?, 0, &[0.0; 4], value)?;
    let dict = dictionary([
        ("Type", Object::name("DocTimeStamp")),
        ("Filter", Object::name("Adobe.PPKLite")),
        ("SubFilter", Object::name("ETSI.RFC3161")),
    ]);
    let mut gapped = layout::gapped(pdf, &edit, (value, dict), room, at)?;
    let [before, after] = gapped.hashed();
    let request = TimestampRequest::of_digest(Hash::Sha256, Hash::Sha256.of(&[pdf, before, after]), nonce);
    let token = network.timestamp(&request).map_err(PadesError::Network)?;
    if !request.is_answered_by(&token) {
        return Err(PadesError::TimestampWrong);
    }
    gapped.fill(token.der())?;
    Ok(Added::Timestamp {
        time: token.time().to_string(),
        authority: token.signer().common_name(),
        increment: gapped.bytes,
    })
}

/// A name that no field of the form has or begins with.
fn free_name(view: View<'_, '_>) -> Result<String, PadesError> {
    let form = Form::read(view)?;
    let taken = |name: &str| {
        form.fields.iter().any(|field| field.name == *name || field.name.starts_with(&format!("{name}.")))
    };
    let name =
        (1..=form.fields.len() + 1).map(|number| format!("DocTimeStamp{number}")).find(|name| !taken(name));
    Ok(name.unwrap_or_default())
}
