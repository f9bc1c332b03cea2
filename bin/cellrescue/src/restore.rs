//! `restore`: a volume from an archive.

use libcell::archive::{Manifest, Origin};
use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::{Errno, FileKind, Platform};
use libcell::problem::Rule;
use libcell::restore::{self, Order, Room};
use libcell::state::VOLUMES;
use libcell::table::{Line, clean};
use libcell::time::Form;
use libcell::tree::{Step, Walk};

use crate::device::Device;
use crate::disks::base;
use crate::place::Place;
use crate::question::confirmed;
use crate::verify::bar;
use crate::voice::{Failure, fail, failed, misused, tell};

/// Restores.
pub(crate) fn run<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let word = parsed.operand(0);
    let place = Place::new(platform, device, word)?;
    let mut order = place.order(device, parsed);
    let mut bar = bar(platform);
    let mut job = Job::new(platform, device.prefix, &mut bar);
    let manifest = restore::manifest(&mut job, &order).map_err(|why| failed(&job, why))?;
    let said = match order.origin {
        Origin::Picocell => manifest.volume(),
        // as the original named its archives
        Origin::Foreign => backup::parse(base(&place.path)).map_or("", |(volume, _)| volume),
    };
    let volume = parsed.value(b'n').unwrap_or(said);
    if volume.is_empty() {
        return Err(misused(platform, word, Rule::NotSaid));
    }
    order.allow = device.allow(platform, volume, parsed)?;
    order.volume = Some(volume);
    if device.board != "-" && !parsed.has(b'b') {
        order.board = Some(&device.board);
    }
    if parsed.has(b'i') {
        order.room = Room::InPlace;
    }
    if parsed.has(b's') && order.signature.is_none() {
        let rule = if device.key.is_some() {
            Rule::Unsigned
        } else {
            Rule::NoKey
        };
        return Err(fail(platform, word, rule.why()));
    }
    crate::resume::resume(platform, device.prefix)?;
    if !parsed.has(b'y') {
        let path = joined(&[device.prefix, VOLUMES, "/", volume]);
        let newest = newest(platform, &path).map_err(|errno| fail(platform, &path, errno))?;
        confirmed(platform, volume, &question(newest, word, &manifest, &order))?;
    }
    let restored = restore::restore(&mut job, &order).map_err(|why| failed(&job, why));
    let found = job.found;
    bar.end();
    restored?;
    tell(platform, &[volume, ": restored"], &found)?;
    place.leave(platform)
}

/// When something in a volume was changed last; 0 if it is not there.
fn newest<P: Platform>(platform: &P, path: &str) -> Result<u32, Errno> {
    let mut walk = match Walk::new(platform, path) {
        Err(Errno::ENOENT) => return Ok(0),
        walk => walk?,
    };
    let mut newest = 1;
    loop {
        match walk.advance()? {
            Step::Found(status) => {
                let seconds = status.modified.seconds.clamp(0, u32::MAX.into());
                newest = newest.max(seconds as u32);
                if status.metadata.kind == FileKind::Directory {
                    // too deep to be saved, which is no reason not to replace it
                    match walk.enter() {
                        Ok(()) | Err(Errno::ELOOP) => {}
                        Err(errno) => return Err(errno),
                    }
                }
            }
            Step::Left => {}
            Step::Done => return Ok(newest),
        }
    }
}

/// Both generations, by date.
fn question(newest: u32, archive: &str, manifest: &Manifest, order: &Order<'_>) -> Line {
    let mut line = Line::from(*b"volume ");
    clean(&mut line, order.volume.unwrap_or_default(), b'?');
    if newest == 0 {
        line.extend_from_slice(b" is not there; make it");
    } else {
        line.extend_from_slice(b", last changed ");
        Form::People.write(&mut line, newest);
        line.extend_from_slice(b", is replaced");
    }
    line.extend_from_slice(b" by archive ");
    clean(&mut line, archive, b'?');
    match order.origin {
        Origin::Foreign => line.extend_from_slice(b", of another tar"),
        Origin::Picocell => {
            line.extend_from_slice(b", made ");
            Form::People.write(&mut line, manifest.created);
            line.extend_from_slice(b" on board ");
            clean(&mut line, manifest.board(), b'?');
        }
    }
    line.extend_from_slice(match order.signature {
        Some(_) => b", signed.",
        None => b", not signed.",
    });
    if order.room == Room::InPlace {
        line.extend_from_slice(
            b" Without room for both the old one is given up before the new one is there.",
        );
    }
    line
}
