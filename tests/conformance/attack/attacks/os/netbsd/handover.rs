//! Descriptors from process to process.

use core::ffi::CStr;

use super::call::{Structure, address, call, structure};
use super::{Errno, Fd, number};

const UNIX: u8 = 1;
const STREAM: i32 = 1;

/// struct msghdr of sys/socket.h.
#[repr(C)]
struct Message {
    name: usize,
    name_length: u32,
    vector: usize,
    vectors: i32,
    control: usize,
    control_length: u32,
    flags: i32,
}

impl Structure for Message {}

/// `CMSG_SPACE(sizeof(int))`: struct cmsghdr is 12 bytes, aligned to 8 or 16 as the data is.
const SPACE: usize = if cfg!(target_arch = "aarch64") {
    32
} else {
    24
};

/// `CMSG_LEN(sizeof(int))`.
const LENGTH: u32 = 16 + 4;

/// The control message, in words: length, level, type, padding, the descriptor, padding.
type Control = [u32; SPACE / 4];

fn local(path: &CStr) -> Result<(Fd, [u8; 106]), Errno> {
    let mut address = [0_u8; 106];
    // struct sockaddr_un of sys/un.h: length, family, path
    address[0] = 106;
    address[1] = UNIX;
    let bytes = path.to_bytes();
    address
        .get_mut(2..2 + bytes.len())
        .filter(|_| bytes.len() < 104)
        .ok_or(Errno::ENAMETOOLONG)?
        .copy_from_slice(bytes);
    let fd = call(
        number::SOCKET,
        [i32::from(UNIX).into(), STREAM.into(), 0.into()],
    )?;
    Ok((Fd(fd as i32), address))
}

/// Makes one call with a message of one byte and a control message; how long the control message is afterwards.
fn exchange(call_number: usize, socket: Fd, control: &mut Control) -> Result<u32, Errno> {
    let mut byte = [0_u8];
    let vector = [byte.as_mut_ptr() as usize, byte.len()];
    let mut message = Message {
        name: 0,
        name_length: 0,
        vector: address(&vector),
        vectors: 1,
        control: control.as_mut_ptr() as usize,
        control_length: SPACE as u32,
        flags: 0,
    };
    let header = structure(&mut message);
    call(call_number, [socket.0.into(), header, 0.into()])?;
    Ok(message.control_length)
}

/// Sends `fd` to whoever listens at `path`.
pub fn hand_over(path: &CStr, fd: Fd) -> Result<(), Errno> {
    const SOL_SOCKET: u32 = 0xffff;
    const SCM_RIGHTS: u32 = 1;
    let mut control = [0; SPACE / 4];
    let [length, level, kind, _, descriptor, ..] = &mut control;
    (*length, *level, *kind) = (LENGTH, SOL_SOCKET, SCM_RIGHTS);
    *descriptor = fd.0.cast_unsigned();
    let (socket, address) = local(path)?;
    call(
        number::CONNECT,
        [socket.0.into(), (&address).into(), 106.into()],
    )?;
    exchange(number::SENDMSG, socket, &mut control).map(drop)
}

/// Listens at `path`, calls `listening`, and takes what is sent.
pub fn take_over(path: &CStr, listening: impl FnOnce()) -> Result<Fd, Errno> {
    let (socket, address) = local(path)?;
    let none = 0.into();
    call(
        number::BIND,
        [socket.0.into(), (&address).into(), 106.into()],
    )?;
    call(number::LISTEN, [socket.0.into(), 1.into()])?;
    listening();
    let peer = call(number::ACCEPT, [socket.0.into(), none, none])?;
    let mut control = [0; SPACE / 4];
    let used = exchange(number::RECVMSG, Fd(peer as i32), &mut control)?;
    let [length, _, _, _, descriptor, ..] = control;
    if used >= LENGTH && length == LENGTH {
        Ok(Fd(descriptor as i32))
    } else {
        Err(Errno::EBADF)
    }
}
