//! The calls of the platform.

use std::rc::Rc;

use libcell::platform::{
    Clock, DeviceNumber, Dress, Errno, Event, Exit, FileKind, Launch, Metadata, Mount, Mounted,
    Node, Open, Peer, Pid, Platform, Removal, SignalNumber, Space, Status, Token,
};

use super::image::Inode;
use super::{Disk, Fd, ROOT};

/// Of calls that no test makes.
const NOT_HERE: Errno = Errno::ENOSYS;

fn read(content: &[u8], buffer: &mut [u8], offset: u64) -> usize {
    let rest = content.get(offset as usize..).unwrap_or_default();
    let count = rest.len().min(buffer.len());
    buffer[..count].copy_from_slice(&rest[..count]);
    count
}

impl Platform for Disk {
    type Fd = Fd;

    fn open(&self, path: &str, how: Open, mode: u32) -> Result<Fd, Errno> {
        self.disks
            .borrow_mut()
            .open(ROOT, path.as_bytes(), how, mode)
    }

    fn open_at(&self, directory: &Fd, name: &[u8], how: Open, mode: u32) -> Result<Fd, Errno> {
        self.disks
            .borrow_mut()
            .open(directory.inode, name, how, mode)
    }

    fn read(&self, fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let count = self.read_at(fd, buffer, fd.offset.get())?;
        fd.offset.set(fd.offset.get() + count as u64);
        Ok(count)
    }

    fn read_at(&self, fd: &Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let disks = self.disks.borrow();
        Ok(read(&disks.now.inode(fd.inode)?.content, buffer, offset))
    }

    fn write(&self, fd: &Fd, bytes: &[u8]) -> Result<usize, Errno> {
        let count = self
            .disks
            .borrow_mut()
            .write(fd.inode, bytes, fd.offset.get(), "write")?;
        fd.offset.set(fd.offset.get() + count as u64);
        Ok(count)
    }

    fn write_at(&self, fd: &Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        self.disks
            .borrow_mut()
            .write(fd.inode, bytes, offset, "write_at")
    }

    fn set_size(&self, fd: &Fd, size: u64) -> Result<(), Errno> {
        let mut disks = self.disks.borrow_mut();
        let inode = disks.now.inodes.get_mut(&fd.inode).ok_or(Errno::EIO)?;
        Rc::make_mut(&mut inode.content).resize(size as usize, 0);
        disks.changed("set_size");
        Ok(())
    }

    fn sync(&self, fd: &Fd) -> Result<(), Errno> {
        let mut disks = self.disks.borrow_mut();
        disks.sync(fd.inode);
        disks.changed("sync");
        Ok(())
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        let disks = self.disks.borrow();
        Ok(disks
            .now
            .inode(disks.now.find(ROOT, path.as_bytes())?)?
            .metadata())
    }

    fn metadata_of(&self, fd: &Fd) -> Result<Metadata, Errno> {
        Ok(self.disks.borrow().now.inode(fd.inode)?.metadata())
    }

    fn metadata_at(&self, directory: &Fd, name: &[u8]) -> Result<Metadata, Errno> {
        Ok(self.status_at(directory, name)?.metadata)
    }

    fn status_at(&self, directory: &Fd, name: &[u8]) -> Result<Status, Errno> {
        let disks = self.disks.borrow();
        disks.status(disks.now.find(directory.inode, name)?)
    }

    fn make_directory(&self, path: &str, mode: u32) -> Result<(), Errno> {
        let inode = Inode::new(FileKind::Directory, mode);
        self.disks
            .borrow_mut()
            .make(ROOT, path.as_bytes(), inode, "make_directory")
    }

    fn make_directory_at(&self, directory: &Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
        let inode = Inode::new(FileKind::Directory, mode);
        self.disks
            .borrow_mut()
            .make(directory.inode, name, inode, "make_directory_at")
    }

    fn make_node_at(&self, directory: &Fd, name: &[u8], node: Node) -> Result<(), Errno> {
        let kind = match node {
            Node::Fifo => FileKind::Other,
            Node::Device(_) => FileKind::Device,
        };
        let inode = Inode {
            node: Some(node),
            ..Inode::new(kind, 0)
        };
        self.disks
            .borrow_mut()
            .make(directory.inode, name, inode, "make_node_at")
    }

    fn symlink_at(&self, target: &str, directory: &Fd, name: &[u8]) -> Result<(), Errno> {
        let inode = Inode {
            content: Rc::new(target.into()),
            ..Inode::new(FileKind::Link, 0o777)
        };
        self.disks
            .borrow_mut()
            .make(directory.inode, name, inode, "symlink_at")
    }

    fn read_link_at(&self, directory: &Fd, name: &[u8], buffer: &mut [u8]) -> Result<usize, Errno> {
        let disks = self.disks.borrow();
        let inode = disks.now.find(directory.inode, name)?;
        Ok(read(&disks.now.inode(inode)?.content, buffer, 0))
    }

