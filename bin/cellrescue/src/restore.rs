//! `restore`: a volume from an archive.

use libcell::archive::{Manifest, Origin};
use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::{Errno, FileKind, Platform};
use libcell::problem::Rule;
use libcell::restore::{self, Order, Room};
use libcell::state::VOLUMES;
use libcell::table::{Line, clean, digits, size};
use libcell::time::Form;
use libcell::tree::{Step, Walk};

use crate::device::Device;
use crate::disks;
use crate::place::{Place, signature};
use crate::question::confirmed;
use crate::show::print;
use crate::verify::{bar, digits_of, order, origin};
use crate::voice::{FAILED, Failure, fail, failed, misused, say};

/// Restores.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform, platform.prefix());
    let word = parsed.operand(0);
    let place = Place::archive(platform, &device, word)?;
    let signature = signature(platform, &place.path)?;
    let mut order = order(&place.path, origin(parsed), &device, &signature);
    let mut bar = bar(platform);
    let mut job = Job::new(platform, &device.prefix, &mut bar);
    let manifest = restore::manifest(&mut job, &order).map_err(|why| failed(&job, why))?;
    let said = match order.origin {
        Origin::Picocell => manifest.volume(),
        // as the original named its archives
        Origin::Foreign => backup::parse(disks::base(&place.path)).map_or("", |(volume, _)| volume),
    };
    let volume = parsed.value(b'n').unwrap_or(said);
    if volume.is_empty() {
        return Err(misused(
            platform,
            word,
            "does not say of which volume it is: give --name",
        ));
    }
    order.allow = device.allow(platform, volume, parsed)?;
    order.volume = Some(volume);
    order.board = device.board().filter(|_| !parsed.has(b'b'));
    if parsed.has(b'i') {
        order.room = Room::InPlace;
    }
    if parsed.has(b's') && order.signature.is_none() {
        let rule = if device.key.is_some() {
            Rule::Unsigned
        } else {
            Rule::NoKey
        };
        return Err(fail(platform, word, rule));
    }
    crate::resume::resume(platform, &device.prefix)?;
    if !parsed.has(b'y') {
        let path = joined(&[&device.prefix, VOLUMES, "/", volume]);
        let newest = newest(platform, &path).map_err(|errno| fail(platform, &path, errno))?;
        if !confirmed(platform, &question(newest, word, &manifest, &order)) {
            say(platform, &[volume, ": left as it is"]);
            return Err(FAILED);
        }
    }
    let restored = restore::restore(&mut job, &order).map_err(|why| failed(&job, why));
    let found = job.found;
    bar.end();
    restored?;
    let mut line = Line::from(volume.as_bytes());
    line.extend_from_slice(b": restored");
    if found.created != 0 {
        line.extend_from_slice(b", the one of ");
        Form::People.write(&mut line, found.created);
    }
    line.extend_from_slice(b", ");
    digits(&mut line, found.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(&mut line, found.sums.bytes);
    line.extend_from_slice(b", sha256 ");
    digits_of(&mut line, &found.digest);
    line.push(b'\n');
    print(platform, &line)?;
    match place.stick {
        Some(stick) => stick
            .unmount()
            .map_err(|errno| fail(platform, "unmount", errno)),
        None => Ok(()),
    }
}

/// When something in a volume was changed last; `None` if it is not there.
fn newest<P: Platform>(platform: &P, path: &str) -> Result<Option<u32>, Errno> {
    let mut walk = match Walk::new(platform, path) {
        Err(Errno::ENOENT) => return Ok(None),
        walk => walk?,
    };
    let mut newest = platform
        .status_at(walk.directory()?, b".")?
        .modified
        .seconds;
    loop {
        match walk.advance()? {
            Step::Found(status) => {
                newest = newest.max(status.modified.seconds);
                if status.metadata.kind == FileKind::Directory {
                    // too deep to be saved, which is no reason not to replace it
                    match walk.enter() {
                        Ok(()) | Err(Errno::ELOOP) => {}
                        Err(errno) => return Err(errno),
                    }
                }
            }
            Step::Left => {}
            Step::Done => return Ok(Some(u32::try_from(newest.max(0)).unwrap_or(u32::MAX))),
        }
    }
}

/// Both generations, by date.
fn question(newest: Option<u32>, archive: &str, manifest: &Manifest, order: &Order<'_>) -> Line {
    let mut line = Line::new();
    let mut add = |parts: &[&str], time: u32| {
        for part in parts {
            clean(&mut line, part, b'?');
        }
        if time != 0 {
            Form::People.write(&mut line, time);
        }
    };
    add(&["volume ", order.volume.unwrap_or_default()], 0);
    match newest {
        None => add(&[" is not there; make it"], 0),
        Some(newest) => {
            add(&[", last changed "], newest);
            add(&[", is replaced"], 0);
        }
    }
    add(&[" by archive ", archive], 0);
    match order.origin {
        Origin::Foreign => add(&[", of another tar"], 0),
        Origin::Picocell => {
            add(&[", made "], manifest.created);
            add(&[" on board ", manifest.board()], 0);
        }
    }
    let is_signed = order.signature.is_some();
    add(
        &[if is_signed {
            ", signed."
        } else {
            ", not signed."
        }],
        0,
    );
    if order.room == Room::InPlace {
        add(
            &[" Without room for both the old one is given up before the new one is there."],
            0,
        );
    }
    line
}
