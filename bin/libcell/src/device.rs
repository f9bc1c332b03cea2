//! The client of `/dev/cell`: one ioctl, typed calls, and the event stream.
//!
//! A request goes out in the smallest buffer that holds it, and again in the next larger one when the kernel says that
//! its reply does not fit (EMSGSIZE): the usual call costs the kernel no allocation. Enter is not here, it is
//! [`Launch::enter`](crate::platform::Launch::enter): it changes the process that makes it.

use core::fmt;

use cell_abi::{
    BUFFER_SIZES, CellInfo, CellName, Create, Denials, Event, Handle, Hello, Policy, PolicyReport,
    Profile, Refusal, Request, Stats, frame, frame::FrameError,
};

use crate::platform::{Errno, Platform, SignalNumber};
use crate::wire::{Reader, Writer};

/// Where the device is; below [`Platform::prefix`].
pub const PATH: &str = "/dev/cell";

/// A device node that every cell gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardDevice {
    /// Its path on the host.
    pub path: &'static str,
    /// Every unit of its driver: pseudo terminals, one for each user.
    pub any_minor: bool,
}

const fn one(path: &'static str) -> StandardDevice {
    StandardDevice {
        path,
        any_minor: false,
    }
}

const fn every(path: &'static str) -> StandardDevice {
    StandardDevice {
        path,
        any_minor: true,
    }
}

/// The device nodes that every cell gets, reading and writing. What a system lacks of them is left out; some are two
/// names of one driver.
pub const STANDARD_DEVICES: [StandardDevice; 10] = [
    one("/dev/null"),
    one("/dev/zero"),
    one("/dev/full"),
    one("/dev/random"),
    one("/dev/urandom"),
    one("/dev/tty"),
    one("/dev/ptm"),
    one("/dev/ptmx"),
    every("/dev/pts/0"),
    every("/dev/ttyp0"),
];

/// A buffer that every request and reply of this version fits into (a test says so).
pub type Buffer = [u8; 1024];

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// The kernel refused it.
    Refused(Refusal),
    /// Another error of the system call: of resolving a root at create, or of a device that is not ours.
    System(Errno),
    /// The request does not fit the buffer, or the reply is not a message.
    Frame(FrameError),
    /// A reply to another request than was made.
    Unexpected,
    /// The kernel speaks this other version of the contract.
    Version(u16),
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => fmt::Display::fmt(refusal, f),
            Self::System(errno) => fmt::Display::fmt(errno, f),
            Self::Frame(error) => fmt::Display::fmt(error, f),
            Self::Unexpected => f.write_str("the kernel answered something else"),
            Self::Version(version) => write!(
                f,
                "the kernel speaks version {version}, this program {}",
                cell_abi::VERSION
            ),
        }
    }
}

impl core::error::Error for DeviceError {}

impl From<FrameError> for DeviceError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// The errno that the kernel gives for a refusal.
#[must_use]
pub const fn errno_of(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::NotPermitted => Errno::EPERM,
        Refusal::NoSuchCell => Errno::ENOENT,
        Refusal::Taken => Errno::EEXIST,
        Refusal::Malformed => Errno::EINVAL,
        Refusal::TableFull => Errno::ENOSPC,
        Refusal::Busy => Errno::EBUSY,
        Refusal::Stale => Errno::ESTALE,
        Refusal::TooBig => Errno::EMSGSIZE,
        Refusal::Full => Errno::EAGAIN,
    }
}

/// The refusal that an errno stands for, if it is one.
#[must_use]
pub fn refusal_of(errno: Errno) -> Option<Refusal> {
    Refusal::ALL
        .iter()
        .copied()
        .find(|refusal| errno_of(*refusal) == errno)
}

/// An open `/dev/cell`.
#[derive(Debug)]
pub struct CellDevice<'p, P: Platform> {
    platform: &'p P,
    fd: P::Fd,
}

impl<'p, P: Platform> CellDevice<'p, P> {
    /// Opens the device at `path`. What happens from now on can be read with an [`EventReader`].
    ///
    /// # Errors
    /// Those of open(2): ENOENT or ENXIO where the kernel has no cells.
    pub fn open(platform: &'p P, path: &str) -> Result<Self, DeviceError> {
        match platform.open_cell_device(path) {
            Ok(fd) => Ok(Self { platform, fd }),
            Err(errno) => Err(DeviceError::System(errno)),
        }
    }

    /// The descriptor, to wait on.
    pub const fn fd(&self) -> &P::Fd {
        &self.fd
    }

