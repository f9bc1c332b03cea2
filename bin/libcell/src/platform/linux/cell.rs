//! `/dev/cell` on Linux: the socket of the hosted kernel (`cell-hosted`, process front).
//!
//! A packet to the kernel begins with what it is ([`IOCTL`], [`LISTENER`], [`SUBSCRIBE`]); an ioctl's answer is errno
//! (`i32`, little-endian), then the buffer. So that the answer cannot be mistaken for an event, it comes through a
//! socket pair whose other end travels with the request.
//!
//! To enter, the caller asks for it with the same ioctl, is given the root directory that the kernel has held since
//! create, its user namespace and a seccomp program, moves itself, and hands the listener over. From then on what it
//! and its descendants ask of Linux is the hosted kernel's to answer.

use core::mem;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::vec::Vec;
use std::{format, vec};

use cell_abi::{Handle, Request, frame};

use crate::platform::Errno;

/// First byte of an ioctl.
const IOCTL: u8 = 0;
/// First byte of the packet that carries an entering process' listener.
const LISTENER: u8 = 1;
/// First byte of the packet that asks for events.
const SUBSCRIBE: u8 = 3;

/// Longest packet from the kernel: an errno, the largest buffer, a seccomp program.
const PACKET_MAX: usize = 4 + 4096 + 8 * 1024;
/// Bytes of one `struct sock_filter`.
const INSTRUCTION: usize = 8;

/// Room for the control message of two descriptors, aligned as one must be.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// Opens the device; reading gives the event stream from now on.
pub(super) fn open(path: &str) -> Result<OwnedFd, Errno> {
    let socket = connect(path)?;
    send(socket.as_fd(), &[SUBSCRIBE], None)?;
    Ok(socket)
}

/// The ioctl. On failure the buffer is as it was.
pub(super) fn ioctl(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<(), Errno> {
    let (mine, theirs) = pair()?;
    let mut packet = vec![IOCTL];
    packet.extend_from_slice(buffer);
    send(fd, &packet, Some(theirs.as_fd()))?;
    drop(theirs);
    let answer = receive(mine.as_fd())?;
    let body = accepted(&answer.bytes)?;
    buffer.copy_from_slice(body.get(..buffer.len()).ok_or(Errno::EIO)?);
    Ok(())
}

/// Moves the calling process, which has one thread, into a cell and its root.
///
/// # Errors
/// The kernel's refusal; EPERM, EINVAL or ENOSYS of a Linux that lacks seccomp listeners or of a caller without the
/// rights that entering takes. After an error other than a refusal the process is good for nothing but exiting.
pub(super) fn enter(path: &str, cell: Handle) -> Result<(), Errno> {
    let socket = connect(path)?;
    let mut packet = [0; 1 + 128];
    let buffer = packet.get_mut(1..).ok_or(Errno::EIO)?;
    let size = buffer.len();
    frame::write(&Request::Enter(cell), buffer).map_err(|_| Errno::EINVAL)?;
    send(socket.as_fd(), &packet, None)?;
    let answer = receive(socket.as_fd())?;
    let body = accepted(&answer.bytes)?;
    let program = body.get(size..).ok_or(Errno::EIO)?;
    let [root, user_namespace] = <[OwnedFd; 2]>::try_from(answer.fds).map_err(|_| Errno::EIO)?;

    join_user_namespace(user_namespace.as_fd())?;
    // SAFETY: no pointers.
    check(unsafe { libc::unshare(libc::CLONE_NEWUTS) })?;
    // SAFETY: no pointers.
    check(unsafe { libc::fchdir(root.as_raw_fd()) })?;
    // SAFETY: the path is NUL-terminated and static.
    check(unsafe { libc::chroot(c".".as_ptr()) })?;
    drop((root, user_namespace));
    let listener = install(program)?;
    send(socket.as_fd(), &[LISTENER], Some(listener.as_fd()))?;
    drop(listener);
    accepted(&receive(socket.as_fd())?.bytes)?;
    Ok(())
}

/// The simulation of an ordinary user has a user namespace of its own; a caller from outside of it joins.
fn join_user_namespace(namespace: BorrowedFd<'_>) -> Result<(), Errno> {
    let wanted = inode(namespace)?;
    // SAFETY: the path is NUL-terminated and static; the result is a new descriptor.
    let own = check(unsafe {
        libc::open(
            c"/proc/self/ns/user".as_ptr(),
            libc::O_RDONLY | libc::O_CLOEXEC,
        )
    })?;
    // SAFETY: as above.
    let own = unsafe { OwnedFd::from_raw_fd(own) };
    if inode(own.as_fd())? != wanted {
        // SAFETY: no pointers.
        check(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWUSER) })?;
    }
    Ok(())
}

