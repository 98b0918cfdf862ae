//! The use cases of the desk, and the one command list that every host answers. No Tauri in it.

pub mod api;
mod command;
mod error;
pub mod typescript;

pub use error::DeskError;
