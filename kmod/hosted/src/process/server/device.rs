//! `/dev/cell`: connections, ioctls and events.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use cell_abi::{Handle, Request, frame};

use super::packet::{HOST_USER, IOCTL, LISTENER, SUBSCRIBE};
use super::{FOLD, Server};
use crate::process::facts::{self, Directories, Facts, Pid};
use crate::process::filter;
use crate::process::machine::{Open, Process};
use crate::process::members::{Identity, ListenerId, Member, Threads};
use crate::process::os::epoll::Interest;
use crate::process::os::socket::{Message, Sender};
use crate::process::os::{errno, pidfd, socket};

/// An open of `/dev/cell`.
pub struct Connection {
    pub(super) fd: OwnedFd,
    /// In the kernel; made by the first packet, whose sender is the opener.
    open: Option<Open>,
    events: Events,
    /// An event for which there was no room.
    unsent: Option<Vec<u8>>,
    /// The process that was let in over it and has not handed over its listener.
    pub(super) entering: Option<Pid>,
}

/// Whether events are wanted, and whether there is room for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Events {
    Unwanted,
    Wanted,
    /// The other end does not read.
    Blocked,
}

/// What goes back.
struct Answer {
    bytes: Vec<u8>,
    fds: Vec<OwnedFd>,
}

impl Answer {
    fn errno(errno: i32) -> Self {
        Self {
            bytes: errno.to_le_bytes().to_vec(),
            fds: Vec::new(),
        }
    }

    fn with(buffer: &[u8]) -> Self {
        let mut answer = Self::errno(0);
        answer.bytes.extend_from_slice(buffer);
        answer
    }
}

impl Answer {
    fn is_success(&self) -> bool {
        self.bytes.starts_with(&[0; 4])
    }
}

impl Connection {
    pub(super) fn new(fd: OwnedFd) -> Self {
        Self {
            fd,
            open: None,
            events: Events::Unwanted,
            unsent: None,
            entering: None,
        }
    }

    pub(super) fn into_open(self) -> Option<Open> {
        self.open
    }
}

/// A sender, as the kernel is to see it.
enum Asker {
    Member(Pid, Box<Member>),
    Host(Box<Process>),
}

impl Server {
    pub(super) fn message(&mut self, number: u64, message: &Message) {
        let Some((kind, body)) = message.bytes.split_first() else {
            return;
        };
        let answer = match (*kind, message.sender) {
            (_, None | Some(Sender { pid: 0, .. })) => Some(Answer::errno(libc::EPERM)),
            (IOCTL, Some(sender)) => {
                let answer = self.ioctl(number, sender, body);
                match self.after_kill(number, message, body, answer) {
                    Some(answer) => Some(answer),
                    None => return,
                }
            }
            (LISTENER, Some(sender)) => {
                let result = self.hand_over(number, sender, message.fds.first());
                Some(Answer::errno(result.err().unwrap_or(0)))
            }
            // a member would be rid of its cell by it
            (HOST_USER, Some(sender))
                if sender.uid != 0 || self.marker_of(sender.pid).is_some() =>
            {
                Some(Answer::errno(libc::EPERM))
            }
            (HOST_USER, Some(_)) => Some(match message.fds.first() {
                None => Answer::with(&filter::bytes()),
                Some(fd) => {
                    let result = fd
                        .try_clone()
                        .and_then(|fd| self.add_listener(fd, Identity::HostUser));
                    Answer::errno(result.map_or_else(|error| errno(&error), |_| 0))
                }
            }),
            (SUBSCRIBE, Some(sender)) => {
                self.subscribe(number, sender);
                None
            }
            (_, Some(_)) => Some(Answer::errno(libc::EINVAL)),
        };
        let (Some(answer), Some(connection)) = (answer, self.connections.get(&number)) else {
            return;
        };
        let reply_to = match (*kind, message.fds.first()) {
            (IOCTL, Some(fd)) => fd.as_fd(),
            _ => connection.fd.as_fd(),
        };
        let fds: Vec<_> = answer.fds.iter().map(AsFd::as_fd).collect();
        // whoever does not read its answer has no answer
        if socket::send(reply_to, &answer.bytes, &fds).is_err() && message.fds.is_empty() {
            self.hang_up(number);
        }
    }