    fn link_at(&self, directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let mut disks = self.disks.borrow_mut();
        let inode = disks.now.find(directory.inode, from)?;
        let (directory, name) = disks.now.place(directory.inode, to)?;
        if disks.now.find(directory, &name).is_ok() {
            return Err(Errno::EEXIST);
        }
        disks
            .now
            .names
            .get_mut(&directory)
            .ok_or(Errno::EIO)?
            .insert(name, inode);
        disks.changed("link_at");
        Ok(())
    }

    fn dress_at(&self, directory: &Fd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
        let mut disks = self.disks.borrow_mut();
        let number = disks.now.find(directory.inode, name)?;
        let inode = disks.now.inodes.get_mut(&number).ok_or(Errno::EIO)?;
        (inode.uid, inode.gid, inode.modified) = (dress.uid, dress.gid, dress.modified);
        inode.mode = dress.mode.unwrap_or(inode.mode);
        disks.changed("dress_at");
        Ok(())
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        let mut disks = self.disks.borrow_mut();
        disks.remove(
            ROOT,
            path.as_bytes(),
            Removal::Directory,
            "remove_directory",
        )
    }

    fn unlink(&self, path: &str) -> Result<(), Errno> {
        self.disks
            .borrow_mut()
            .remove(ROOT, path.as_bytes(), Removal::File, "unlink")
    }

    fn remove_at(&self, directory: &Fd, name: &[u8], what: Removal) -> Result<(), Errno> {
        self.disks
            .borrow_mut()
            .remove(directory.inode, name, what, "remove_at")
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        self.disks.borrow_mut().rename(from, to)
    }

    fn names(&self, directory: &Fd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        let names = self.disks.borrow().now.names.get(&directory.inode).cloned();
        names
            .ok_or(Errno::ENOTDIR)?
            .keys()
            .for_each(|name| each(name));
        Ok(())
    }

    /// All at once: no directory of these tests has a kibibyte of names.
    fn read_directory(&self, directory: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        if directory.listed.replace(true) {
            return Ok(0);
        }
        let mut all = Vec::new();
        self.names(directory, &mut |name| {
            all.extend_from_slice(name);
            all.push(0);
        })?;
        buffer
            .get_mut(..all.len())
            .ok_or(Errno::EINVAL)?
            .copy_from_slice(&all);
        Ok(all.len())
    }

    fn space(&self, _: &str) -> Result<Space, Errno> {
        Ok(Space {
            total_kib: 1 << 20,
            free_kib: self.free_kib.get(),
        })
    }

    fn mounts(&self, _: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
        Ok(())
    }

    fn clock(&self) -> Clock {
        self.clock.set(self.clock.get() + 1);
        Clock {
            seconds: self.clock.get(),
            nanoseconds: 0,
        }
    }

    fn monotonic_ms(&self) -> u64 {
        0
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

    fn symlink(&self, _: &str, _: &str) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn set_owner(&self, _: &str, _: u32, _: u32, _: u32) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn standard(&self, _: u8) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn pipe(&self) -> Result<(Fd, Fd), Errno> {
        Err(NOT_HERE)
    }

    fn open_cell_device(&self, _: &str) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn cell_ioctl(&self, _: &Fd, _: &mut [u8]) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn spawn(&self, _: &Launch<'_, Fd>) -> Result<Pid, Errno> {
        Err(NOT_HERE)
    }

    fn exec(&self, _: &Launch<'_, Fd>) -> Errno {
        NOT_HERE
    }

    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno> {
        Err(NOT_HERE)
    }

    fn kill(&self, _: Pid, _: SignalNumber) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn watch_signals(&self, _: &[SignalNumber]) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn watch_read(&self, _: &Fd, _: Token) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn watch_write(&self, _: &Fd, _: Token, _: bool) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn unwatch(&self, _: &Fd) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn wait(&self, _: &mut [Event], _: Option<u64>) -> Result<usize, Errno> {
        Err(NOT_HERE)
    }

    fn listen(&self, _: &str, _: u32) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn accept(&self, _: &Fd) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn peer(&self, _: &Fd) -> Result<Peer, Errno> {
        Err(NOT_HERE)
    }

    fn connect(&self, _: &str) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn connect_datagram(&self, _: &str) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn mount(&self, _: &Mount<'_>) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn unmount(&self, _: &str) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn device_number(&self, _: &str) -> Result<DeviceNumber, Errno> {
        Err(NOT_HERE)
    }

    fn make_device(&self, _: &str, _: &str, _: u32, _: u32, _: u32) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn watchdog_arm(&self, _: &str, _: u32) -> Result<Fd, Errno> {
        Err(NOT_HERE)
    }

    fn watchdog_feed(&self, _: &Fd) -> Result<(), Errno> {
        Err(NOT_HERE)
    }

    fn watchdog_disarm(&self, _: &Fd) -> Result<(), Errno> {
        Err(NOT_HERE)
    }
}
