//! A connection to the kernel's cells, with the words for what it refuses.

use alloc::{string::String, vec::Vec};

use cell_abi::{Handle, Hello, Refusal};
use libcell::{
    device::{self, Buffer, CellDevice, DeviceError},
    platform::Platform,
};

use crate::failure::{Failure, Why, failed_by};
use crate::registry::Row;
use crate::show::joined;

/// An open device that speaks our version.
pub(crate) struct Session<'p, P: Platform> {
    pub platform: &'p P,
    pub device: CellDevice<'p, P>,
    /// Where it is.
    pub path: String,
    /// What it said first.
    pub hello: Hello,
}

impl<'p, P: Platform> Session<'p, P> {
    /// Runs `work` over an open device.
    pub fn with(
        platform: &'p P,
        work: &mut dyn FnMut(&Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = joined(&[platform.prefix(), device::PATH]);
        let opened =
            CellDevice::open(platform, &path).and_then(|device| Ok((device.hello()?, device)));
        match opened {
            Ok((hello, device)) => work(&Self {
                platform,
                device,
                path,
                hello,
            }),
            Err(error) => Err(failed_by(platform, &path, "open", error.into())),
        }
    }

    /// A call on the device itself failed.
    pub fn failed(&self, what: &str, why: Why) -> Failure {
        failed_by(self.platform, &self.path, what, why)
    }

    /// What this process lacks for changing anything.
    pub fn lacks(&self) -> Option<&'static str> {
        if !self.hello.caller.is_host() {
            Some("not from inside a cell")
        } else if self.platform.euid() != 0 {
            Some("not root")
        } else {
            None
        }
    }

    /// A request was refused; told with what this side knows about the reason.
    pub fn refused(&self, object: &str, what: &str, error: DeviceError) -> Failure {
        let mut why = Why::from(error);
        if error == DeviceError::Refused(Refusal::NotPermitted) {
            if let Some(lacks) = self.lacks() {
                why = lacks.into();
            } else if self.hello.sealed {
                why = "sealed until reboot".into();
            }
        }
        failed_by(self.platform, object, what, why)
    }

    /// Every cell, dying ones too. With what they use, one that goes away meanwhile is left out.
    pub fn cells(&self, with: With) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        let mut buffer: Buffer = [0; 1024];
        let mut after = Handle::HOST;
        loop {
            let mut row = match self.device.next(after, &mut buffer) {
                Ok(Some(info)) => Row::of(&info),
                Ok(None) => return Ok(rows),
                Err(error) => return Err(self.refused(&self.path, "list", error)),
            };
            after = row.handle;
            if with == With::Use {
                match self.device.stats(after) {
                    Ok(stats) => row.stats = stats,
                    Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => continue,
                    Err(error) => return Err(self.refused(&row.name, "stats", error)),
                }
            }
            rows.push(row);
        }
    }
}

/// What is asked about cells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    /// What the listing says.
    Listing,
    /// And what they use.
    Use,
}
