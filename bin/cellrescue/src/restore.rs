//! `restore`: a volume from an archive.

use libcell::archive::Origin;
use libcell::backup;
use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::problem::Rule;
use libcell::restore::{self, Room};

use crate::device::{Device, allowed};
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
    order.allow = allowed(platform, device, volume, parsed)?;
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
        let question = restore::question(platform, device.prefix, &order, (word, &manifest))
            .map_err(|errno| fail(platform, volume, errno))?;
        confirmed(platform, volume, &question)?;
    }
    let restored = restore::restore(&mut job, &order).map_err(|why| failed(&job, why));
    let found = job.found;
    bar.end();
    restored?;
    tell(platform, &[volume, ": restored"], &found)?;
    place.leave(platform)
}
