//! Kill: the kernel says whom, Linux delivers; SIGKILL is answered when nobody is left.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use cell_abi::Handle;

use super::Server;
use crate::process::facts::{self, Pid};
use crate::process::members::{Identity, ListenerId, Threads};
use crate::process::os::{pidfd, socket};

/// As long as the module waits for members to end (`CELL_KILL_ROUNDS`).
const PATIENCE: Duration = Duration::from_secs(1);

/// A Kill whose members have not all ended. While it is here the cell gets no new member.
#[derive(Debug)]
pub(super) struct Kill {
    cell: Handle,
    reply_to: OwnedFd,
    answer: Vec<u8>,
    pub(super) until: Instant,
}

impl Server {
    /// Sends the signals that the kernel has decided on, and to children that are on the way.
    pub(super) fn deliver(&mut self, cell: Handle, signal: i32) {
        if signal == 0 {
            return;
        }
        let listeners: Vec<ListenerId> = self
            .listeners
            .iter()
            .filter(|(_, listener)| match &listener.identity {
                Identity::Cell(marker) => marker.cell == cell,
                Identity::HostUser => false,
            })
            .map(|(id, _)| *id)
            .collect();
        // the kernel knows of children only as forks that were allowed; those that run are signalled like the others
        for id in &listeners {
            self.members.adopt(&mut self.machine, *id);
        }
        let members = self.members.of(&self.machine, cell);
        let signalled: Vec<Pid> = members
            .into_iter()
            .filter(|pid| {
                self.members
                    .get(*pid)
                    .is_some_and(|member| self.machine.was_signalled(&member.process))
            })
            .collect();
        self.members.signal(&signalled, &listeners, signal);
    }

    /// Answers once the cell is empty, or patience is at its end.
    pub(super) fn answer_when_empty(&mut self, cell: Handle, answer: Vec<u8>, reply_to: OwnedFd) {
        self.kills.push(Kill {
            cell,
            reply_to,
            answer,
            until: Instant::now() + PATIENCE,
        });
    }

    /// Whether everybody in the cell is being killed.
    pub(super) fn is_doomed(&self, cell: Handle) -> bool {
        self.kills.iter().any(|kill| kill.cell == cell)
    }

    pub(super) fn answer_kills(&mut self) {
        if self.kills.is_empty() {
            return;
        }
        self.members.reap(&mut self.machine);
        self.members.settle(&mut self.machine, Threads::Unknown);
        let now = Instant::now();
        let (mut done, mut waiting) = (Vec::new(), Vec::new());
        for kill in std::mem::take(&mut self.kills) {
            if kill.until <= now || self.is_over(kill.cell) {
                done.push(kill);
            } else {
                waiting.push(kill);
            }
        }
        self.kills = waiting;
        for kill in done {
            let _ = socket::send(kill.reply_to.as_fd(), &kill.answer, &[]);
        }
    }
    /// Whether a cell that is being killed is empty; whoever turns up late is killed too.
    fn is_over(&mut self, cell: Handle) -> bool {
        let members = self.members.of(&self.machine, cell);
        if !members.is_empty() {
            self.members.signal(&members, &[], libc::SIGKILL);
            return false;
        }
        if !self.members.is_empty(&self.machine, cell) {
            return false;
        }
        let mut late = false;
        for pid in self.strays(cell) {
            late = true;
            if let Ok(process) = pidfd::open(pid) {
                let _ = pidfd::signal(process.as_fd(), libc::SIGKILL);
            }
        }
        !late
    }

    /// Processes in a cell's namespaces that the kernel does not know.
    fn strays(&self, cell: Handle) -> Vec<Pid> {
        let namespaces: Vec<_> = self
            .listeners
            .values()
            .filter_map(|listener| match &listener.identity {
                Identity::Cell(marker) if marker.cell == cell => Some(marker.namespace),
                Identity::Cell(_) | Identity::HostUser => None,
            })
            .collect();
        if namespaces.is_empty() {
            return Vec::new();
        }
        facts::all()
            .filter(|pid| {
                facts::namespace(*pid, "uts").is_some_and(|found| namespaces.contains(&found))
                    && self.members.get(*pid).is_none()
                    && facts::of(*pid).is_some_and(|facts| !facts.zombie)
            })
            .collect()
    }
}