    fn subscribe(&mut self, number: u64, sender: Sender) {
        let Ok(asker) = self.asker(sender, Directories::None) else {
            return;
        };
        let opened = self.open(number, &asker);
        self.dismiss(asker);
        if opened.is_ok()
            && let Some(connection) = self.connections.get_mut(&number)
        {
            connection.events = Events::Wanted;
        }
    }

    /// Opens the device for a connection that has not, in the name of who sends first.
    ///
    /// # Errors
    /// EPERM from inside a cell.
    fn open(&mut self, number: u64, asker: &Asker) -> Result<(), i32> {
        let process = match asker {
            Asker::Member(_, member) => &member.process,
            Asker::Host(process) => process,
        };
        if let Some(connection) = self.connections.get_mut(&number)
            && connection.open.is_none()
        {
            connection.open = Some(self.machine.open(process)?);
        }
        Ok(())
    }

    /// The sender as the kernel knows it: a member, or a process of the host made for this one request.
    fn asker(&mut self, sender: Sender, directories: Directories) -> Result<Asker, i32> {
        let pid = sender.pid;
        if self.members.get(pid).is_none() {
            self.members.settle(&mut self.machine, Threads::Unknown);
        }
        let facts = facts::of(pid).ok_or(libc::ESRCH)?;
        if self.members.get(pid).is_none()
            && let Some(listener) = self.marker_of(pid)
        {
            self.members
                .claim(&mut self.machine, pid, facts.parent, listener);
        }
        if let Some(member) = self.members.borrow(pid) {
            return Ok(Asker::Member(pid, Box::new(member)));
        }
        // the credentials are those of the moment of sending
        let facts = Facts {
            uid: [sender.uid; 3],
            gid: [sender.gid; 3],
            ..facts
        };
        let process = self.machine.appear(&facts, directories);
        Ok(Asker::Host(Box::new(process)))
    }

    fn marker_of(&self, pid: Pid) -> Option<ListenerId> {
        let namespace = facts::namespace(pid, "uts")?;
        self.markers.get(&namespace).copied()
    }

    fn dismiss(&mut self, asker: Asker) {
        match asker {
            Asker::Member(pid, member) => self.members.give_back(pid, *member),
            Asker::Host(process) => self.machine.exit(*process, 0),
        }
    }

    fn ioctl(&mut self, number: u64, sender: Sender, body: &[u8]) -> Answer {
        let mut buffer = body.to_vec();
        let request = frame::read::<Request<'_>>(body).ok();
        self.members.reap(&mut self.machine);
        self.members.settle(&mut self.machine, Threads::Unknown);
        let directories = match request {
            Some(Request::Enter(_)) => facts::directories(sender.pid),
            _ => Directories::None,
        };
        if let Some(Request::Stats(cell)) = request {
            self.look_at_use(cell);
        }
        let asker = match self.asker(sender, directories) {
            Ok(asker) => asker,
            Err(errno) => return Answer::errno(errno),
        };
        if let Err(errno) = self.open(number, &asker) {
            self.dismiss(asker);
            return Answer::errno(errno);
        }
        let Some(open) = self
            .connections
            .get(&number)
            .and_then(|connection| connection.open.as_ref())
        else {
            self.dismiss(asker);
            return Answer::errno(libc::ENXIO);
        };
        let process = match &asker {
            Asker::Member(_, member) => &member.process,
            Asker::Host(process) => process,
        };
        let result = self.machine.ioctl(process, open, &mut buffer);
        if let Err(errno) = result {
            self.dismiss(asker);
            return Answer::errno(errno);
        }
        match (asker, request) {
            (Asker::Host(mut process), Some(Request::Enter(cell))) => {
                self.machine.entered(&mut process, cell);
                match self.let_in(number, sender.pid, *process) {
                    Ok(given) => {
                        let mut answer = Answer::with(&buffer);
                        answer.bytes.extend(filter::bytes());
                        answer.fds = given;
                        answer
                    }
                    Err(errno) => Answer::errno(errno),
                }
            }
            (asker, _) => {
                self.dismiss(asker);
                Answer::with(&buffer)
            }
        }
    }

