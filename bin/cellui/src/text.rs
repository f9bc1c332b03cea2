//! Lines that came, the last of them.

use alloc::vec::Vec;

use libcell::table::Line;

/// So many are kept.
const MOST: usize = 200;

/// Bytes of a line that are kept.
const LONGEST: usize = 250;

/// Lines by their number since the first one.
#[derive(Debug, Default)]
pub(crate) struct Text {
    lines: Vec<Line>,
    /// How many came before those.
    gone: u32,
    /// The last one has no end yet.
    open: bool,
}

impl Text {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.gone = 0;
        self.open = false;
    }

    /// Adds what came: lines, or a piece of one. What is not printable becomes `?`, a tab a space.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                if !self.open {
                    self.begin();
                }
                self.open = false;
                continue;
            }
            if !self.open {
                self.begin();
                self.open = true;
            }
            let letter = match byte {
                b'\t' => b' ',
                b'\r' => continue,
                0..0x20 | 0x7f => b'?',
                _ => *byte,
            };
            if let Some(line) = self.lines.last_mut()
                && line.len() < LONGEST
            {
                line.push(letter);
            }
        }
    }

    /// Adds a whole line.
    pub fn line(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.add(part);
        }
        self.add(b"\n");
    }

    fn begin(&mut self) {
        if self.lines.len() == MOST {
            self.lines.remove(0);
            self.gone += 1;
        }
        self.lines.push(Line::new());
    }

    /// The number of the first line that is kept.
    pub const fn first(&self) -> u32 {
        self.gone
    }

    /// The number after the last line.
    pub fn end(&self) -> u32 {
        self.gone + self.lines.len() as u32
    }

    /// A line by its number; nothing if it is not there.
    pub fn at(&self, number: u32) -> &[u8] {
        let index = number.wrapping_sub(self.gone) as usize;
        self.lines.get(index).map_or(&[], |line| line)
    }

    /// The last line with this in it, or the last line if there is none.
    pub fn last_with(&self, part: &[u8]) -> &[u8] {
        let mut lines = self.lines.iter().rev();
        let has = |line: &&Line| line.windows(part.len().max(1)).any(|some| some == part);
        match lines.find(has) {
            Some(line) => line,
            None => self.last(),
        }
    }

    /// The last line.
    pub fn last(&self) -> &[u8] {
        self.at(self.end().wrapping_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_in_pieces_and_the_oldest_go() {
        let mut text = Text::default();
        text.add(b"one\ntw");
        assert_eq!((text.first(), text.end(), text.last()), (0, 2, &b"tw"[..]));
        text.add(b"o\n\nx\ty\x1b\r\n");
        assert_eq!(text.at(1), b"two");
        assert_eq!(text.at(2), b"");
        assert_eq!(text.at(3), b"x y?");
        assert_eq!(text.at(99), b"");
        assert_eq!(text.last_with(b"wo"), b"two");
        assert_eq!(text.last_with(b"three"), b"x y?");
        assert_eq!(text.last_with(b""), b"x y?");
        for _ in 0..MOST {
            text.line(&[b"again"]);
        }
        assert_eq!((text.first(), text.end()), (4, 4 + MOST as u32));
        assert_eq!(text.at(3), b"");
        text.add(&[b'a'; 1000]);
        assert_eq!(text.last().len(), LONGEST);
    }
}
