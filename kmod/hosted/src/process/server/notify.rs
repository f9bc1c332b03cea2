//! Answering system calls of members.

use std::os::fd::AsFd;

use super::Server;
use crate::process::facts::{self, Directories, Pid};
use crate::process::machine::Process;
use crate::process::members::{Identity, ListenerId, Threads};
use crate::process::os::pidfd;
use crate::process::os::seccomp::{self, Answer, Notification};
use crate::process::questions::{About, Verdict};
use crate::process::translate::{Call, Outcome};

impl Server {
    /// Takes one call from a listener and answers it.
    pub(super) fn notification(&mut self, id: ListenerId) {
        let Some(listener) = self.listeners.get(&id) else {
            return;
        };
        let note = match seccomp::receive(listener.fd.as_fd()) {
            Ok(Some(note)) => note,
            Ok(None) | Err(_) => return,
        };
        let of_member = match listener.identity {
            Identity::HostUser => false,
            Identity::Cell(_) => true,
        };
        if of_member {
            self.of_member(id, note);
        } else {
            self.of_host_user(id, note);
        }
    }

    fn answer(&self, id: ListenerId, note: &Notification, answer: Answer) -> bool {
        self.listeners
            .get(&id)
            .is_some_and(|listener| seccomp::answer(listener.fd.as_fd(), note.id, answer))
    }

    fn of_host_user(&mut self, id: ListenerId, note: Notification) {
        let Some(facts) = facts::of(note.tid) else {
            return;
        };
        let mut process = self.machine.appear(&facts, Directories::None);
        let outcome = self.outcome(id, note, facts.pid, &mut process);
        let answer = match outcome {
            // the host has no limit of its own here
            Outcome::Fork | Outcome::Execute | Outcome::Continue => Answer::Continue,
            Outcome::Fail(errno) => Answer::Fail(errno),
            Outcome::Return(value) => Answer::Return(value),
        };
        self.answer(id, &note, answer);
        self.machine.exit(process, 0);
    }

    fn of_member(&mut self, id: ListenerId, note: Notification) {
        self.members
            .settle(&mut self.machine, Threads::Past(note.tid));
        let Some(pid) = self.caller(id, &note) else {
            self.answer(id, &note, Answer::Fail(libc::EPERM));
            return;
        };
        let Some(mut member) = self.members.borrow(pid) else {
            return;
        };
        member.cpu_us = pidfd::cpu_us(pid).unwrap_or(0).max(member.cpu_us);
        let outcome = self.outcome(id, note, pid, &mut member.process);
        if outcome == Outcome::Fork {
            // those that have ended meanwhile make room
            self.members.reap(&mut self.machine);
            let verdict = self
                .machine
                .ask_about(&member.process, About::Fork, &member.process);
            if verdict == Verdict::Deny || self.is_doomed(self.machine.cell_of(&member.process)) {
                self.answer(id, &note, Answer::Fail(libc::EAGAIN));
            } else {
                let child = self.machine.fork(&member.process);
                self.members.expect(pid, note.tid, id, child);
                if !self.answer(id, &note, Answer::Continue)
                    && let Some(child) = self.members.withdraw(note.tid)
                {
                    self.machine.exit(child, 0);
                }
            }
        } else {
            if outcome == Outcome::Execute {
                self.machine.exec(&member.process);
            }
            self.answer(
                id,
                &note,
                match outcome {
                    Outcome::Continue | Outcome::Execute | Outcome::Fork => Answer::Continue,
                    Outcome::Fail(errno) => Answer::Fail(errno),
                    Outcome::Return(value) => Answer::Return(value),
                },
            );
        }
        self.members.give_back(pid, member);
    }

    /// The process that calls, a member from now on if it was not yet.
    fn caller(&mut self, id: ListenerId, note: &Notification) -> Option<Pid> {
        if self.members.get(note.tid).is_some() {
            return Some(note.tid);
        }
        let facts = facts::of(note.tid)?;
        if self.members.get(facts.pid).is_none() {
            self.members
                .claim(&mut self.machine, facts.pid, facts.parent, id)?;
        }
        Some(facts.pid)
    }

    fn outcome(
        &mut self,
        id: ListenerId,
        note: Notification,
        pid: Pid,
        process: &mut Process,
    ) -> Outcome {
        let Some(listener) = self.listeners.get(&id) else {
            return Outcome::Continue;
        };
        Call {
            machine: &mut self.machine,
            members: &mut self.members,
            markers: &self.markers,
            listener: listener.fd.as_fd(),
            note,
            pid,
            process,
        }
        .outcome()
    }
}
