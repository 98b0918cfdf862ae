//! Files on their way from the window to the desk: a handle now, the bytes taken by the next command. Bounded, in
//! memory only, each handle good once.

use crate::DeskError;
use std::{collections::VecDeque, sync::Mutex};
use uuid::Uuid;

/// Most bytes waiting at one time; older files give way.
const WAITING_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Files put down and not yet taken up.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<VecDeque<(Uuid, Vec<u8>)>>);

impl Uploads {
    /// Puts a file down.
    pub(crate) fn put(&self, bytes: Vec<u8>) -> Result<Uuid, DeskError> {
        if bytes.len() > WAITING_BYTES_MAX {
            return Err(DeskError::PictureTooLarge { name: String::new() });
        }
        let handle = Uuid::now_v7();
        let mut waiting = crate::lock(&self.0);
        waiting.push_back((handle, bytes));
        while waiting.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > WAITING_BYTES_MAX {
            waiting.pop_front();
        }
        Ok(handle)
    }

    /// Takes a file up, once.
    pub(crate) fn take(&self, handle: &str) -> Result<Vec<u8>, DeskError> {
        let mut waiting = crate::lock(&self.0);
        let place = waiting.iter().position(|(id, _)| id.to_string() == handle).ok_or(DeskError::NotFound)?;
        waiting.remove(place).map(|(_, bytes)| bytes).ok_or(DeskError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_up_once() {
        let uploads = Uploads::default();
        let handle = uploads.put(vec![1, 2, 3]).unwrap().to_string();
        assert_eq!(uploads.take(&handle).unwrap(), [1, 2, 3]);
        assert_eq!(uploads.take(&handle), Err(DeskError::NotFound));
        assert_eq!(uploads.take("nonsense"), Err(DeskError::NotFound));
    }
}
