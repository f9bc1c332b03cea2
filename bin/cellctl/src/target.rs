//! Which cell is meant.

use cell_abi::{CellName, Handle, NameError, Refusal};
use libcell::{
    device::{Buffer, DeviceError},
    platform::Platform,
};

use crate::failure::{Failure, failed, misused, misused_by, said};
use crate::registry::Row;
use crate::session::{Session, With};
use libcell::number;

/// Begins a name that would otherwise be a number.
const NAME: &str = "name:";

/// A cell as the operator gave it.
pub(crate) struct Target<'t> {
    text: &'t str,
    meant: Meant<'t>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant<'t> {
    Number(Handle),
    Name(CellName<'t>),
}

impl<'t> Meant<'t> {
    /// A number if it reads as one (base 0), otherwise a name; `name:` makes a name of anything.
    fn parse(text: &'t str) -> Result<Self, NameError> {
        match text.strip_prefix(NAME) {
            Some(name) => CellName::new(name).map(Self::Name),
            None => match number::any_base(text) {
                Some(number) => Ok(Self::Number(Handle::from_raw(number))),
                None => CellName::new(text).map(Self::Name),
            },
        }
    }
}

/// What is done with a cell over an open device.
type Work<'w, P> = &'w mut dyn FnMut(&Session<'_, P>, &Target<'_>) -> Result<(), Failure>;

/// Runs `work` over an open device and the cell that is meant, which is understood first.
pub(crate) fn with<P: Platform>(
    platform: &P,
    text: &str,
    work: Work<'_, P>,
) -> Result<(), Failure> {
    match Meant::parse(text) {
        Ok(Meant::Number(Handle::HOST)) => {
            let said = &const { said("cell", "0 is the host, not a cell") };
            Err(misused(platform, text, said))
        }
        Ok(meant) => {
            let target = Target { text, meant };
            Session::with(platform, &mut |session| work(session, &target))
        }
        Err(error) => Err(misused_by(platform, text, "cell name", error.into())),
    }
}

impl Target<'_> {
    /// Its handle. A number is not checked: the request that follows does.
    pub fn handle<P: Platform>(&self, session: &Session<'_, P>) -> Result<Handle, Failure> {
        match self.meant {
            Meant::Number(handle) => Ok(handle),
            Meant::Name(name) => Ok(self.look_up(session, name)?.handle),
        }
    }

    /// What the kernel says about it.
    pub fn row<P: Platform>(&self, session: &Session<'_, P>) -> Result<Row, Failure> {
        match self.meant {
            Meant::Name(name) => self.look_up(session, name),
            Meant::Number(handle) => {
                let cells = session.cells(With::Listing)?;
                let cell = cells.into_iter().find(|row| row.handle == handle);
                cell.ok_or_else(|| self.missing(session))
            }
        }
    }

    fn look_up<P: Platform>(
        &self,
        session: &Session<'_, P>,
        name: CellName<'_>,
    ) -> Result<Row, Failure> {
        let mut buffer: Buffer = [0; 1024];
        match session.device.lookup(name, &mut buffer) {
            Ok(info) => Ok(Row::of(&info)),
            Err(error) => Err(session.refused(self.text, "look up", error)),
        }
    }

    /// A request about it was refused.
    pub fn refused<P: Platform>(
        &self,
        session: &Session<'_, P>,
        what: &str,
        error: DeviceError,
    ) -> Failure {
        match (self.meant, error) {
            (Meant::Number(_), DeviceError::Refused(Refusal::NoSuchCell | Refusal::Stale)) => {
                self.missing(session)
            }
            (Meant::Number(_) | Meant::Name(_), error) => session.refused(self.text, what, error),
        }
    }

    fn missing<P: Platform>(&self, session: &Session<'_, P>) -> Failure {
        failed(
            session.platform,
            self.text,
            &const { said("look up", "no such cell; name:123 is the cell named 123") },
        )
    }
}

#[cfg(test)]
mod tests;
