//! A device in memory: the kernel's own code behind `/dev/cell`, and as much of an operating system as cellctl uses.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use cell_abi::{
    Create, DeviceKind, Handle, Op, Policy, Profile, Refusal, Reply, Request, Stats, frame,
};
use cell_core::{InfoText, Kernel, Stamp, Subject};
use libcell::device::errno_of;
use libcell::platform::{
    Clock, DeviceNumber, Errno, Event, Exit, FileKind, Launch, Metadata, Mount, Open, Peer, Pid,
    Platform, SignalNumber, Token,
};

/// What a command left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub status: u8,
    pub out: String,
    pub err: String,
}

/// An exec that was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Execution {
    pub command: Vec<String>,
    pub environment: Vec<String>,
    pub limits: Vec<String>,
    pub enter: Option<(String, Handle)>,
    pub directory: String,
    pub user: Option<(u32, u32, Vec<u32>)>,
    pub keeps_terminal: bool,
}

/// Something that happens while cellctl waits.
type Step = Box<dyn FnOnce(&Machine)>;

pub struct Machine {
    pub kernel: Box<Kernel>,
    pub who: Cell<Subject>,
    pub now_ms: Cell<u64>,
    /// What live members add to a cell's stats.
    pub live: RefCell<HashMap<Handle, Stats>>,
    pub killed: RefCell<Vec<(Handle, SignalNumber)>>,
    pub devices: RefCell<HashMap<String, (u32, u32)>>,
    pub files: RefCell<Vec<String>>,
    pub terminal: RefCell<Option<String>>,
    pub asked: RefCell<String>,
    pub executed: RefCell<Option<Execution>>,
    pub exec_error: Cell<Errno>,
    pub while_waiting: RefCell<VecDeque<Step>>,
    /// Bytes that the device gives before any event.
    pub noise: RefCell<Vec<u8>>,
    pub out: RefCell<Vec<u8>>,
    pub err: RefCell<Vec<u8>>,
    pub out_writes: Cell<usize>,
    pub out_error: Cell<Option<Errno>>,
    /// Bytes that one write takes.
    pub out_most: Cell<usize>,
    pub gone: Cell<bool>,
    /// Done to a cell between its listing and its stats.
    pub before_stats: RefCell<VecDeque<Step>>,
    pub ioctls: Cell<usize>,
    /// Where the reader that waits is in the events.
    watched: Cell<Option<u32>>,
}

#[derive(Debug)]
pub enum Descriptor {
    /// With its place in the events.
    Cells(Cell<u32>),
    Standard(u8),
    Terminal,
}

impl Machine {
    pub fn new() -> Self {
        let devices = [
            ("/dev/null", (2, 2)),
            ("/dev/zero", (2, 12)),
            ("/dev/full", (2, 11)),
            ("/dev/random", (46, 0)),
            ("/dev/urandom", (46, 1)),
            ("/dev/tty", (1, 0)),
            ("/dev/ptm", (165, 1)),
            ("/dev/ptmx", (165, 0)),
            ("/dev/ttyp0", (5, 0)),
            ("/dev/gpio0", (174, 0)),
            ("/dev/odd", (9000, 0)),
        ];
        Self {
            kernel: Box::new(Kernel::new()),
            who: Cell::new(Subject::HOST_ROOT),
            now_ms: Cell::new(1_000_000),
            live: RefCell::default(),
            killed: RefCell::default(),
            devices: RefCell::new(
                devices
                    .map(|(path, number)| (path.to_owned(), number))
                    .into(),
            ),
            files: RefCell::default(),
            terminal: RefCell::default(),
            asked: RefCell::default(),
            executed: RefCell::default(),
            exec_error: Cell::new(Errno::ENOENT),
            while_waiting: RefCell::default(),
            noise: RefCell::default(),
            out: RefCell::default(),
            err: RefCell::default(),
            out_writes: Cell::new(0),
            out_error: Cell::new(None),
            out_most: Cell::new(usize::MAX),
            gone: Cell::new(false),
            before_stats: RefCell::default(),
            ioctls: Cell::new(0),
            watched: Cell::new(None),
        }
    }

