//! Why something was not done: two words that travel, with texts in one table.
//!
//! What it was not done to is known where it is said: see [`Job::object`](crate::job::Job::object).

use core::fmt;

use crate::platform::Errno;

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A system call failed.
    System(Errno),
    /// A rule was broken.
    Rule(Rule),
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// Rules that are kept: archives', volumes', orders'.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Rule {
            $(#[doc = $text] $name,)*
        }

        static TEXTS: &[&str] = &[$($text,)*];
    };
}

rules! {
    Short "cut short";
    NotGzip "not compressed by gzip";
    GzipUnknown "compressed in a way that is not known";
    GzipDamaged "damaged: cannot be decompressed";
    GzipCheck "damaged: its CRC-32 does not match";
    Trailing "something follows its end";
    Header "not an archive, or damaged: a header is wrong";
    Extended "an extended header cannot be read";
    NoManifest "no manifest: not made here (--foreign takes it)";
    Manifest "its manifest cannot be read";
    Version "made by a newer program";
    NoDigest "its end is missing";
    Digest "damaged: its SHA-256 does not match";
    Stranger "a member that is not the volume's";
    Name "a name that is not allowed";
    Orphan "a member whose directory did not come before it";
    Twice "a name comes twice";
    Link "a link to what is not a file in it";
    Kind "a member of an unknown kind";
    Device "a device node, which is not allowed";
    SetId "a set-id bit, which is not allowed";
    Size "a size that cannot be";
    More "more in it than its manifest says";
    Less "less in it than its manifest says";
    OtherDigest "another archive than the one that is wanted";
    OtherBoard "made on another board";
    NotAFile "not a file";
    NotAName "not the name of a volume";
    NotAnArchiveName "not the name of an archive";
    InUse "in use: stop the cells that mount it";
    OtherFileSystem "not on the file system of the state directory: cannot be renamed";
    NoRoom "no room";
    Busy "another backup or restore is at work";
    SlotsDamaged "both of its records are damaged: nothing is touched";
    Strange "there without a record of it: nothing is touched";
    Waits "was given up and needs its archive first (resume --forget leaves it missing)";
    NoneGivenUp "no volume is given up";
    Changed "changed while it was read: stop what writes to it";
    Mounted "another file system is mounted there";
    NotUtf8 "its name, or what it says as a link, is not UTF-8";
    TooDeep "too deep";
    NotAKey "not a public key or signature of minisign(1), of the kind that is made over a hash";
    OtherKey "signed by another key";
    Altered "bad signature: it is not what was signed";
    Unsigned "not signed, and it must be";
    NoKey "must be signed, and there is no key to verify it with";
}

impl Rule {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        TEXTS.get(self as usize).copied().unwrap_or_default()
    }
}

impl From<Errno> for Why {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl From<Rule> for Why {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<crate::trust::TrustError> for Why {
    fn from(error: crate::trust::TrustError) -> Self {
        use crate::trust::TrustError;

        Self::Rule(match error {
            TrustError::NotAKey | TrustError::NotASignature | TrustError::NotPrehashed => {
                Rule::NotAKey
            }
            TrustError::OtherKey { .. } => Rule::OtherKey,
            TrustError::Altered | TrustError::AlteredComment => Rule::Altered,
            TrustError::Unsigned => Rule::Unsigned,
            TrustError::NoKey => Rule::NoKey,
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(errno) => errno.fmt(f),
            Self::Rule(rule) => f.write_str(rule.text()),
        }
    }
}

impl core::error::Error for Why {}
