//! Archives by what they are called on the command line.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::archive::Origin;
use libcell::backup::{self, Backup, DIRECTORY, SIGNATURE};
use libcell::file;
use libcell::options::Parsed;
use libcell::platform::{Errno, Platform, utf8};
use libcell::problem::{Rule, words};
use libcell::restore::{self, Device, Order, Room};
use libcell::table::Line;
use libcell::trust::FILE_MAX;

use super::{NONE, base};
use crate::arguments as a;
use crate::failure::{Failure, failed, nothing, refused, text};
use crate::manager::Manager;

/// An archive to be read.
pub(super) struct Archive {
    pub(super) path: String,
    pub(super) signature: Vec<u8>,
}

impl Archive {
    fn new<P: Platform>(manager: &Manager<'_, '_, P>, path: String) -> Result<Self, Failure> {
        let beside = text(&[&path, SIGNATURE]);
        let signature = match file::read(manager.platform, &beside, FILE_MAX) {
            Err(Errno::ENOENT) => Vec::new(),
            read => read.map_err(|errno| failed(&beside, "read", &errno))?,
        };
        Ok(Self { path, signature })
    }

    /// The one that a volume is to be restored from: the one that is given if it is this volume's, or the newest.
    pub(super) fn of<P: Platform>(
        manager: &Manager<'_, '_, P>,
        parsed: &Parsed<'_>,
        volume: &str,
        volumes: &[String],
    ) -> Result<Option<Self>, Failure> {
        let path = match parsed.value(a::FROM) {
            Some(word) => {
                let said = backup::parse(base(word)).map_or("", |(volume, _)| volume);
                let is_alone = volumes.len() == 1;
                if said != volume && !is_alone {
                    // of another of the cell's, or of none of them
                    return if volumes.iter().any(|other| other == said) {
                        Ok(None)
                    } else {
                        Err(refused(word, "backup restore", "no archive of its volumes"))
                    };
                }
                given(manager, word)
            }
            None => match archives(manager, Some(volume))?.first() {
                Some(newest) => own(manager, &newest.file()),
                None => return Err(nothing(volume, "backup restore", NONE)),
            },
        };
        Self::new(manager, path).map(Some)
    }

    pub(super) fn order<'o>(
        &'o self,
        device: &'o Device<'_>,
        parsed: &Parsed<'_>,
        volume: &'o str,
    ) -> Result<Order<'o>, Failure> {
        let origin = if parsed.has(a::FOREIGN) {
            Origin::Foreign
        } else {
            Origin::Picocell
        };
        let mut order = Order::new(&self.path, origin);
        if !self.signature.is_empty() {
            order.signature = device.key.as_ref().map(|key| (key, &*self.signature));
        }
        if parsed.has(a::SIGNED) && order.signature.is_none() {
            let rule = if device.key.is_some() {
                Rule::Unsigned
            } else {
                Rule::NoKey
            };
            return Err(refused(&self.path, "signature", words(rule.why())));
        }
        order.allow = device.defined(volume);
        order.volume = (!volume.is_empty()).then_some(volume);
        if device.board != "-" && !parsed.has(a::ANY_BOARD) {
            order.board = Some(&device.board);
        }
        if parsed.has(a::IN_PLACE) {
            order.room = Room::InPlace;
        }
        Ok(order)
    }
}

/// Both generations, by date; the archive must be one of that volume.
pub(super) fn question<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    order: &Order<'_>,
    volume: &str,
) -> Result<String, Failure> {
    let (mut line, mut other) = (Line::new(), None);
    manager.quick("backup restore", &mut |job| {
        let manifest = restore::manifest(job, order)?;
        if order.origin == Origin::Picocell && manifest.volume() != volume {
            other = Some(String::from(manifest.volume()));
        }
        let (platform, prefix) = (job.platform, job.prefix);
        line = restore::question(platform, prefix, order, (base(order.archive), &manifest))?;
        Ok(())
    })?;
    match other {
        Some(other) => {
            let why = text(&["made of volume ", &other, ", not of ", volume]);
            Err(refused(order.archive, "backup restore", &why))
        }
        None => Ok(utf8(&line).unwrap_or_default().into()),
    }
}

/// The archive that is given, or all of these volumes.
pub(super) fn all<P: Platform>(
    manager: &Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    volumes: &[String],
) -> Result<Vec<Archive>, Failure> {
    let mut all = Vec::new();
    if let Some(word) = parsed.value(a::FROM) {
        all.push(Archive::new(manager, given(manager, word))?);
        return Ok(all);
    }
    for volume in volumes {
        for backup in archives(manager, Some(volume))? {
            all.push(Archive::new(manager, own(manager, &backup.file()))?);
        }
    }
    if all.is_empty() {
        return Err(nothing(parsed.operand(0), "backup verify", NONE));
    }
    Ok(all)
}

/// A path, or the name of one of the device's own.
fn given<P: Platform>(manager: &Manager<'_, '_, P>, word: &str) -> String {
    if word.contains('/') {
        word.into()
    } else {
        own(manager, word)
    }
}

fn own<P: Platform>(manager: &Manager<'_, '_, P>, file: &str) -> String {
    manager.path(&text(&[DIRECTORY, "/", file]))
}

pub(super) fn archives<P: Platform>(
    manager: &Manager<'_, '_, P>,
    volume: Option<&str>,
) -> Result<Vec<Backup>, Failure> {
    let directory = manager.path(DIRECTORY);
    backup::list(manager.platform, &directory, volume)
        .map_err(|errno| failed(&directory, "read", &errno))
}
