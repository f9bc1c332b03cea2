//! The calls of the made-up system.

use std::panic;
use std::prelude::rust_2024::*;

use libcell::platform::{
    Clock, DeviceNumber, Errno, Event, Exit, FileKind, Launch, Metadata, Mount, Open, Peer, Pid,
    Platform, Removal, SignalNumber, Token, signal,
};

use super::{Fake, Fd, Manners, Step};

fn below(directory: &Fd, name: &[u8]) -> String {
    let name = std::str::from_utf8(name).expect("a name");
    format!("{}/{name}", directory.what.trim_end_matches('/'))
}

impl Platform for Fake {
    type Fd = Fd;

    fn open(&self, path: &str, _: Open, _: u32) -> Result<Fd, Errno> {
        // of what outlives a boot there is what a test put there
        if path.starts_with("/volumes/.state") && !self.world.borrow().files.contains_key(path) {
            return Err(Errno::ENOENT);
        }
        self.call(format!("open {path}"))?;
        // no restore was ever begun
        let is_there = self.world.borrow().files.contains_key(path);
        if path.starts_with(libcell::state::DIRECTORY) && !is_there {
            return Err(Errno::ENOENT);
        }
        Ok(self.fd(path))
    }

    fn read(&self, fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.call(format!("read {}", fd.what))?;
        let world = self.world.borrow();
        let Some(bytes) = world.files.get(&fd.what) else {
            return Err(Errno::EAGAIN);
        };
        let rest = &bytes[fd.offset.get()..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        fd.offset.set(fd.offset.get() + count);
        Ok(count)
    }

    fn write(&self, fd: &Fd, bytes: &[u8]) -> Result<usize, Errno> {
        if fd.what == "standard 2" {
            let text = String::from_utf8_lossy(bytes);
            self.world.borrow_mut().stderr.push_str(&text);
            return Ok(bytes.len());
        }
        self.call(format!("write {}", fd.what))?;
        Ok(bytes.len())
    }

    fn sync(&self, _: &Fd) -> Result<(), Errno> {
        Ok(())
    }

    fn standard(&self, number: u8) -> Result<Fd, Errno> {
        Ok(self.fd(&format!("standard {number}")))
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        self.call(format!("metadata {path}"))?;
        let world = self.world.borrow();
        let (kind, size) = match world.files.get(path) {
            Some(bytes) => (FileKind::File, bytes.len()),
            // no restore was ever begun
            None if path.starts_with(libcell::state::DIRECTORY) => return Err(Errno::ENOENT),
            None if path.ends_with(".sock") || path.starts_with("/etc/") => {
                return Err(Errno::ENOENT);
            }
            None if path.ends_with("/link") => (FileKind::Link, 0),
            None => (FileKind::Directory, 0),
        };
        Ok(Metadata {
            kind,
            mode: 0o700,
            uid: 0,
            gid: 0,
            size: size as u64,
        })
    }

    fn make_directory(&self, path: &str, _: u32) -> Result<(), Errno> {
        self.call(format!("make_directory {path}"))
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        self.call(format!("remove_directory {path}"))
    }

    fn unlink(&self, path: &str) -> Result<(), Errno> {
        self.call(format!("unlink {path}"))
    }

    fn rename(&self, from: &str, _: &str) -> Result<(), Errno> {
        self.call(format!("rename {from}"))
    }

    fn symlink(&self, _: &str, path: &str) -> Result<(), Errno> {
        self.call(format!("symlink {path}"))
    }

    fn set_owner(&self, path: &str, _: u32, _: u32, _: u32) -> Result<(), Errno> {
        self.call(format!("set_owner {path}"))
    }

    // an open directory is its path, so that these are the calls above
    fn open_at(&self, directory: &Fd, name: &[u8], how: Open, mode: u32) -> Result<Fd, Errno> {
        self.open(&below(directory, name), how, mode)
    }

    fn metadata_of(&self, fd: &Fd) -> Result<Metadata, Errno> {
        self.metadata(&fd.what)
    }

    fn metadata_at(&self, directory: &Fd, name: &[u8]) -> Result<Metadata, Errno> {
        self.metadata(&below(directory, name))
    }

    fn make_directory_at(&self, directory: &Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
        self.make_directory(&below(directory, name), mode)
    }

    fn remove_at(&self, directory: &Fd, name: &[u8], _: Removal) -> Result<(), Errno> {
        self.unlink(&below(directory, name))
    }

    fn rename_at(&self, directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.rename(&below(directory, from), &below(directory, to))
    }

    fn symlink_at(&self, target: &str, directory: &Fd, name: &[u8]) -> Result<(), Errno> {
        self.symlink(target, &below(directory, name))
    }

    fn set_owner_of(&self, fd: &Fd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        self.set_owner(&fd.what, uid, gid, mode)
    }

    fn pipe(&self) -> Result<(Fd, Fd), Errno> {
        self.call("pipe".into())?;
        Ok((self.fd("pipe"), self.fd("pipe")))
    }

    fn monotonic_ms(&self) -> u64 {
        self.world.borrow().now
    }

    fn clock(&self) -> Clock {
        Clock {
            seconds: 0,
            nanoseconds: 0,
        }
    }

    fn pid(&self) -> Pid {
        1
    }

    fn euid(&self) -> u32 {
        0
    }

    fn prefix(&self) -> &str {
        ""
    }

    fn open_cell_device(&self, path: &str) -> Result<Fd, Errno> {
        self.call(format!("open_cell_device {path}"))?;
        Ok(self.fd(path))
    }

    fn cell_ioctl(&self, _: &Fd, buffer: &mut [u8]) -> Result<(), Errno> {
        self.call("ioctl".into())?;
        self.world.borrow_mut().ioctl(buffer)
    }

    fn spawn(&self, launch: &Launch<'_, Fd>) -> Result<Pid, Errno> {
        let command = launch.command.join(" ");
        self.call(format!("spawn {command}"))?;
        let (_, handle) = launch.enter.expect("everything runs in a cell");
        let mut world = self.world.borrow_mut();
        let pid = world.next_pid;
        world.next_pid += 1;
        world.kernel.enter(handle, pid)?;
        world.processes.insert(pid, command.clone());
        if command == "/bin/check" {
            let exit = world.health;
            world.end(pid, exit);
        }
        Ok(pid)
    }

    fn exec(&self, _: &Launch<'_, Fd>) -> Errno {
        Errno::ENOSYS
    }

    fn raise_descriptors(&self) -> Result<(), Errno> {
        self.call("raise_descriptors".into())
    }

    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno> {
        Ok(self.world.borrow_mut().ended.pop_front())
    }

    fn kill(&self, pid: Pid, number: SignalNumber) -> Result<(), Errno> {
        self.call(format!("kill {number}"))?;
        let mut world = self.world.borrow_mut();
        if number == signal::KILL || world.manners == Manners::Obey {
            world.end(-pid, Exit::Signal(number));
        }
        Ok(())
    }

    fn watch_signals(&self, _: &[SignalNumber]) -> Result<(), Errno> {
        self.call("watch_signals".into())
    }

    fn watch_read(&self, fd: &Fd, _: Token) -> Result<(), Errno> {
        self.call(format!("watch_read {}", fd.what))
    }

    fn watch_write(&self, _: &Fd, _: Token, _: bool) -> Result<(), Errno> {
        self.call("watch_write".into())
    }

    fn unwatch(&self, _: &Fd) -> Result<(), Errno> {
        self.call("unwatch".into())
    }

    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
        self.call("wait".into())?;
        let mut world = self.world.borrow_mut();
        loop {
            if let Some(number) = world.signals.pop_first() {
                events[0] = Event::Signal(number);
                return Ok(1);
            }
            let deadline = timeout_ms.map(|ms| world.now + ms);
            if let Some(until) = world.until {
                let now = deadline.unwrap_or(until).min(until);
                world.now = now;
                if now == until {
                    world.until = None;
                }
                if deadline.is_some_and(|deadline| deadline <= now) {
                    return Ok(0);
                }
                continue;
            }
            match world.script.pop_front() {
                Some(Step::Pass(ms)) => world.until = Some(world.now + ms),
                Some(Step::Signal(number)) => {
                    world.signals.insert(number);
                }
                Some(Step::End(name, exit, orphans)) => {
                    let (handle, inside) = world.kernel.named(name).expect("a cell");
                    let pid = *inside.members.first().expect("a member");
                    for orphan in 0..orphans {
                        let orphan = 10_000 + i32::try_from(orphan).expect("few");
                        world.kernel.enter(handle, orphan).expect("entered");
                        world.processes.insert(orphan, "orphan".into());
                    }
                    world.end(pid, exit);
                }
                Some(Step::Seal) => world.kernel.sealed = true,
                None => match deadline {
                    Some(deadline) => {
                        world.now = deadline;
                        return Ok(0);
                    }
                    None => panic!("it waits for ever: {:?}", world.stderr),
                },
            }
        }
    }