fn inode(fd: BorrowedFd<'_>) -> Result<(u64, u64), Errno> {
    // SAFETY: all zeros is a valid stat.
    let mut stat: libc::stat = unsafe { mem::zeroed() };
    // SAFETY: `stat` lives across the call.
    check(unsafe { libc::fstat(fd.as_raw_fd(), &raw mut stat) })?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Puts the process under the program; what it traps goes to the listener returned.
fn install(program: &[u8]) -> Result<OwnedFd, Errno> {
    const NEW_LISTENER: libc::c_ulong = 1 << 3;
    // once taken up by the kernel only a fatal signal interrupts a call (Linux 5.19)
    const WAIT_KILLABLE: libc::c_ulong = 1 << 5;
    let mut instructions = Vec::new();
    for bytes in program.chunks(INSTRUCTION) {
        let bytes: [u8; INSTRUCTION] = bytes.try_into().map_err(|_| Errno::EIO)?;
        let [c0, c1, jt, jf, k0, k1, k2, k3] = bytes;
        instructions.push(libc::sock_filter {
            code: u16::from_ne_bytes([c0, c1]),
            jt,
            jf,
            k: u32::from_ne_bytes([k0, k1, k2, k3]),
        });
    }
    let program = libc::sock_fprog {
        len: u16::try_from(instructions.len()).map_err(|_| Errno::EIO)?,
        filter: instructions.as_mut_ptr(),
    };
    let attempt = |flags: libc::c_ulong| {
        // SAFETY: `program` and the instructions it points at live across the call, which only reads them.
        let fd = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const program,
            )
        };
        check(i32::try_from(fd).unwrap_or(-1))
    };
    let fd = match attempt(NEW_LISTENER | WAIT_KILLABLE) {
        Err(Errno::EINVAL) => attempt(NEW_LISTENER)?,
        other => other?,
    };
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What follows the errno of an answer, if it is 0.
fn accepted(answer: &[u8]) -> Result<&[u8], Errno> {
    // the end of the connection: the kernel is gone, as a device that was pulled
    let (errno, body) = answer.split_first_chunk::<4>().ok_or(Errno::ENXIO)?;
    match i32::from_le_bytes(*errno) {
        0 => Ok(body),
        errno => Err(Errno(u16::try_from(errno).unwrap_or(Errno::EIO.0))),
    }
}

fn check(result: libc::c_int) -> Result<libc::c_int, Errno> {
    if result >= 0 {
        return Ok(result);
    }
    let errno = std::io::Error::last_os_error().raw_os_error();
    Err(Errno(
        errno
            .and_then(|errno| u16::try_from(errno).ok())
            .unwrap_or(Errno::EIO.0),
    ))
}

fn connect(path: &str) -> Result<OwnedFd, Errno> {
    // SAFETY: no pointers; the result is a new descriptor.
    let socket = check(unsafe {
        libc::socket(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0)
    })?;
    // SAFETY: as above.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: all zeros is a valid sockaddr_un.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // a path too long for an address is reached through its directory
    let mut directory = None;
    let mut name = CString::new(path).map_err(|_| Errno::EINVAL)?;
    if name.as_bytes_with_nul().len() > address.sun_path.len() {
        let (parent, last) = path.rsplit_once('/').ok_or(Errno::ENAMETOOLONG)?;
        let parent = CString::new(parent).map_err(|_| Errno::EINVAL)?;
        // SAFETY: the path is NUL-terminated and lives across the call; the result is a new descriptor.
        let fd = check(unsafe { libc::open(parent.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) })?;
        // SAFETY: as above.
        directory = Some(unsafe { OwnedFd::from_raw_fd(fd) });
        name = CString::new(format!("/proc/self/fd/{fd}/{last}")).map_err(|_| Errno::EINVAL)?;
    }
    let bytes = name.as_bytes_with_nul();
    if bytes.len() > address.sun_path.len() {
        return Err(Errno::ENAMETOOLONG);
    }
    for (to, from) in address.sun_path.iter_mut().zip(bytes) {
        *to = *from as libc::c_char;
    }
    // SAFETY: `address` is a sockaddr_un that lives across the call.
    check(unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            mem::size_of::<libc::sockaddr_un>() as libc::socklen_t,
        )
    })?;
    drop(directory);
    Ok(socket)
}

