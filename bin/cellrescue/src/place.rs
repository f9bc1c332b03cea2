//! What an archive is called on the command line: a path, or a disk and a file on it.

use alloc::{string::String, vec::Vec};

use libcell::archive::{Allow, Origin};
use libcell::backup::{self, SIGNATURE};
use libcell::file::read;
use libcell::job::joined;
use libcell::options::Parsed;
use libcell::platform::{Errno, Platform};
use libcell::problem::Rule;
use libcell::restore::Order;
use libcell::trust::FILE_MAX;

use crate::device::Device;
use crate::disks::{self, Disk};
use crate::stick::{Access, Stick};
use crate::voice::{Failure, fail};

/// An archive, with the medium it is on as long as it is used.
pub(crate) struct Place<'p, P: Platform> {
    /// The path of its file.
    pub path: String,
    /// The signature beside it; empty if there is none.
    pub signature: Vec<u8>,
    pub(crate) stick: Option<Stick<'p, P>>,
}

/// The disk of a name: `sd0e`, or the path of its node.
pub(crate) fn disk<P: Platform>(platform: &P, name: &str) -> Result<Disk, Failure> {
    let all = disks::all(platform).map_err(|errno| fail(platform, "disks", errno))?;
    let named = |disk: &Disk| disk.name() == name || disk.device == name;
    let found = all.into_iter().find(named);
    found.ok_or_else(|| fail(platform, name, Rule::NoDisk.why()))
}

impl<'p, P: Platform> Place<'p, P> {
    /// An archive: `DEVICE:FILE`, a path, or the name of one of the device's own.
    pub(crate) fn new(platform: &'p P, device: &Device<'_>, word: &str) -> Result<Self, Failure> {
        let mut place = Self {
            path: word.into(),
            signature: Vec::new(),
            stick: None,
        };
        let colon = word.bytes().position(|byte| byte == b':' || byte == b'/');
        let (name, file) = word.split_at(colon.unwrap_or(0));
        if let Some(file) = file.strip_prefix(':') {
            let disk = disk(platform, name)?;
            let stick = Stick::mount(platform, device.prefix, &disk, Access::Read)
                .map_err(|errno| fail(platform, name, errno))?;
            place.path = joined(&[&stick.path, "/", file]);
            place.stick = Some(stick);
        } else if backup::parse(word).is_some() && platform.metadata(word).is_err() {
            place.path = joined(&[device.prefix, backup::DIRECTORY, "/", word]);
        }
        let path = joined(&[&place.path, SIGNATURE]);
        match read(platform, &path, FILE_MAX) {
            Err(Errno::ENOENT) => {}
            read => place.signature = read.map_err(|errno| fail(platform, &path, errno))?,
        }
        Ok(place)
    }

    /// An order to read it, verified by its signature if there is one and the device has a key.
    pub(crate) fn order<'a>(&'a self, device: &'a Device<'_>, parsed: &Parsed<'_>) -> Order<'a> {
        let origin = if parsed.has(b'F') {
            Origin::Foreign
        } else {
            Origin::Picocell
        };
        let mut order = Order::new(&self.path, origin);
        if !self.signature.is_empty() {
            order.signature = device.key.as_ref().map(|key| (key, &*self.signature));
        }
        // what it may have matters where it is unpacked
        order.allow = Allow {
            devices: true,
            set_id: true,
        };
        order
    }

    /// Unmounts what it is on.
    pub(crate) fn leave(self, platform: &P) -> Result<(), Failure> {
        leave(platform, self.stick)
    }
}

/// Unmounts a medium that was written to: this is when it is known that all of it is there.
pub(crate) fn leave<P: Platform>(platform: &P, stick: Option<Stick<'_, P>>) -> Result<(), Failure> {
    match stick {
        Some(stick) => stick
            .unmount()
            .map_err(|errno| fail(platform, "unmount", errno)),
        None => Ok(()),
    }
}
