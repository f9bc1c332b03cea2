//! The other end of the socket, for tests and programs of the build host. Device programs have their own in `libcell`.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cell_abi::{Handle, Reply, Request, frame};

use super::os::{namespace, seccomp, socket};
use super::server::packet;

/// Longest packet from the kernel: an errno, the largest buffer, a seccomp program.
const PACKET_MAX: usize = 4 + 4096 + 8 * 1024;

/// An open of the socket.
#[derive(Debug)]
pub struct Client(OwnedFd);

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// ENOENT, ECONNREFUSED.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(socket::connect(path)?))
    }

    fn exchange(&self, bytes: &[u8], fd: Option<&OwnedFd>) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
        let fds: Vec<_> = fd.iter().map(|fd| fd.as_fd()).collect();
        socket::send(self.0.as_fd(), bytes, &fds)?;
        let answer = socket::receive(self.0.as_fd(), PACKET_MAX)?
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EINTR))?;
        let (errno, body) = answer
            .bytes
            .split_first_chunk::<4>()
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ENXIO))?;
        match i32::from_le_bytes(*errno) {
            0 => Ok((body.to_vec(), answer.fds)),
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    }

    /// The ioctl: `buffer` is of one of its sizes.
    ///
    /// # Errors
    /// The kernel's refusal; the buffer is as it was.
    pub fn ioctl(&self, buffer: &mut [u8]) -> io::Result<()> {
        let mut bytes = vec![packet::IOCTL];
        bytes.extend_from_slice(buffer);
        let (body, _) = self.exchange(&bytes, None)?;
        let body = body.get(..buffer.len());
        buffer.copy_from_slice(body.ok_or_else(|| io::Error::from_raw_os_error(libc::EIO))?);
        Ok(())
    }

    /// A request in the largest buffer; its answer is read from `buffer`.
    ///
    /// # Errors
    /// The kernel's refusal; EINVAL for what does not fit or cannot be read.
    pub fn request<'b>(
        &self,
        request: &Request<'_>,
        buffer: &'b mut [u8; 4096],
    ) -> io::Result<Reply<'b>> {
        let invalid = |_| io::Error::from_raw_os_error(libc::EINVAL);
        frame::write(request, buffer).map_err(invalid)?;
        self.ioctl(buffer)?;
        frame::read(buffer).map_err(invalid)
    }

    /// Events from now on, one frame a packet.
    ///
    /// # Errors
    /// EPIPE.
    pub fn subscribe(&self) -> io::Result<()> {
        socket::send(self.0.as_fd(), &[packet::SUBSCRIBE], &[])
    }

    /// The next event frame.
    ///
    /// # Errors
    /// ECONNRESET; ENXIO when the kernel has gone.
    pub fn event(&self) -> io::Result<Vec<u8>> {
        match socket::receive(self.0.as_fd(), cell_abi::frame::EVENT_MAX)? {
            Some(message) if !message.bytes.is_empty() => Ok(message.bytes),
            Some(_) | None => Err(io::Error::from_raw_os_error(libc::ENXIO)),
        }
    }

    /// Moves the calling process, which has one thread, into a cell and its root.
    ///
    /// # Errors
    /// The kernel's refusal, or Linux's; after the latter the process is good for nothing but exiting.
    pub fn enter(&self, cell: Handle) -> io::Result<()> {
        const SIZE: usize = 128;
        let mut bytes = [packet::IOCTL; 1 + SIZE];
        let broken = || io::Error::from_raw_os_error(libc::EIO);
        let buffer = bytes.get_mut(1..).ok_or_else(broken)?;
        frame::write(&Request::Enter(cell), buffer).map_err(|_| broken())?;
        let (body, fds) = self.exchange(&bytes, None)?;
        let [root, users] = <[OwnedFd; 2]>::try_from(fds).map_err(|_| broken())?;
        let users = File::from(users);
        if users.metadata()?.ino() != std::fs::metadata("/proc/self/ns/user")?.ino() {
            namespace::join(users.as_fd(), libc::CLONE_NEWUSER)?;
        }
        namespace::unshare(libc::CLONE_NEWUTS)?;
        namespace::change_root(root.as_fd())?;
        drop((root, users));
        let listener = seccomp::install(body.get(SIZE..).ok_or_else(broken)?)?;
        self.exchange(&[packet::LISTENER], Some(&listener))?;
        Ok(())
    }

    /// Puts the calling process, and what comes of it, before the kernel as a user of the host. It has to be root still;
    /// what it becomes afterwards is what it is asked as.
    ///
    /// # Errors
    /// Linux's.
    pub fn become_host_user(&self) -> io::Result<()> {
        let (program, _) = self.exchange(&[packet::HOST_USER], None)?;
        let listener = seccomp::install(&program)?;
        self.exchange(&[packet::HOST_USER], Some(&listener))?;
        Ok(())
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}
