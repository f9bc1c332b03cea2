//! A connection to the kernel's cells, with the words for what it refuses.

use alloc::string::String;

use cell_abi::{Handle, Hello, Refusal};
use libcell::{
    device::{self, Buffer, CellDevice, DeviceError},
    platform::Platform,
};

use crate::failure::{Failure, Why};
use crate::registry::Row;

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
    pub fn open(platform: &'p P) -> Result<Self, Failure> {
        let mut path = String::from(platform.prefix());
        path.push_str(device::PATH);
        let open = || {
            let device = CellDevice::open(platform, &path)?;
            let hello = device.hello()?;
            Ok((device, hello))
        };
        match open() {
            Ok((device, hello)) => Ok(Self {
                platform,
                device,
                path,
                hello,
            }),
            Err::<_, DeviceError>(error) => Err(Failure::new(&path, "open", error)),
        }
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

    /// A refused request as a failure, with what this side knows about the refusal.
    pub fn refused(&self, object: &str, what: &'static str, error: DeviceError) -> Failure {
        let why = match (error, self.lacks()) {
            (DeviceError::Refused(Refusal::NotPermitted), Some(text)) => Why::Text(text),
            (DeviceError::Refused(Refusal::NotPermitted), None) if self.hello.sealed => {
                Why::Text("sealed until reboot")
            }
            (error, _) => Why::Device(error),
        };
        Failure::new(object, what, why)
    }

    /// Calls `each` with every cell, dying ones too, until it says stop by `Some`.
    pub fn find<T>(&self, mut each: impl FnMut(Row) -> Option<T>) -> Result<Option<T>, Failure> {
        let mut buffer: Buffer = [0; 1024];
        let mut after = Handle::HOST;
        loop {
            match self.device.next(after, &mut buffer) {
                Ok(Some(info)) => {
                    after = info.handle;
                    if let Some(found) = each(Row::of(&info)) {
                        return Ok(Some(found));
                    }
                }
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.refused(&self.path, "list", error)),
            }
        }
    }
}
