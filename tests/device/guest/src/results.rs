//! How results are told: a line for each, a summary, an exit status.

use core::fmt::{Arguments, Display, Write as _};

use libcell::output::Output;
use libcell::platform::Platform;

/// Writes to standard output (1) or error (2) at once. A console that cannot be written to is nobody's to tell.
pub fn say<P: Platform>(platform: &P, number: u8, text: Arguments<'_>) {
    if let Ok(mut output) = Output::standard(platform, number) {
        let _ = output.write_fmt(text);
        let _ = output.finish();
    }
}

/// The results of one part, counted as they are told.
#[derive(Debug)]
pub struct Results<'p, P: Platform> {
    platform: &'p P,
    part: &'static str,
    ok: u32,
    failed: u32,
    skipped: u32,
}

impl<'p, P: Platform> Results<'p, P> {
    /// Of `part`, the subcommand's name.
    pub const fn new(platform: &'p P, part: &'static str) -> Self {
        Self {
            platform,
            part,
            ok: 0,
            failed: 0,
            skipped: 0,
        }
    }

    /// It was as it must be.
    pub fn ok(&mut self, name: impl Display) {
        self.ok += 1;
        say(self.platform, 1, format_args!("ok {name}\n"));
    }

    /// It was not: `what` was looked at, and `why` says what it was instead.
    pub fn fail(&mut self, name: impl Display, what: impl Display, why: impl Display) {
        self.failed += 1;
        let line = format_args!("FAIL {name}: {what}: {why}\n");
        say(self.platform, 1, line);
    }

    /// It could not be tried.
    pub fn skip(&mut self, name: impl Display, why: impl Display) {
        self.skipped += 1;
        say(self.platform, 1, format_args!("skip {name}: {why}\n"));
    }

    /// Whether nothing failed so far.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.failed == 0
    }

    /// The summary; the exit status.
    #[must_use]
    pub fn finish(self) -> u8 {
        let Self {
            part,
            ok,
            failed,
            skipped,
            ..
        } = self;
        let line = format_args!("celltest {part}: {ok} ok, {failed} failed, {skipped} skipped\n");
        say(self.platform, 1, line);
        u8::from(failed != 0)
    }
}
