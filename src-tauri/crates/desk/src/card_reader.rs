//! The requester's identity card: its QR code read from a file, a page or what lies under the camera. What it says is
//! offered to the form; the form is not touched, so that nothing typed is ever overwritten (the officer takes it over).

use crate::{
    Desk, DeskError,
    api::*,
    faults, lock,
    tools::{CardReading, identity},
};
use mocban_capture as capture;

impl Desk {
    pub(crate) fn card_read(&self, source: CardSource) -> Result<CardOffer, DeskError> {
        let reading = match source {
            CardSource { blob: Some(blob), camera: None, page: None } => {
                crate::tools::read_card(self.uploads.take(&blob)?, "")?
            }
            CardSource { blob: None, camera: Some(camera), page: None } => {
                crate::tools::read_card(self.cameras.preview(&camera)?, &camera)?
            }
            CardSource { blob: None, camera: None, page: Some(page) } => self.card_on_page(&page)?,
            _ => return Err(DeskError::InvalidRequest { field: "source".into() }),
        };
        let (Some(id_number), Some(name)) = (reading.id, reading.name) else {
            return Err(DeskError::CardNotRead { reason: reading.reason.unwrap_or_default() });
        };
        Ok(CardOffer {
            id_number,
            name,
            address: reading.address.unwrap_or_default(),
            born: reading.born.unwrap_or_default(),
            issued: reading.issued.unwrap_or_default(),
        })
    }

    fn card_on_page(&self, id: &str) -> Result<CardReading, DeskError> {
        let sides: Vec<_> = {
            let case = lock(&self.counter);
            let page = case.pages.iter().find(|page| page.id.to_string() == id).ok_or(DeskError::NotFound)?;
            let back = page.back.iter().map(|back| (back.original.clone(), back.index));
            std::iter::once((page.original.clone(), page.index)).chain(back).collect()
        };
        let mut missed = CardReading::none("no_code");
        for (held, index) in sides {
            let original = held.original()?;
            let picture =
                capture::decode_page(&original, index).map_err(|fault| faults::picture(&original, fault))?;
            match identity::in_picture(&picture) {
                Ok(card) => return Ok(card.into()),
                Err(fault) => missed = CardReading::none(identity::reason(fault)),
            }
        }
        Ok(missed)
    }
}
