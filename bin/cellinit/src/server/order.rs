//! What a client asked for, by indices instead of names.

use libcell::control::Request;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        }
    }
}