    /// Runs `cellctl` with these words.
    pub fn run(&self, words: &[&str]) -> Ran {
        let mut arguments = vec!["cellctl"];
        arguments.extend(words);
        let status = cellctl::run(self, &arguments);
        let text = |bytes: &RefCell<Vec<u8>>| String::from_utf8(bytes.take()).unwrap();
        Ran {
            status,
            out: text(&self.out),
            err: text(&self.err),
        }
    }

    /// A cell without members ends.
    pub fn destroy(&self, cell: Handle) {
        let at = self.stamp(77);
        self.kernel.destroy(Subject::HOST_ROOT, cell, at).unwrap();
    }

    /// Runs it and expects success and nothing on standard error; what it printed.
    pub fn done(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{words:?}");
        ran.out
    }

    /// Runs it and expects this status, nothing on standard output, and this one line after `cellctl: `.
    pub fn fails(&self, words: &[&str], status: u8, line: &str) {
        let ran = self.run(words);
        let err = format!("cellctl: {line}\n");
        let expected = Ran {
            status,
            out: String::new(),
            err,
        };
        assert_eq!(ran, expected, "{words:?}");
    }

    pub fn uptime_s(&self) -> u32 {
        u32::try_from(self.now_ms.get() / 1000).unwrap()
    }

    pub fn stamp(&self, pid: u32) -> Stamp {
        Stamp {
            pid,
            uptime_s: self.uptime_s(),
        }
    }

    pub fn pass(&self, seconds: u64) {
        self.now_ms.set(self.now_ms.get() + seconds * 1000);
    }

    /// A cell without the command line.
    pub fn cell(&self, name: &str, policy: Policy) -> Handle {
        let root = format!("/cells/{name}");
        self.cell_at(name, &root, policy)
    }

    pub fn cell_at(&self, name: &str, root: &str, policy: Policy) -> Handle {
        let create = Create {
            name: cell_abi::CellName::new(name).unwrap(),
            root: cell_abi::RootPath::new(root).unwrap(),
            policy,
        };
        let handle = self
            .kernel
            .create(Subject::HOST_ROOT, &create, self.uptime_s())
            .unwrap();
        self.kernel.publish(handle, self.stamp(1)).unwrap();
        handle
    }

    /// A process enters.
    pub fn enter(&self, cell: Handle, pid: u32) {
        self.kernel.begin_enter(Subject::HOST_ROOT, cell).unwrap();
        self.kernel.credential_shared(cell);
        self.kernel.entered(cell, self.stamp(pid));
    }

    /// A process exits, its credential with it.
    pub fn exit(&self, cell: Handle, cpu_us: u64) {
        self.kernel.process_exited(cell, cpu_us);
        self.kernel.credential_dropped(cell);
    }

    /// A member is denied something.
    pub fn deny(&self, cell: Handle, op: Op, pid: u32) {
        let who = Subject { cell, root: true };
        let _ = self.kernel.denied(who, op, self.stamp(pid));
    }

    pub fn meanwhile(&self, step: impl FnOnce(&Self) + 'static) {
        self.while_waiting.borrow_mut().push_back(Box::new(step));
    }

    fn answer(&self, request: &Request<'_>, copy: &mut [u8]) -> Result<(), Refusal> {
        let (who, kernel, now_s) = (self.who.get(), &self.kernel, self.uptime_s());
        let at = self.stamp(77);
        let mut text = InfoText::default();
        let reply = match request {
            Request::Hello => Reply::Hello(kernel.hello(who)),
            Request::Create(create) => {
                let handle = kernel.create(who, create, now_s)?;
                kernel.publish(handle, at)?;
                Reply::Created(handle)
            }
            Request::Destroy(cell) => {
                kernel.destroy(who, *cell, at)?;
                Reply::Done
            }
            Request::Enter(_) => return Err(Refusal::Malformed),
            Request::Kill { cell, signal } => {
                kernel.may_kill(who, *cell)?;
                self.killed.borrow_mut().push((*cell, *signal));
                Reply::Killed(kernel.stats(who, *cell, now_s)?.processes)
            }
            Request::Lookup(name) => {
                let cell = kernel.lookup(who, *name)?;
                Reply::Cell(kernel.info(who, cell, now_s, &mut text)?)
            }
            Request::List(after) => {
                let cell = kernel.next(who, *after)?;
                Reply::Cell(kernel.info(who, cell, now_s, &mut text)?)
            }
            Request::Stats(cell) => {
                if let Some(step) = self.before_stats.borrow_mut().pop_front() {
                    step(self);
                }
                let mut stats = kernel.stats(who, *cell, now_s)?;
                if let Some(live) = self.live.borrow().get(cell) {
                    stats.cpu_us += live.cpu_us;
                    stats.resident_kib += live.resident_kib;
                    stats.virtual_kib += live.virtual_kib;
                }
                Reply::Stats(stats)
            }
            Request::Policy(cell) => Reply::Policy(kernel.policy(who, *cell)?.to_report()),
            Request::Seal => {
                kernel.seal(who, at)?;
                Reply::Done
            }
        };
        frame::write(&reply, copy)
            .map(drop)
            .map_err(|_| Refusal::TooBig)
    }
}

