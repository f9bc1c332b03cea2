//! A file with changes in it: the hunks of a unified diff, each found where its lines are, exactly.

use alloc::vec::Vec;

use super::file::{Content, replace};
use super::walk::Place;
use super::{How, Outcome};
use crate::image::{Hunk, Ownership, PATCHED_MAX};
use crate::platform::{Errno, Open, Platform};

pub(super) fn apply<P: Platform>(
    place: &Place<'_, P>,
    hunks: &[Hunk<'_>],
    how: How,
) -> Result<Outcome, Errno> {
    let platform = place.platform;
    let file = place.open(Open::Read)?;
    let of = platform.metadata_of(&file)?;
    let before = read(platform, &file)?;
    let after = patched(&before, hunks).ok_or(Errno::EINVAL)?;
    if after == before {
        return Ok(Outcome::Same);
    }
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

/// A text with those hunks applied that it has not; `None` if one is not found.
#[must_use]
pub fn patched(text: &[u8], hunks: &[Hunk<'_>]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for hunk in hunks {
        let old = find(text, from, hunk.old, hunk.line);
        let new = find(text, from, hunk.new, hunk.line);
        let (at, length) = match (old, new) {
            (Some((_, at)), None) => (at, hunk.old.len()),
            (None, Some((_, at))) => (at, hunk.new.len()),
            // lines that were added have the old ones in them, and lines that are to go have the new ones
            (Some(old), Some(new)) => {
                let is_to_go = !contains(hunk.new, hunk.old)
                    && (contains(hunk.old, hunk.new) || old.0 < new.0);
                if is_to_go {
                    (old.1, hunk.old.len())
                } else {
                    (new.1, hunk.new.len())
                }
            }
            (None, None) => return None,
        };
        out.extend_from_slice(text.get(from..at)?);
        out.extend_from_slice(hunk.new);
        from = at + length;
    }
    out.extend_from_slice(text.get(from..)?);
    Some(out)
}

/// Whether a text has another in it.
fn contains(text: &[u8], part: &[u8]) -> bool {
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|rest| rest.starts_with(part)))
}

/// Where a text of whole lines is, at or after `from`: of several places the one nearest to that line, and how far it is
/// from there.
fn find(text: &[u8], from: usize, wanted: &[u8], line: u32) -> Option<(u32, usize)> {
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
            None => return best,
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
        let out = super::patched(text.as_bytes(), hunks)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn hunks_change_what_they_name_once() {
        let hunks = [hunk(1, "a\nb\n", "a\nB\n"), hunk(4, "d\n", "d\ne\n")];
        let after = patched("a\nb\nc\nd\n", &hunks).unwrap();
        assert_eq!(after, "a\nB\nc\nd\ne\n");
        assert_eq!(patched(&after, &hunks).unwrap(), after);
        let part = patched("a\nB\nc\nd\n", &hunks).unwrap();
        assert_eq!(part, after, "one of them was there");
    }

    #[test]
    fn lines_go_whatever_is_left_of_them_elsewhere() {
        for (text, hunks, after) in [
            // without context, as diff -U0 has it
            ("a\nb\nc\n", [hunk(2, "b\n", "")], "a\nc\n"),
            // at the end, where nothing follows
            ("a\nb\n", [hunk(1, "a\nb\n", "a\n")], "a\n"),
            // what is to be left is also further down
            (
                "a\nx\nb\nc\na\nb\n",
                [hunk(1, "a\nx\nb\n", "a\nb\n")],
                "a\nb\nc\na\nb\n",
            ),
        ] {
            assert_eq!(patched(text, &hunks).unwrap(), after);
            assert_eq!(patched(after, &hunks).unwrap(), after);
        }
    }

    #[test]
    fn lines_come_once_wherever_what_is_around_them_is() {
        for (text, hunks, after) in [
            ("a\nc\n", [hunk(1, "", "b\n")], "b\na\nc\n"),
            ("a\nb\n", [hunk(2, "b\n", "b\nx\n")], "a\nb\nx\n"),
            ("b\na\n", [hunk(1, "b\n", "x\nb\n")], "x\nb\na\n"),
        ] {
            assert_eq!(patched(text, &hunks).unwrap(), after);
            assert_eq!(patched(after, &hunks).unwrap(), after);
        }
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
