"""/dev/cell of the hosted kernel: the socket's client, as libcell has it for Linux."""

import array
import ctypes
import os
import socket
import struct

IOCTL, LISTENER, SUBSCRIBE = b"\0", b"\1", b"\3"
PACKET_MAX = 4 + 4096 + 8192
SIZES = (128, 1024, 4096)
ENTER = 3

CLONE_NEWUTS = 0x0400_0000
SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5
PR_SET_NO_NEW_PRIVS = 38


def command(size):
    """_IOWR('C', 0, size)"""
    return 0xC000_0000 | size << 16 | ord("C") << 8


class CellDevice:
    """An open of the device."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.socket.send(SUBSCRIBE)

    def fileno(self):
        return self.socket.fileno()

    def ioctl(self, buffer):
        """The kernel's answer in place of the request, or OSError with its errno."""
        if buffer[2] == ENTER:
            return self._enter(buffer)
        body, _ = self._exchange(IOCTL + buffer)
        return body[: len(buffer)]

    def _exchange(self, packet, *descriptors):
        """The answer comes through a socket of its own, so that no event is taken for it."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with mine, theirs:
            self._send(packet, theirs.fileno(), *descriptors)
            theirs.close()
            return self._receive(mine)

    def _send(self, packet, *descriptors):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.socket.sendmsg([packet], control)

    @staticmethod
    def _receive(link):
        data, control, _, _ = link.recvmsg(PACKET_MAX, socket.CMSG_SPACE(8))
        if len(data) < 4:
            raise OSError(6, "the kernel has gone")
        (errno,) = struct.unpack_from("<i", data)
        if errno:
            raise OSError(errno, os.strerror(errno))
        descriptors = array.array("i")
        for _, _, payload in control:
            descriptors.frombytes(payload)
        return data[4:], list(descriptors)

    def _enter(self, buffer):
        """Moves this very process, emulator and all, into the cell: what it executes next is a member."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.connect(self.socket.getpeername())
            link.send(IOCTL + buffer)
            body, (root, users) = self._receive(link)
            libc = ctypes.CDLL(None, use_errno=True)

            def check(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                return result

            if os.fstat(users).st_ino != os.stat("/proc/self/ns/user").st_ino:
                check(libc.setns(users, 0x1000_0000))
            check(libc.unshare(CLONE_NEWUTS))
            os.fchdir(root)
            os.chroot(".")
            os.close(root)
            os.close(users)
            program = body[len(buffer):]
            instructions = ctypes.create_string_buffer(program, len(program))
            filter_program = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
            attempt = libc.syscall(SYS_SECCOMP, FILTER, NEW_LISTENER | WAIT_KILLABLE, filter_program)
            listener = attempt if attempt >= 0 else check(
                libc.syscall(SYS_SECCOMP, FILTER, NEW_LISTENER, filter_program))
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))]
            link.sendmsg([LISTENER], control)
            os.close(listener)
            self._receive(link)
        return body[: len(buffer)]
