//! Which cell is meant.

use cell_abi::{CellName, Handle, Refusal};
use libcell::{
    device::{Buffer, DeviceError},
    platform::Platform,
};

use crate::failure::{Failure, Why};
use crate::number;
use crate::registry::Row;
use crate::session::Session;

/// Begins a name that would otherwise be a number.
const NAME: &str = "name:";

/// A cell as the operator gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target<'t> {
    Number(Handle),
    Name(CellName<'t>),
}

impl<'t> Target<'t> {
    /// A number if it reads as one (base 0), otherwise a name; `name:` makes a name of anything.
    pub fn parse(text: &'t str) -> Result<Self, Failure> {
        let name = match text.strip_prefix(NAME) {
            Some(name) => name,
            None => match number::any_base(text) {
                Some(0) => return Err(Failure::usage(text, "cell", "0 is the host, not a cell")),
                Some(number) => return Ok(Self::Number(Handle::from_raw(number))),
                None => text,
            },
        };
        match CellName::new(name) {
            Ok(name) => Ok(Self::Name(name)),
            Err(error) => Err(Failure::usage(text, "cell name", error)),
        }
    }

    /// Its handle. A number is not checked: the request that follows does.
    pub fn handle<P: Platform>(self, session: &Session<'_, P>) -> Result<Handle, Failure> {
        match self {
            Self::Number(handle) => Ok(handle),
            Self::Name(_) => Ok(self.row(session)?.handle),
        }
    }

    /// What the kernel says about it.
    pub fn row<P: Platform>(self, session: &Session<'_, P>) -> Result<Row, Failure> {
        match self {
            Self::Name(name) => {
                let mut buffer: Buffer = [0; 1024];
                match session.device.lookup(name, &mut buffer) {
                    Ok(info) => Ok(Row::of(&info)),
                    Err(error) => Err(session.refused(name.as_str(), "look up", error)),
                }
            }
            Self::Number(handle) => session
                .find(|row| (row.handle == handle).then_some(row))?
                .ok_or_else(|| missing(handle)),
        }
    }

    /// A refused request about it as a failure.
    pub fn refused<P: Platform>(
        self,
        session: &Session<'_, P>,
        what: &'static str,
        error: DeviceError,
    ) -> Failure {
        match (self, error) {
            (
                Self::Number(handle),
                DeviceError::Refused(Refusal::NoSuchCell | Refusal::Stale | Refusal::Malformed),
            ) => missing(handle),
            (Self::Number(_), error) => session.refused(&self.text(), what, error),
            (Self::Name(name), error) => session.refused(name.as_str(), what, error),
        }
    }

    /// As it was given, near enough.
    pub fn text(self) -> alloc::string::String {
        match self {
            Self::Number(handle) => alloc::string::ToString::to_string(&handle),
            Self::Name(name) => name.as_str().into(),
        }
    }
}

fn missing(handle: Handle) -> Failure {
    Failure::new(
        &alloc::string::ToString::to_string(&handle),
        "look up",
        Why::Text("no such cell; a cell that has a number for its name is name:number"),
    )
}

#[cfg(test)]
mod tests;
