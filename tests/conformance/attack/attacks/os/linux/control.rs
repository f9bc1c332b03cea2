//! The cell device: here the socket of the hosted kernel.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, Fd, number};

/// An open device.
#[derive(Clone, Copy)]
pub struct Connection(Fd);

/// Largest message: the request's kind, the ioctl's largest buffer.
const ROOM: usize = 1 + 4096;

impl Connection {
    /// open(2) of the device.
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        const UNIX: i32 = 1;
        const SEQPACKET: i32 = 5;
        let mut address = [0_u8; 110];
        let bytes = path.to_bytes();
        address[0] = UNIX as u8;
        address
            .get_mut(2..2 + bytes.len())
            .filter(|_| bytes.len() < 108)
            .ok_or(Errno::ENAMETOOLONG)?
            .copy_from_slice(bytes);
        let fd = call(number::SOCKET, [UNIX.into(), SEQPACKET.into(), 0.into()])?;
        call(number::CONNECT, [fd.into(), (&address).into(), 110.into()])?;
        Ok(Self(Fd(fd as i32)))
    }
}

/// The ioctl with these bytes in a buffer of its smallest size that holds them.
pub fn request(device: Connection, bytes: &[u8]) -> Result<(), Errno> {
    const IOCTL: u8 = 0;
    let mut message = [0_u8; ROOM];
    message[0] = IOCTL;
    let size = [128, 1024, 4096]
        .into_iter()
        .find(|size| bytes.len() <= *size)
        .ok_or(Errno::EMSGSIZE)?;
    message
        .get_mut(1..1 + bytes.len())
        .ok_or(Errno::EMSGSIZE)?
        .copy_from_slice(bytes);
    let fd = device.0.0;
    call(
        number::WRITE,
        [fd.into(), (&message).into(), (1 + size).into()],
    )?;
    let used = call(
        number::READ,
        [fd.into(), (&mut message).into(), ROOM.into()],
    )?;
    match message.first_chunk::<4>() {
        Some(errno) if used >= 4 => match i32::from_le_bytes(*errno) {
            0 => Ok(()),
            errno => Err(Errno(errno as u16)),
        },
        _ => Err(Errno::EPROTO),
    }
}
