//! `save`: archives of volumes.

use alloc::{string::String, vec::Vec};

use libcell::backup::{self, Plan, Tight};
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::{Errno, FileKind, Platform, utf8};
use libcell::problem::Rule;
use libcell::state::{VOLUMES, is_reserved};
use libcell::tree;

use crate::device::{Device, allowed};
use crate::disks::{self, base};
use crate::place::{disk, leave};
use crate::stick::{Access, Stick};
use crate::verify::bar;
use crate::voice::{Failure, NOTHING, fail, failed, misused, operands, tell};

/// Saves.
pub(crate) fn run<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let word = parsed.value(b'k').unwrap_or_default();
    let keep = number(word).ok_or_else(|| misused(platform, word, Rule::NotANumber))?;
    let mut all = Vec::new();
    if parsed.has(b'a') {
        let path = joined(&[device.prefix, VOLUMES]);
        volumes(platform, &path, &mut all).map_err(|errno| fail(platform, &path, errno))?;
        if all.is_empty() {
            fail(platform, &path, Rule::NoVolume.why());
            return Err(NOTHING);
        }
    } else {
        for word in operands(platform, parsed, "volume")? {
            allowed(platform, device, word, parsed)?;
            all.push((*word).into());
        }
    }
    // a volume whose restore was cut is finished or undone first
    crate::resume::resume(platform, device.prefix)?;
    let word = parsed.value(b't').unwrap_or_default();
    let mut directory = Some(word);
    let stick = match word {
        "self" => {
            directory = None;
            None
        }
        word if word.contains('/') && !word.starts_with("/dev/") => None,
        word => Some(stick(platform, device, word)?),
    };
    if let Some(stick) = &stick {
        directory = Some(&stick.path);
    }
    for volume in &all {
        let plan = Plan {
            volume,
            board: &device.board,
            image: device.image(),
            directory,
            allow: allowed(platform, device, volume, parsed)?,
            keep,
            tight: if parsed.has(b'x') {
                Tight::Try
            } else {
                Tight::Refuse
            },
        };
        let mut bar = bar(platform);
        let mut job = Job::new(platform, device.prefix, &mut bar);
        let saved = backup::create(&mut job, &plan).map_err(|why| failed(&job, why));
        let (path, found) = (job.object, job.found);
        bar.end();
        saved?;
        tell(platform, &[volume, ": ", base(&path)], &found)?;
    }
    leave(platform, stick)
}

/// The names of all volumes.
fn volumes<P: Platform>(platform: &P, path: &str, all: &mut Vec<String>) -> Result<(), Errno> {
    let directory = tree::open(platform, path)?;
    platform.names(&directory, &mut |name| {
        let of = platform.metadata_at(&directory, name).map(|of| of.kind);
        let name = utf8(name).unwrap_or_default();
        if of == Ok(FileKind::Directory) && !is_reserved(name) {
            all.push(name.into());
        }
    })
}

/// The disk of this name, or the only one that is not mounted, mounted to write.
fn stick<'p, P: Platform>(
    platform: &'p P,
    device: &Device<'_>,
    name: &str,
) -> Result<Stick<'p, P>, Failure> {
    let disk = if name.is_empty() {
        let mut all = disks::all(platform).map_err(|errno| fail(platform, "disks", errno))?;
        all.retain(|disk| disk.mounted.is_empty());
        let rule = if all.is_empty() {
            Rule::NoTarget
        } else {
            Rule::ManyTargets
        };
        let disk = all.pop().filter(|_| all.is_empty());
        disk.ok_or_else(|| fail(platform, "disks", rule.why()))?
    } else {
        disk(platform, name)?
    };
    Stick::mount(platform, device.prefix, &disk, Access::Write)
        .map_err(|errno| fail(platform, &disk.device, errno))
}

/// A number in decimal, above 0; 0 is no word.
fn number(word: &str) -> Option<u16> {
    let mut number = 0_u32;
    for byte in word.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || number > 6000 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    (word.is_empty() || number != 0).then_some(number as u16)
}
