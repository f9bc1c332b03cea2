//! `save`: archives of volumes.

use alloc::{string::String, vec::Vec};

use libcell::backup::{self, Plan, Tight};
use libcell::options::Parsed;
use libcell::platform::{FileKind, Platform, utf8};
use libcell::state::{VOLUMES, is_reserved};
use libcell::table::{Line, digits, size};
use libcell::tree;

use crate::device::{Device, joined};
use crate::disks::{self, Disk};
use crate::place::disk;
use crate::show::print;
use crate::stick::{Access, Stick};
use crate::verify::{allowed, bar, digits_of};
use crate::voice::{Failure, NOTHING, USAGE, fail, problem, say};

/// Saves.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform);
    let allow = allowed(platform, parsed)?;
    let keep = match parsed.value(b'k') {
        None => None,
        Some(word) => match word.parse::<u16>() {
            Ok(count @ 1..) => Some(count),
            Ok(0) | Err(_) => {
                fail(platform, word, &"not a number of archives");
                return Err(USAGE);
            }
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
            allow,
            keep,
            tight: if parsed.has(b'x') {
                Tight::Try
            } else {
                Tight::Refuse
            },
        };
        let mut bar = bar(platform);
        let saved = backup::create(platform, &device.prefix, &plan, &mut bar);
        bar.end();
        let saved = saved.map_err(|why| problem(platform, &why))?;
        let mut line = Line::from(name.as_bytes());
        line.extend_from_slice(b": ");
        line.extend_from_slice(disks::base(&saved.path).as_bytes());
        line.extend_from_slice(b", ");
        digits(&mut line, saved.manifest.sums.entries.into());
        line.extend_from_slice(b" entries, ");
        size(&mut line, saved.manifest.sums.bytes);
        line.extend_from_slice(b", sha256 ");
        digits_of(&mut line, &saved.digest);
        for old in saved.deleted {
            line.extend_from_slice(b"\ndeleted ");
            line.extend_from_slice(old.file().as_bytes());
        }
        line.push(b'\n');
        print(platform, &line)?;
    }
    stick.map_or(Ok(()), |stick| {
        stick.unmount().map_err(|why| problem(platform, &why))
    })
}

/// The volumes that are meant.
fn names<P: Platform>(
    platform: &P,
    device: &Device,
    parsed: &Parsed<'_>,
) -> Result<Vec<String>, Failure> {
    let given = parsed.rest(0);
    match (parsed.has(b'a'), given) {
        (false, []) | (true, [_, ..]) => {
            say(
                platform,
                format_args!("save: volume: name some, or give --all"),
            );
            Err(USAGE)
        }
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
            listed.map_err(|errno| fail(platform, &path, &errno))?;
            names.sort();
            if names.is_empty() {
                fail(platform, &path, &"no volumes");
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
    let tell = |why| problem(platform, &why);
    let mount = |disk: &Disk| {
        let stick = Stick::mount(platform, &device.prefix, disk, Access::Write).map_err(tell)?;
        Ok((Some(stick.path.clone()), Some(stick)))
    };
    match given {
        Some("self") => Ok((None, None)),
        Some(directory) if directory.contains('/') && !directory.starts_with("/dev/") => {
            Ok((Some(directory.into()), None))
        }
        Some(name) => mount(&disk(platform, name).map_err(tell)?),
        None => {
            let all = disks::all(platform).map_err(|errno| fail(platform, "disks", &errno))?;
            let mut free = all.iter().filter(|disk| disk.mounted.is_none());
            match (free.next(), free.next()) {
                (Some(disk), None) => mount(disk),
                (None, _) => Err(fail(
                    platform,
                    "disks",
                    &"none to save to; --to self is this device",
                )),
                (Some(_), Some(_)) => Err(fail(
                    platform,
                    "disks",
                    &"more than one to save to: say which with --to (scan lists them)",
                )),
            }
        }
    }
}
