//! What backup and restore work with: the platform, who watches, and what they are at.

use alloc::string::String;

use crate::archive::{Digest, Sums};
use crate::options::push;
use crate::platform::Platform;
use crate::progress::Watch;
use crate::state::DIRECTORY;

/// A backup or restore and its surroundings.
pub struct Job<'j, P: Platform> {
    /// The system.
    pub platform: &'j P,
    /// Prefix of the device's own paths.
    pub prefix: &'j str,
    /// Who is told, and may stop it.
    pub watch: &'j mut dyn Watch,
    /// What it is at: a path, or a name. When it fails, that is with what.
    pub object: String,
    /// What it was about.
    pub found: Found,
}

/// What a volume or an archive turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The volume.
    pub volume: String,
    /// When the archive was made, seconds since 1970; 0 if it does not say.
    pub created: u32,
    /// SHA-256 of the tar up to its digest, or all of it if it is foreign.
    pub digest: Digest,
    /// How much there is.
    pub sums: Sums,
}

impl<'j, P: Platform> Job<'j, P> {
    /// With nothing done.
    pub fn new(platform: &'j P, prefix: &'j str, watch: &'j mut dyn Watch) -> Self {
        Self {
            platform,
            prefix,
            watch,
            object: String::new(),
            found: Found::default(),
        }
    }

    /// Says what it is at.
    pub(crate) fn at(&mut self, parts: &[&str]) {
        self.object.clear();
        push(&mut self.object, parts);
    }

    /// The same, of a path of the device.
    pub(crate) fn at_own(&mut self, directory: &str, name: &str) {
        let prefix = self.prefix;
        self.at(&[prefix, directory, name]);
    }

    /// A path in the directory of the state.
    pub(crate) fn state(&self, name: &str) -> String {
        joined(&[self.prefix, DIRECTORY, name])
    }
}

/// The parts, one after the other.
#[must_use]
pub fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    push(&mut text, parts);
    text
}
