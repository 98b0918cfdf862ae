//! Doors to the inner parsers for the fuzz targets in `fuzz/`; built under `--cfg fuzzing` only.

use crate::form::{Form, Rules};
use crate::pdf::File;

/// Reads every object of every revision, and the form as each revision left it.
pub fn read_pdf(bytes: &[u8]) {
    let Ok(file) = File::open(bytes) else { return };
    for index in 0..file.revisions.len() {
        let view = file.view(index);
        for number in view.numbers() {
            let Some(Ok(object)) = view.reference(number).map(|reference| view.get(reference)) else {
                continue;
            };
            if let Some(dict) = object.as_dict() {
                let _ = Rules::read(view, dict);
            }
        }
        let _ = Form::read(view);
    }
}
