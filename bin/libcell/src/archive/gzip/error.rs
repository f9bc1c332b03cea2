//! What is wrong with a compressed stream.

/// Why a stream cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GzipFlaw {
    /// Ends too early.
    Short,
    /// Does not begin as gzip.
    NotGzip,
    /// Compressed otherwise than by DEFLATE, or with a flag that RFC 1952 reserves.
    Unknown,
    /// A block of no known type, or a stored one whose length is not confirmed.
    Block,
    /// Codes that are none, or a symbol that has no meaning.
    Code,
    /// Repeats what was before the beginning.
    Distance,
    /// The CRC-32 or the length at its end is not that of what was read.
    Check,
    /// Something follows its end.
    Trailing,
}

impl GzipFlaw {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Short => "cut short",
            Self::NotGzip => "not compressed by gzip",
            Self::Unknown => "compressed in a way that is not known",
            Self::Block | Self::Code | Self::Distance => "damaged: cannot be decompressed",
            Self::Check => "damaged: its CRC-32 does not match",
            Self::Trailing => "something follows its end",
        }
    }
}

/// Why nothing more is read from a compressed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GzipError<E> {
    /// What the stream beneath answered.
    Stream(E),
    /// What is wrong with it.
    Flaw(GzipFlaw),
}

impl<E> From<GzipFlaw> for GzipError<E> {
    fn from(flaw: GzipFlaw) -> Self {
        Self::Flaw(flaw)
    }
}
