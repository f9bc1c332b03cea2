//! Descriptors from process to process.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, Fd, number};

const UNIX: i32 = 1;
const STREAM: i32 = 1;
/// Bytes of the control message: its header (length, level, type) and one descriptor, padded.
const CONTROL: usize = 24;

fn local(path: &CStr) -> Result<(Fd, [u8; 110]), Errno> {
    let mut address = [0_u8; 110];
    address[0] = UNIX as u8;
    let bytes = path.to_bytes();
    address
        .get_mut(2..2 + bytes.len())
        .filter(|_| bytes.len() < 108)
        .ok_or(Errno::ENAMETOOLONG)?
        .copy_from_slice(bytes);
    let fd = call(number::SOCKET, [UNIX.into(), STREAM.into(), 0.into()])?;
    Ok((Fd(fd as i32), address))
}

/// Makes one call with a message of one byte and a control message.
fn exchange(call_number: usize, socket: Fd, control: &mut [u64; CONTROL / 8]) -> Result<(), Errno> {
    let mut byte = [0_u8];
    let vector = [byte.as_mut_ptr() as usize, byte.len()];
    // struct msghdr: name, its length; vector, how many; control, its length; flags
    let mut header = [
        0,
        0,
        vector.as_ptr() as usize,
        1,
        control.as_mut_ptr() as usize,
        CONTROL,
        0,
    ];
    call(
        call_number,
        [socket.0.into(), (&mut header).into(), 0.into()],
    )
    .map(drop)
}

/// Sends `fd` to whoever listens at `path`.
pub fn hand_over(path: &CStr, fd: Fd) -> Result<(), Errno> {
    // cmsg_len 20; SOL_SOCKET, SCM_RIGHTS; the descriptor
    let mut control = [20, 1 | 1 << 32, u64::from(fd.0.cast_unsigned())];
    let (socket, address) = local(path)?;
    call(
        number::CONNECT,
        [socket.0.into(), (&address).into(), 110.into()],
    )?;
    exchange(number::SENDMSG, socket, &mut control)
}

/// Listens at `path`, calls `listening`, and takes what is sent.
pub fn take_over(path: &CStr, listening: impl FnOnce()) -> Result<Fd, Errno> {
    let (socket, address) = local(path)?;
    let none = 0.into();
    call(
        number::BIND,
        [socket.0.into(), (&address).into(), 110.into()],
    )?;
    call(number::LISTEN, [socket.0.into(), 1.into()])?;
    listening();
    let peer = call(number::ACCEPT, [socket.0.into(), none, none])?;
    let mut control = [0; CONTROL / 8];
    exchange(number::RECVMSG, Fd(peer as i32), &mut control)?;
    let [length, _, fd] = control;
    match length {
        20 => Ok(Fd(fd as u32 as i32)),
        _ => Err(Errno::EBADF),
    }
}
