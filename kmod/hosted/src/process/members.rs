//! The processes of cells: who is one, which forks are on the way, who has ended.
//!
//! A cell's process limit is decided before Linux makes the child, so an allowed fork counts from the decision on: it is
//! *pending* until the child is seen or it is certain that there is none. A child is seen when it makes a notified call
//! itself, or among its parent's children.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use cell_abi::Handle;

use crate::process::facts::{self, NamespaceId, Pid};
use crate::process::machine::{Machine, Process};
use crate::process::os::epoll::Epoll;
use crate::process::os::pidfd;

/// Names a listener.
pub type ListenerId = u64;

/// Whose calls a listener brings.
#[derive(Debug)]
pub enum Identity {
    /// A process of the host that is not root, for tests.
    HostUser,
    /// A member, and everything that came of it.
    Cell(Marker),
}

/// The UTS namespace that a member made when it entered: all of its descendants are in it, and nobody else.
#[derive(Debug)]
pub struct Marker {
    /// The cell.
    pub cell: Handle,
    /// The namespace.
    pub namespace: NamespaceId,
    /// Keeps its inode from being used again.
    #[expect(dead_code, reason = "held, not read")]
    pub pin: File,
}

/// A process of a cell.
#[derive(Debug)]
pub struct Member {
    /// In the kernel.
    pub process: Process,
    /// In Linux.
    pub pidfd: OwnedFd,
    /// Which listener its calls come by; `None` while it enters.
    pub listener: Option<ListenerId>,
    /// CPU time when it was last looked at.
    pub cpu_us: u64,
}

/// An allowed fork whose child has not been seen.
#[derive(Debug)]
struct Pending {
    parent: Pid,
    thread: Pid,
    listener: ListenerId,
    process: Process,
    /// A signal that was sent to the whole cell after the fork was allowed.
    owed: Option<i32>,
}

/// All members of all cells.
#[derive(Debug)]
pub struct Members {
    by_pid: HashMap<Pid, Member>,
    /// One that is in `by_pid` but for the moment.
    borrowed: Option<Pid>,
    pending: Vec<Pending>,
    /// Members' pidfds.
    exits: Epoll,
    /// In which namespace the processes under a listener are.
    namespaces: HashMap<ListenerId, NamespaceId>,
}

