//! errno(3): the same names for both kernels.

use core::fmt;

/// An error number of this kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub u16);

macro_rules! errnos {
    ($($number:literal $name:ident)*) => {
        #[allow(missing_docs, dead_code, reason = "errno(3) says what they mean; the names are for printing")]
        impl Errno {
            $(pub const $name: Self = Self($number);)*

            /// The name in `<errno.h>`, of those that an attack may meet.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

#[cfg(target_os = "linux")]
errnos! {
    1 EPERM 2 ENOENT 3 ESRCH 4 EINTR 5 EIO 6 ENXIO 7 E2BIG 8 ENOEXEC 9 EBADF 10 ECHILD 11 EAGAIN 12 ENOMEM
    13 EACCES 14 EFAULT 15 ENOTBLK 16 EBUSY 17 EEXIST 18 EXDEV 19 ENODEV 20 ENOTDIR 21 EISDIR 22 EINVAL
    24 EMFILE 25 ENOTTY 27 EFBIG 28 ENOSPC 30 EROFS 32 EPIPE 36 ENAMETOOLONG 38 ENOSYS 39 ENOTEMPTY 40 ELOOP
    42 ENOMSG 43 EIDRM 71 EPROTO 90 EMSGSIZE 92 ENOPROTOOPT 93 EPROTONOSUPPORT 94 ESOCKTNOSUPPORT 95 EOPNOTSUPP
    97 EAFNOSUPPORT 98 EADDRINUSE 99 EADDRNOTAVAIL 104 ECONNRESET 107 ENOTCONN 111 ECONNREFUSED 116 ESTALE
}

#[cfg(target_os = "netbsd")]
errnos! {
    1 EPERM 2 ENOENT 3 ESRCH 4 EINTR 5 EIO 6 ENXIO 7 E2BIG 8 ENOEXEC 9 EBADF 10 ECHILD 11 EDEADLK 12 ENOMEM
    13 EACCES 14 EFAULT 15 ENOTBLK 16 EBUSY 17 EEXIST 18 EXDEV 19 ENODEV 20 ENOTDIR 21 EISDIR 22 EINVAL
    23 ENFILE 24 EMFILE 25 ENOTTY 27 EFBIG 28 ENOSPC 30 EROFS 32 EPIPE 35 EAGAIN 38 ENOTSOCK 40 EMSGSIZE
    42 ENOPROTOOPT 43 EPROTONOSUPPORT 44 ESOCKTNOSUPPORT 45 EOPNOTSUPP 47 EAFNOSUPPORT 48 EADDRINUSE
    49 EADDRNOTAVAIL 54 ECONNRESET 55 ENOBUFS 57 ENOTCONN 60 ETIMEDOUT 61 ECONNREFUSED 62 ELOOP 63 ENAMETOOLONG
    66 ENOTEMPTY 70 ESTALE 78 ENOSYS 82 EIDRM 83 ENOMSG 96 EPROTO
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}
