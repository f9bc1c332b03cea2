//! Why something is not trusted.

use core::fmt;

use super::KeyId;

/// Why a key, a signature or signed data is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustError {
    /// Not a public key file of minisign(1).
    NotAKey,
    /// Not a signature file of minisign(1).
    NotASignature,
    /// Made over the data itself and not over its hash.
    NotPrehashed,
    /// By another key.
    OtherKey {
        /// The key it says.
        signed: KeyId,
        /// The key it must be.
        wanted: KeyId,
    },
    /// The data is not what was signed.
    Altered,
    /// The trusted comment is not what was signed.
    AlteredComment,
    /// There is no signature, and there must be one.
    Unsigned,
    /// It must be signed, and the device has no key to verify that with.
    NoKey,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey => f.write_str("not a public key of minisign(1)"),
            Self::NotASignature => f.write_str("not a signature of minisign(1)"),
            Self::NotPrehashed => f.write_str("an old kind of signature (sign without -l)"),
            Self::OtherKey { signed, wanted } => {
                write!(f, "signed by key {signed}, and it must be by {wanted}")
            }
            Self::Altered => f.write_str("bad signature: it is not what was signed"),
            Self::AlteredComment => {
                f.write_str("bad signature: its comment is not what was signed")
            }
            Self::Unsigned => f.write_str("not signed, and it must be"),
            Self::NoKey => f.write_str("must be signed, and there is no key to verify it with"),
        }
    }
}

impl core::error::Error for TrustError {}
