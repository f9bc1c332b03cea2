//! How far something is that takes long.

mod bar;
mod tenths;

pub use bar::{Bar, SIGNALS, Style};
pub use tenths::Tenths;

use crate::platform::Errno;

/// What takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The beginning of an archive is read.
    Look,
    /// An archive is read to see whether it is whole.
    Verify,
    /// An archive is read and unpacked.
    Unpack,
    /// What was unpacked is written to the medium.
    Sync,
    /// A volume is read and written to an archive.
    Save,
}

/// Who is told, and may stop it.
pub trait Watch {
    /// So many bytes of `total` are done; of an archive those of its file, of a volume those of its files. Called every few
    /// kibibytes.
    ///
    /// # Errors
    /// Whatever it is to end with, as EINTR: nothing is changed then.
    fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<(), Errno>;
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn step(&mut self, _: Stage, _: u64, _: u64) -> Result<(), Errno> {
        Ok(())
    }
}
