"""Local sockets: struct sockaddr_un as NetBSD has it, and its options."""

import os
import socket
import struct

AF_LOCAL, STREAM, DATAGRAM = 1, 1, 2
CLOEXEC, NONBLOCK, NOSIGPIPE = 0x1000_0000, 0x2000_0000, 0x4000_0000
SOL_LOCAL, LOCAL_PEEREID = 0, 3


def make(system, m):
    from netbsd import Description
    assert m.integer(0) == AF_LOCAL
    flags = m.slot(1) & 0xF000_0000
    assert flags & CLOEXEC and flags & NOSIGPIPE
    kind = {STREAM: socket.SOCK_STREAM, DATAGRAM: socket.SOCK_DGRAM}[m.slot(1) & 0xF]
    made = socket.socket(socket.AF_UNIX, kind)
    made.setblocking(not flags & NONBLOCK)
    return system.add(Description(made.detach()))


def over(system, number):
    """A socket object on a descriptor of the program's, which stays open."""
    return socket.socket(fileno=os.dup(system.file(number).fd))


def address(system, m):
    size = m.slot(2)
    body = m.read(m.slot(1), size)
    length, family = body[0], body[1]
    assert length == size and family == AF_LOCAL
    return system.place(body[2:].decode())


def bind(system, m):
    with over(system, m.integer(0)) as made:
        made.bind(address(system, m))


def listen(system, m):
    with over(system, m.integer(0)) as made:
        made.listen(m.integer(1))


def connect(system, m):
    with over(system, m.integer(0)) as made:
        made.connect(address(system, m))


def accept(system, m):
    from netbsd import Description
    flags = m.slot(4)
    with over(system, m.integer(0)) as made:
        made.setblocking(False)
        link, _ = made.accept()
    link.setblocking(not flags & NONBLOCK)
    return system.add(Description(link.detach()))


def peer(system, m):
    assert (m.integer(1), m.integer(2)) == (SOL_LOCAL, LOCAL_PEEREID)
    with over(system, m.integer(0)) as made:
        found = made.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    m.write(m.slot(3), struct.pack(m.order + "iii", *struct.unpack("iii", found)))
    m.write(m.slot(4), struct.pack(m.order + "I", 12))
