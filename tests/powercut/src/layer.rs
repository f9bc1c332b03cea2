//! A layer between a program and its platform, which is asked before every call and told after it.

use libcell::platform::{
    Clock, DeviceNumber, Dress, Errno, Event, Exit, Launch, Metadata, Mount, Mounted, Node, Open,
    Peer, Pid, Platform, Removal, SignalNumber, Space, Status, Token,
};

/// Whether a call changes what is on a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does.
    Changes,
    /// It makes lasting what was changed.
    Syncs,
    /// It does not.
    Reads,
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// As the trait has it.
    pub name: &'static str,
    /// What it does.
    pub effect: Effect,
}

/// Who is asked and told.
pub trait Hook {
    /// Before a call.
    ///
    /// # Errors
    /// The call is not made and fails so.
    fn before(&self, call: Call) -> Result<(), Errno> {
        let _ = call;
        Ok(())
    }
    /// After a call that was made and did not fail.
    fn after(&self, call: Call) {
        let _ = call;
    }
    /// What there is of room where there is so much.
    fn space(&self, space: Space) -> Space {
        space
    }
    /// How many bytes of a read of so many are to be had.
    ///
    /// # Errors
    /// The read fails.
    fn read(&self, bytes: usize) -> Result<usize, Errno> {
        Ok(bytes)
    }
}

/// The layer.
#[derive(Debug)]
pub struct Layer<'p, P, H> {
    /// What is beneath.
    pub inner: &'p P,
    /// Who is asked.
    pub hook: H,
}

impl<P: Platform, H: Hook> Layer<'_, P, H> {
    fn call<T>(
        &self,
        name: &'static str,
        effect: Effect,
        call: impl FnOnce() -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let made = Call { name, effect };
        self.hook.before(made)?;
        let result = call()?;
        self.hook.after(made);
        Ok(result)
    }
}

macro_rules! calls {
    ($($effect:ident fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> Result<$result, Errno> {
            self.call(stringify!($name), Effect::$effect, || self.inner.$name($($argument),*))
        })*
    };
}

