//! The file of an archive as a stream that is watched, and verified against a signature on the way.

use embedded_io::{ErrorType, Read};

use crate::platform::{Errno, Platform};
use crate::progress::{Stage, Watch};
use crate::trust::Verifier;

/// The file of an archive.
pub(super) struct Source<'a, P: Platform> {
    pub platform: &'a P,
    pub file: &'a P::Fd,
    pub stage: Stage,
    pub done: u64,
    pub total: u64,
    pub watch: &'a mut dyn Watch,
    pub verifier: Option<Verifier<'a>>,
}

impl<P: Platform> ErrorType for Source<'_, P> {
    type Error = Errno;
}

impl<P: Platform> Read for Source<'_, P> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize, Errno> {
        let count = self.platform.read_at(self.file, to, self.done)?;
        self.done += count as u64;
        self.watch.step(self.stage, self.done, self.total)?;
        if let Some(verifier) = &mut self.verifier {
            verifier.update(to.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}
