//! A made-up system under the shell: no file, no process, no time is real, and any call can be made to fail.

mod kernel;
mod platform;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::prelude::rust_2024::*;
use std::rc::Rc;

use libcell::platform::{Errno, Exit, Pid, SignalNumber};

pub(super) use kernel::Kernel;

/// What happens once cellinit has nothing more to do by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// So many milliseconds pass, deadlines on the way are met.
    Pass(u64),
    /// A signal comes to cellinit.
    Signal(SignalNumber),
    /// The service of a cell ends, leaving so many orphans.
    End(&'static str, Exit, usize),
    /// Somebody else seals the kernel.
    Seal,
}

/// What TERM does to programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    Obey,
    Ignore,
}

/// A descriptor: what it is, and that it is open.
#[derive(Debug)]
pub(super) struct Fd {
    pub(super) what: String,
    offset: Cell<usize>,
    open: Rc<Cell<usize>>,
}

impl Drop for Fd {
    fn drop(&mut self) {
        self.open.set(self.open.get() - 1);
    }
}

pub(super) struct Fake {
    pub(super) world: RefCell<World>,
    /// Which call fails, counted from 0, and how.
    pub(super) fault: Option<(usize, Errno)>,
    calls: Cell<usize>,
    pub(super) open: Rc<Cell<usize>>,
}

pub(super) struct World {
    now: u64,
    pub(super) script: VecDeque<Step>,
    until: Option<u64>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) mounts: Vec<String>,
    pub(super) kernel: Kernel,
    /// Commands of the processes that run.
    pub(super) processes: BTreeMap<Pid, String>,
    ended: VecDeque<(Pid, Exit)>,
    signals: BTreeSet<SignalNumber>,
    next_pid: Pid,
    pub(super) manners: Manners,
    /// What the health command ends with.
    pub(super) health: Exit,
    pub(super) stderr: String,
    /// Every call, by name and object.
    pub(super) log: Vec<String>,
    /// The call that was made to fail.
    pub(super) failed: Option<String>,
}

impl Fake {
    pub(super) fn new(script: &[Step]) -> Self {
        Self {
            world: RefCell::new(World {
                now: 1000,
                script: script.iter().copied().collect(),
                until: None,
                files: BTreeMap::new(),
                mounts: Vec::new(),
                kernel: Kernel::default(),
                processes: BTreeMap::new(),
                ended: VecDeque::new(),
                signals: BTreeSet::new(),
                next_pid: 100,
                manners: Manners::Obey,
                health: Exit::Code(0),
                stderr: String::new(),
                log: Vec::new(),
                failed: None,
            }),
            fault: None,
            calls: Cell::new(0),
            open: Rc::new(Cell::new(0)),
        }
    }

    /// Calls made so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.get()
    }

    /// The calls whose text begins so.
    pub(super) fn logged(&self, beginning: &str) -> Vec<String> {
        let world = self.world.borrow();
        let calls = world.log.iter().filter(|call| call.starts_with(beginning));
        calls.cloned().collect()
    }

    fn call(&self, what: String) -> Result<(), Errno> {
        let number = self.calls.replace(self.calls.get() + 1);
        let mut world = self.world.borrow_mut();
        world.log.push(what.clone());
        match self.fault {
            Some((at, errno)) if at == number => {
                world.failed = Some(what);
                Err(errno)
            }
            _ => Ok(()),
        }
    }

    fn fd(&self, what: &str) -> Fd {
        self.open.set(self.open.get() + 1);
        Fd {
            what: what.into(),
            offset: Cell::new(0),
            open: Rc::clone(&self.open),
        }
    }
}

impl World {
    /// A process ends and waits to be reaped.
    fn end(&mut self, pid: Pid, exit: Exit) {
        if self.processes.remove(&pid).is_some() {
            self.kernel.leave(pid);
            // orphans are somebody else's children
            if pid < 10_000 {
                self.ended.push_back((pid, exit));
                self.signals.insert(libcell::platform::signal::CHLD);
            }
        }
    }
}
