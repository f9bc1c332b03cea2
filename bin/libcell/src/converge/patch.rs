//! A file with changes in it: the hunks of a unified diff, each found where its lines are, exactly.

use alloc::vec::Vec;

use super::file::{Content, replace};
use super::walk::Place;
use super::{How, Outcome};
use crate::image::{Hunk, Ownership, PATCHED_MAX};
use crate::platform::{Errno, Open, Platform};

/// Which side of a hunk is looked for.
#[derive(Clone, Copy)]
enum Side {
    Old,
    New,
}

pub(super) fn apply<P: Platform>(
    place: &Place<'_, P>,
    hunks: &[Hunk<'_>],
    how: How,
) -> Result<Outcome, Errno> {
    let platform = place.platform;
    let file = place.open(Open::Read)?;
    let of = platform.metadata_of(&file)?;
    let before = read(platform, &file)?;
    // as patch(1) does: what can be undone has been done
    if replaced(&before, hunks, Side::New).is_some() {
        return Ok(Outcome::Same);
    }
    let after = replaced(&before, hunks, Side::Old).ok_or(Errno::EINVAL)?;
    if how == How::Make {
        let owner = Ownership {
            mode: of.mode,
            uid: of.uid,
            gid: of.gid,
        };
        replace(place, &Content::Bytes(&after), &owner)?;
    }
    Ok(Outcome::Changed)
}

fn read<P: Platform>(platform: &P, file: &P::Fd) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    let mut piece = [0; 512];
    loop {
        let count = platform.read(file, &mut piece)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
        if bytes.len() > PATCHED_MAX {
            return Err(Errno::EFBIG);
        }
    }
}

/// A text with hunks applied, if it has not all of them already; `None` if one is not found.
#[must_use]
pub fn patched(text: &[u8], hunks: &[Hunk<'_>]) -> Option<Vec<u8>> {
    match replaced(text, hunks, Side::New) {
        Some(_) => Some(text.into()),
        None => replaced(text, hunks, Side::Old),
    }
}

/// The text with that side of all hunks replaced by the other; `None` if one is not found.
fn replaced(text: &[u8], hunks: &[Hunk<'_>], side: Side) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for hunk in hunks {
        let (wanted, other) = match side {
            Side::Old => (hunk.old, hunk.new),
            Side::New => (hunk.new, hunk.old),
        };
        let at = find(text, from, wanted, hunk.line)?;
        out.extend_from_slice(text.get(from..at)?);
        out.extend_from_slice(other);
        from = at + wanted.len();
    }
    out.extend_from_slice(text.get(from..)?);
    Some(out)
}

/// Where a text of whole lines is, at or after `from`: of several places the one nearest to that line.
fn find(text: &[u8], from: usize, wanted: &[u8], line: u32) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    let mut number = 1_u32;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        // the last line of a hunk may have no end, and then ends the text
        let fits = rest.strip_prefix(wanted).is_some_and(|after| {
            after.is_empty() || wanted.is_empty() || wanted.last() == Some(&b'\n')
        });
        let distance = number.abs_diff(line);
        if at >= from && fits && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, at));
        }
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => at += end + 1,
            None => return best.map(|(_, at)| at),
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn hunk<'a>(line: u32, old: &'a str, new: &'a str) -> Hunk<'a> {
        Hunk {
            line,
            old: old.as_bytes(),
            new: new.as_bytes(),
        }
    }

    fn patched(text: &str, hunks: &[Hunk<'_>]) -> Option<String> {
        let out = replaced(text.as_bytes(), hunks, Side::Old)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn hunks_change_what_they_name_and_undo_themselves() {
        let hunks = [hunk(1, "a\nb\n", "a\nB\n"), hunk(4, "d\n", "d\ne\n")];
        let after = patched("a\nb\nc\nd\n", &hunks).unwrap();
        assert_eq!(after, "a\nB\nc\nd\ne\n");
        assert!(replaced(after.as_bytes(), &hunks, Side::New).is_some());
        assert!(replaced(b"a\nb\nc\nd\n", &hunks, Side::New).is_none());
    }

    #[test]
    fn a_hunk_is_found_where_its_lines_went() {
        let hunks = [hunk(1, "b\n", "x\n")];
        assert_eq!(patched("1\n2\n3\nb\n", &hunks).unwrap(), "1\n2\n3\nx\n");
        assert_eq!(
            patched("b\na\nb\n", &[hunk(3, "b\n", "x\n")]).unwrap(),
            "b\na\nx\n"
        );
    }

    #[test]
    fn what_is_not_there_is_not_patched() {
        assert_eq!(patched("a\nb\n", &[hunk(1, "c\n", "x\n")]), None);
        assert_eq!(
            patched("ab\n", &[hunk(1, "b\n", "x\n")]),
            None,
            "within a line"
        );
        assert_eq!(
            patched("b more\n", &[hunk(1, "b", "x")]),
            None,
            "before an end"
        );
        let order = [hunk(2, "b\n", "x\n"), hunk(1, "a\n", "y\n")];
        assert_eq!(patched("a\nb\n", &order), None, "hunks go forward");
    }

    #[test]
    fn a_file_without_an_end_of_line_is_patched_too() {
        assert_eq!(patched("a\nb", &[hunk(2, "b", "c\n")]).unwrap(), "a\nc\n");
        assert_eq!(patched("", &[hunk(0, "", "new\n")]).unwrap(), "new\n");
    }
}
