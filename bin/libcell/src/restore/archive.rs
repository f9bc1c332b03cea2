//! The file of an archive: read for its manifest, to verify it, or to unpack it.

use alloc::string::String;

use super::source::Source;
use super::unpack::Unpack;
use super::{Order, Problem, Why};
use crate::archive::{ArchiveError, ArchiveFlaw, Manifest, Origin, Reader, Summary};
use crate::platform::{Errno, FileKind, Open, Platform};
use crate::progress::{Stage, Watch};

/// The file of an archive, open.
pub(super) struct Archive<'a, P: Platform> {
    platform: &'a P,
    pub(super) order: &'a Order<'a>,
    file: P::Fd,
    size: u64,
}

impl<'a, P: Platform> Archive<'a, P> {
    pub(super) fn open(platform: &'a P, order: &'a Order<'a>) -> Result<Self, Problem> {
        let problem = |errno| Problem::of(&[order.archive], errno);
        let file = platform
            .open(order.archive, Open::Read, 0)
            .map_err(problem)?;
        let of = platform.metadata_of(&file).map_err(problem)?;
        if of.kind != FileKind::File {
            return Err(Problem::of(&[order.archive], "not a file"));
        }
        Ok(Self {
            platform,
            order,
            file,
            size: of.size,
        })
    }

    fn problem(&self, name: &str, why: impl Into<Why>) -> Problem {
        let archive = self.order.archive;
        match name {
            "" => Problem::of(&[archive], why),
            name => Problem::of(&[archive, ": ", name], why),
        }
    }

    fn reader<'s>(
        &'s self,
        stage: Stage,
        watch: &'s mut dyn Watch,
    ) -> Result<Reader<Source<'s, P>>, Problem> {
        let verifier = match self.order.signature {
            None => None,
            Some((key, signature)) => {
                let verifier = key.verifier(signature);
                Some(verifier.map_err(|error| self.problem("", error))?)
            }
        };
        let source = Source {
            platform: self.platform,
            file: &self.file,
            stage,
            done: 0,
            total: self.size,
            watch,
            verifier,
        };
        Reader::new(source, self.order.origin, self.order.allow)
            .map_err(|error| self.problem("", error))
    }

    /// What it says of itself; `None` for a foreign one.
    pub(super) fn manifest(&self, watch: &mut dyn Watch) -> Result<Option<Manifest>, Problem> {
        Ok(self.reader(Stage::Verify, watch)?.manifest().cloned())
    }

    /// About how much room it takes, in KiB. A foreign one says at its end how large it is, below 4 GiB.
    pub(super) fn space_kib(&self, manifest: Option<&Manifest>) -> u64 {
        if let Some(manifest) = manifest {
            return manifest.sums.space_kib;
        }
        let mut size = [0; 4];
        let at = self.size.saturating_sub(4);
        let _ = self.platform.read_at(&self.file, &mut size, at);
        u64::from(u32::from_le_bytes(size)) >> 10
    }

    /// Reads all of it.
    pub(super) fn verify(&self, watch: &mut dyn Watch) -> Result<Summary, Problem> {
        let mut reader = self.reader(Stage::Verify, watch)?;
        loop {
            match reader.advance() {
                Ok(true) => {}
                Ok(false) => return self.end(&mut reader),
                Err(error) => return Err(self.at(&reader, error)),
            }
        }
    }

    /// An error, with the member it is in.
    fn at(&self, reader: &Reader<Source<'_, P>>, error: ArchiveError<Errno>) -> Problem {
        let is_of_entry = match error {
            ArchiveError::Stream(_) => false,
            ArchiveError::Flaw(flaw) => matches!(
                flaw,
                ArchiveFlaw::Device
                    | ArchiveFlaw::SetId
                    | ArchiveFlaw::Orphan
                    | ArchiveFlaw::Link
                    | ArchiveFlaw::Size
            ),
        };
        let name = if is_of_entry {
            &reader.entry().name
        } else {
            ""
        };
        self.problem(name, error)
    }

    /// Unpacks all of it.
    pub(super) fn unpack(
        &self,
        mut unpack: Unpack<'_, P>,
        watch: &mut dyn Watch,
    ) -> Result<Summary, Problem> {
        let mut reader = self.reader(Stage::Unpack, watch)?;
        let mut name = String::new();
        match unpack.all(&mut reader, &mut name) {
            Ok(()) => {
                let summary = self.end(&mut reader)?;
                if self.order.origin == Origin::Foreign {
                    drop(reader);
                    let mut again = self.reader(Stage::Unpack, watch)?;
                    let finished = unpack.directories(&mut again);
                    finished.map_err(|why| self.problem("", why))?;
                }
                Ok(summary)
            }
            Err(Why::Archive(flaw)) if name.is_empty() => Err(self.at(&reader, flaw.into())),
            Err(why) => Err(self.problem(&name, why)),
        }
    }

    /// What it turned out to be, if that is what it must be.
    fn end(&self, reader: &mut Reader<Source<'_, P>>) -> Result<Summary, Problem> {
        let summary = *reader
            .summary()
            .ok_or_else(|| self.problem("", ArchiveFlaw::Short))?;
        if self
            .order
            .digest
            .is_some_and(|wanted| wanted != summary.digest)
        {
            return Err(self.problem("", "another archive than the one that is wanted"));
        }
        if let Some(verifier) = reader.source().verifier.take() {
            verifier.finish().map_err(|error| self.problem("", error))?;
        }
        Ok(summary)
    }
}
