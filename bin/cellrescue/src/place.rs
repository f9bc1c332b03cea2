//! What an archive is called on the command line: a path, or a disk and a file on it.

use alloc::{string::String, vec::Vec};

use libcell::backup::{self, SIGNATURE};
use libcell::job::joined;
use libcell::platform::{Errno, Platform};
use libcell::trust::FILE_MAX;

use crate::device::{Device, read};
use crate::disks::{self, Disk};
use crate::stick::{Access, Stick};
use crate::voice::{FAILED, Failure, fail, say};

/// A place, with the medium it is on as long as it is used.
pub(crate) struct Place<'p, P: Platform> {
    /// The path of the file or directory.
    pub path: String,
    pub(crate) stick: Option<Stick<'p, P>>,
}

/// The disk of a name: `sd0e`, or the path of its node.
pub(crate) fn disk<P: Platform>(platform: &P, name: &str) -> Result<Disk, Failure> {
    let all = disks::all(platform).map_err(|errno| fail(platform, "disks", errno))?;
    let named = |disk: &Disk| disk.name() == name || disk.device == name;
    match all.into_iter().find(named) {
        Some(disk) => Ok(disk),
        None => {
            say(
                platform,
                &[
                    name,
                    ": no disk of that name has a file system that is known",
                ],
            );
            Err(FAILED)
        }
    }
}

impl<'p, P: Platform> Place<'p, P> {
    /// An archive: `DEVICE:FILE`, a path, or the name of one of the device's own.
    pub(crate) fn archive(platform: &'p P, device: &Device, word: &str) -> Result<Self, Failure> {
        if let Some((name, file)) = word.split_once(':')
            && !name.contains('/')
        {
            let disk = disk(platform, name)?;
            let stick = Stick::mount(platform, &device.prefix, &disk, Access::Read)
                .map_err(|errno| fail(platform, name, errno))?;
            return Ok(Self {
                path: joined(&[&stick.path, "/", file]),
                stick: Some(stick),
            });
        }
        let own = joined(&[&device.prefix, backup::DIRECTORY, "/", word]);
        let is_own = backup::parse(word).is_some() && platform.metadata(word).is_err();
        Ok(Self {
            path: if is_own { own } else { word.into() },
            stick: None,
        })
    }
}

/// The signature beside an archive; empty if there is none.
pub(crate) fn signature<P: Platform>(platform: &P, archive: &str) -> Result<Vec<u8>, Failure> {
    let path = joined(&[archive, SIGNATURE]);
    match read(platform, &path, FILE_MAX) {
        Err(Errno::ENOENT) => Ok(Vec::new()),
        read => read.map_err(|errno| fail(platform, &path, errno)),
    }
}