    /// Delivers what a Kill that was granted has decided; `None`: it is answered when nobody is left.
    fn after_kill(
        &mut self,
        number: u64,
        message: &Message,
        body: &[u8],
        answer: Answer,
    ) -> Option<Answer> {
        let Ok(Request::Kill { cell, signal }) = frame::read::<Request<'_>>(body) else {
            return Some(answer);
        };
        if !answer.is_success() {
            return Some(answer);
        }
        let signal = i32::from(signal);
        self.deliver(cell, signal);
        let reply_to = match (message.fds.first(), self.connections.get(&number)) {
            (Some(fd), _) => fd.try_clone().ok(),
            (None, Some(connection)) => connection.fd.try_clone().ok(),
            (None, None) => None,
        };
        match reply_to {
            Some(reply_to) if signal == libc::SIGKILL => {
                self.answer_when_empty(cell, answer.bytes, reply_to);
                None
            }
            _ => Some(answer),
        }
    }

    /// Notes what members use now, for the kernel to add up.
    fn look_at_use(&mut self, cell: Handle) {
        for pid in self.members.of(&self.machine, cell) {
            let Some(member) = self.members.get_mut(pid) else {
                continue;
            };
            member.cpu_us = pidfd::cpu_us(pid).unwrap_or(0).max(member.cpu_us);
            let memory = facts::memory_kib(pid).unwrap_or((0, 0));
            self.machine.set_use(&member.process, member.cpu_us, memory);
        }
    }

    /// Hands out the events there are to those who want them.
    pub(super) fn tell_events(&mut self) {
        let now = Instant::now();
        if self.machine.denied_something() {
            self.fold_until = Some(now + FOLD);
        } else if self.fold_until.is_some_and(|until| until <= now) {
            self.fold_until = None;
        }
        let mut full = Vec::new();
        let mut gone = Vec::new();
        for (number, connection) in &mut self.connections {
            if connection.events != Events::Wanted {
                continue;
            }
            let Some(open) = connection.open.as_mut() else {
                continue;
            };
            while let Some(event) = connection.unsent.take().or_else(|| self.machine.read(open)) {
                match socket::send(connection.fd.as_fd(), &event, &[]) {
                    Ok(()) => {}
                    Err(error) if errno(&error) == libc::EAGAIN => {
                        // those that follow wait in the kernel's ring, which counts what it loses
                        connection.unsent = Some(event);
                        connection.events = Events::Blocked;
                        full.push(*number);
                        break;
                    }
                    Err(_) => {
                        gone.push(*number);
                        break;
                    }
                }
            }
        }
        for number in full {
            self.watch_room(number, Interest::ReadWrite);
        }
        for number in gone {
            self.hang_up(number);
        }
    }

    pub(super) fn unblock(&mut self, number: u64) {
        if let Some(connection) = self.connections.get_mut(&number)
            && connection.events == Events::Blocked
        {
            connection.events = Events::Wanted;
        }
        self.watch_room(number, Interest::Read);
    }

    /// The connection has ended. Whoever was about to enter over it does not.
    pub(super) fn hang_up(&mut self, number: u64) {
        let Some(connection) = self.connections.remove(&number) else {
            return;
        };
        self.epoll.remove(connection.fd.as_fd());
        if let Some(open) = connection.open {
            self.machine.close(open);
        }
        if let Some(pid) = connection.entering {
            self.cancel(pid);
        }
    }
}
