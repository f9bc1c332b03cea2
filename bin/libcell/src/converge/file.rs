//! A file with a content, and a file with a line.

use super::walk::Place;
use super::{How, Outcome, own};
use crate::image::Ownership;
use crate::platform::{Errno, Open, Platform};

/// Bytes compared and copied at a time.
const CHUNK: usize = 512;

/// What a file is to have in it.
pub(super) enum Content<'c, P: Platform> {
    Bytes(&'c [u8]),
    /// What another file has.
    File(&'c Place<'c, P>),
}

/// A content, from its beginning on.
enum Reading<'c, P: Platform> {
    Bytes(&'c [u8]),
    File(&'c P, P::Fd),
}

impl<'c, P: Platform> Content<'c, P> {
    fn read(&self) -> Result<Reading<'c, P>, Errno> {
        match self {
            Self::Bytes(bytes) => Ok(Reading::Bytes(bytes)),
            Self::File(place) => Ok(Reading::File(place.platform, place.open(Open::Read)?)),
        }
    }
}

impl<P: Platform> Reading<'_, P> {
    /// The next bytes; none at the end.
    fn next(&mut self, buffer: &mut [u8; CHUNK]) -> Result<usize, Errno> {
        match self {
            Self::Bytes(rest) => {
                let count = rest.len().min(CHUNK);
                let (now, later) = rest.split_at_checked(count).unwrap_or_default();
                for (to, from) in buffer.iter_mut().zip(now) {
                    *to = *from;
                }
                *rest = later;
                Ok(count)
            }
            Self::File(platform, file) => fill(*platform, file, buffer),
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn fill<P: Platform>(platform: &P, file: &P::Fd, buffer: &mut [u8; CHUNK]) -> Result<usize, Errno> {
    let mut used = 0;
    while let Some(rest) = buffer.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read(file, rest)? {
            0 => break,
            count => used += count,
        }
    }
    Ok(used)
}

pub(super) fn make<P: Platform>(
    place: &Place<'_, P>,
    content: &Content<'_, P>,
    owner: &Ownership,
    how: How,
) -> Result<Outcome, Errno> {
    match place.open(Open::Read) {
        Ok(file) if same(place.platform, &file, content)? => {
            return own(place.platform, &file, owner, how);
        }
        Ok(_) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    if how == How::Make {
        replace(place, content, owner)?;
    }
    Ok(Outcome::Changed)
}

fn same<P: Platform>(platform: &P, file: &P::Fd, content: &Content<'_, P>) -> Result<bool, Errno> {
    let mut wanted = content.read()?;
    let (mut is, mut want) = ([0; CHUNK], [0; CHUNK]);
    loop {
        let count = fill(platform, file, &mut is)?;
        let wants = wanted.next(&mut want)?;
        if is.get(..count) != want.get(..wants) {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// Writes it beside and renames it: at every instant there is the old file or the new one.
pub(super) fn replace<P: Platform>(
    place: &Place<'_, P>,
    content: &Content<'_, P>,
    owner: &Ownership,
) -> Result<(), Errno> {
    let (platform, parent) = (place.platform, &place.parent);
    let beside = place.beside();
    place.remove_beside(&beside)?;
    let file = platform.open_at(parent, &beside, Open::CreateNew, 0o600)?;
    let mut content = content.read()?;
    let mut bytes = [0; CHUNK];
    loop {
        match content.next(&mut bytes)? {
            0 => break,
            count => put(platform, &file, bytes.get(..count).unwrap_or_default())?,
        }
    }
    platform.sync(&file)?;
    platform.set_owner_of(&file, owner.uid, owner.gid, owner.mode)?;
    platform.rename_at(parent, &beside, place.name())
}

pub(super) fn add_line<P: Platform>(
    place: &Place<'_, P>,
    text: &[u8],
    owner: &Ownership,
    how: How,
) -> Result<Outcome, Errno> {
    let platform = place.platform;
    let ends = match place.open(Open::Read) {
        Ok(file) => find_line(platform, &file, text)?,
        Err(Errno::ENOENT) => {
            if how == How::Make {
                let line = [text, b"\n"].concat();
                replace(place, &Content::Bytes(&line), owner)?;
            }
            return Ok(Outcome::Changed);
        }
        Err(errno) => return Err(errno),
    };
    if ends == Ending::Found {
        return Ok(Outcome::Same);
    }
    if how == How::Make {
        let file = place.open(Open::Append)?;
        // in one piece: a line is there or it is not
        let start: &[u8] = if ends == Ending::Within { b"\n" } else { b"" };
        put(platform, &file, &[start, text, b"\n"].concat())?;
        platform.sync(&file)?;
    }
    Ok(Outcome::Changed)
}

/// What was found in a file that was searched for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The line.
    Found,
    /// Not the line; the last one has an end.
    Whole,
    /// Not the line; the last one has no end.
    Within,
}

fn find_line<P: Platform>(platform: &P, file: &P::Fd, text: &[u8]) -> Result<Ending, Errno> {
    let mut bytes = [0; CHUNK];
    // how much of the text the current line has so far; `None` if it is another line
    let (mut matched, mut length) = (Some(0), 0_usize);
    loop {
        let count = platform.read(file, &mut bytes)?;
        let read = bytes.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(match (length, matched) {
                (0, _) => Ending::Whole,
                (_, Some(matched)) if matched == text.len() => Ending::Found,
                (_, Some(_) | None) => Ending::Within,
            });
        }
        for byte in read {
            if *byte == b'\n' {
                if matched == Some(text.len()) {
                    return Ok(Ending::Found);
                }
                (matched, length) = (Some(0), 0);
            } else {
                matched = matched
                    .filter(|at| text.get(*at) == Some(byte))
                    .map(|at| at + 1);
                length += 1;
            }
        }
    }
}

pub(super) fn put<P: Platform>(platform: &P, file: &P::Fd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match platform.write(file, bytes)? {
            0 => return Err(Errno::EIO),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}
