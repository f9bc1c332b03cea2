//! The contract between `secmodel_cell` and everything that talks to it.
//!
//! `/dev/cell` answers one ioctl, [`IOCTL_GROUP`]/[`IOCTL_NUMBER`], in three sizes ([`BUFFER_SIZES`]).
//! The buffer holds a little-endian `u16` length and that many bytes of [postcard](https://postcard.jamesmunns.com)
//! ([`frame`]): a [`Request`] on the way in, a [`Reply`] on the way out. A refused request is told by errno
//! ([`Refusal`]); what the buffer holds then means nothing.
//!
//! Reading the device yields [`Event`]s, each a COBS frame ended by a zero byte.
//!
//! Rules for whoever changes this crate:
//! - a number once given is never given again: operations, request and reply tags, refusals, event kinds;
//! - new messages and operations are appended;
//! - the bytes of every message stand in `tests/golden/` and a test compares them;
//! - integers are postcard varints, so there is no byte order and no word size in the format;
//! - decoding never panics, never reads past the length and never accepts what is left over.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod frame;
pub mod wire;

mod device;
mod event;
mod handle;
mod limits;
mod name;
mod op;
mod opset;
mod policy;
mod port;
mod profile;
mod refusal;
mod reply;
mod request;

pub use device::{Access, DeviceKind, DeviceRule, MINOR_ANY};
pub use event::{Event, EventKind};
pub use handle::Handle;
pub use limits::Limits;
pub use name::{CellName, NameError, RootPath};
pub use op::{Op, Scope};
pub use opset::OpSet;
pub use policy::{Devices, Policy, Reservations};
pub use port::{PortError, Protocols, Reservation};
pub use profile::Profile;
pub use refusal::Refusal;
pub use reply::{CellInfo, CellState, Denials, Hello, PolicyReport, Reply, Stats};
pub use request::{Create, Request};

/// Version of this contract. Additions do not change it; a message that is read differently does.
pub const VERSION: u16 = 1;

/// Cells that can exist at once, dying ones included.
pub const MAX_CELLS: usize = 64;

/// Longest cell name in bytes.
pub const NAME_MAX: usize = 31;

/// Longest path of a cell root in bytes.
pub const ROOT_MAX: usize = 95;

/// Port reservations a cell can have.
pub const MAX_RESERVATIONS: usize = 16;

/// Device rules a cell can have.
pub const MAX_DEVICES: usize = 16;

/// Group letter of the ioctl, as `_IOWR('C', 0, size)` takes it (ioctl(2)).
pub const IOCTL_GROUP: u8 = b'C';

/// Number of the ioctl in its group.
pub const IOCTL_NUMBER: u8 = 0;

/// Sizes the ioctl comes in. NetBSD keeps up to 128 bytes of an ioctl on its stack (`STK_PARAMS`, sys_generic.c);
/// the larger ones cost an allocation.
pub const BUFFER_SIZES: [usize; 3] = [128, 1024, 4096];

/// The ioctl command for a buffer of `size` bytes: `_IOWR('C', 0, size)` of `<sys/ioccom.h>`.
#[must_use]
pub const fn ioctl_command(size: u16) -> u32 {
    const IOC_INOUT: u32 = 0xc000_0000;
    const IOCPARM_MASK: u32 = 0x1fff;
    IOC_INOUT
        | ((size as u32 & IOCPARM_MASK) << 16)
        | ((IOCTL_GROUP as u32) << 8)
        | IOCTL_NUMBER as u32
}
