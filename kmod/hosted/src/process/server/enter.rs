//! Entering a cell: the kernel has made the caller a member; now Linux has to follow.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::{LISTENER, Listener, Server};
use crate::process::facts::{self, Pid};
use crate::process::machine::Process;
use crate::process::members::{Identity, ListenerId, Marker, Member};
use crate::process::os::path;
use crate::process::os::socket::Sender;
use crate::process::os::{errno, pidfd, seccomp};

impl Server {
    /// Counts the process as a member and gives it what it moves itself with: the root and the user namespace.
    pub(super) fn let_in(
        &mut self,
        number: u64,
        pid: Pid,
        process: Process,
    ) -> Result<Vec<OwnedFd>, i32> {
        let given = pidfd::open(pid).and_then(|pidfd| {
            let root = self.machine.root_of(&process)?;
            let users: OwnedFd = File::open("/proc/self/ns/user")?.into();
            Ok((pidfd, root, users))
        });
        let (pidfd, root, users) = match given {
            Ok(given) => given,
            Err(error) => {
                self.machine.exit(process, 0);
                return Err(errno(&error));
            }
        };
        let member = Member {
            process,
            pidfd,
            listener: None,
            cpu_us: 0,
        };
        self.members
            .add(pid, member)
            .map_err(|error| errno(&error))?;
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.entering = Some(pid);
        }
        Ok(vec![root, users])
    }

    /// The process has moved itself: from here on its calls come by the listener.
    pub(super) fn hand_over(
        &mut self,
        number: u64,
        sender: Sender,
        listener: Option<&OwnedFd>,
    ) -> Result<(), i32> {
        let entering = self
            .connections
            .get(&number)
            .and_then(|connection| connection.entering);
        let listener = listener.ok_or(libc::EINVAL)?;
        if entering != Some(sender.pid) {
            return Err(libc::EPERM);
        }
        let result = self
            .admit(sender.pid, listener)
            .map_err(|error| errno(&error));
        match result {
            Ok(id) => {
                if let Some(connection) = self.connections.get_mut(&number) {
                    connection.entering = None;
                }
                if let Some(member) = self.members.get_mut(sender.pid) {
                    member.listener = Some(id);
                }
                Ok(())
            }
            Err(errno) => {
                self.cancel(sender.pid);
                Err(errno)
            }
        }
    }

    fn admit(&mut self, pid: Pid, listener: &OwnedFd) -> io::Result<ListenerId> {
        let refuse = |errno| io::Error::from_raw_os_error(errno);
        let member = self.members.get(pid).ok_or_else(|| refuse(libc::ESRCH))?;
        let cell = self.machine.cell_of(&member.process);
        let expected = path::describe(self.machine.root_of(&member.process)?.as_fd())?.identity;
        let root = path::hold(&format!("/proc/{pid}/root"))?;
        if path::describe(root.as_fd())?.identity != expected {
            return Err(refuse(libc::EPERM));
        }
        // a namespace that anybody else is in would make members of them
        let own = Pid::try_from(std::process::id()).unwrap_or(0);
        let namespace = facts::namespace(pid, "uts").ok_or_else(|| refuse(libc::ESRCH))?;
        if Some(namespace) == facts::namespace(own, "uts") || self.markers.contains_key(&namespace)
        {
            return Err(refuse(libc::EPERM));
        }
        let pin = File::open(facts::namespace_path(pid, "uts"))?;
        let id = self.add_listener(
            listener.try_clone()?,
            Identity::Cell(Marker {
                cell,
                namespace,
                pin,
            }),
        )?;
        self.markers.insert(namespace, id);
        self.members.mark(id, namespace);
        Ok(id)
    }

    /// Begins to serve a listener.
    pub(super) fn add_listener(
        &mut self,
        fd: OwnedFd,
        identity: Identity,
    ) -> io::Result<ListenerId> {
        if !seccomp::is_listener(fd.as_fd()) {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        seccomp::wake_on_same_cpu(fd.as_fd());
        let id = self.number();
        self.epoll.add(fd.as_fd(), LISTENER | id)?;
        self.listeners.insert(id, Listener { fd, identity });
        Ok(id)
    }

    /// A process that was let in will not come: it never was a member.
    pub(super) fn cancel(&mut self, pid: Pid) {
        if self
            .members
            .get(pid)
            .is_some_and(|member| member.listener.is_none())
            && let Some(member) = self.members.remove(pid)
        {
            self.machine.exit(member.process, 0);
        }
    }
}