fn pair() -> Result<(OwnedFd, OwnedFd), Errno> {
    let mut fds = [-1; 2];
    // SAFETY: `fds` has room for the two descriptors.
    check(unsafe {
        libc::socketpair(
            libc::AF_UNIX,
            libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC,
            0,
            fds.as_mut_ptr(),
        )
    })?;
    let [mine, theirs] = fds;
    // SAFETY: two new descriptors that nothing else owns.
    Ok(unsafe { (OwnedFd::from_raw_fd(mine), OwnedFd::from_raw_fd(theirs)) })
}

fn send(socket: BorrowedFd<'_>, bytes: &[u8], fd: Option<BorrowedFd<'_>>) -> Result<(), Errno> {
    let mut control = Control([0; 64]);
    let mut vector = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    if let Some(fd) = fd {
        let length = mem::size_of::<libc::c_int>() as u32;
        header.msg_control = control.0.as_mut_ptr().cast();
        // SAFETY: no pointers.
        header.msg_controllen = unsafe { libc::CMSG_SPACE(length) } as _;
        // SAFETY: the buffer has room for a header and one descriptor, and the first header lies in it.
        unsafe {
            let part = libc::CMSG_FIRSTHDR(&raw const header);
            (*part).cmsg_level = libc::SOL_SOCKET;
            (*part).cmsg_type = libc::SCM_RIGHTS;
            (*part).cmsg_len = libc::CMSG_LEN(length) as _;
            libc::CMSG_DATA(part)
                .cast::<libc::c_int>()
                .write_unaligned(fd.as_raw_fd());
        }
    }
    loop {
        // SAFETY: the header describes `bytes` and `control`, which live across the call and are only read.
        let sent =
            unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL) };
        match check(sent as libc::c_int) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Err(Errno::ENXIO),
            Err(errno) => return Err(errno),
        }
    }
}

/// A packet and what came with it.
struct Packet {
    bytes: Vec<u8>,
    fds: Vec<OwnedFd>,
}

fn receive(socket: BorrowedFd<'_>) -> Result<Packet, Errno> {
    let mut bytes = vec![0; PACKET_MAX];
    let mut control = Control([0; 64]);
    let mut vector = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len() as _;
    let length = loop {
        // SAFETY: the header describes `bytes` and `control`, which live across the call.
        let length =
            unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
        match check(length as libc::c_int) {
            Ok(length) => break usize::try_from(length).unwrap_or(0),
            Err(Errno::EINTR) => {}
            Err(Errno::ECONNRESET) => break 0,
            Err(errno) => return Err(errno),
        }
    };
    bytes.truncate(length);
    let mut fds = Vec::new();
    // SAFETY: the system call has filled the control buffer that the header describes; headers returned lie in it.
    unsafe {
        let mut part = libc::CMSG_FIRSTHDR(&raw const header);
        while !part.is_null() {
            if (*part).cmsg_level == libc::SOL_SOCKET && (*part).cmsg_type == libc::SCM_RIGHTS {
                let length = ((*part).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
                for index in 0..length / mem::size_of::<libc::c_int>() {
                    let fd = libc::CMSG_DATA(part).cast::<libc::c_int>().add(index);
                    fds.push(OwnedFd::from_raw_fd(fd.read_unaligned()));
                }
            }
            part = libc::CMSG_NXTHDR(&raw const header, part);
        }
    }
    Ok(Packet { bytes, fds })
}
