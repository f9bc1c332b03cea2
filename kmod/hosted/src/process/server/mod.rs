//! The thread that is the kernel: waits, and hands on what happens.

mod device;
mod enter;
mod kill;
mod notify;
pub(super) mod packet;
mod running;

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::process::facts::NamespaceId;
use crate::process::machine::Machine;
use crate::process::members::{Identity, ListenerId, Members, Threads};
use crate::process::os::epoll::{Epoll, Interest, Ready};
use crate::process::os::socket;

use device::Connection;
use kill::Kill;
pub use running::{Running, Survivor, start, start_logging};

/// How long until forks on the way are looked for again: about as long as a fork takes.
const SETTLE_MS: i32 = 2;
/// Denials of a second are told as one event when it is over.
const FOLD: Duration = Duration::from_millis(1100);

/// What an epoll key stands for: the upper byte; the rest is a number.
const SOCKET: u64 = 0;
const STOP: u64 = 1;
const EXITS: u64 = 2;
const CONNECTION: u64 = 3 << 56;
const LISTENER: u64 = 4 << 56;
const NUMBER: u64 = (1 << 56) - 1;

/// A seccomp listener and whose calls it brings.
#[derive(Debug)]
struct Listener {
    fd: OwnedFd,
    identity: Identity,
}

/// The kernel with everything that talks to it.
struct Server {
    epoll: Epoll,
    socket: OwnedFd,
    machine: Machine,
    members: Members,
    connections: HashMap<u64, Connection>,
    listeners: HashMap<ListenerId, Listener>,
    markers: HashMap<NamespaceId, ListenerId>,
    next: u64,
    /// Something was denied: events may be due until then.
    fold_until: Option<Instant>,
    /// Kills that are not answered yet.
    kills: Vec<Kill>,
    log: Logger,
}

/// Takes a line of the kernel's log.
type Logger = Box<dyn FnMut(&str) + Send>;

impl Server {
    fn new(socket: OwnedFd, stop: &OwnedFd, log: Logger) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        let members = Members::new()?;
        epoll.add(socket.as_fd(), SOCKET)?;
        epoll.add(stop.as_fd(), STOP)?;
        epoll.add(members.exits(), EXITS)?;
        Ok(Self {
            epoll,
            socket,
            machine: Machine::boot()?,
            members,
            connections: HashMap::new(),
            listeners: HashMap::new(),
            markers: HashMap::new(),
            next: 1,
            fold_until: None,
            kills: Vec::new(),
            log,
        })
    }

    /// Serves until `stop` is readable.
    fn run(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        loop {
            self.epoll.wait(self.timeout(), &mut ready)?;
            self.machine.tick();
            for one in &ready {
                if one.key == STOP {
                    return Ok(());
                }
                self.happened(*one);
            }
            if self.members.awaits_children() {
                self.members.settle(&mut self.machine, Threads::Unknown);
            }
            self.answer_kills();
            self.tell_events();
            for line in self.machine.take_log() {
                (self.log)(&line);
            }
        }
    }

    fn timeout(&self) -> i32 {
        if self.members.awaits_children() || !self.kills.is_empty() {
            return SETTLE_MS;
        }
        match self.fold_until {
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                i32::try_from(left.as_millis()).map_or(i32::MAX, |left| left + 1)
            }
            None => -1,
        }
    }

    fn happened(&mut self, ready: Ready) {
        let number = ready.key & NUMBER;
        match ready.key {
            SOCKET => self.accept(),
            EXITS => self.members.reap(&mut self.machine),
            key if key & !NUMBER == CONNECTION => self.connection(number, ready),
            key if key & !NUMBER == LISTENER => {
                if ready.readable {
                    self.notification(number);
                } else if ready.closed {
                    self.listener_ended(number);
                }
            }
            _ => {}
        }
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    fn accept(&mut self) {
        while let Ok(Some(fd)) = socket::accept(self.socket.as_fd()) {
            let number = self.number();
            if self.epoll.add(fd.as_fd(), CONNECTION | number).is_ok() {
                self.connections.insert(number, Connection::new(fd));
            }
        }
    }

    fn connection(&mut self, number: u64, ready: Ready) {
        if ready.writable {
            self.unblock(number);
        }
        if !ready.readable {
            if ready.closed {
                self.hang_up(number);
            }
            return;
        }
        let Some(connection) = self.connections.get(&number) else {
            return;
        };
        match socket::receive(connection.fd.as_fd(), packet::LONGEST) {
            Ok(Some(message)) if message.bytes.is_empty() => self.hang_up(number),
            Ok(Some(message)) => self.message(number, &message),
            Ok(None) => {}
            Err(_) => self.hang_up(number),
        }
    }

    /// Watches a connection for room as well, or not any more.
    fn watch_room(&mut self, number: u64, interest: Interest) {
        if let Some(connection) = self.connections.get(&number) {
            let _ = self
                .epoll
                .change(connection.fd.as_fd(), CONNECTION | number, interest);
        }
    }

    /// All members under a listener have ended.
    fn listener_ended(&mut self, id: ListenerId) {
        self.members.reap(&mut self.machine);
        if let Some(listener) = self.listeners.remove(&id) {
            self.epoll.remove(listener.fd.as_fd());
            match listener.identity {
                Identity::Cell(marker) => {
                    self.markers.remove(&marker.namespace);
                }
                Identity::HostUser => {}
            }
        }
        for process in self.members.forget(id) {
            self.machine.exit(process, 0);
        }
    }
}
