//! The terminal: how it is found, made raw and given back, and how fast it is written to.

use embedded_io::{ErrorType, Write};
use libcell::platform::{Errno, Flow, Open, Platform, TerminalModes, WindowSize};
use libcell::screen::{Colour, Drawing, Grid, Painter, Progress, goodbye};

/// The terminal of whoever started this, with a description of its own: nothing that is set on it is the shell's.
const TERMINAL: &str = "/dev/tty";

/// What a terminal is that does not say.
const USUAL: WindowSize = WindowSize {
    columns: 80,
    rows: 24,
};

/// From this speed on nobody waits for a repaint. Pseudo terminals say so if nobody said anything.
const FAST: u32 = 38_400;

/// How long a piece is on the line, in milliseconds: a key that comes meanwhile waits so long.
const PIECE_MS: u32 = 40;

/// The terminal.
pub(crate) struct Console<'p, P: Platform> {
    platform: &'p P,
    pub fd: P::Fd,
    before: TerminalModes,
    speed: u32,
    /// When what was written is on the line.
    free_at: u32,
}

struct Writer<'c, 'p, P: Platform>(&'c Console<'p, P>);

impl<P: Platform> ErrorType for Writer<'_, '_, P> {
    type Error = Errno;
}

impl<P: Platform> Write for Writer<'_, '_, P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.0.platform.write(&self.0.fd, bytes)
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

impl<'p, P: Platform> Console<'p, P> {
    /// The terminal that is standard input, as it is.
    pub fn find(platform: &'p P) -> Result<Self, Errno> {
        let standard = platform.standard(0)?;
        let before = platform.terminal_modes(&standard)?;
        let own = platform.open(TERMINAL, Open::Terminal, 0);
        let own = own.and_then(|fd| platform.terminal_modes(&fd).map(|_| fd));
        Ok(Self {
            platform,
            fd: own.unwrap_or(standard),
            before,
            speed: before.speed(),
            free_at: 0,
        })
    }

    /// Every key comes as it is pressed.
    pub fn take(&mut self) -> Result<(), Errno> {
        let raw = self.before.raw(Flow::Kept);
        self.platform.set_terminal_modes(&self.fd, &raw)
    }

    /// As it was, with the cursor on a row of its own.
    pub fn give_back(&self) {
        let mut bytes = &goodbye(self.size().rows.min(50) as u8)[..];
        while let Ok(count @ 1..) = self.platform.write(&self.fd, bytes) {
            bytes = bytes.get(count..).unwrap_or_default();
        }
        let _ = self.platform.set_terminal_modes(&self.fd, &self.before);
    }

    pub fn size(&self) -> WindowSize {
        match self.platform.window_size(&self.fd) {
            Ok(size) if size.columns > 0 && size.rows > 0 => size,
            Ok(_) | Err(_) => USUAL,
        }
    }

    /// Sends what the line can take now. Milliseconds until it can take more, if there is more to send.
    pub fn paint(
        &mut self,
        grid: &Grid,
        painter: &mut Painter,
        now: u32,
    ) -> Result<Option<u32>, Errno> {
        let wait = self.free_at.wrapping_sub(now);
        if wait < 1 << 31 && wait > 0 {
            return Ok(Some(wait));
        }
        // ten bits a byte
        let rate = if self.speed == 0 {
            960
        } else {
            self.speed / 10
        };
        let budget = rate / 1000 * PIECE_MS + rate % 1000 * PIECE_MS / 1000;
        let unsent = self.platform.unsent(&self.fd).unwrap_or(0);
        if unsent > budget / 4 {
            // the line is slower than it says, or held
            self.free_at = now.wrapping_add(PIECE_MS);
            return Ok(Some(PIECE_MS));
        }
        let progress = painter.paint(grid, &mut Writer(self), budget as usize)?;
        let (Progress::More(sent) | Progress::Done(sent)) = progress;
        let is_paced = self.speed < FAST || unsent > 0 || sent == 0;
        if is_paced && progress != Progress::Done(0) {
            let takes = if sent == 0 {
                PIECE_MS
            } else {
                (sent as u32 * 1000).div_ceil(rate.max(1))
            };
            self.free_at = now.wrapping_add(takes);
        }
        Ok(match progress {
            Progress::Done(_) => None,
            Progress::More(_) if is_paced => Some(self.free_at.wrapping_sub(now)),
            Progress::More(_) => Some(0),
        })
    }
}

/// How a terminal of that name (`TERM`) is written to; nothing if it cannot be.
pub(crate) fn looks(term: &str) -> Option<(Drawing, Colour)> {
    let begins = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
    if matches!(term, "dumb" | "unknown" | "network" | "dialup") {
        return None;
    }
    let colour = if begins(&[
        "xterm", "screen", "tmux", "rxvt", "linux", "wsvt25", "vt5", "ansi", "cygwin",
    ]) || term.ends_with("color")
    {
        Colour::Eight
    } else {
        Colour::Mono
    };
    // Linux' console does not shift to another set while it speaks UTF-8
    let drawing = if begins(&["linux", "ansi", "cygwin"]) {
        Drawing::Ascii
    } else {
        Drawing::Special
    };
    Some((drawing, colour))
}