impl<P: Platform, H: Hook> Platform for Layer<'_, P, H> {
    type Fd = P::Fd;

    fn open(&self, path: &str, how: Open, mode: u32) -> Result<P::Fd, Errno> {
        self.call("open", effect(how), || self.inner.open(path, how, mode))
    }

    fn open_at(
        &self,
        directory: &P::Fd,
        name: &[u8],
        how: Open,
        mode: u32,
    ) -> Result<P::Fd, Errno> {
        self.call("open_at", effect(how), || {
            self.inner.open_at(directory, name, how, mode)
        })
    }

    fn read(&self, fd: &P::Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let most = self.hook.read(buffer.len())?;
        let buffer = &mut buffer[..most];
        self.call("read", Effect::Reads, || self.inner.read(fd, buffer))
    }

    fn read_at(&self, fd: &P::Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let most = self.hook.read(buffer.len())?;
        let buffer = &mut buffer[..most];
        self.call("read_at", Effect::Reads, || {
            self.inner.read_at(fd, buffer, offset)
        })
    }

    fn space(&self, path: &str) -> Result<Space, Errno> {
        self.inner.space(path).map(|space| self.hook.space(space))
    }

    calls! {
        Changes fn write(fd: &P::Fd, bytes: &[u8]) -> usize;
        Changes fn write_at(fd: &P::Fd, bytes: &[u8], offset: u64) -> usize;
        Changes fn set_size(fd: &P::Fd, size: u64) -> ();
        Syncs fn sync(fd: &P::Fd) -> ();
        Reads fn standard(number: u8) -> P::Fd;
        Reads fn metadata(path: &str) -> Metadata;
        Changes fn make_directory(path: &str, mode: u32) -> ();
        Changes fn remove_directory(path: &str) -> ();
        Changes fn unlink(path: &str) -> ();
        Changes fn rename(from: &str, to: &str) -> ();
        Changes fn symlink(target: &str, path: &str) -> ();
        Changes fn set_owner(path: &str, uid: u32, gid: u32, mode: u32) -> ();
        Reads fn metadata_of(fd: &P::Fd) -> Metadata;
        Reads fn metadata_at(directory: &P::Fd, name: &[u8]) -> Metadata;
        Changes fn make_directory_at(directory: &P::Fd, name: &[u8], mode: u32) -> ();
        Changes fn remove_at(directory: &P::Fd, name: &[u8], what: Removal) -> ();
        Changes fn rename_at(directory: &P::Fd, from: &[u8], to: &[u8]) -> ();
        Changes fn symlink_at(target: &str, directory: &P::Fd, name: &[u8]) -> ();
        Reads fn read_link_at(directory: &P::Fd, name: &[u8], buffer: &mut [u8]) -> usize;
        Changes fn set_owner_of(fd: &P::Fd, uid: u32, gid: u32, mode: u32) -> ();
        Reads fn names(directory: &P::Fd, each: &mut dyn FnMut(&[u8])) -> ();
        Reads fn read_directory(directory: &P::Fd, buffer: &mut [u8]) -> usize;
        Reads fn status_at(directory: &P::Fd, name: &[u8]) -> Status;
        Changes fn link_at(directory: &P::Fd, from: &[u8], to: &[u8]) -> ();
        Changes fn make_node_at(directory: &P::Fd, name: &[u8], node: Node) -> ();
        Changes fn dress_at(directory: &P::Fd, name: &[u8], dress: &Dress) -> ();
        Reads fn memory() -> Space;
        Reads fn pipe() -> (P::Fd, P::Fd);
        Reads fn open_cell_device(path: &str) -> P::Fd;
        Reads fn cell_ioctl(fd: &P::Fd, buffer: &mut [u8]) -> ();
        Reads fn spawn(launch: &Launch<'_, P::Fd>) -> Pid;
        Reads fn reap() -> Option<(Pid, Exit)>;
        Reads fn kill(pid: Pid, signal: SignalNumber) -> ();
        Reads fn watch_signals(signals: &[SignalNumber]) -> ();
        Reads fn watch_read(fd: &P::Fd, token: Token) -> ();
        Reads fn watch_write(fd: &P::Fd, token: Token, watch: bool) -> ();
        Reads fn unwatch(fd: &P::Fd) -> ();
        Reads fn wait(events: &mut [Event], timeout_ms: Option<u64>) -> usize;
        Reads fn listen(path: &str, mode: u32) -> P::Fd;
        Reads fn accept(fd: &P::Fd) -> P::Fd;
        Reads fn peer(fd: &P::Fd) -> Peer;
        Reads fn connect(path: &str) -> P::Fd;
        Reads fn connect_datagram(path: &str) -> P::Fd;
        Reads fn mount(mount: &Mount<'_>) -> ();
        Reads fn unmount(path: &str) -> ();
        Reads fn is_read_only(path: &str) -> bool;
        Reads fn mounts(each: &mut dyn FnMut(&Mounted<'_>)) -> ();
        Reads fn disks(each: &mut dyn FnMut(&str, &str)) -> ();
        Reads fn device_number(path: &str) -> DeviceNumber;
        Reads fn make_device(path: &str, like: &str, mode: u32, uid: u32, gid: u32) -> ();
        Reads fn watchdog_arm(path: &str, period_s: u32) -> P::Fd;
        Reads fn watchdog_feed(fd: &P::Fd) -> ();
        Reads fn watchdog_disarm(fd: &P::Fd) -> ();
    }

    fn exec(&self, launch: &Launch<'_, P::Fd>) -> Errno {
        self.inner.exec(launch)
    }

    fn is_terminal(&self, fd: &P::Fd) -> bool {
        self.inner.is_terminal(fd)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.inner.variable(name)
    }

    fn monotonic_ms(&self) -> u64 {
        self.inner.monotonic_ms()
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }

    fn pid(&self) -> Pid {
        self.inner.pid()
    }

    fn euid(&self) -> u32 {
        self.inner.euid()
    }

    fn prefix(&self) -> &str {
        self.inner.prefix()
    }
}

const fn effect(how: Open) -> Effect {
    match how {
        Open::Truncate | Open::CreateNew | Open::Append | Open::Lock => Effect::Changes,
        Open::Read | Open::Write | Open::ReadWrite | Open::Directory | Open::Terminal => {
            Effect::Reads
        }
    }
}