    fn listen(&self, path: &str, _: u32) -> Result<Fd, Errno> {
        self.call(format!("listen {path}"))?;
        Ok(self.fd(path))
    }

    fn accept(&self, _: &Fd) -> Result<Fd, Errno> {
        Err(Errno::EAGAIN)
    }

    fn peer(&self, _: &Fd) -> Result<Peer, Errno> {
        Err(Errno::EBADF)
    }

    fn connect(&self, _: &str) -> Result<Fd, Errno> {
        Err(Errno::ECONNREFUSED)
    }

    fn connect_datagram(&self, path: &str) -> Result<Fd, Errno> {
        self.call(format!("connect_datagram {path}"))?;
        Ok(self.fd("syslog"))
    }

    fn mount(&self, mount: &Mount<'_>) -> Result<(), Errno> {
        self.call(format!("mount {}", mount.target))?;
        self.world.borrow_mut().mounts.push(mount.target.into());
        Ok(())
    }

    fn unmount(&self, path: &str) -> Result<(), Errno> {
        self.call(format!("unmount {path}"))?;
        let mut world = self.world.borrow_mut();
        let at = world.mounts.iter().rposition(|target| target == path);
        world.mounts.remove(at.ok_or(Errno::EINVAL)?);
        Ok(())
    }

    fn is_read_only(&self, path: &str) -> Result<bool, Errno> {
        self.call(format!("is_read_only {path}"))?;
        Ok(false)
    }

    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno> {
        self.call(format!("device_number {path}"))?;
        Ok(DeviceNumber {
            kind: cell_abi::DeviceKind::Char,
            major: 1,
            minor: 3,
        })
    }

    fn make_device(&self, path: &str, _: &str, _: u32, _: u32, _: u32) -> Result<(), Errno> {
        self.call(format!("make_device {path}"))
    }

    fn watchdog_arm(&self, path: &str, _: u32) -> Result<Fd, Errno> {
        self.call(format!("watchdog_arm {path}"))?;
        Ok(self.fd("watchdog"))
    }

    fn watchdog_feed(&self, _: &Fd) -> Result<(), Errno> {
        self.call("watchdog_feed".into())
    }

    fn watchdog_disarm(&self, _: &Fd) -> Result<(), Errno> {
        self.call("watchdog_disarm".into())
    }
}
