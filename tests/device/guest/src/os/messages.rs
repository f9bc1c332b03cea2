//! Local sockets that pass open files.

use libcell::platform::{Errno, raw};

use super::{Fd, address, place};

const RECVMSG: usize = 27;
const SENDMSG: usize = 28;
const SOCKETPAIR: usize = 135;

/// struct iovec.
#[repr(C)]
struct Part {
    base: usize,
    size: usize,
}

/// struct msghdr of sys/sys/socket.h.
#[repr(C)]
struct Header {
    name: usize,
    name_size: u32,
    parts: usize,
    part_count: i32,
    control: usize,
    control_size: u32,
    flags: i32,
}

/// struct cmsghdr and one descriptor. The data begins at a multiple of eight or sixteen (`__ALIGNBYTES`), which is 16
/// on every machine.
#[repr(C)]
struct Control {
    size: u32,
    level: i32,
    kind: i32,
    gap: u32,
    descriptor: i32,
    /// To `CMSG_SPACE(sizeof(int))` of the machine that aligns most, aarch64 to 16 bytes: the kernel keeps back what does
    /// not fit whole.
    end: [u32; 3],
}

/// `CMSG_LEN(sizeof(int))`.
const CONTROL: u32 = core::mem::offset_of!(Control, descriptor) as u32 + 4;

impl Control {
    const fn new(descriptor: i32) -> Self {
        Self {
            size: CONTROL,
            level: libc::SOL_SOCKET,
            kind: libc::SCM_RIGHTS,
            gap: 0,
            descriptor,
            end: [0; 3],
        }
    }
}

/// A pair of connected local stream sockets.
///
/// # Errors
/// EMFILE.
pub fn local_pair() -> Result<(Fd, Fd), Errno> {
    const CLOSE_ON_EXEC: usize = libc::SOCK_CLOEXEC as usize;
    let (domain, kind) = (libc::AF_UNIX as usize, libc::SOCK_STREAM as usize);
    let mut pair = [0i32; 2];
    // SAFETY: room for two descriptors.
    unsafe {
        raw::call(
            SOCKETPAIR,
            &[domain, kind | CLOSE_ON_EXEC, 0, place(&mut pair)],
        )
    }?;
    let [first, second] = pair.map(|number| number as usize);
    // SAFETY: new, and nobody else's.
    Ok(unsafe { (raw::adopt(first), raw::adopt(second)) })
}

/// Sends one byte and the open file with it.
///
/// # Errors
/// Those of sendmsg(2).
pub fn send_file(socket: &Fd, byte: u8, file: &Fd) -> Result<(), Errno> {
    let data = [byte];
    let part = Part {
        base: address(&data),
        size: 1,
    };
    let control = Control::new(raw::number(file) as i32);
    let header = Header {
        name: 0,
        name_size: 0,
        parts: address(&part),
        part_count: 1,
        control: address(&control),
        control_size: size_of::<Control>() as u32,
        flags: 0,
    };
    // SAFETY: reads the header and what it points at.
    unsafe { raw::call(SENDMSG, &[raw::number(socket), address(&header), 0]) }?;
    Ok(())
}

/// Receives one byte and the open file that came with it.
///
/// # Errors
/// Those of recvmsg(2); EIO when no file came.
pub fn receive_file(socket: &Fd) -> Result<(u8, Fd), Errno> {
    let mut data = [0u8];
    let part = Part {
        base: place(&mut data),
        size: 1,
    };
    let mut control = Control::new(-1);
    let mut header = Header {
        name: 0,
        name_size: 0,
        parts: address(&part),
        part_count: 1,
        control: place(&mut control),
        control_size: size_of::<Control>() as u32,
        flags: 0,
    };
    // SAFETY: writes to the byte and the control message that the header points at.
    let answer = unsafe { raw::call(RECVMSG, &[raw::number(socket), place(&mut header), 0]) }?;
    let came =
        answer.first == 1 && header.control_size >= CONTROL && control.kind == libc::SCM_RIGHTS;
    if !came || control.descriptor < 0 {
        return Err(Errno::EIO);
    }
    // SAFETY: new, and nobody else's.
    let file = unsafe { raw::adopt(control.descriptor as usize) };
    Ok((data[0], file))
}
