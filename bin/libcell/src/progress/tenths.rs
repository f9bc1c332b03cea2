//! Progress as programs read it: a line for each tenth.

use super::bar::percent;
use super::{Stage, Watch};
use crate::platform::Errno;
use crate::table::{Line, Sink, digits};

/// Writes them to where everything else is written.
pub struct Tenths<'o> {
    out: Sink<'o>,
    stage: Option<Stage>,
    shown: u32,
}

impl<'o> Tenths<'o> {
    /// With nothing done.
    pub fn new(out: Sink<'o>) -> Self {
        Self {
            out,
            stage: None,
            shown: 0,
        }
    }
}

impl Watch for Tenths<'_> {
    fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<(), Errno> {
        if self.stage != Some(stage) {
            (self.stage, self.shown) = (Some(stage), 0);
        }
        let tenth = percent(done, total) / 10;
        if tenth <= self.shown || matches!(stage, Stage::Look | Stage::Sync) {
            return Ok(());
        }
        self.shown = tenth;
        let mut line = Line::from(stage.word().as_bytes());
        line.push(b' ');
        digits(&mut line, (tenth * 10).into());
        line.extend_from_slice(b" %\n");
        // an output that is gone shows at the end
        let _ = self.out.put(&line).and_then(|()| self.out.show());
        Ok(())
    }
}
