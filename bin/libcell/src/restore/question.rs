//! What a restore replaces by what, in words, for whoever has to say yes.

use super::{Order, Room};
use crate::archive::{Manifest, Origin};
use crate::job::joined;
use crate::platform::{Errno, FileKind, Platform};
use crate::state::VOLUMES;
use crate::table::{Line, clean};
use crate::time::{Form, Seconds};
use crate::tree::{Step, Walk};

/// Both generations, by date: that of the volume, and that of the archive called `archive`.
///
/// # Errors
/// The volume that is there cannot be read.
pub fn question<P: Platform>(
    platform: &P,
    prefix: &str,
    order: &Order<'_>,
    (archive, manifest): (&str, &Manifest),
) -> Result<Line, Errno> {
    let volume = order.volume.unwrap_or_default();
    let newest = newest(platform, &joined(&[prefix, VOLUMES, "/", volume]))?;
    let mut line = Line::from(*b"volume ");
    clean(&mut line, volume, b'?');
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
    Ok(line)
}

/// When something in a volume was changed last; 0 if it is not there.
fn newest<P: Platform>(platform: &P, path: &str) -> Result<Seconds, Errno> {
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
