"""mount(2): the argument structs of NetBSD's file systems, answered by the host's mounts."""

import ctypes
import os
import struct

RDONLY, NOEXEC, NOSUID, NODEV = 1, 4, 8, 0x10
HOST = {RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8}
REMOUNT, BIND = 0x20, 0x1000


def _mount(source, target, kind, flags, data=""):
    libc = ctypes.CDLL(None, use_errno=True)
    texts = [text.encode() for text in (source, target, kind)]
    if libc.mount(*texts, flags, data.encode()) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(system, m):
    kind, target = m.text(m.slot(0)), system.place(m.text(m.slot(1)))
    data, size = m.slot(3), m.slot(4)
    assert not m.integer(2) & ~(RDONLY | NOEXEC | NOSUID | NODEV)
    flags = sum(host for theirs, host in HOST.items() if m.integer(2) & theirs)
    if kind == "null":
        assert size == (136 if m.wide else 112)
        source = system.place(m.text(m.read_word(data)))
        _mount(source, target, "", BIND)
        _mount(source, target, "", BIND | REMOUNT | flags)
    elif kind == "tmpfs":
        assert size == 40
        version, _, most, uid, gid, mode = struct.unpack(m.order + "i4xQqIII4x", m.read(data, size))
        assert version == 1
        _mount("tmpfs", target, "tmpfs", flags, f"size={most},uid={uid},gid={gid},mode={mode:o}")
    else:
        assert kind == "ptyfs" and size == 16
        version, gid, mode, _ = struct.unpack(m.order + "iIIi", m.read(data, size))
        assert version == 2
        _mount("devpts", target, "devpts", flags, f"newinstance,gid={gid},mode={mode:o}")


def unmount(target):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(target.encode(), 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
