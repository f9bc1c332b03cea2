//! Cutting a stream into lines.

/// Longest line in bytes; a longer one comes in several. With what syslog puts before it, it stays below the 1024 bytes
/// of RFC 3164.
pub(crate) const LINE_MAX: usize = 480;

/// The beginning of a line whose end has not come yet.
#[derive(Debug)]
pub(crate) struct Lines {
    bytes: [u8; LINE_MAX],
    used: usize,
    /// The line was longer than the buffer; what comes before its end is not the beginning of one.
    within: bool,
}

impl Lines {
    /// At the beginning of a stream.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; LINE_MAX],
            used: 0,
            within: false,
        }
    }

    /// Takes what was read and gives the lines that are complete, without their ends.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut line: impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            self.add(text, &mut line);
            if ended {
                self.end(&mut line);
            }
        }
    }

    /// Gives what is left without an end.
    pub(crate) fn flush(&mut self, mut line: impl FnMut(&[u8])) {
        if self.used > 0 {
            self.end(&mut line);
        }
        self.within = false;
    }

    fn add(&mut self, mut text: &[u8], line: &mut impl FnMut(&[u8])) {
        while !text.is_empty() {
            if self.used == LINE_MAX {
                line(&self.bytes);
                self.used = 0;
                self.within = true;
            }
            let room = self.bytes.get_mut(self.used..).unwrap_or_default();
            let count = room.len().min(text.len());
            for (to, from) in room.iter_mut().zip(text) {
                // C programs that read the log would see the end there
                *to = if *from == 0 { b'?' } else { *from };
            }
            self.used += count;
            text = text.get(count..).unwrap_or_default();
        }
    }

    fn end(&mut self, line: &mut impl FnMut(&[u8])) {
        let text = self.bytes.get(..self.used).unwrap_or_default();
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !(text.is_empty() && self.within) {
            line(text);
        }
        self.used = 0;
        self.within = false;
    }
}