    /// Makes a request, whose reply begins with `tag`; the reply after it. `buffer` bounds how far the sizes are tried.
    fn ask<'b>(
        &self,
        request: &Request<'_>,
        tag: u8,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], DeviceError> {
        let size = self.exchange(request, buffer)?;
        let front = buffer.get(..size).unwrap_or_default();
        let (length, rest) = front
            .split_first_chunk::<{ frame::HEADER }>()
            .ok_or(MALFORMED)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let body = rest.get(..length).ok_or(MALFORMED)?;
        match body.split_first() {
            Some((first, rest)) if *first == tag => Ok(rest),
            Some(_) => Err(DeviceError::Unexpected),
            None => Err(MALFORMED),
        }
    }

    /// Sends the request and leaves the reply in the front of `buffer`; how many bytes of it are the ioctl's.
    fn exchange(&self, request: &Request<'_>, buffer: &mut [u8]) -> Result<usize, DeviceError> {
        let mut error = DeviceError::Frame(FrameError::TooBig);
        for size in &BUFFER_SIZES {
            let Some(front) = buffer.get_mut(..*size) else {
                break;
            };
            if write(request, front).is_err() {
                continue;
            }
            match self.platform.cell_ioctl(&self.fd, front) {
                Ok(()) => return Ok(*size),
                Err(Errno::EMSGSIZE) => error = DeviceError::Refused(Refusal::TooBig),
                Err(errno) => return Err(failure(request, errno)),
            }
        }
        Err(error)
    }

    /// What the kernel is and who this process is.
    ///
    /// # Errors
    /// `Version` if the kernel speaks another one: no other call should be made then.
    pub fn hello(&self) -> Result<Hello, DeviceError> {
        let mut buffer = [0; 128];
        let mut reply = Reader::new(self.ask(&Request::Hello, 1, &mut buffer)?);
        let hello = reply.hello();
        if hello.version != cell_abi::VERSION {
            return Err(DeviceError::Version(hello.version));
        }
        reply.end(hello).ok_or(MALFORMED)
    }

    /// Makes a cell.
    ///
    /// # Errors
    /// `Taken`, `TableFull`, `Malformed`, `NotPermitted`; as `System` what is wrong with the root directory (ENOENT,
    /// ENOTDIR, EACCES, ...).
    pub fn create(&self, create: Create<'_>) -> Result<Handle, DeviceError> {
        self.number(&Request::Create(create), 2, &mut [0; 1024])
            .map(Handle::from_raw)
    }

    /// Ends a cell without members.
    ///
    /// # Errors
    /// `Busy` with members, `Stale`, `NoSuchCell`, `NotPermitted`.
    pub fn destroy(&self, cell: Handle) -> Result<(), DeviceError> {
        self.done(&Request::Destroy(cell))
    }

    /// Sends a signal to every member; how many there were. Signal 0 only counts.
    ///
    /// # Errors
    /// `Stale`, `NoSuchCell`, `NotPermitted`, `Malformed` for a signal that does not exist.
    pub fn kill(&self, cell: Handle, signal: SignalNumber) -> Result<u32, DeviceError> {
        self.number(&Request::Kill { cell, signal }, 3, &mut [0; 128])
    }

    /// The cell of that name.
    ///
    /// # Errors
    /// `NoSuchCell`, `NotPermitted`.
    pub fn lookup<'b>(
        &self,
        name: CellName<'_>,
        buffer: &'b mut Buffer,
    ) -> Result<CellInfo<'b>, DeviceError> {
        self.cell(&Request::Lookup(name), buffer)
    }

    /// The cell in the slots after that of `after`, dying or not; [`Handle::HOST`] begins, `None` ends.
    ///
    /// # Errors
    /// `NotPermitted`.
    pub fn next<'b>(
        &self,
        after: Handle,
        buffer: &'b mut Buffer,
    ) -> Result<Option<CellInfo<'b>>, DeviceError> {
        match self.cell(&Request::List(after), buffer) {
            Ok(info) => Ok(Some(info)),
            Err(DeviceError::Refused(Refusal::NoSuchCell)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn cell<'b>(
        &self,
        request: &Request<'_>,
        buffer: &'b mut Buffer,
    ) -> Result<CellInfo<'b>, DeviceError> {
        let mut reply = Reader::new(self.ask(request, 4, buffer)?);
        let info = reply.info().ok_or(MALFORMED)?;
        reply.end(info).ok_or(MALFORMED)
    }

    /// What a cell uses.
    ///
    /// # Errors
    /// `Stale`, `NoSuchCell`, `NotPermitted`.
    pub fn stats(&self, cell: Handle) -> Result<Stats, DeviceError> {
        let mut buffer = [0; 128];
        let mut reply = Reader::new(self.ask(&Request::Stats(cell), 5, &mut buffer)?);
        let stats = reply.stats();
        reply.end(stats).ok_or(MALFORMED)
    }

    /// What is enforced on a cell and what was denied.
    ///
    /// # Errors
    /// `Stale`, `NoSuchCell`, `NotPermitted`.
    pub fn policy(&self, cell: Handle) -> Result<PolicyReport, DeviceError> {
        let mut report = PolicyReport {
            policy: Policy::of(Profile::Custom),
            denials: Denials::new(),
        };
        self.policy_into(cell, &mut report)?;
        Ok(report)
    }

    /// The same into a report without anything in it: it is a kilobyte, which moves slowly.
    ///
    /// # Errors
    /// The same; the report holds something of it then.
    pub fn policy_into(&self, cell: Handle, report: &mut PolicyReport) -> Result<(), DeviceError> {
        let mut buffer = [0; 1024];
        let mut reply = Reader::new(self.ask(&Request::Policy(cell), 6, &mut buffer)?);
        reply.policy(report);
        reply.end(()).ok_or(MALFORMED)
    }

    /// Until reboot, nobody makes, ends or changes a cell.
    ///
    /// # Errors
    /// `NotPermitted`: not host root. A second time changes nothing.
    pub fn seal(&self) -> Result<(), DeviceError> {
        self.done(&Request::Seal)
    }

    fn done(&self, request: &Request<'_>) -> Result<(), DeviceError> {
        match self.ask(request, 0, &mut [0; 128])? {
            [] => Ok(()),
            [..] => Err(MALFORMED),
        }
    }

    fn number(
        &self,
        request: &Request<'_>,
        tag: u8,
        buffer: &mut [u8],
    ) -> Result<u32, DeviceError> {
        let mut reply = Reader::new(self.ask(request, tag, buffer)?);
        let number = reply.number();
        reply.end(number).ok_or(MALFORMED)
    }
}

