//! The file of an archive: read for its manifest, to verify it, or to unpack it.

use super::Order;
use super::source::Source;
use super::unpack::Unpack;
use crate::archive::{Kind, Manifest, Origin, Reader};
use crate::job::Job;
use crate::platform::{FileKind, Open, Platform};
use crate::problem::{Rule, Why};
use crate::progress::Stage;

/// The file of an archive, open.
pub(super) struct Archive<'a, P: Platform> {
    order: &'a Order<'a>,
    file: P::Fd,
    size: u64,
}

/// What is done with what is read.
pub(super) enum Pass<'u, 'p, P: Platform> {
    /// Nothing.
    Verify,
    /// Everything is made.
    Unpack(&'u mut Unpack<'p, P>),
    /// Directories that are there get what they are to have.
    Directories(&'u mut Unpack<'p, P>),
}

impl<'a, P: Platform> Archive<'a, P> {
    pub(super) fn open(job: &mut Job<'_, P>, order: &'a Order<'a>) -> Result<Self, Why> {
        job.at(&[order.archive]);
        let file = job.platform.open(order.archive, Open::Read, 0)?;
        let of = job.platform.metadata_of(&file)?;
        if of.kind != FileKind::File {
            return Err(Rule::NotAFile.into());
        }
        Ok(Self {
            order,
            file,
            size: of.size,
        })
    }

    #[inline(never)]
    fn reader<'s>(
        &'s self,
        job: &'s mut Job<'_, P>,
        stage: Stage,
    ) -> Result<Reader<Source<'s, P>>, Why> {
        job.at(&[self.order.archive]);
        let mut source = Source {
            platform: job.platform,
            file: &self.file,
            stage,
            done: 0,
            total: self.size,
            watch: job.watch,
            verifier: None,
        };
        if let Some((key, signature)) = self.order.signature {
            source.verifier = Some(key.verifier(signature)?);
        }
        Reader::new(source, self.order.origin, self.order.allow)
    }

    /// What it says of itself; of a foreign one only about how large it is, as it says at its end, below 4 GiB.
    pub(super) fn manifest(&self, job: &mut Job<'_, P>) -> Result<Manifest, Why> {
        let mut manifest = self.reader(job, Stage::Look)?.manifest().clone();
        if self.order.origin == Origin::Foreign {
            let mut size = [0; 4];
            let at = self.size.saturating_sub(4);
            job.platform.read_at(&self.file, &mut size, at)?;
            manifest.sums.space_kib = (u32::from_le_bytes(size) >> 10).into();
        }
        Ok(manifest)
    }

    /// Reads all of it. What it turned out to be is found then.
    pub(super) fn read(&self, job: &mut Job<'_, P>, mut pass: Pass<'_, '_, P>) -> Result<(), Why> {
        let stage = match pass {
            Pass::Verify => Stage::Verify,
            Pass::Unpack(_) | Pass::Directories(_) => Stage::Unpack,
        };
        let mut reader = self.reader(job, stage)?;
        let result = loop {
            match (reader.advance(), &mut pass) {
                (Ok(false), _) => break Ok(()),
                (Ok(true), Pass::Verify) => {}
                (Ok(true), Pass::Unpack(unpack)) => {
                    if let Err(why) = unpack.make(&mut reader) {
                        break Err((why, true));
                    }
                }
                (Ok(true), Pass::Directories(unpack)) => {
                    let entry = reader.entry();
                    if entry.kind == Kind::Directory
                        && let Err(errno) = unpack.finish(entry)
                    {
                        break Err((errno, true));
                    }
                }
                (Err(why), _) => break Err((why, is_of_entry(why))),
            }
        };
        if let Err((why, is_of_entry)) = result {
            let name = reader.entry().name.clone();
            drop(reader);
            if is_of_entry {
                job.at(&[self.order.archive, ": ", &name]);
            }
            return Err(why);
        }
        let (sums, digest) = (reader.sums(), reader.digest());
        if self.order.digest.is_some_and(|wanted| wanted != digest) {
            return Err(Rule::OtherDigest.into());
        }
        if let Some(verifier) = reader.source().verifier.take() {
            verifier.finish()?;
        }
        drop(reader);
        (job.found.sums, job.found.digest) = (sums, digest);
        Ok(())
    }
}

/// Whether it is the entry that is wrong, and not the archive.
fn is_of_entry(why: Why) -> bool {
    [
        Rule::Device,
        Rule::SetId,
        Rule::Orphan,
        Rule::Link,
        Rule::Size,
    ]
    .iter()
    .any(|rule| rule.why() == why)
}
