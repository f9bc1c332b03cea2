//! Error numbers of this system, with the words for them.

use core::fmt;

/// errno(2) of the system compiled for, or above all of these a rule of our own ([`Rule`](crate::problem::Rule)).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(pub u16);

macro_rules! errnos {
    ($($name:ident $text:literal;)*) => {
        impl Errno {
            $(#[doc = $text] pub const $name: Self = Self(libc::$name as u16);)*

            /// Its name in `<errno.h>`, if it is one this program knows.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// What it means. From a table: the code of a `match` is a kilobyte on mipsel.
            #[must_use]
            pub const fn text(self) -> Option<&'static str> {
                static TEXTS: &[(Errno, &str)] = &[$((Errno::$name, $text),)*];
                let mut rest = TEXTS;
                while let [(errno, text), others @ ..] = rest {
                    if errno.0 == self.0 {
                        return Some(text);
                    }
                    rest = others;
                }
                None
            }
        }
    };
}

errnos! {
    EPERM "operation not permitted";
    ENOENT "no such file or directory";
    ESRCH "no such process";
    EINTR "interrupted";
    EIO "input/output error";
    ENXIO "device not configured";
    E2BIG "argument list too long";
    ENOEXEC "not an executable";
    EBADF "bad file descriptor";
    ECHILD "no child processes";
    EAGAIN "temporarily unavailable";
    ENOMEM "out of memory";
    EACCES "permission denied";
    EFAULT "bad address";
    EBUSY "busy";
    EEXIST "already exists";
    EXDEV "on another file system";
    ENODEV "not supported by the device";
    ENOTDIR "not a directory";
    EISDIR "is a directory";
    EINVAL "invalid argument";
    ENFILE "too many open files in the system";
    EMFILE "too many open files";
    ENOTTY "not a device of that kind";
    ETXTBSY "text file busy";
    EFBIG "file too large";
    ENOSPC "no space left";
    EROFS "read-only file system";
    EMLINK "too many links";
    EPIPE "broken pipe";
    ENAMETOOLONG "name too long";
    ELOOP "too many levels of symbolic links";
    ENOSYS "not implemented by this kernel";
    ENOTEMPTY "directory not empty";
    EOPNOTSUPP "operation not supported";
    EADDRINUSE "address in use";
    ECONNREFUSED "connection refused";
    ECONNRESET "connection reset";
    EMSGSIZE "message too long";
    ENOBUFS "no buffer space";
    ETIMEDOUT "timed out";
    ESTALE "stale handle";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "error {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl core::error::Error for Errno {}
