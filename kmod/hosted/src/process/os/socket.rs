//! Local SOCK_SEQPACKET sockets whose messages carry the sender's credentials and descriptors.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::check;

/// Who sent a message, as this process' namespaces name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Process; 0 for one outside of the pid namespace.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// A message taken from a socket.
#[derive(Debug)]
pub struct Message {
    /// Its bytes; none is the end of the connection.
    pub bytes: Vec<u8>,
    /// Descriptors that came with it.
    pub fds: Vec<OwnedFd>,
    /// Who sent it; `None` without `SO_PASSCRED`.
    pub sender: Option<Sender>,
}

/// Most descriptors a message of ours carries.
const MAX_FDS: usize = 4;

/// Control buffer: aligned, and room for credentials and `MAX_FDS` descriptors.
#[repr(C, align(8))]
struct Control([u8; 128]);

fn new_socket() -> io::Result<OwnedFd> {
    // SAFETY: no pointers; the result is a new descriptor.
    let fd = check(libc::c_long::from(unsafe {
        libc::socket(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0)
    }))?;
    // SAFETY: as above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// The address of a socket at `path`. A path too long for one is reached through its directory, which the caller
/// keeps open until the address has been used.
fn address(path: &Path) -> io::Result<(libc::sockaddr_un, Option<OwnedFd>)> {
    // SAFETY: all zeros is a valid sockaddr_un.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let invalid = || io::Error::from_raw_os_error(libc::ENAMETOOLONG);
    let mut text = path.as_os_str().as_bytes().to_vec();
    let mut directory = None;
    if text.len() >= address.sun_path.len() {
        let parent = path.parent().ok_or_else(invalid)?;
        let name = path.file_name().ok_or_else(invalid)?;
        let held: OwnedFd = std::fs::File::open(parent)?.into();
        text = format!("/proc/self/fd/{}/", held.as_raw_fd()).into_bytes();
        text.extend_from_slice(name.as_bytes());
        directory = Some(held);
    }
    if text.len() >= address.sun_path.len() {
        return Err(invalid());
    }
    for (to, from) in address.sun_path.iter_mut().zip(&text) {
        *to = from.cast_signed();
    }
    Ok((address, directory))
}

/// Makes a socket listen at `path`, not blocking; every connection passes credentials.
///
/// # Errors
/// EADDRINUSE, ENOENT, EACCES, ENAMETOOLONG.
pub fn listen(path: &Path) -> io::Result<OwnedFd> {
    let socket = new_socket()?;
    let (address, _directory) = address(path)?;
    // SAFETY: `address` is a sockaddr_un that lives across the call.
    check(libc::c_long::from(unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            mem::size_of::<libc::sockaddr_un>() as libc::socklen_t,
        )
    }))?;
    pass_credentials(socket.as_fd())?;
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe {
        libc::listen(socket.as_raw_fd(), 64)
    }))?;
    not_blocking(socket.as_fd())?;
    Ok(socket)
}

/// Connects to the socket at `path`.
///
/// # Errors
/// ENOENT, ECONNREFUSED, EACCES.
pub fn connect(path: &Path) -> io::Result<OwnedFd> {
    let socket = new_socket()?;
    let (address, _directory) = address(path)?;
    // SAFETY: `address` is a sockaddr_un that lives across the call.
    check(libc::c_long::from(unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            mem::size_of::<libc::sockaddr_un>() as libc::socklen_t,
        )
    }))?;
    Ok(socket)
}

/// The next connection, not blocking; `None` when there is none.
///
/// # Errors
/// EMFILE and its kin.
pub fn accept(socket: BorrowedFd<'_>) -> io::Result<Option<OwnedFd>> {
    // SAFETY: null pointers ask for no address.
    let fd = unsafe {
        libc::accept4(
            socket.as_raw_fd(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK,
        )
    };
    match check(fd.into()) {
        // SAFETY: a new descriptor that nothing else owns.
        Ok(fd) => Ok(Some(unsafe { OwnedFd::from_raw_fd(fd as i32) })),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.raw_os_error() == Some(libc::ECONNABORTED) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Has the kernel attach the sender's credentials to what is received.
///
/// # Errors
/// None on a local socket.
pub fn pass_credentials(socket: BorrowedFd<'_>) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: `on` is an int that lives across the call.
    check(libc::c_long::from(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PASSCRED,
            (&raw const on).cast(),
            mem::size_of::<libc::c_int>() as libc::socklen_t,
        )
    }))?;
    Ok(())
}

fn not_blocking(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe {
        libc::fcntl(socket.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK)
    }))?;
    Ok(())
}

