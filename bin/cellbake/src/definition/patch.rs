//! The unified diff in a plan: its hunks, each with the lines it takes away and those it puts there.

use crate::files::Span;

/// A change to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HunkDef {
    /// Where the old lines are, from 1.
    pub line: u32,
    /// Whole lines.
    pub old: String,
    /// What is to be there.
    pub new: String,
}

/// A patch whose lines are being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    hunks: Vec<HunkDef>,
    /// The last line was of the old text, of the new one, or of both: what an end of line that is not there belongs to.
    last: Option<Sides>,
    /// A line was wrong, and that was told: the rest is passed over.
    refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sides {
    Old,
    New,
    Both,
}

/// What is wrong with a line.
pub(super) type Wrong = (Span, &'static str);

impl Reader {
    /// Takes a line. After the first that is wrong none is looked at.
    pub(super) fn line(&mut self, line: &str, span: Span) -> Result<(), Wrong> {
        if self.refused {
            return Ok(());
        }
        let taken = self.take(line, span);
        self.refused = taken.is_err();
        taken
    }

    fn take(&mut self, line: &str, span: Span) -> Result<(), Wrong> {
        if let Some(header) = line.strip_prefix("@@ ") {
            let line = start(header).ok_or((span, "not a hunk as `@@ -1,3 +1,4 @@`"))?;
            self.last = None;
            self.hunks.push(HunkDef {
                line,
                old: String::new(),
                new: String::new(),
            });
            return Ok(());
        }
        let Some(hunk) = self.hunks.last_mut() else {
            // what diff(1) writes before the first hunk
            let header = ["--- ", "+++ ", "diff ", "index ", "Index: ", "==="];
            return if line.is_empty() || header.iter().any(|word| line.starts_with(word)) {
                Ok(())
            } else {
                Err((span, "before the first hunk: a patch is a unified diff"))
            };
        };
        let (sides, text) = match line.split_at_checked(1) {
            Some((" ", text)) => (Sides::Both, text),
            Some(("-", text)) => (Sides::Old, text),
            Some(("+", text)) => (Sides::New, text),
            Some(("\\", _)) => return self.no_end(span),
            // editors take the blank of an empty line away
            None => (Sides::Both, ""),
            Some(_) => {
                return Err((
                    span,
                    "not a line of a hunk: ` `, `-`, `+` or `@@` begins it",
                ));
            }
        };
        if sides != Sides::New {
            hunk.old.push_str(text);
            hunk.old.push('\n');
        }
        if sides != Sides::Old {
            hunk.new.push_str(text);
            hunk.new.push('\n');
        }
        self.last = Some(sides);
        Ok(())
    }

    /// The line before has no end.
    fn no_end(&mut self, span: Span) -> Result<(), Wrong> {
        let (Some(hunk), Some(last)) = (self.hunks.last_mut(), self.last) else {
            return Err((span, "after no line"));
        };
        if last != Sides::New {
            hunk.old.pop();
        }
        if last != Sides::Old {
            hunk.new.pop();
        }
        Ok(())
    }

    /// All hunks; none if a line was wrong.
    pub(super) fn end(self, span: &Span) -> Result<Vec<HunkDef>, Wrong> {
        if self.refused {
            return Ok(Vec::new());
        }
        if self.hunks.is_empty() {
            return Err((span.clone(), "a patch without a hunk"));
        }
        if self.hunks.iter().any(|hunk| hunk.old == hunk.new) {
            return Err((span.clone(), "a patch with a hunk that changes nothing"));
        }
        Ok(self.hunks)
    }
}

/// The old line of a hunk's heading after its `@@ `.
fn start(header: &str) -> Option<u32> {
    let old = header.strip_prefix('-')?.split(' ').next()?;
    old.split(',').next()?.parse().ok()
}