/// The policy of a profile.
pub fn policy(profile: Profile) -> Policy {
    Policy::of(profile)
}

macro_rules! absent {
    ($(fn $name:ident($($argument:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $(_: $argument),*) -> Result<$result, Errno> {
            panic!(concat!("cellctl has no use for ", stringify!($name)))
        })*
    };
}

impl Platform for Machine {
    type Fd = Descriptor;

    fn open(&self, path: &str, how: Open, _: u32) -> Result<Descriptor, Errno> {
        assert_eq!((path, how), ("/dev/tty", Open::ReadWrite));
        match *self.terminal.borrow() {
            Some(_) => Ok(Descriptor::Terminal),
            None => Err(Errno::ENXIO),
        }
    }

    fn read(&self, fd: &Descriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
        let bytes = match fd {
            Descriptor::Terminal => self.terminal.borrow().clone().unwrap().into_bytes(),
            Descriptor::Standard(_) => panic!("cellctl reads no standard stream"),
            Descriptor::Cells(place) => {
                let mut bytes = self.noise.take();
                let mut cursor = place.get();
                while bytes.len() + frame::EVENT_MAX < buffer.len() {
                    let Some(event) = self.kernel.read_event(&mut cursor, self.uptime_s()) else {
                        break;
                    };
                    let mut one = [0; frame::EVENT_MAX];
                    let used = frame::write_event(&event, &mut one).unwrap();
                    bytes.extend_from_slice(&one[..used]);
                }
                place.set(cursor);
                if bytes.is_empty() && !self.gone.get() {
                    return Err(Errno::EAGAIN);
                }
                bytes
            }
        };
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write(&self, fd: &Descriptor, bytes: &[u8]) -> Result<usize, Errno> {
        match fd {
            Descriptor::Standard(1) => {
                if let Some(errno) = self.out_error.get() {
                    return Err(errno);
                }
                let count = bytes.len().min(self.out_most.get());
                self.out_writes.set(self.out_writes.get() + 1);
                self.out.borrow_mut().extend_from_slice(&bytes[..count]);
                return Ok(count);
            }
            Descriptor::Standard(2) => self.err.borrow_mut().extend_from_slice(bytes),
            Descriptor::Terminal => {
                let text = std::str::from_utf8(bytes).unwrap();
                self.asked.borrow_mut().push_str(text);
            }
            Descriptor::Cells(_) | Descriptor::Standard(_) => return Err(Errno::EBADF),
        }
        Ok(bytes.len())
    }

    fn standard(&self, number: u8) -> Result<Descriptor, Errno> {
        Ok(Descriptor::Standard(number))
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        if !self.files.borrow().iter().any(|file| file == path) {
            return Err(Errno::ENOENT);
        }
        Ok(Metadata {
            kind: FileKind::File,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: 1,
        })
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn clock(&self) -> Clock {
        panic!("cellctl shows no wall-clock time")
    }

    fn pid(&self) -> Pid {
        77
    }

    fn euid(&self) -> u32 {
        if self.who.get().root { 0 } else { 1000 }
    }

    fn prefix(&self) -> &str {
        "/sim"
    }

    fn open_cell_device(&self, path: &str) -> Result<Descriptor, Errno> {
        assert_eq!(path, "/sim/dev/cell");
        if self.gone.get() {
            return Err(Errno::ENXIO);
        }
        Ok(Descriptor::Cells(Cell::new(self.kernel.event_cursor())))
    }

    fn cell_ioctl(&self, _: &Descriptor, buffer: &mut [u8]) -> Result<(), Errno> {
        self.ioctls.set(self.ioctls.get() + 1);
        let asked = buffer.to_vec();
        let request = frame::read::<Request<'_>>(&asked).map_err(|_| Errno::EINVAL)?;
        if let Request::Create(create) = &request {
            match create.root.as_str() {
                "/missing" => return Err(Errno::ENOENT),
                "/file" => return Err(Errno::ENOTDIR),
                _ => {}
            }
        }
        let mut copy = vec![0; buffer.len()];
        self.answer(&request, &mut copy).map_err(errno_of)?;
        buffer.copy_from_slice(&copy);
        Ok(())
    }

    fn exec(&self, launch: &Launch<'_, Descriptor>) -> Errno {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let standard = [0, 1, 2].map(|number| {
            matches!(launch.stdio[number], Some(Descriptor::Standard(n)) if usize::from(*n) == number)
        });
        *self.executed.borrow_mut() = Some(Execution {
            command: words(launch.command),
            environment: words(launch.environment),
            limits: launch
                .limits
                .iter()
                .map(|limit| format!("{:?} {}", limit.resource, limit.value))
                .collect(),
            enter: launch.enter.map(|(path, cell)| (path.to_owned(), cell)),
            directory: launch.directory.to_owned(),
            user: launch
                .user
                .map(|(uid, gid, groups)| (uid, gid, groups.to_vec())),
            keeps_terminal: !launch.new_session && standard == [true; 3],
        });
        self.exec_error.get()
    }

    fn watch_read(&self, fd: &Descriptor, _: Token) -> Result<(), Errno> {
        let Descriptor::Cells(place) = fd else {
            panic!("cellctl waits for events only");
        };
        self.watched.set(Some(place.get()));
        Ok(())
    }

    fn unwatch(&self, _: &Descriptor) -> Result<(), Errno> {
        self.watched.set(None);
        Ok(())
    }

    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
        let ready = || {
            self.watched.get().is_some_and(|cursor| {
                self.gone.get()
                    || !self.noise.borrow().is_empty()
                    || self.kernel.has_event(cursor, self.uptime_s())
            })
        };
        assert_eq!(self.watched.get().is_some(), !events.is_empty());
        if ready() {
            return Ok(1);
        }
        if let Some(ms) = timeout_ms {
            self.now_ms.set(self.now_ms.get() + ms);
        }
        let step = self.while_waiting.borrow_mut().pop_front();
        match (step, timeout_ms) {
            (Some(step), _) => step(self),
            (None, Some(_)) => {}
            (None, None) => panic!("waits for ever"),
        }
        Ok(usize::from(timeout_ms.is_none() && ready()))
    }

    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno> {
        let devices = self.devices.borrow();
        let (major, minor) = devices.get(path).ok_or(Errno::ENOENT)?;
        Ok(DeviceNumber {
            kind: DeviceKind::Char,
            major: *major,
            minor: *minor,
        })
    }

    absent! {
        fn sync(&Descriptor) -> ();
        fn make_directory(&str, u32) -> ();
        fn remove_directory(&str) -> ();
        fn unlink(&str) -> ();
        fn rename(&str, &str) -> ();
        fn symlink(&str, &str) -> ();
        fn set_owner(&str, u32, u32, u32) -> ();
        fn pipe() -> (Descriptor, Descriptor);
        fn spawn(&Launch<'_, Descriptor>) -> Pid;
        fn reap() -> Option<(Pid, Exit)>;
        fn kill(Pid, SignalNumber) -> ();
        fn watch_signals(&[SignalNumber]) -> ();
        fn watch_write(&Descriptor, Token, bool) -> ();
        fn listen(&str, u32) -> Descriptor;
        fn accept(&Descriptor) -> Descriptor;
        fn peer(&Descriptor) -> Peer;
        fn connect(&str) -> Descriptor;
        fn connect_datagram(&str) -> Descriptor;
        fn mount(&Mount<'_>) -> ();
        fn unmount(&str) -> ();
        fn make_device(&str, &str, u32, u32, u32) -> ();
        fn watchdog_arm(&str, u32) -> Descriptor;
        fn watchdog_feed(&Descriptor) -> ();
        fn watchdog_disarm(&Descriptor) -> ();
    }
}
