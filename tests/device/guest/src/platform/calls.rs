//! The system calls that these tests make beside the platform, by [`libcell::platform::raw`].

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use libcell::entry::System;
use libcell::platform::{DeviceNumber, Errno, Pid, Platform, raw};

use crate::os;

type Fd = <System as Platform>::Fd;

const UNMOUNT: usize = 22;
const GETUID: usize = 24;
const DUP: usize = 41;
const GETGID: usize = 47;
const IOCTL: usize = 54;
const UMASK: usize = 60;
const GETGROUPS: usize = 79;
const SETPGID: usize = 82;
const FCNTL: usize = 92;
const BIND: usize = 104;
const SETSID: usize = 147;
const GETPGID: usize = 207;
const SETRLIMIT: usize = 195;
const GETRLIMIT: usize = 194;
const FTRUNCATE: usize = 201;
const GETSID: usize = 286;
const SIGPROCMASK: usize = 293;
const GETCWD: usize = 296;
const SIGACTION: usize = 340;
const SOCKET: usize = 394;
const SETITIMER: usize = 425;
const MKNOD: usize = 450;

fn terminated(text: &str) -> Vec<u8> {
    let mut bytes = Vec::from(text);
    bytes.push(0);
    bytes
}

fn address<T: ?Sized>(of: &T) -> usize {
    core::ptr::from_ref(of).cast::<u8>() as usize
}

fn place<T: ?Sized>(of: &mut T) -> usize {
    core::ptr::from_mut(of).cast::<u8>() as usize
}

/// A call of integers only.
fn integers(number: usize, words: &[usize]) -> Result<raw::Answer, Errno> {
    // SAFETY: no pointer goes in and no memory is changed.
    unsafe { raw::call(number, words) }
}

/// The path of this program (`kern.proc_args.-1.pathname`).
pub fn program() -> Result<String, Errno> {
    // CTL_KERN, KERN_PROC_ARGS, this process, KERN_PROC_PATHNAME
    let mut bytes = os::sysctl(&[1, 48, -1, 5], &[])?;
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    String::from_utf8(bytes).map_err(|_| Errno::EINVAL)
}

/// The environment of this process, each ended by a NUL.
pub fn environment(pid: Pid) -> Result<Vec<u8>, Errno> {
    // CTL_KERN, KERN_PROC_ARGS, pid, KERN_PROC_ENV
    os::sysctl(&[1, 48, pid, 3], &[])
}

/// Unmounts with these flags.
pub fn unmount(path: &str, flags: usize) -> Result<(), Errno> {
    let path = terminated(path);
    // SAFETY: a path that ends in NUL.
    unsafe { raw::call(UNMOUNT, &[address(path.as_slice()), flags]) }.map(drop)
}

/// Real and effective user.
pub fn users() -> Result<(u32, u32), Errno> {
    integers(GETUID, &[]).map(|both| (both.first as u32, both.second as u32))
}

/// Real and effective group.
pub fn primary_groups() -> Result<(u32, u32), Errno> {
    integers(GETGID, &[]).map(|both| (both.first as u32, both.second as u32))
}

/// getgroups(2).
pub fn groups() -> Result<Vec<u32>, Errno> {
    let mut list = vec![0u32; 64];
    // SAFETY: room for that many.
    let count = unsafe { raw::call(GETGROUPS, &[list.len(), place(list.as_mut_slice())]) }?;
    list.truncate(count.first);
    Ok(list)
}

/// A process group of its own.
pub fn own_group() -> Result<(), Errno> {
    integers(SETPGID, &[0, 0]).map(drop)
}

/// Process group and session of this process.
pub fn group_and_session() -> Result<(Pid, Pid), Errno> {
    let group = integers(GETPGID, &[0])?.first as Pid;
    Ok((group, integers(GETSID, &[0])?.first as Pid))
}