/// Writes a request into an ioctl's buffer, as [`frame::write`] does.
///
/// # Errors
/// `TooBig`: it does not fit.
pub(crate) fn write(request: &Request<'_>, buffer: &mut [u8]) -> Result<(), FrameError> {
    // nothing of an earlier call goes along
    buffer.fill(0);
    let (length, rest) = buffer
        .split_first_chunk_mut::<{ frame::HEADER }>()
        .ok_or(FrameError::TooBig)?;
    let most = rest.len();
    let mut writer = Writer::new(rest);
    writer.request(request);
    if writer.used > most {
        return Err(FrameError::TooBig);
    }
    *length = (writer.used as u16).to_le_bytes();
    Ok(())
}

const MALFORMED: DeviceError = DeviceError::Frame(FrameError::Malformed);

/// What an errno of the ioctl means for this request. Create resolves a path, so its ENOENT is not about a cell.
fn failure(request: &Request<'_>, errno: Errno) -> DeviceError {
    let about_root = matches!(request, Request::Create(_)) && errno == Errno::ENOENT;
    match refusal_of(errno) {
        Some(refusal) if !about_root => DeviceError::Refused(refusal),
        Some(_) | None => DeviceError::System(errno),
    }
}

/// Bytes of the event stream that are held at a time.
const STREAM: usize = 512;

/// Splits the event stream into events, whatever pieces read(2) gives it in.
#[derive(Clone, Debug)]
pub struct EventReader {
    bytes: [u8; STREAM],
    start: usize,
    end: usize,
    skipping: bool,
}

impl Default for EventReader {
    fn default() -> Self {
        Self::new()
    }
}

impl EventReader {
    /// At the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; STREAM],
            start: 0,
            end: 0,
            skipping: false,
        }
    }

    /// Reads once from the device; how many bytes came, 0 when the stream has ended. Take all events out with
    /// [`Self::take`] before the next call.
    ///
    /// # Errors
    /// Those of read(2).
    pub fn fill<P: Platform>(&mut self, device: &CellDevice<'_, P>) -> Result<usize, Errno> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let Some(room) = self.bytes.get_mut(self.end..) else {
            return Ok(0);
        };
        let count = device.platform.read(&device.fd, room)?;
        self.end = STREAM.min(self.end + count);
        Ok(count)
    }

    /// The next event of what was read; `None` when the rest is not a whole one. A frame that is no event is an error
    /// once, after which the stream goes on with the next frame.
    pub fn take(&mut self) -> Option<Result<Event, FrameError>> {
        loop {
            let held = self.bytes.get_mut(self.start..self.end)?;
            let Some(length) = held.iter().position(|byte| *byte == 0) else {
                if held.len() < frame::EVENT_MAX {
                    return None;
                }
                self.start = self.end;
                if core::mem::replace(&mut self.skipping, true) {
                    return None;
                }
                return Some(Err(FrameError::Malformed));
            };
            self.start += length + 1;
            let skipped = core::mem::replace(&mut self.skipping, false);
            if length > 0 && !skipped {
                return Some(event(held.get_mut(..length)?));
            }
        }
    }
}

fn event(bytes: &mut [u8]) -> Result<Event, FrameError> {
    let mut reader = Reader::new(frame::event_body(bytes)?);
    let event = reader.event();
    reader.end(event).ok_or(FrameError::Malformed)
}

#[cfg(test)]
mod tests;
