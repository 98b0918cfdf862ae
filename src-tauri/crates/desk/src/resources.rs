//! Pictures and files for the window, by path: `page/<id>/{original,page,full,thumb}/<revision>`,
//! `waiting/<case>/page/<index>`, `camera/<id>/preview`, `copy/<id>/file`.

use crate::{Desk, DeskError, lock};
use uuid::Uuid;

/// Bytes with their media type.
#[derive(Clone, Debug)]
pub struct Resource {
    /// `image/jpeg` or `application/pdf`.
    pub media: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Desk {
    /// The resource at a path (without a leading slash; a query is the caller's to cut off).
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for anything that is not there.
    pub fn resource(&self, path: &str) -> Result<Resource, DeskError> {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["page", id, kind @ ("original" | "page" | "full" | "thumb"), _revision] => {
                self.page_picture(id, kind)
            }
            ["waiting", case, "page", index] => {
                let index = index.parse().map_err(|_| DeskError::NotFound)?;
                Ok(jpeg(self.waiting_page(case, index)?))
            }
            ["camera", id, "preview"] => Ok(jpeg(self.cameras.preview(id)?)),
            ["copy", id, "file"] => self.copy_file(id),
            _ => Err(DeskError::NotFound),
        }
    }

    fn page_picture(&self, id: &str, kind: &str) -> Result<Resource, DeskError> {
        let case = lock(&self.counter);
        let page = case.pages.iter().find(|page| page.id.to_string() == id).ok_or(DeskError::NotFound)?;
        let (page, pictures) = (page.clone(), page.pictures.clone());
        drop(case);
        Ok(jpeg(match kind {
            "original" => pictures.upright.bytes()?.to_vec(),
            "full" => page.full_size()?,
            "page" => pictures.page.bytes()?.to_vec(),
            _ => pictures.thumbnail.clone(),
        }))
    }

    fn copy_file(&self, id: &str) -> Result<Resource, DeskError> {
        let copy: Uuid = id.parse().map_err(|_| DeskError::NotFound)?;
        let bytes = self.store.newest_file(copy)?;
        self.store.log_access(&self.actor(), "view", Some(copy), self.now())?;
        Ok(Resource { media: "application/pdf", bytes })
    }
}

fn jpeg(bytes: Vec<u8>) -> Resource {
    Resource { media: "image/jpeg", bytes }
}
