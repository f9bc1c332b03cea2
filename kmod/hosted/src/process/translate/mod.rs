//! Linux system calls in the words of kauth(9): what NetBSD's kernel would ask at the corresponding call, and which errno
//! it would return.

mod directories;
mod files;
mod ipc;
mod paths;
mod processes;
mod signals;
mod sockets;
mod system;

use std::collections::HashMap;
use std::io;
use std::os::fd::BorrowedFd;

use crate::process::facts::{self, Directories, Facts, NamespaceId, Pid};
use crate::process::machine::{Machine, Process};
use crate::process::members::{ListenerId, Members, Threads};
use crate::process::os::pidfd;
use crate::process::os::seccomp::{self, Notification};
use crate::process::questions::{About, Question, Verdict};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Linux runs it.
    Continue,
    /// It fails with this errno.
    Fail(i32),
    /// It returns this; it was done in the caller's place.
    Return(i64),
    /// It makes a process.
    Fork,
    /// Linux runs it, and the caller is another program afterwards.
    Execute,
}

/// A call being looked at.
pub struct Call<'s> {
    /// The kernel.
    pub machine: &'s mut Machine,
    /// The members, but for the caller.
    pub members: &'s mut Members,
    /// Which namespaces mark members.
    pub markers: &'s HashMap<NamespaceId, ListenerId>,
    /// By which it came.
    pub listener: BorrowedFd<'s>,
    /// What is called.
    pub note: Notification,
    /// Who calls.
    pub pid: Pid,
    /// Who calls, in the kernel.
    pub process: &'s mut Process,
}

/// The question denied becomes this errno.
fn deny(verdict: Verdict, errno: i32) -> Outcome {
    match verdict {
        Verdict::Allow | Verdict::Defer => Outcome::Continue,
        Verdict::Deny => Outcome::Fail(errno),
    }
}

impl Call<'_> {
    /// What becomes of it.
    pub fn outcome(&mut self) -> Outcome {
        let answer = signals::outcome(self)
            .or_else(|| files::outcome(self))
            .or_else(|| directories::outcome(self))
            .or_else(|| processes::outcome(self))
            .or_else(|| sockets::outcome(self))
            .or_else(|| ipc::outcome(self))
            .or_else(|| system::outcome(self));
        // in the table of what is trapped, and in none of what is asked
        answer.unwrap_or(Outcome::Fail(libc::ENOSYS))
    }

    /// An argument as it is.
    fn argument(&self, index: usize) -> u64 {
        self.note.arguments.get(index).copied().unwrap_or(0)
    }

    /// An argument that is a C `int`.
    fn int(&self, index: usize) -> i32 {
        self.argument(index) as u32 as i32
    }

    /// Bytes of the caller's memory; `None` when it is gone or they are not there, which Linux then says.
    fn memory<const N: usize>(&self, index: usize) -> Option<[u8; N]> {
        let bytes = pidfd::read_bytes(self.note.tid, self.argument(index)).ok()?;
        self.still_waits().then_some(bytes)
    }

    /// A string of the caller's memory.
    fn string(&self, index: usize) -> Option<Vec<u8>> {
        let text = pidfd::read_string(self.note.tid, self.argument(index)).ok()?;
        self.still_waits().then_some(text)
    }

    /// Whether what was read was the caller's and not of a process that came after it.
    fn still_waits(&self) -> bool {
        seccomp::is_valid(self.listener, self.note.id)
    }

    /// A descriptor of the caller.
    fn descriptor(&self, number: i32) -> io::Result<std::os::fd::OwnedFd> {
        let process = pidfd::open(self.pid)?;
        use std::os::fd::AsFd;
        pidfd::take(process.as_fd(), number)
    }

    fn ask(&mut self, question: Question) -> Verdict {
        self.refresh();
        self.machine.ask(self.process, question)
    }

    /// The caller's credential is what Linux has now: it may have called setuid(2) since.
    fn refresh(&mut self) {
        if let Some(facts) = facts::of(self.note.tid) {
            self.machine.update(self.process, &facts);
        }
    }

    /// Asks about a process or thread by its number as the caller knows it; `None` if there is none.
    fn ask_about(&mut self, number: Pid, about: About) -> Option<Verdict> {
        self.refresh();
        let id = facts::seen_from(self.pid, number)?;
        self.ask_about_own(id, about)
    }

    /// As [`Self::ask_about`], by the number of this pid namespace.
    fn ask_about_own(&mut self, id: Pid, about: About) -> Option<Verdict> {
        if id == self.pid {
            return Some(self.ask_self(about));
        }
        if self.members.get(id).is_none() && self.members.awaits_children() {
            self.members.settle(self.machine, Threads::Unknown);
        }
        if let Some(member) = self.members.get(id) {
            return Some(self.machine.ask_about(self.process, about, &member.process));
        }
        let facts = facts::of(id)?;
        if facts.pid != id {
            // a thread: its process
            return self.ask_about_own(facts.pid, about);
        }
        Some(self.ask_about_stranger(&facts, about))
    }

    /// About a process that is not known: a member that nobody has seen yet, or one of the host.
    fn ask_about_stranger(&mut self, facts: &Facts, about: About) -> Verdict {
        let marked = facts::namespace(facts.pid, "uts")
            .and_then(|namespace| self.markers.get(&namespace))
            .copied();
        if let Some(listener) = marked {
            self.members
                .claim(self.machine, facts.pid, facts.parent, listener);
            if let Some(member) = self.members.get(facts.pid) {
                return self.machine.ask_about(self.process, about, &member.process);
            }
        }
        let other = self.machine.appear(facts, Directories::None);
        let verdict = self.machine.ask_about(self.process, about, &other);
        self.machine.exit(other, 0);
        verdict
    }

    fn ask_self(&mut self, about: About) -> Verdict {
        self.machine.ask_about(self.process, about, self.process)
    }
}
