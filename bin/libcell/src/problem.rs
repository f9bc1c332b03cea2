//! Why something was not done: an error of the system, or a rule that was broken.
//!
//! Both are an [`Errno`], rules above all numbers that systems have: a failure is one number that goes through every call as
//! it is, where each change from one type of error into another would be six instructions on mipsel. The texts are in one
//! table. What it was not done to is known where it is said: see [`Job::object`](crate::job::Job::object).

use crate::platform::Errno;

/// Why.
pub type Why = Errno;

/// The number of the first rule.
const FIRST: u16 = 0x100;

macro_rules! rules {
    ($($name:ident $text:literal;)*) => {
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
    NoOrder "no recovery order";
    OrderText "its recovery order cannot be read";
    OrderBoard "its recovery order is for another board";
    OrderOlder "its recovery order is older than the last that was carried out";
    OrderDone "its recovery order was carried out already";
    NoDisk "no disk of that name has a file system that is known";
    NoTarget "none to save to; --to self is this device";
    ManyTargets "more than one to save to: say which with --to (scan lists them)";
    NoVolume "no volumes";
    Declined "left as it is";
    NotSaid "does not say of which volume it is: give --name";
    NotANumber "not a number of archives";
    NotAllowed "neither devices nor set-id";
    Missing "missing";
    OptionsFirst "options go before operands";
    NotAnImage "damaged";
    NotAKey "not a public key or signature of minisign(1), of the kind that is made over a hash";
    OtherKey "signed by another key";
    Altered "bad signature: it is not what was signed";
    Unsigned "not signed, and it must be";
    NoKey "must be signed, and there is no key to verify it with";
}

impl Rule {
    /// As the reason of a failure.
    #[must_use]
    pub const fn why(self) -> Why {
        Errno(FIRST + self as u16)
    }
}

/// Why, in words: a rule's, or the system's. Apart from [`Errno`]'s own, so that programs without rules are without their
/// texts.
#[must_use]
pub fn words(why: Why) -> &'static str {
    let rule = TEXTS.get(usize::from(why.0.wrapping_sub(FIRST)));
    rule.copied()
        .or_else(|| why.text())
        .unwrap_or("an error of the system that has no name here")
}

impl From<Rule> for Why {
    fn from(rule: Rule) -> Self {
        rule.why()
    }
}

impl From<crate::trust::TrustError> for Why {
    fn from(error: crate::trust::TrustError) -> Self {
        use crate::trust::TrustError;

        let rule = match error {
            TrustError::NotAKey | TrustError::NotASignature | TrustError::NotPrehashed => {
                Rule::NotAKey
            }
            TrustError::OtherKey { .. } => Rule::OtherKey,
            TrustError::Altered | TrustError::AlteredComment => Rule::Altered,
            TrustError::Unsigned => Rule::Unsigned,
            TrustError::NoKey => Rule::NoKey,
        };
        rule.why()
    }
}