/// `SIGALRM` to this process after so many seconds.
pub fn alarm(seconds: u32) -> Result<(), Errno> {
    let never = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let timer = [
        never,
        libc::timeval {
            tv_sec: seconds.into(),
            ..never
        },
    ];
    // SAFETY: reads interval and value; the old ones are not asked for.
    unsafe { raw::call(SETITIMER, &[0, address(&timer), 0]) }.map(drop)
}

/// Reading waits from now on.
pub fn blocking(fd: &Fd) -> Result<(), Errno> {
    integers(FCNTL, &[raw::number(fd), libc::F_SETFL as usize, 0]).map(drop)
}

/// `F_GETFL`.
pub fn flags(fd: &Fd) -> Result<usize, Errno> {
    integers(FCNTL, &[raw::number(fd), libc::F_GETFL as usize]).map(|answer| answer.first)
}

/// Whether a descriptor is closed by execve(2).
pub fn closes_on_exec(fd: &Fd) -> Result<bool, Errno> {
    integers(FCNTL, &[raw::number(fd), libc::F_GETFD as usize]).map(|answer| answer.first & 1 != 0)
}

/// Every descriptor that is open.
pub fn descriptors() -> Vec<usize> {
    (0..256)
        .filter(|number| integers(FCNTL, &[*number, libc::F_GETFD as usize]).is_ok())
        .collect()
}

/// dup(2): not closed by execve(2).
pub fn inherited(fd: &Fd) -> Result<Fd, Errno> {
    let number = integers(DUP, &[raw::number(fd)])?.first;
    // SAFETY: new, and nobody else's.
    Ok(unsafe { raw::adopt(number) })
}

/// Sets and gives the mask of modes.
pub fn mask(mask: u32) -> Result<u32, Errno> {
    integers(UMASK, &[mask as usize]).map(|answer| answer.first as u32)
}

/// Soft and hard limit.
pub fn limit(resource: i32) -> Result<(u64, u64), Errno> {
    let mut both = [0u64; 2];
    // SAFETY: room for two.
    unsafe { raw::call(GETRLIMIT, &[resource as usize, place(&mut both)]) }?;
    Ok((both[0], both[1]))
}

/// Sets them.
pub fn set_limit(resource: i32, soft: u64, hard: u64) -> Result<(), Errno> {
    let both = [soft, hard];
    // SAFETY: reads two.
    unsafe { raw::call(SETRLIMIT, &[resource as usize, address(&both)]) }.map(drop)
}

/// Makes a file so long.
pub fn lengthen(fd: &Fd, size: u64) -> Result<(), Errno> {
    let mut words = vec![raw::number(fd), 0];
    words.extend_from_slice(&raw::words(size));
    integers(FTRUNCATE, &words).map(drop)
}

/// The blocked signals.
pub fn blocked() -> Result<[u32; 4], Errno> {
    let mut set = [0u32; 4];
    // SAFETY: nothing is changed; room for the set.
    unsafe { raw::call(SIGPROCMASK, &[libc::SIG_BLOCK as usize, 0, place(&mut set)]) }?;
    Ok(set)
}

/// struct sigaction of sys/sys/signal.h.
#[repr(C)]
struct Action {
    handler: usize,
    mask: [u32; 4],
    flags: i32,
}

/// Ignores a signal from now on.
pub fn ignore(signal: u8) -> Result<(), Errno> {
    let action = Action {
        handler: libc::SIG_IGN,
        mask: [0; 4],
        flags: 0,
    };
    // SAFETY: no handler, so no code is installed.
    unsafe { raw::call(SIGACTION, &[signal.into(), address(&action), 0, 0, 0]) }.map(drop)
}

/// The signals that are ignored.
pub fn ignored() -> Vec<u8> {
    let is_ignored = |signal: &u8| {
        let mut action = Action {
            handler: 0,
            mask: [0; 4],
            flags: 0,
        };
        // SAFETY: nothing is changed; room for the old action.
        let asked = unsafe {
            raw::call(
                SIGACTION,
                &[usize::from(*signal), 0, place(&mut action), 0, 0],
            )
        };
        asked.is_ok() && action.handler == libc::SIG_IGN
    };
    (1..64).filter(is_ignored).collect()
}

