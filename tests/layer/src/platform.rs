//! The calls.

use libcell::platform::{
    Clock, DeviceNumber, Dress, Errno, Event, Exit, Launch, Metadata, Mount, Mounted, Node, Open,
    Peer, Pid, Platform, Removal, SignalNumber, Space, Status, Token,
};

use super::{Effect, Fd, Layer};

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

impl<F> Fd<F> {
    fn below(&self) -> Result<&F, Errno> {
        match self {
            Self::Below(fd, _) => Ok(fd),
            Self::Kept(_) => Err(Errno::EINVAL),
        }
    }
}

const fn makes(how: Open) -> bool {
    match how {
        Open::Truncate | Open::CreateNew | Open::Append => true,
        // a lock file is made once and says nothing
        Open::Read
        | Open::Write
        | Open::ReadWrite
        | Open::Directory
        | Open::Terminal
        | Open::Lock => false,
    }
}

impl<P: Platform> Platform for Layer<'_, P> {
    type Fd = Fd<P::Fd>;

    fn open(&self, path: &str, how: Open, mode: u32) -> Result<Self::Fd, Errno> {
        if makes(how) {
            self.whole(|| format!("open {path}"))?;
        }
        self.look()?;
        self.below
            .open(path, how, mode)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn read(&self, fd: &Self::Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.look()?;
        self.below.read(fd.below()?, buffer)
    }

    fn write(&self, fd: &Self::Fd, bytes: &[u8]) -> Result<usize, Errno> {
        match fd {
            Fd::Kept(which) => {
                self.said.borrow_mut()[*which].extend_from_slice(bytes);
                Ok(bytes.len())
            }
            Fd::Below(fd, name) => {
                let count = match self.change(|| format!("write {name}"))? {
                    Effect::Whole => bytes.len(),
                    Effect::Half => bytes.len() / 2,
                };
                self.below.write(fd, &bytes[..count])
            }
        }
    }

    fn sync(&self, fd: &Self::Fd) -> Result<(), Errno> {
        let Fd::Below(fd, name) = fd else {
            return Ok(());
        };
        self.whole(|| format!("fsync {name}"))?;
        self.below.sync(fd)
    }

    fn standard(&self, number: u8) -> Result<Self::Fd, Errno> {
        match number {
            1 => Ok(Fd::Kept(0)),
            2 => Ok(Fd::Kept(1)),
            _ => Err(Errno::EBADF),
        }
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        self.look()?;
        self.below.metadata(path)
    }

    fn make_directory(&self, path: &str, mode: u32) -> Result<(), Errno> {
        self.whole(|| format!("mkdir {path}"))?;
        self.below.make_directory(path, mode)
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        self.whole(|| format!("rmdir {path}"))?;
        self.below.remove_directory(path)
    }

    fn unlink(&self, path: &str) -> Result<(), Errno> {
        self.whole(|| format!("unlink {path}"))?;
        self.below.unlink(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        self.whole(|| format!("rename {from} {to}"))?;
        self.below.rename(from, to)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.whole(|| format!("symlink {path}"))?;
        self.below.symlink(target, path)
    }

    fn set_owner(&self, path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        self.whole(|| format!("chown {path}"))?;
        self.below.set_owner(path, uid, gid, mode)
    }

    fn open_at(
        &self,
        directory: &Self::Fd,
        name: &[u8],
        how: Open,
        mode: u32,
    ) -> Result<Self::Fd, Errno> {
        if makes(how) {
            self.whole(|| format!("openat {}", text(name)))?;
        }
        self.look()?;
        self.below
            .open_at(directory.below()?, name, how, mode)
            .map(|fd| Fd::Below(fd, text(name)))
    }

    fn metadata_of(&self, fd: &Self::Fd) -> Result<Metadata, Errno> {
        self.look()?;
        self.below.metadata_of(fd.below()?)
    }

    fn metadata_at(&self, directory: &Self::Fd, name: &[u8]) -> Result<Metadata, Errno> {
        self.look()?;
        self.below.metadata_at(directory.below()?, name)
    }

    fn make_directory_at(&self, directory: &Self::Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
        self.whole(|| format!("mkdirat {}", text(name)))?;
        self.below.make_directory_at(directory.below()?, name, mode)
    }

    fn remove_at(&self, directory: &Self::Fd, name: &[u8], what: Removal) -> Result<(), Errno> {
        self.whole(|| format!("unlinkat {}", text(name)))?;
        self.below.remove_at(directory.below()?, name, what)
    }

    fn rename_at(&self, directory: &Self::Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.whole(|| format!("renameat {}", text(to)))?;
        self.below.rename_at(directory.below()?, from, to)
    }

    fn symlink_at(&self, target: &str, directory: &Self::Fd, name: &[u8]) -> Result<(), Errno> {
        self.whole(|| format!("symlinkat {}", text(name)))?;
        self.below.symlink_at(target, directory.below()?, name)
    }

    fn read_link_at(
        &self,
        directory: &Self::Fd,
        name: &[u8],
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        self.look()?;
        self.below.read_link_at(directory.below()?, name, buffer)
    }

    fn set_owner_of(&self, fd: &Self::Fd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        self.whole(|| "fchown".into())?;
        self.below.set_owner_of(fd.below()?, uid, gid, mode)
    }

    fn read_directory(&self, directory: &Self::Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.look()?;
        self.below.read_directory(directory.below()?, buffer)
    }

    fn status_at(&self, directory: &Self::Fd, name: &[u8]) -> Result<Status, Errno> {
        self.look()?;
        self.below.status_at(directory.below()?, name)
    }

    fn link_at(&self, directory: &Self::Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.whole(|| format!("linkat {}", text(to)))?;
        self.below.link_at(directory.below()?, from, to)
    }

    fn make_node_at(&self, directory: &Self::Fd, name: &[u8], node: Node) -> Result<(), Errno> {
        self.whole(|| format!("mknodat {}", text(name)))?;
        self.below.make_node_at(directory.below()?, name, node)
    }

    fn dress_at(&self, directory: &Self::Fd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
        self.whole(|| format!("fchownat {}", text(name)))?;
        self.below.dress_at(directory.below()?, name, dress)
    }

    fn read_at(&self, fd: &Self::Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        self.look()?;
        self.below.read_at(fd.below()?, buffer, offset)
    }

    fn write_at(&self, fd: &Self::Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        let Fd::Below(fd, name) = fd else {
            return Err(Errno::EINVAL);
        };
        let count = match self.change(|| format!("pwrite {name}"))? {
            Effect::Whole => bytes.len(),
            Effect::Half => bytes.len() / 2,
        };
        self.below.write_at(fd, &bytes[..count], offset)
    }

    fn set_size(&self, fd: &Self::Fd, size: u64) -> Result<(), Errno> {
        let Fd::Below(fd, name) = fd else {
            return Err(Errno::EINVAL);
        };
        self.whole(|| format!("ftruncate {name}"))?;
        self.below.set_size(fd, size)
    }

    fn mounts(&self, each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
        self.look()?;
        self.below.mounts(each)
    }

    fn names(&self, directory: &Self::Fd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        self.look()?;
        self.below.names(directory.below()?, each)
    }

    fn space(&self, path: &str) -> Result<Space, Errno> {
        self.below.space(path)
    }

    fn memory(&self) -> Result<Space, Errno> {
        self.below.memory()
    }

    fn pipe(&self) -> Result<(Self::Fd, Self::Fd), Errno> {
        let (reading, writing) = self.below.pipe()?;
        let name = || String::from("pipe");
        Ok((Fd::Below(reading, name()), Fd::Below(writing, name())))
    }

    fn monotonic_ms(&self) -> u64 {
        self.below.monotonic_ms()
    }

    fn clock(&self) -> Clock {
        self.below.clock()
    }

    fn pid(&self) -> Pid {
        self.below.pid()
    }

    fn euid(&self) -> u32 {
        self.below.euid()
    }

    fn prefix(&self) -> &str {
        self.below.prefix()
    }

    fn open_cell_device(&self, path: &str) -> Result<Self::Fd, Errno> {
        self.look()?;
        self.below
            .open_cell_device(path)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn cell_ioctl(&self, fd: &Self::Fd, buffer: &mut [u8]) -> Result<(), Errno> {
        self.look()?;
        let Some(answers) = self.answers else {
            return self.below.cell_ioctl(fd.below()?, buffer);
        };
        if let Some(answer) = answers.borrow().get(&*buffer) {
            buffer.copy_from_slice(answer);
            return Ok(());
        }
        let request = buffer.to_vec();
        self.below.cell_ioctl(fd.below()?, buffer)?;
        answers.borrow_mut().insert(request, buffer.to_vec());
        Ok(())
    }

    // a program's children are not this layer's to watch
    fn spawn(&self, _: &Launch<'_, Self::Fd>) -> Result<Pid, Errno> {
        Err(Errno::ENOSYS)
    }

    fn exec(&self, _: &Launch<'_, Self::Fd>) -> Errno {
        Errno::ENOSYS
    }

    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno> {
        Err(Errno::ECHILD)
    }

    fn kill(&self, pid: Pid, signal: SignalNumber) -> Result<(), Errno> {
        self.look()?;
        self.below.kill(pid, signal)
    }

    fn watch_signals(&self, signals: &[SignalNumber]) -> Result<(), Errno> {
        self.below.watch_signals(signals)
    }

    fn watch_read(&self, fd: &Self::Fd, token: Token) -> Result<(), Errno> {
        self.below.watch_read(fd.below()?, token)
    }

    fn watch_write(&self, fd: &Self::Fd, token: Token, watch: bool) -> Result<(), Errno> {
        self.below.watch_write(fd.below()?, token, watch)
    }

    fn unwatch(&self, fd: &Self::Fd) -> Result<(), Errno> {
        self.below.unwatch(fd.below()?)
    }

    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
        self.look()?;
        self.below.wait(events, timeout_ms)
    }

    fn listen(&self, path: &str, mode: u32) -> Result<Self::Fd, Errno> {
        self.look()?;
        self.below
            .listen(path, mode)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn accept(&self, fd: &Self::Fd) -> Result<Self::Fd, Errno> {
        self.look()?;
        self.below
            .accept(fd.below()?)
            .map(|fd| Fd::Below(fd, "client".into()))
    }

    fn peer(&self, fd: &Self::Fd) -> Result<Peer, Errno> {
        self.below.peer(fd.below()?)
    }

    fn connect(&self, path: &str) -> Result<Self::Fd, Errno> {
        self.look()?;
        self.below
            .connect(path)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn connect_datagram(&self, path: &str) -> Result<Self::Fd, Errno> {
        self.look()?;
        self.below
            .connect_datagram(path)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn mount(&self, mount: &Mount<'_>) -> Result<(), Errno> {
        self.whole(|| format!("mount {}", mount.target))?;
        self.below.mount(mount)
    }

    fn unmount(&self, path: &str) -> Result<(), Errno> {
        self.whole(|| format!("unmount {path}"))?;
        self.below.unmount(path)
    }

    fn is_read_only(&self, path: &str) -> Result<bool, Errno> {
        self.below.is_read_only(path)
    }

    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno> {
        self.below.device_number(path)
    }

    fn make_device(
        &self,
        path: &str,
        like: &str,
        mode: u32,
        uid: u32,
        gid: u32,
    ) -> Result<(), Errno> {
        self.whole(|| format!("mknod {path}"))?;
        self.below.make_device(path, like, mode, uid, gid)
    }

    fn watchdog_arm(&self, path: &str, period_s: u32) -> Result<Self::Fd, Errno> {
        self.below
            .watchdog_arm(path, period_s)
            .map(|fd| Fd::Below(fd, path.into()))
    }

    fn watchdog_feed(&self, fd: &Self::Fd) -> Result<(), Errno> {
        self.below.watchdog_feed(fd.below()?)
    }

    fn watchdog_disarm(&self, fd: &Self::Fd) -> Result<(), Errno> {
        self.below.watchdog_disarm(fd.below()?)
    }
}
