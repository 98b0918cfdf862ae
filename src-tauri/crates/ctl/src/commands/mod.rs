//! The commands, a file each.

mod augment;
mod certify;
mod copy;
mod doctor;
mod id;
mod page;
mod queue;
mod register;
mod scan;
mod sign;
mod token;
mod verify;
pub(crate) mod warehouse;

use crate::{
    arguments::{Arguments, Command, Token},
    host,
    outcome::Outcome,
};
use mocban_desk::DeskError;

/// What every command gives back.
pub(crate) type Ended = Result<Outcome, DeskError>;

/// Runs the command that was asked for.
pub(crate) fn run(Arguments { data, command }: Arguments) -> Ended {
    match command {
        Command::Certify(words) => certify::run(data, words),
        Command::Page(words) => page::run(words),
        Command::Scan(words) => scan::run(words),
        Command::Id(words) => Ok(id::run(words)),
        Command::Copy(words) => copy::run(words),
        Command::Sign(words) => sign::run(words),
        Command::Augment(words) => augment::run(words),
        Command::Verify(words) => verify::run(data.as_deref(), &words),
        Command::Token(Token::List(words)) => token::list(&words),
        Command::Token(Token::Check { modules, with_subjects }) => token::check(&modules, with_subjects),
        Command::Register(words) => register::run(data, words),
        Command::Queue(words) => queue::run(data, words),
        Command::Warehouse(words) => warehouse::run(data.as_deref(), words),
        Command::Host(words) => host::run(data, words),
        Command::Doctor(words) => doctor::run(data, words.json),
    }
}
