//! `restore`: a volume from an archive.

use libcell::archive::{Manifest, Origin};
use libcell::backup;
use libcell::options::Parsed;
use libcell::platform::{Errno, FileKind, Platform};
use libcell::restore::{self, Room};
use libcell::state::VOLUMES;
use libcell::table::{Line, clean, digits, size};
use libcell::time::Form;
use libcell::tree::{Step, Walk};
use libcell::trust::TrustError;

use crate::device::{Device, joined};
use crate::disks;
use crate::place::{Place, signature};
use crate::question::confirmed;
use crate::show::print;
use crate::verify::{allowed, bar, digits_of, order, origin};
use crate::voice::{FAILED, Failure, fail, problem, say};

/// Restores.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform);
    let tell = |why| problem(platform, &why);
    let word = parsed.operand(0);
    let place = Place::archive(platform, &device, word).map_err(tell)?;
    let signature = signature(platform, &place.path).map_err(tell)?;
    let origin = origin(parsed);
    let manifest = match origin {
        Origin::Picocell => Some(restore::manifest(platform, &place.path).map_err(tell)?),
        Origin::Foreign => None,
    };
    let named = backup::parse(disks::base(&place.path)).map(|(volume, _)| volume);
    let volume = parsed
        .value(b'n')
        .or(manifest.as_ref().map(|manifest| manifest.name.as_str()));
    let Some(volume) = volume.or(named) else {
        return Err(fail(
            platform,
            word,
            &"does not say of which volume it is: give --name",
        ));
    };
    let mut order = order(&place.path, origin);
    order.allow = allowed(platform, parsed)?;
    order.volume = Some(volume);
    order.board = device.board().filter(|_| !parsed.has(b'b'));
    order.signature = device.key.as_ref().zip(signature.as_deref());
    if parsed.has(b'i') {
        order.room = Room::InPlace;
    }
    if parsed.has(b's') && order.signature.is_none() {
        let why = match device.key {
            Some(_) => TrustError::Unsigned,
            None => TrustError::NoKey,
        };
        return Err(fail(platform, word, &why));
    }
    crate::resume::resume(platform, &device.prefix)?;
    if !parsed.has(b'y') {
        let path = joined(&[&device.prefix, VOLUMES, "/", volume]);
        let newest = newest(platform, &path).map_err(|errno| fail(platform, &path, &errno))?;
        let is_signed = order.signature.is_some();
        let question = question(
            volume,
            newest,
            (word, manifest.as_ref()),
            is_signed,
            order.room,
        );
        if !confirmed(platform, &question) {
            say(platform, format_args!("{volume}: left as it is"));
            return Err(FAILED);
        }
    }
    let mut bar = bar(platform);
    let restored = restore::restore(platform, &device.prefix, &order, &mut bar);
    bar.end();
    let restored = restored.map_err(tell)?;
    let mut line = Line::from(volume.as_bytes());
    line.extend_from_slice(b": restored");
    if restored.created != 0 {
        line.extend_from_slice(b", the one of ");
        Form::People.write(&mut line, restored.created);
    }
    line.extend_from_slice(b", ");
    digits(&mut line, restored.summary.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(&mut line, restored.summary.sums.bytes);
    line.extend_from_slice(b", sha256 ");
    digits_of(&mut line, &restored.summary.digest);
    line.push(b'\n');
    print(platform, &line)?;
    place
        .stick
        .map_or(Ok(()), |stick| stick.unmount().map_err(tell))
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
fn question(
    volume: &str,
    newest: Option<u32>,
    (archive, manifest): (&str, Option<&Manifest>),
    is_signed: bool,
    room: Room,
) -> Line {
    let mut line = Line::new();
    let mut add = |text: &str| clean(&mut line, text, b'?');
    add("volume ");
    add(volume);
    match newest {
        None => add(" is not there; make it"),
        Some(_) => add(", last changed "),
    }
    if let Some(newest) = newest {
        Form::People.write(&mut line, newest);
        clean(&mut line, ", is replaced", b'?');
    }
    let mut add = |text: &str| clean(&mut line, text, b'?');
    add(" by archive ");
    add(archive);
    match manifest {
        None => add(", of another tar"),
        Some(manifest) => {
            add(", made ");
            Form::People.write(&mut line, manifest.created);
            let mut add = |text: &str| clean(&mut line, text, b'?');
            add(" on board ");
            add(&manifest.board);
        }
    }
    let mut add = |text: &str| clean(&mut line, text, b'?');
    add(if is_signed {
        ", signed."
    } else {
        ", not signed."
    });
    if room == Room::InPlace {
        add(" Without room for both the old one is given up before the new one is there.");
    }
    line
}