/// The next message of at most `room` bytes; `None` when there is none now.
///
/// # Errors
/// ECONNRESET; EMSGSIZE for a longer message or more descriptors than fit.
pub fn receive(socket: BorrowedFd<'_>, room: usize) -> io::Result<Option<Message>> {
    let mut bytes = vec![0; room];
    let mut control = Control([0; 128]);
    let mut vector = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len();
    // SAFETY: the header describes `bytes` and `control`, which live across the call.
    let read =
        unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
    let read = match check(read as libc::c_long) {
        Ok(read) => read as usize,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut fds = Vec::new();
    let mut sender = None;
    // SAFETY: the kernel has filled the control buffer that the header describes.
    let mut part = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
    while !part.is_null() {
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR return headers inside of the buffer, or null.
        let (level, kind, length, data) = unsafe {
            (
                (*part).cmsg_level,
                (*part).cmsg_type,
                (*part).cmsg_len,
                libc::CMSG_DATA(part),
            )
        };
        if level == libc::SOL_SOCKET && kind == libc::SCM_RIGHTS {
            // SAFETY: no pointers; the length of an empty control message.
            let empty = unsafe { libc::CMSG_LEN(0) } as usize;
            for index in 0..length.saturating_sub(empty) / mem::size_of::<i32>() {
                // SAFETY: `index` is within the message; each is a new descriptor that nothing else owns.
                fds.push(unsafe {
                    OwnedFd::from_raw_fd(data.cast::<i32>().add(index).read_unaligned())
                });
            }
        } else if level == libc::SOL_SOCKET && kind == libc::SCM_CREDENTIALS {
            // SAFETY: a message of this type holds a ucred.
            let cred = unsafe { data.cast::<libc::ucred>().read_unaligned() };
            sender = Some(Sender {
                pid: cred.pid,
                uid: cred.uid,
                gid: cred.gid,
            });
        }
        // SAFETY: as for CMSG_FIRSTHDR.
        part = unsafe { libc::CMSG_NXTHDR(&raw const header, part) };
    }
    if header.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC) != 0 {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    bytes.truncate(read);
    Ok(Some(Message { bytes, fds, sender }))
}

/// Sends a message, without waiting and without SIGPIPE; at most `MAX_FDS` descriptors.
///
/// # Errors
/// EAGAIN when the other end does not read, EPIPE when it is gone.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut control = Control([0; 128]);
    let mut vector = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    if fds.len() > MAX_FDS {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    if !fds.is_empty() {
        let length = mem::size_of_val(fds) as u32;
        header.msg_control = control.0.as_mut_ptr().cast();
        // SAFETY: no pointers.
        header.msg_controllen = unsafe { libc::CMSG_SPACE(length) } as usize;
        // SAFETY: the buffer has room for MAX_FDS descriptors, and the first header lies in it.
        unsafe {
            let part = libc::CMSG_FIRSTHDR(&raw const header);
            (*part).cmsg_level = libc::SOL_SOCKET;
            (*part).cmsg_type = libc::SCM_RIGHTS;
            (*part).cmsg_len = libc::CMSG_LEN(length) as usize;
            for (index, fd) in fds.iter().enumerate() {
                libc::CMSG_DATA(part)
                    .cast::<i32>()
                    .add(index)
                    .write_unaligned(fd.as_raw_fd());
            }
        }
    }
    // SAFETY: the header describes `bytes` and `control`, which live across the call and are only read.
    check(unsafe {
        libc::sendmsg(
            socket.as_raw_fd(),
            &raw const header,
            libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT,
        )
    } as libc::c_long)?;
    Ok(())
}
