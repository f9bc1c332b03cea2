//! Why a request was refused.

use core::fmt;

macro_rules! refusals {
    ($($number:literal $variant:ident $errno:literal $text:literal;)*) => {
        /// Why a request was refused. The kernel's C file turns the number into its own errno.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Refusal {
            $(#[doc = concat!($errno, ": ", $text, ".")] $variant = $number,)*
        }

        impl Refusal {
            /// Every refusal, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name of the errno in `<sys/errno.h>`; its value differs between systems.
            #[must_use]
            pub const fn errno_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $errno,)*
                }
            }

            /// What it means, in words.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The number in `cell_ops.h`.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8
            }
        }

        impl fmt::Display for Refusal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }
        }
    };
}

refusals! {
    1 NotPermitted "EPERM" "not host root, or sealed";
    2 NoSuchCell "ENOENT" "no such cell";
    3 Taken "EEXIST" "name or port taken";
    4 Malformed "EINVAL" "malformed";
    5 TableFull "ENOSPC" "no free slot";
    6 Busy "EBUSY" "members alive, or the caller is not fit to enter";
    7 Stale "ESTALE" "handle of an earlier cell";
    8 TooBig "EMSGSIZE" "reply does not fit the buffer";
    9 Full "EAGAIN" "as many processes as the cell may have";
}

impl core::error::Error for Refusal {}
