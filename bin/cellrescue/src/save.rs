//! `save`: archives of volumes.

use alloc::{string::String, vec::Vec};

use libcell::backup::{self, Plan, Tight};
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::{FileKind, Platform, utf8};
use libcell::state::{VOLUMES, is_reserved};
use libcell::table::{Line, digits, size};
use libcell::tree;

use crate::device::Device;
use crate::disks::{self, Disk};
use crate::place::disk;
use crate::show::print;
use crate::stick::{Access, Stick};
use crate::verify::{bar, digits_of};
use crate::voice::{FAILED, Failure, NOTHING, fail, failed, misused, operands, say};

/// Saves.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform, platform.prefix());
    let keep = match parsed.value(b'k') {
        None => 0,
        Some(word) => match number(word) {
            Some(count @ 1..) => count,
            Some(0) | None => return Err(misused(platform, word, "not a number of archives")),
        },
    };
    // a volume whose restore was cut is finished or undone first
    crate::resume::resume(platform, &device.prefix)?;
    let names = names(platform, &device, parsed)?;
    let (directory, stick) = target(platform, &device, parsed.value(b't'))?;
    for name in &names {
        let plan = Plan {
            volume: name,
            board: &device.board,
            image: &device.image,
            directory: directory.as_deref(),
            allow: device.allow(platform, name, parsed)?,
            keep,
            tight: if parsed.has(b'x') {
                Tight::Try
            } else {
                Tight::Refuse
            },
        };
        let mut bar = bar(platform);
        let mut job = Job::new(platform, &device.prefix, &mut bar);
        let saved = backup::create(&mut job, &plan).map_err(|why| failed(&job, why));
        let (path, found) = (job.object, job.found);
        bar.end();
        saved?;
        let mut line = Line::from(name.as_bytes());
        line.extend_from_slice(b": ");
        line.extend_from_slice(disks::base(&path).as_bytes());
        line.extend_from_slice(b", ");
        digits(&mut line, found.sums.entries.into());
        line.extend_from_slice(b" entries, ");
        size(&mut line, found.sums.bytes);
        line.extend_from_slice(b", sha256 ");
        digits_of(&mut line, &found.digest);
        line.push(b'\n');
        print(platform, &line)?;
    }
    match stick {
        Some(stick) => stick
            .unmount()
            .map_err(|errno| fail(platform, "unmount", errno)),
        None => Ok(()),
    }
}

/// The volumes that are meant.
fn names<P: Platform>(
    platform: &P,
    device: &Device,
    parsed: &Parsed<'_>,
) -> Result<Vec<String>, Failure> {
    let given = operands(platform, parsed)?;
    match (parsed.has(b'a'), given) {
        (false, []) | (true, [_, ..]) => Err(misused(
            platform,
            "save",
            "volume: name some, or give --all",
        )),
        (false, given) => Ok(given.iter().map(|name| String::from(*name)).collect()),
        (true, []) => {
            let path = joined(&[&device.prefix, VOLUMES]);
            let mut names = Vec::new();
            let listed = tree::open(platform, &path).and_then(|directory| {
                platform.names(&directory, &mut |name| {
                    let is_directory = platform
                        .metadata_at(&directory, name)
                        .is_ok_and(|of| of.kind == FileKind::Directory);
                    if let Some(name) = utf8(name).filter(|name| is_directory && !is_reserved(name))
                    {
                        names.push(String::from(name));
                    }
                })
            });
            listed.map_err(|errno| fail(platform, &path, errno))?;
            if names.is_empty() {
                say(platform, &[&path, ": no volumes"]);
                return Err(NOTHING);
            }
            Ok(names)
        }
    }
}

/// Where archives go: a directory, on a medium that is mounted meanwhile; `None` is the device's own.
type Target<'p, P> = (Option<String>, Option<Stick<'p, P>>);

fn target<'p, P: Platform>(
    platform: &'p P,
    device: &Device,
    given: Option<&str>,
) -> Result<Target<'p, P>, Failure> {
    let mount = |disk: &Disk| {
        let stick = Stick::mount(platform, &device.prefix, disk, Access::Write)
            .map_err(|errno| fail(platform, &disk.device, errno))?;
        Ok((Some(stick.path.clone()), Some(stick)))
    };
    let none = |why: &str| {
        say(platform, &["disks: ", why]);
        Err(FAILED)
    };
    match given {
        Some("self") => Ok((None, None)),
        Some(directory) if directory.contains('/') && !directory.starts_with("/dev/") => {
            Ok((Some(directory.into()), None))
        }
        Some(name) => mount(&disk(platform, name)?),
        None => {
            let all = disks::all(platform).map_err(|errno| fail(platform, "disks", errno))?;
            let mut free = all.iter().filter(|disk| disk.mounted.is_none());
            match (free.next(), free.next()) {
                (Some(disk), None) => mount(disk),
                (None, _) => none("none to save to; --to self is this device"),
                (Some(_), Some(_)) => {
                    none("more than one to save to: say which with --to (scan lists them)")
                }
            }
        }
    }
}

/// A number in decimal.
fn number(word: &str) -> Option<u16> {
    let mut number = 0_u16;
    for byte in word.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    Some(number)
}
