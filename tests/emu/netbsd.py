"""NetBSD's system calls, as far as the device programs make them, answered on Linux.

A kernel without COMPAT options: a number that such a kernel of the release does not have kills the program, as SIGSYS
would. Paths lie in a sandbox directory, but for /dev, which is the host's, and /dev/cell, which is the hosted kernel's.
"""

import errno as host
import fcntl
import os
import resource
import signal
import struct

import calls
import mounts
import signals
import sockets
from celldevice import SIZES, CellDevice, command
from machine import Crash, Refused
from queues import Queue

# sys/sys/errno.h
ERRNO = dict(
    EPERM=1, ENOENT=2, ESRCH=3, EINTR=4, EIO=5, ENXIO=6, E2BIG=7, ENOEXEC=8, EBADF=9, ECHILD=10, EDEADLK=11, ENOMEM=12,
    EACCES=13, EFAULT=14, EBUSY=16, EEXIST=17, EXDEV=18, ENODEV=19, ENOTDIR=20, EISDIR=21, EINVAL=22, ENFILE=23,
    EMFILE=24, ENOTTY=25, ETXTBSY=26, EFBIG=27, ENOSPC=28, EROFS=30, EMLINK=31, EPIPE=32, EAGAIN=35, EADDRINUSE=48,
    ENOTCONN=57, ETIMEDOUT=60, ECONNREFUSED=61, ECONNRESET=54, ENOBUFS=55, EMSGSIZE=40, EOPNOTSUPP=45, ELOOP=62,
    ENAMETOOLONG=63, ENOTEMPTY=66, ESTALE=70, ENOSYS=78, EFTYPE=79)

# sys/sys/fcntl.h
O_NONBLOCK, O_APPEND, O_EXLOCK, O_NOFOLLOW, O_CREAT, O_TRUNC, O_EXCL = 4, 8, 0x20, 0x100, 0x200, 0x400, 0x800
O_DIRECTORY, O_CLOEXEC = 0x200000, 0x400000
OPEN = ((O_NONBLOCK, os.O_NONBLOCK), (O_APPEND, os.O_APPEND), (O_NOFOLLOW, os.O_NOFOLLOW), (O_CREAT, os.O_CREAT),
        (O_TRUNC, os.O_TRUNC), (O_EXCL, os.O_EXCL), (O_DIRECTORY, os.O_DIRECTORY))
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_CLOSEM, F_MAXFD, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 10, 11, 12

LIMITS = {0: resource.RLIMIT_CPU, 1: resource.RLIMIT_FSIZE, 2: resource.RLIMIT_DATA, 3: resource.RLIMIT_STACK,
          4: resource.RLIMIT_CORE, 6: resource.RLIMIT_MEMLOCK, 8: resource.RLIMIT_NOFILE, 10: resource.RLIMIT_AS}

#: RLIM_INFINITY of sys/sys/resource.h.
INFINITY = (1 << 63) - 1


class Description:
    """What a descriptor refers to, closed when the last one is."""

    def __init__(self, fd, device=None):
        self.fd, self.device = fd, device

    def __del__(self):
        if self.device is None:
            os.close(self.fd)


