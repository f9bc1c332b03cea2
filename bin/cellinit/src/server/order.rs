//! What a client asked for, by indices instead of names.

use libcell::control::{Deed, NOTE_MAX, Request};
use libcell::converge::How;

use super::Then;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell about the whole.
    System,
    /// Tell about the cell of that index.
    Status(usize),
    /// Start one.
    Start(usize),
    /// Stop one.
    Stop(usize),
    /// Stop and start one.
    Restart(usize),
    /// Send the ring of one, and then end.
    Log(usize),
    /// Send the ring of one, and then what comes.
    Follow(usize),
    /// Stop everything.
    Shutdown,
    /// Start, stop or restart one for an operation.
    Do(u32, Deed, usize),
    /// Read the definitions again for an operation.
    Reload(u32),
    /// Tell the definition of one, from that byte on.
    Definition(usize, usize),
    /// Make a step of a plan so.
    Step(usize, usize, How),
    /// Tell this among the events.
    Note(u32, heapless::String<NOTE_MAX>),
    /// Send what happened.
    Events(Then),
    /// It named a cell that there is not.
    NoSuchCell,
    /// It is no request.
    Malformed,
}

impl Order {
    /// The order in a request.
    pub(crate) fn of(request: &Request<'_>, index_of: impl Fn(&str) -> Option<usize>) -> Self {
        let named = |name, order: fn(usize) -> Self| index_of(name).map_or(Self::NoSuchCell, order);
        match *request {
            Request::System => Self::System,
            Request::Status(index) => Self::Status(usize::from(index)),
            Request::Start(name) => named(name, Self::Start),
            Request::Stop(name) => named(name, Self::Stop),
            Request::Restart(name) => named(name, Self::Restart),
            Request::Log {
                cell,
                follow: false,
            } => named(cell, Self::Log),
            Request::Log { cell, follow: true } => named(cell, Self::Follow),
            Request::Shutdown => Self::Shutdown,
            Request::Do {
                operation,
                what,
                cell,
            } => match index_of(cell) {
                Some(cell) => Self::Do(operation, what, cell),
                None => Self::NoSuchCell,
            },
            Request::Reload { operation } => Self::Reload(operation),
            Request::Definition { cell, from } => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                Self::Definition(usize::from(cell), from)
            }
            Request::Step { cell, step, check } => match index_of(cell) {
                Some(cell) => {
                    let how = if check { How::Check } else { How::Make };
                    Self::Step(cell, usize::from(step), how)
                }
                None => Self::NoSuchCell,
            },
            Request::Note { operation, text } => match text.try_into() {
                Ok(text) => Self::Note(operation, text),
                Err(_) => Self::Malformed,
            },
            Request::Events { follow: false } => Self::Events(Then::Done),
            Request::Events { follow: true } => Self::Events(Then::Follow),
        }
    }
}
