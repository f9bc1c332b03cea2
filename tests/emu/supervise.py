"""cellinit with an image: starts its cells, answers on its control socket, stops everything.

The messages of the socket are postcard; what is looked at are the first few fields of each.
"""

import os
import socket
import struct
import subprocess
import time

import manage
from world import Result

SYSTEM, STATUS, LOG, SHUTDOWN = b"\0", b"\1", b"\5", b"\6"
DONE, REFUSED, A_SYSTEM, A_CELL, A_LOG = range(5)
STATES = "stopped waiting starting ready degraded backoff crash-loop exited failed stopping".split()
PATIENCE_S = 20

#: Bytes of its own that cellinit may take, for each cell, and where pointers are of 8 bytes.
MEMORY, MEMORY_CELL, MEMORY_WIDE = 68 << 10, 1 << 10, 8 << 10

#: And more once it has read its definitions again, with three cells: old and new ones at a time.
MEMORY_AGAIN = 40 << 10


def bake(cellbake, board, world):
    """The image and the roots of its cells, where the device has them."""
    for directory in ("etc", "var/run"):
        os.makedirs(f"{world.place}/{directory}", exist_ok=True)
    subprocess.run([cellbake, "bake", "-o", f"{world.place}/etc/cells.bin", "--roots", f"{world.place}/cells", board],
                   check=True, stdout=subprocess.DEVNULL)
    # what the plan patches
    os.makedirs(f"{world.place}/volumes/keep")
    with open(f"{world.place}/volumes/keep/there", "w", encoding="ascii") as there:
        there.write("one\ntwo\n")
    with open(f"{world.place}/etc/cells.bin", "rb") as good, open(f"{world.place}/etc/broken", "wb") as broken:
        image = good.read()
        broken.write(image[:-1] + bytes([image[-1] ^ 1]))


class Control:
    """A connection to the control socket."""

    def __init__(self, path):
        end = time.monotonic() + PATIENCE_S
        while True:
            self.link = socket.socket(socket.AF_UNIX)
            self.link.settimeout(PATIENCE_S)
            try:
                self.link.connect(path)
                return
            except OSError:
                self.link.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def ask(self, request):
        """The first reply: its kind and its body."""
        self.link.sendall(struct.pack("<H", len(request)) + request)
        return self.reply()

    def reply(self):
        (size,) = struct.unpack("<H", self._exactly(2))
        body = self._exactly(size)
        return body[0], body[1:]

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.link.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def states(self):
        """Cells by name, and where they are."""
        found = {}
        for index in range(64):
            kind, body = self.ask(STATUS + bytes([index]))
            if kind != A_CELL:
                return found
            size = body[0]
            found[body[1:1 + size].decode()] = STATES[body[1 + size]]

    def until(self, wanted):
        """The states, when they are as wanted or patience is over."""
        end = time.monotonic() + PATIENCE_S
        while (found := self.states()) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def log(self, cell):
        """What a cell has printed."""
        kind, body = self.ask(LOG + bytes([len(cell)]) + cell.encode() + b"\0")
        text = b""
        while kind == A_LOG:
            text += body
            kind, body = self.reply()
        return text


def scenario(world):
    """(what, result) of each step."""
    for arguments in (["--help"], ["--frob"], ["--check", "--prefix", "@"], ["--check", "--image", "@/etc/broken"],
                      ["--image", "@/etc/none"]):
        yield "cellinit " + " ".join(arguments), world.masked_plain(world.run(["cellinit", *arguments]))
    running = world.start(["cellinit", "--prefix", "@"])
    try:
        control = Control(f"{world.place}/var/run/cellinit.sock")
    except OSError:
        yield "start of cellinit", running.finish()
        return
    wanted = {"stays": "ready", "ends": "exited"}
    yield "cells of cellinit", control.until(wanted)
    yield "system of cellinit", control.ask(SYSTEM)[1][:9]
    yield "log of cellinit", control.log("stays")[-3:]
    yield "list while cellinit runs", world.run(["cellctl", "list", "-J"]).out.count('"procs":1')
    yield "files of the plan", manage.files(f"{world.place}/volumes/keep")
    yield "shutdown of cellinit", control.ask(SHUTDOWN)[0]
    result = running.finish()
    yield "end of cellinit", result.status
    yield "memory of cellinit within its bound", is_small(world, MEMORY + MEMORY_CELL * len(wanted))
    yield "list after cellinit", world.masked_plain(world.run(["cellctl", "list"]))
    with open("/proc/mounts", encoding="utf-8") as mounts:
        yield "mounts after cellinit", [line for line in mounts if world.place in line]
    if result.status != 0:
        yield "standard error of cellinit", Result(result.status, result.out, result.err)
    yield from managed(world, wanted)


def is_small(world, most):
    """Whether the last cellinit took no more memory than that; where it was measured, it is printed."""
    private = world.private()
    most += MEMORY_WIDE if world.wide else 0
    if private:
        print(f"cellinit: {private} bytes of memory of its own, at most {most}")
    return private <= most


def managed(world, wanted):
    """(what, result) of each step before a cellinit whose definitions are changed."""
    running = world.start(["cellinit", "--prefix", "@"])
    control = Control(f"{world.place}/var/run/cellinit.sock")
    yield "cells of cellinit at first", control.until(wanted)
    yield from manage.scenario(world)
    yield "cells of cellinit in the end", control.until(wanted)
    yield "shutdown of cellinit that was managed", control.ask(SHUTDOWN)[0]
    yield "end of cellinit that was managed", running.finish().status
    yield "memory of cellinit that was managed", is_small(world, MEMORY + MEMORY_AGAIN + MEMORY_CELL * len(wanted))