impl Members {
    /// None.
    ///
    /// # Errors
    /// Those of epoll_create(2).
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            by_pid: HashMap::new(),
            borrowed: None,
            pending: Vec::new(),
            exits: Epoll::new()?,
            namespaces: HashMap::new(),
        })
    }

    /// Everything the kernel knows of, members and forks on the way.
    pub fn into_processes(self) -> impl Iterator<Item = Process> {
        let members = self.by_pid.into_values().map(|member| member.process);
        members.chain(self.pending.into_iter().map(|pending| pending.process))
    }

    /// Readable when a member has ended.
    #[must_use]
    pub fn exits(&self) -> BorrowedFd<'_> {
        self.exits.as_fd()
    }

    /// A member by its process.
    #[must_use]
    pub fn get(&self, pid: Pid) -> Option<&Member> {
        self.by_pid.get(&pid)
    }

    /// A member by its process.
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Member> {
        self.by_pid.get_mut(&pid)
    }

    /// Adds one.
    ///
    /// # Errors
    /// Those of epoll_ctl(2).
    pub fn add(&mut self, pid: Pid, member: Member) -> io::Result<()> {
        self.exits
            .add(member.pidfd.as_fd(), u64::from(pid.unsigned_abs()))?;
        self.by_pid.insert(pid, member);
        Ok(())
    }

    /// Takes one out that has ended.
    pub fn remove(&mut self, pid: Pid) -> Option<Member> {
        let member = self.by_pid.remove(&pid)?;
        self.exits.remove(member.pidfd.as_fd());
        Some(member)
    }

    /// Takes one out for the time that a call of it is looked at.
    pub fn borrow(&mut self, pid: Pid) -> Option<Member> {
        let member = self.by_pid.remove(&pid)?;
        self.borrowed = Some(pid);
        Some(member)
    }

    /// Puts it back.
    pub fn give_back(&mut self, pid: Pid, member: Member) {
        self.borrowed = None;
        self.by_pid.insert(pid, member);
    }

    fn knows(&self, pid: Pid) -> bool {
        self.by_pid.contains_key(&pid) || self.borrowed == Some(pid)
    }

    /// Every member.
    pub fn iter(&self) -> impl Iterator<Item = (Pid, &Member)> {
        self.by_pid.iter().map(|(pid, member)| (*pid, member))
    }

    /// Every member of a cell.
    #[must_use]
    pub fn of(&self, machine: &Machine, cell: Handle) -> Vec<Pid> {
        self.iter()
            .filter(|(_, member)| machine.cell_of(&member.process) == cell)
            .map(|(pid, _)| pid)
            .collect()
    }

    /// Whether a cell has no member and none on the way.
    #[must_use]
    pub fn is_empty(&self, machine: &Machine, cell: Handle) -> bool {
        let in_cell = |process: &Process| machine.cell_of(process) == cell;
        !self.by_pid.values().any(|member| in_cell(&member.process))
            && !self.pending.iter().any(|pending| in_cell(&pending.process))
    }

    /// Tells the kernel of members that have ended. Never waits.
    pub fn reap(&mut self, machine: &mut Machine) {
        let mut ready = Vec::new();
        loop {
            if self.exits.wait(0, &mut ready).is_err() {
                return;
            }
            let mut any = false;
            for one in &ready {
                // one that is looked at just now stays ready until it is back
                let member = Pid::try_from(one.key)
                    .ok()
                    .and_then(|pid| Some((pid, self.remove(pid)?)));
                if let Some((pid, member)) = member {
                    let cpu_us = pidfd::cpu_us(pid).unwrap_or(0).max(member.cpu_us);
                    machine.exit(member.process, cpu_us);
                    any = true;
                }
            }
            if !any {
                return;
            }
        }
    }

    /// Sends a signal to those; and to children that are on the way, when they are seen.
    pub fn signal(&mut self, pids: &[Pid], listeners: &[ListenerId], signal: i32) {
        for member in pids.iter().filter_map(|pid| self.by_pid.get(pid)) {
            // ESRCH: it ended by itself
            let _ = pidfd::signal(member.pidfd.as_fd(), signal);
        }
        for pending in &mut self.pending {
            if listeners.contains(&pending.listener) {
                pending.owed = Some(signal);
            }
        }
    }

    /// Whether forks are on the way.
    #[must_use]
    pub fn awaits_children(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Notes an allowed fork.
    pub fn expect(&mut self, parent: Pid, thread: Pid, listener: ListenerId, process: Process) {
        self.pending.push(Pending {
            parent,
            thread,
            listener,
            process,
            owed: None,
        });
    }

    /// Says in which namespace everything under a listener is, and nothing else.
    pub fn mark(&mut self, listener: ListenerId, namespace: NamespaceId) {
        self.namespaces.insert(listener, namespace);
    }

    /// Takes back all forks under a listener that has ended.
    pub fn forget(&mut self, listener: ListenerId) -> Vec<Process> {
        self.namespaces.remove(&listener);
        let gone = |pending: &mut Pending| pending.listener == listener;
        self.pending
            .extract_if(.., gone)
            .map(|pending| pending.process)
            .collect()
    }

    /// Takes back the last fork of a thread.
    pub fn withdraw(&mut self, thread: Pid) -> Option<Process> {
        let index = self
            .pending
            .iter()
            .rposition(|pending| pending.thread == thread)?;
        Some(self.pending.swap_remove(index).process)
    }

    /// The process that a fork of `parent` made for the new `pid`; without one, one made now.
    ///
    /// `None`: a process under a listener of which no member is left.
    pub fn claim(
        &mut self,
        machine: &mut Machine,
        pid: Pid,
        parent: Pid,
        listener: ListenerId,
    ) -> Option<&mut Member> {
        let of_parent =
            |pending: &Pending| pending.parent == parent && pending.listener == listener;
        let index = self
            .pending
            .iter()
            .position(of_parent)
            .or_else(|| self.pending.iter().position(|one| one.listener == listener));
        let (mut process, owed) = match index {
            Some(index) => {
                let pending = self.pending.swap_remove(index);
                (pending.process, pending.owed)
            }
            None => {
                let relative = self
                    .by_pid
                    .values()
                    .find(|member| member.listener == Some(listener))?;
                (machine.fork(&relative.process), None)
            }
        };
        let Ok(pidfd) = pidfd::open(pid) else {
            machine.exit(process, 0);
            return None;
        };
        if let Some(signal) = owed {
            let _ = pidfd::signal(pidfd.as_fd(), signal);
        }
        machine.set_pid(&mut process, pid);
        let member = Member {
            process,
            pidfd,
            listener: Some(listener),
            cpu_us: 0,
        };
        self.add(pid, member).ok()?;
        self.by_pid.get_mut(&pid)
    }

    /// Looks for the children of pending forks. Those found are members afterwards (the numbers returned); forks of
    /// which it is certain that there is no child any more are taken back.
    pub fn settle(&mut self, machine: &mut Machine, threads: Threads) -> Vec<Pid> {
        let mut found = Vec::new();
        let mut seen: Vec<(Pid, Pid, ListenerId)> = self
            .pending
            .iter()
            .map(|pending| (pending.parent, pending.thread, pending.listener))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        for (parent, thread, listener) in seen {
            // asked before looking: a thread that was past its clone had made the child by then
            let past = match threads {
                Threads::Past(id) if id == thread => true,
                Threads::Past(_) | Threads::Unknown => is_past_fork(parent, thread),
            };
            for child in facts::children(parent, thread) {
                if self.knows(child) || !self.expects(thread) {
                    continue;
                }
                if self.claim(machine, child, parent, listener).is_some() {
                    found.push(child);
                }
            }
            if past && self.expects(thread) {
                found.extend(self.adopt(machine, listener));
                while let Some(process) = self.withdraw(thread) {
                    machine.exit(process, 0);
                }
            }
        }
        found
    }

    fn expects(&self, thread: Pid) -> bool {
        self.pending.iter().any(|pending| pending.thread == thread)
    }

    /// Looks through all processes for members that nobody knows of yet; those found.
    pub fn adopt(&mut self, machine: &mut Machine, listener: ListenerId) -> Vec<Pid> {
        let Some(namespace) = self.namespaces.get(&listener).copied() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for pid in facts::all() {
            if self.knows(pid) || facts::namespace(pid, "uts") != Some(namespace) {
                continue;
            }
            let Some(facts) = facts::of(pid) else {
                continue;
            };
            if facts.pid == pid
                && !facts.zombie
                && self.claim(machine, pid, facts.parent, listener).is_some()
            {
                found.push(pid);
            }
        }
        found
    }
}

/// What is known of threads that forked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// This one makes another call, so its fork is over.
    Past(Pid),
    /// Nothing.
    Unknown,
}

/// Whether a thread is certainly not in the middle of making a child.
fn is_past_fork(process: Pid, thread: Pid) -> bool {
    let Ok(call) = std::fs::read_to_string(format!("/proc/{process}/task/{thread}/syscall")) else {
        return true;
    };
    let Some(number) = call.split_whitespace().next() else {
        return false;
    };
    // "running" says nothing; a number is of the call it sleeps in
    number
        .parse::<i64>()
        .is_ok_and(|number| ![libc::SYS_clone, libc::SYS_fork, libc::SYS_vfork].contains(&number))
}
