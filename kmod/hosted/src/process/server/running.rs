//! Starting and stopping the thread.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::{Connection, Server};
use crate::process::facts::{self, Pid};
use crate::process::os::{pidfd, socket};

/// A hosted kernel that serves a socket until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    path: PathBuf,
    thread: Option<JoinHandle<Vec<Survivor>>>,
    stop: Option<io::PipeWriter>,
}

/// A process that was still in a cell when the kernel stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Process.
    pub pid: Pid,
    /// Its program's name.
    pub name: String,
}

/// Boots the kernel and serves it at `path`, which must not exist. There is one kernel in a Linux process at a time: this
/// waits until the one before has ended.
///
/// # Errors
/// EADDRINUSE when the socket exists; whatever kept the module from loading.
pub fn start(path: &Path) -> io::Result<Running> {
    start_logging(path, |_| {})
}

/// As [`start`]; `log` is given the kernel's log, line by line, in its thread.
///
/// # Errors
/// As [`start`].
pub fn start_logging(path: &Path, log: impl FnMut(&str) + Send + 'static) -> io::Result<Running> {
    let (stopped, stop) = io::pipe()?;
    let stopped: OwnedFd = stopped.into();
    let socket = socket::listen(path)?;
    let (booted, wait) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("cell-kernel".to_owned())
        .spawn(move || {
            let mut server = match Server::new(socket, &stopped, Box::new(log)) {
                Ok(server) => {
                    let _ = booted.send(Ok(()));
                    server
                }
                Err(error) => {
                    let _ = booted.send(Err(error));
                    return Vec::new();
                }
            };
            // an error of epoll_wait(2) is a defect; stopping is all there is to do about it
            let _ = server.run();
            server.halt()
        })?;
    let running = Running {
        path: path.to_owned(),
        thread: Some(thread),
        stop: Some(stop),
    };
    match wait.recv() {
        Ok(Ok(())) => Ok(running),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::Error::from_raw_os_error(libc::EIO)),
    }
}

impl Running {
    /// Stops the kernel, kills what is left in cells and removes the socket; what was left.
    pub fn stop(mut self) -> Vec<Survivor> {
        self.end()
    }

    fn end(&mut self) -> Vec<Survivor> {
        drop(self.stop.take());
        let left = self.thread.take().map(JoinHandle::join);
        let _ = fs::remove_file(&self.path);
        left.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Server {
    /// Ends all members and takes everything down.
    fn halt(mut self) -> Vec<Survivor> {
        self.members.reap(&mut self.machine);
        let listeners: Vec<_> = self.listeners.keys().copied().collect();
        for id in listeners {
            self.members.adopt(&mut self.machine, id);
        }
        let mut left = Vec::new();
        for (pid, member) in self.members.iter() {
            left.push(Survivor {
                pid,
                name: facts::of(pid).map_or_else(String::new, |facts| facts.name),
            });
            let _ = pidfd::signal(member.pidfd.as_fd(), libc::SIGKILL);
        }
        for process in self.members.into_processes() {
            self.machine.exit(process, 0);
        }
        for open in self
            .connections
            .into_values()
            .filter_map(Connection::into_open)
        {
            self.machine.close(open);
        }
        self.machine.halt();
        left
    }
}