class System:
    """A process of NetBSD `release` (__NetBSD_Version__)."""

    def __init__(self, release, sandbox, cell=None):
        self.release, self.sandbox, self.cell = release, sandbox, cell
        self.limits = []
        self.files = {number: Description(os.dup(number)) for number in range(3)}
        self.close_on_exec = set()
        self.queues = {}
        self.calls = calls.BY_NUMBER

    def errno(self, name):
        return ERRNO[name]

    def call(self, machine, number):
        row = self.calls.get(number)
        if row is None or not row.since <= self.release < row.until:
            raise Crash(f"SIGSYS: no system call {number} in {self.release}")
        try:
            return getattr(self, row.function)(machine) or 0
        except OSError as error:
            raise Refused(host.errorcode.get(error.errno, "EIO")) from None

    # descriptors

    def path(self, machine, index):
        return self.place(machine.text(machine.slot(index)))

    def place(self, path):
        """Where a path of the program lies on the host."""
        if not path.startswith("/") or f"{path}/".startswith(("/dev/", self.sandbox + "/")):
            return path
        return self.sandbox + path

    def file(self, number):
        if number not in self.files:
            raise Refused("EBADF")
        return self.files[number]

    def add(self, description, lowest=0, close_on_exec=True):
        number = next(free for free in range(lowest, 256) if free not in self.files)
        self.files[number] = description
        (self.close_on_exec.add if close_on_exec else self.close_on_exec.discard)(number)
        return number

    def forget(self, number):
        description = self.file(number)
        for queue in self.queues.values():
            queue.forget(number)
        del self.files[number]
        self.queues.pop(number, None)
        return description

    def open(self, m):
        path, flags = m.text(m.slot(0)), m.integer(1)
        if self.cell and path in ("/dev/cell", self.cell):
            device = CellDevice(self.cell)
            return self.add(Description(device.fileno(), device))
        how = flags & 3 | os.O_CLOEXEC | os.O_NOCTTY
        for theirs, ours in OPEN:
            how |= ours if flags & theirs else 0
        assert flags & O_CLOEXEC
        description = Description(os.open(self.place(path), how, m.slot(2)))
        if flags & O_EXLOCK:
            fcntl.flock(description.fd, fcntl.LOCK_EX | (fcntl.LOCK_NB if flags & O_NONBLOCK else 0))
        return self.add(description)

    def close(self, m):
        self.forget(m.integer(0))

    def read(self, m):
        data = os.read(self.file(m.integer(0)).fd, m.slot(2))
        m.write(m.slot(1), data)
        return len(data)

    def write(self, m):
        return os.write(self.file(m.integer(0)).fd, m.read(m.slot(1), m.slot(2)))

    def fsync(self, m):
        os.fsync(self.file(m.integer(0)).fd)

    def pipe2(self, m):
        assert m.integer(1) == O_CLOEXEC
        ends = [self.add(Description(fd)) for fd in os.pipe2(os.O_CLOEXEC)]
        m.write(m.slot(0), struct.pack(m.order + "ii", *ends))

    def dup2(self, m):
        description, number = self.file(m.integer(0)), m.integer(1)
        if m.integer(0) != number:
            self.files[number] = description
            self.close_on_exec.discard(number)
        return number

    def fcntl(self, m):
        number, what, argument = m.integer(0), m.integer(1), m.slot(2)
        if what == F_CLOSEM:
            for open_one in [open_one for open_one in self.files if open_one >= number]:
                self.forget(open_one)
            return 0
        if what == F_MAXFD:
            return max(self.files)
        description = self.file(number)
        if what == F_GETFD:
            return int(number in self.close_on_exec)
        if what in (F_DUPFD, F_DUPFD_CLOEXEC):
            return self.add(description, argument, what == F_DUPFD_CLOEXEC)
        if what == F_SETFD:
            (self.close_on_exec.add if argument else self.close_on_exec.discard)(number)
        elif what == F_SETFL:
            fcntl.fcntl(description.fd, fcntl.F_SETFL, os.O_NONBLOCK if argument & O_NONBLOCK else 0)
        else:
            raise Refused("EINVAL")
        return 0

    def ioctl(self, m):
        description, size = self.file(m.integer(0)), m.slot(1) >> 16 & 0x1FFF
        if description.device is None:
            raise Refused("ENOTTY")
        if size not in SIZES or m.slot(1) != command(size):
            raise Refused("EINVAL")
        m.write(m.slot(2), description.device.ioctl(m.read(m.slot(2), size)))

    # files by path

    def stat(self, m, follow=True):
        path = self.path(m, 0)
        self._found(m, 1, os.stat(path) if follow else os.lstat(path))

    def _found(self, m, index, found):
        device = os.major(found.st_rdev), os.minor(found.st_rdev)
        number = device[0] << 8 & 0xFFF00 | device[1] << 12 & 0xFFF00000 | device[1] & 0xFF
        body = struct.pack(
            m.order + "QI4xQIII4xQ", found.st_dev, found.st_mode, found.st_ino, found.st_nlink, found.st_uid,
            found.st_gid, number)
        body += bytes(64) + struct.pack(m.order + "qqIII8x", found.st_size, found.st_blocks, found.st_blksize, 0, 0)
        assert len(body) == 148
        m.write(m.slot(index), body + bytes(4))

    def lstat(self, m):
        self.stat(m, follow=False)

    def statvfs1(self, m):
        found = os.statvfs(self.path(m, 0))
        words = m.words(found.f_flag & os.ST_RDONLY, found.f_bsize, found.f_frsize, found.f_bsize)
        counts = struct.pack(m.order + "QQQ", found.f_blocks, found.f_bfree, found.f_bavail)
        m.write(m.slot(1), (words + counts).ljust(3300, b"\0"))

    statvfs190 = statvfs1

    def unlink(self, m):
        os.unlink(self.path(m, 0))

    def rename(self, m):
        os.rename(self.path(m, 0), self.path(m, 1))

    def symlink(self, m):
        os.symlink(m.text(m.slot(0)), self.path(m, 1))

    def mkdir(self, m):
        os.mkdir(self.path(m, 0), m.slot(1))

    def rmdir(self, m):
        os.rmdir(self.path(m, 0))

    def lchmod(self, m):
        os.chmod(self.path(m, 0), m.slot(1))

    def lchown(self, m):
        os.lchown(self.path(m, 0), m.integer(1), m.integer(2))

    # files of an open directory

    def directory(self, machine, index):
        return self.file(machine.integer(index)).fd

    def openat(self, m):
        flags = m.integer(2)
        how = flags & 3 | os.O_CLOEXEC | os.O_NOCTTY
        for theirs, ours in OPEN:
            how |= ours if flags & theirs else 0
        assert flags & O_CLOEXEC and flags & O_NOFOLLOW
        try:
            fd = os.open(m.text(m.slot(1)), how, m.slot(3), dir_fd=self.directory(m, 0))
        except OSError as error:
            # as vn_open() has it
            if error.errno == host.ELOOP:
                raise Refused("EFTYPE") from None
            raise
        return self.add(Description(fd))

    def fstat(self, m):
        self._found(m, 1, os.fstat(self.file(m.integer(0)).fd))

    def fstatat(self, m):
        assert m.integer(3) == 0x200
        self._found(m, 2, os.stat(m.text(m.slot(1)), dir_fd=self.directory(m, 0), follow_symlinks=False))

    def mkdirat(self, m):
        os.mkdir(m.text(m.slot(1)), m.slot(2), dir_fd=self.directory(m, 0))

    def unlinkat(self, m):
        remove = {0: os.unlink, 0x800: os.rmdir}[m.integer(2)]
        remove(m.text(m.slot(1)), dir_fd=self.directory(m, 0))

    def renameat(self, m):
        os.rename(m.text(m.slot(1)), m.text(m.slot(3)), src_dir_fd=self.directory(m, 0),
                  dst_dir_fd=self.directory(m, 2))

    def symlinkat(self, m):
        os.symlink(m.text(m.slot(0)), m.text(m.slot(2)), dir_fd=self.directory(m, 1))

    def readlinkat(self, m):
        target = os.readlink(m.text(m.slot(1)), dir_fd=self.directory(m, 0)).encode()[:m.slot(3)]
        m.write(m.slot(2), target)
        return len(target)

    def fchown(self, m):
        os.fchown(self.directory(m, 0), m.integer(1), m.integer(2))

    def fchmod(self, m):
        os.fchmod(self.directory(m, 0), m.slot(1))

    def getdents(self, m):
        """All names at once: directories here are small."""
        description = self.file(m.integer(0))
        if getattr(description, "told", False):
            return 0
        description.told = True
        entries = b""
        for name in (".", "..", *sorted(os.listdir(description.fd))):
            encoded = os.fsencode(name)
            size = 13 + len(encoded) + 1 + 7 & ~7
            entry = struct.pack(m.order + "QHHB", 1, size, len(encoded), 0) + encoded
            entries += entry.ljust(size, b"\0")
        assert len(entries) <= m.slot(2)
        m.write(m.slot(1), entries)
        return len(entries)

    def mknod(self, m):
        number = m.long(2)
        device = os.makedev(number >> 8 & 0xFFF, number >> 12 & 0xFFF00 | number & 0xFF)
        os.mknod(self.path(m, 0), m.slot(1), device)

    def mount(self, m):
        mounts.mount(self, m)

    def unmount(self, m):
        mounts.unmount(self.path(m, 0))

    # the process

    def exit(self, m):
        m.exit(m.integer(0) & 0xFF)

    def fork(self, _m):
        """The emulator forks, the program in it with it; queues are not inherited."""
        child = os.fork()
        if not child:
            self.queues.clear()
        return child

    def wait4(self, m):
        assert m.integer(2) in (0, os.WNOHANG) and m.slot(3) == 0
        pid, status = os.waitpid(m.integer(0), m.integer(2))
        if pid and os.WIFSIGNALED(status):
            status = signals.theirs(os.WTERMSIG(status))
        m.write(m.slot(1), struct.pack(m.order + "i", status))
        return pid

    def getpid(self, _m):
        return os.getpid()

    def geteuid(self, _m):
        return os.geteuid()

    def kill(self, m):
        os.kill(m.integer(0), signals.ours(m.integer(1)))

    def setsid(self, _m):
        return os.setsid()

    def setuid(self, m):
        os.setuid(m.slot(0))

    def setgid(self, m):
        os.setgid(m.slot(0))

    def setgroups(self, m):
        count = m.integer(0)
        os.setgroups(struct.unpack(f"{m.order}{count}I", m.read(m.slot(1), 4 * count)))

    def getrlimit(self, m):
        which = LIMITS[m.integer(0)]
        values = dict(self.limits).get(which, resource.getrlimit(which))
        values = [INFINITY if value == resource.RLIM_INFINITY else value for value in values]
        m.write(m.slot(1), struct.pack(m.order + "QQ", *values))

    def setrlimit(self, m):
        values = struct.unpack(m.order + "QQ", m.read(m.slot(1), 16))
        values = [resource.RLIM_INFINITY if value >= INFINITY else value for value in values]
        # the emulator needs more than the program; it is what is executed that is to be limited
        self.limits.append((LIMITS[m.integer(0)], values))

    def umask(self, m):
        return os.umask(m.slot(0))

    def chdir(self, m):
        os.chdir(m.text(m.slot(0)))

    def execve(self, m):
        """A program of the host in the place of this one: in a cell by now, or it would not be found."""
        path, arguments, environment = m.text(m.slot(0)), m.texts(m.slot(1)), m.texts(m.slot(2))
        if not os.path.exists(path):
            raise Refused("ENOENT")
        for number in self.close_on_exec & set(self.files):
            self.forget(number)
        copies = {number: fcntl.fcntl(file.fd, fcntl.F_DUPFD_CLOEXEC, 256) for number, file in self.files.items()}
        for number, copy in copies.items():
            os.dup2(copy, number)
        for which, values in self.limits:
            resource.setrlimit(which, tuple(values))
        os.execve(path, arguments, dict(variable.split("=", 1) for variable in environment))

    def sigprocmask(self, m):
        bits = struct.unpack(m.order + "4I", m.read(m.slot(1), 16)) if m.slot(1) else (0,)
        assert m.integer(0) in (1, 3)
        chosen = {signals.ours(number) for number in range(1, 32) if bits[0] >> (number - 1) & 1}
        Queue.block(chosen, m.integer(0) == 3)

    def sigaction(self, m):
        if m.integer(0) in (signal.SIGKILL, signal.SIGSTOP):
            raise Refused("EINVAL")

    # memory, time, the machine

    def mmap(self, m):
        assert m.slot(0) == 0 and m.integer(3) == 0x1002 and m.integer(4) == -1
        assert m.long(6) == 0
        return m.map(m.slot(1))

    def clock_gettime(self, m):
        import time
        clock = {0: time.CLOCK_REALTIME, 3: time.CLOCK_MONOTONIC}[m.integer(0)]
        seconds, rest = divmod(time.clock_gettime_ns(clock), 1_000_000_000)
        m.write(m.slot(1), struct.pack(m.order + ("qq" if m.wide else "qi4x"), seconds, rest))

    def sysctl(self, m):
        name = struct.unpack(m.order + "ii", m.read(m.slot(0), 8))
        assert m.slot(1) == 2
        if name == (2, 5):
            # pages of 4 KiB: 16384 of them, 8192 free and 1024 inactive
            m.write(m.slot(2), struct.pack(m.order + "7Q", 4096, 4095, 12, 16384, 8192, 0, 1024))
            m.write(m.slot(3), m.words(56))
            return
        assert name == (1, 3)
        m.write(m.slot(2), struct.pack(m.order + "I", self.release))
        m.write(m.slot(3), m.words(4))

    # waiting and sockets

    def kqueue1(self, _m):
        number = self.add(Description(os.open("/dev/null", os.O_RDONLY)))
        self.queues[number] = Queue()
        return number

    def kevent50(self, m):
        return self.queues[m.integer(0)].call(self, m, extended=False)

    def kevent100(self, m):
        return self.queues[m.integer(0)].call(self, m, extended=True)

    def socket(self, m):
        return sockets.make(self, m)

    def bind(self, m):
        sockets.bind(self, m)

    def listen(self, m):
        sockets.listen(self, m)

    def connect(self, m):
        sockets.connect(self, m)

    def paccept(self, m):
        return sockets.accept(self, m)

    def getsockopt(self, m):
        sockets.peer(self, m)
