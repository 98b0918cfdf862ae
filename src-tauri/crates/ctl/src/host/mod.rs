//! placeholder
use crate::{arguments::Host, commands::Ended};
use std::path::PathBuf;
pub(crate) fn run(_: Option<PathBuf>, _: Host) -> Ended {
    Err(mocban_desk::DeskError::NotFound)
}