/// The working directory.
pub fn working_directory() -> Result<String, Errno> {
    let mut bytes = vec![0u8; 1024];
    // SAFETY: room, and its size.
    unsafe { raw::call(GETCWD, &[place(bytes.as_mut_slice()), bytes.len()]) }?;
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    String::from_utf8(bytes).map_err(|_| Errno::EINVAL)
}

/// A node of this very mode, whatever the mask: a pipe with a name if there is no device.
pub fn node(path: &str, mode: u32, device: Option<DeviceNumber>) -> Result<(), Errno> {
    let device = device.map_or(0, |device| {
        (device.major << 8 & 0xf_ff00) | (device.minor << 12 & 0xfff0_0000) | device.minor & 0xff
    });
    let path = terminated(path);
    let mut words = vec![address(path.as_slice()), mode as usize];
    words.extend_from_slice(&raw::words(device.into()));
    // SAFETY: a path that ends in NUL.
    unsafe { raw::call(MKNOD, &words) }.map(drop)
}

/// A local datagram socket at a path: what syslogd(8) has.
pub fn datagram_sink(path: &str) -> Result<Fd, Errno> {
    let socket = integers(
        SOCKET,
        &[libc::AF_UNIX as usize, libc::SOCK_DGRAM as usize, 0],
    )?;
    // SAFETY: new, and nobody else's.
    let socket = unsafe { raw::adopt(socket.first) };
    // sockaddr_un: length, family, path
    let mut name = vec![0, libc::AF_UNIX as u8];
    name.extend_from_slice(path.as_bytes());
    let size = name.len();
    if let Some(length) = name.first_mut() {
        *length = size as u8;
    }
    // SAFETY: an address and its size.
    unsafe {
        raw::call(
            BIND,
            &[raw::number(&socket), address(name.as_slice()), size],
        )
    }?;
    Ok(socket)
}

/// struct vnd_ioctl of sys/dev/vndvar.h.
#[repr(C)]
struct Attachment {
    file: usize,
    flags: i32,
    geometry: [u32; 4],
    old_size: u32,
    size: u64,
}

// _IOWR('F', 0, struct vnd_ioctl), _IOW('F', 1, struct vnd_ioctl)
const ATTACH: usize = 0xc000_0000 | size_of::<Attachment>() << 16 | (b'F' as usize) << 8;
const DETACH: usize = 0x8000_0000 | size_of::<Attachment>() << 16 | (b'F' as usize) << 8 | 1;
/// `VNDIOF_FORCE`, and `VNDIOF_FILEIO` because memory file systems map nothing.
const FORCE: i32 = 4;
const FILE_IO: i32 = 8;

fn vnd(disk: &Fd, command: usize, file: &str, flags: i32) -> Result<u64, Errno> {
    let file = terminated(file);
    let mut attachment = Attachment {
        file: address(file.as_slice()),
        flags,
        geometry: [0; 4],
        old_size: 0,
        size: 0,
    };
    // SAFETY: reads and writes the structure, reads the path, which ends in NUL.
    unsafe { raw::call(IOCTL, &[raw::number(disk), command, place(&mut attachment)]) }?;
    Ok(attachment.size)
}

/// Makes a disk of a file; its size.
pub fn attach(disk: &Fd, file: &str) -> Result<u64, Errno> {
    vnd(disk, ATTACH, file, FILE_IO)
}

/// And no disk any more.
pub fn detach(disk: &Fd) -> Result<(), Errno> {
    vnd(disk, DETACH, "", FORCE).map(drop)
}

/// setsid(2).
pub fn new_session() -> Result<(), Errno> {
    integers(SETSID, &[]).map(drop)
}
