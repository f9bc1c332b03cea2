//! Why an archive is refused.

use super::gzip::{GzipError, GzipFlaw};

/// What is wrong with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveFlaw {
    /// Its compression.
    Gzip(GzipFlaw),
    /// A header whose sum is not right: no tar, or damaged.
    Header,
    /// Ends within a member, or without an end.
    Short,
    /// Something follows its end.
    Trailing,
    /// An extended header that cannot be read or is too long.
    Extended,
    /// Its first member is not a manifest.
    NoManifest,
    /// A manifest that cannot be read.
    Manifest,
    /// Of a format that this program does not know.
    Version,
    /// Its last member is not the digest of what was before it.
    NoDigest,
    /// The digest is another.
    Digest,
    /// A member that is none of the volume's.
    Stranger,
    /// A name that is absolute, has `..`, is too long or is not UTF-8.
    Name,
    /// A member whose directory did not come before it, or is a link.
    Orphan,
    /// A name that comes twice.
    Twice,
    /// A link to nothing that came before, or to something that is not a file.
    Link,
    /// A kind of member that is not known.
    Kind,
    /// A device node.
    Device,
    /// A set-user-id or set-group-id bit.
    SetId,
    /// A size that cannot be, or pieces of a sparse file that are not in order.
    Size,
    /// More in it than its manifest says.
    More,
    /// Less in it than its manifest says.
    Less,
}

impl ArchiveFlaw {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gzip(flaw) => flaw.text(),
            Self::Header => "not an archive, or damaged: a header is wrong",
            Self::Short => "cut short",
            Self::Trailing => "something follows its end",
            Self::Extended => "an extended header cannot be read",
            Self::NoManifest => "no manifest: not made here (--foreign takes it)",
            Self::Manifest => "its manifest cannot be read",
            Self::Version => "made by a newer program",
            Self::NoDigest => "its end is missing",
            Self::Digest => "damaged: its SHA-256 does not match",
            Self::Stranger => "a member that is not the volume's",
            Self::Name => "a name that is not allowed",
            Self::Orphan => "a member whose directory did not come before it",
            Self::Twice => "a name comes twice",
            Self::Link => "a link to what is not a file in it",
            Self::Kind => "a member of an unknown kind",
            Self::Device => "a device node, which is not allowed",
            Self::SetId => "a set-id bit, which is not allowed",
            Self::Size => "a size that cannot be",
            Self::More => "more in it than its manifest says",
            Self::Less => "less in it than its manifest says",
        }
    }
}

/// Why an archive is not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveError<E> {
    /// What the stream beneath answered.
    Stream(E),
    /// What is wrong with it.
    Flaw(ArchiveFlaw),
}

impl<E> From<ArchiveFlaw> for ArchiveError<E> {
    fn from(flaw: ArchiveFlaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl<E> From<GzipError<E>> for ArchiveError<E> {
    fn from(error: GzipError<E>) -> Self {
        match error {
            GzipError::Stream(error) => Self::Stream(error),
            GzipError::Flaw(flaw) => Self::Flaw(ArchiveFlaw::Gzip(flaw)),
        }
    }
}
