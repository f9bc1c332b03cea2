//! The cell device.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, Fd, How, number, open};

/// An open device.
#[derive(Clone, Copy)]
pub struct Connection(Fd);

impl Connection {
    /// open(2) of the device.
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        open(path, How::ReadWrite).map(Self)
    }
}

/// The ioctl with these bytes in a buffer of its smallest size that holds them.
pub fn request(device: Connection, bytes: &[u8]) -> Result<(), Errno> {
    let mut buffer = [0_u8; 4096];
    let size = cell_abi::BUFFER_SIZES
        .into_iter()
        .find(|size| bytes.len() <= *size)
        .ok_or(Errno::EMSGSIZE)?;
    buffer
        .get_mut(..bytes.len())
        .ok_or(Errno::EMSGSIZE)?
        .copy_from_slice(bytes);
    let command = cell_abi::ioctl_command(size as u16) as usize;
    let fd = device.0.0;
    call(
        number::IOCTL,
        [fd.into(), command.into(), (&mut buffer).into()],
    )
    .map(drop)
}
