"""Runs the module's policy core, as each kernel gets it, in a CPU emulator: the contract's golden messages, and random
calls that the same code for Linux answers too. See kobject.py for what every call checks besides."""

import argparse
import ctypes
import os
import random
import struct
import sys

from kobject import Broken, Kernel, Long

BUFFERS = (128, 1024, 4096)
ROOT_SIZE = 96
EVENT_MAX = 40
#: Bytes of stack that no call may need; a kernel's stack is 8 KiB on the smallest.
STACK_MAX = 1536
NONE, RESOLVE, RELEASE, ENTER, KILL, SUM = range(6)
OPERATIONS = 90


class Native:
    """The same code, compiled for Linux."""

    order = "<" if sys.byteorder == "little" else ">"

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.memory = ctypes.create_string_buffer(8192)
        self.scratch = ctypes.addressof(self.memory)

    def call(self, name, *arguments):
        function = getattr(self.library, name)
        function.restype = ctypes.c_size_t
        return function(*(ctypes.c_uint64(argument) for argument in arguments))

    def read(self, at, count):
        return ctypes.string_at(at, count)

    def write(self, at, data):
        ctypes.memmove(at, data, len(data))


class Emulated(Kernel):
    def read(self, at, count):
        return bytes(self.uc.mem_read(at, count))

    def write(self, at, data):
        self.uc.mem_write(at, data)


class Module:
    """What secmodel_cell.c does with the core, without a kernel."""

    def __init__(self, machine):
        self.machine = machine
        self.work = machine.scratch
        self.cursor = machine.scratch + 256
        self.frame = machine.scratch + 512
        self.buffer = machine.scratch + 1024
        machine.write(self.cursor, struct.pack(machine.order + "I", self.ask("event_cursor") & 0xFFFFFFFF))

    def ask(self, name, *arguments, bits=32):
        return self.machine.call(f"cell_rs_{name}", *arguments) & (1 << bits) - 1

    def byte(self, name, *arguments):
        return self.ask(name, *arguments, bits=8)

    def tell(self, name, *arguments):
        """What has no result."""
        self.machine.call(f"cell_rs_{name}", *arguments)

    def answer(self, size, refusal):
        """The refusal's number, or the reply's message."""
        reply = self.machine.read(self.buffer, size)
        length = struct.unpack_from("<H", reply)[0]
        return refusal, reply[2:2 + length], reply[2 + length:].count(0) == size - 2 - length

    def begin(self, message, cell=0, root=True, pid=1, now=0, size=128):
        """The refusal, and the work left to do: kind, cell, signal, root."""
        data = struct.pack("<H", len(message)) + message
        self.machine.write(self.buffer, data + b"\xff" * (size - len(data)))
        self.machine.write(self.work, b"\xee" * (12 + ROOT_SIZE))
        refusal = self.byte("begin", cell, int(root), pid, now, self.buffer, size, self.work)
        raw = self.machine.read(self.work, 12 + ROOT_SIZE)
        kind, of, signal = struct.unpack_from(self.machine.order + "3I", raw)
        path = raw[12:].split(b"\0")[0] if refusal == 0 and kind == RESOLVE else b""
        return refusal, (kind, of, signal if kind == KILL else 0, path) if refusal == 0 else None

    def request(self, message, now=0, size=128, live=(0, 0, 0), **who):
        """Both halves of a request, all that is left to do done."""
        refusal, work = self.begin(message, now=now, size=size, **who)
        if refusal:
            return refusal, b"", True
        kind, cell, _signal, _path = work
        at = (self.buffer, size)
        pid = who.get("pid", 1)
        second = {
            NONE: lambda: 0,
            RESOLVE: lambda: self.byte("created", cell, pid, now, *at),
            RELEASE: lambda: self.byte("destroyed", *at),
            ENTER: lambda: self.byte("entered", cell, pid, now, *at),
            KILL: lambda: self.byte("killed", 3, *at),
            SUM: lambda: self.byte("stats", who.get("cell", 0), int(who.get("root", True)), cell, now,
                                   Long(live[0]), live[1], live[2], *at),
        }
        return self.answer(size, second[kind]())

    def event(self, now):
        length = self.ask("read_event", self.cursor, self.frame, EVENT_MAX, now)
        return self.machine.read(self.frame, length)


def golden(folder, name):
    messages = {}
    with open(os.path.join(folder, f"{name}.txt"), encoding="ascii") as file:
        for line in file:
            if not line.startswith("#") and ":" in line:
                label, octets = line.split(":")
                messages[label] = bytes.fromhex(octets)
    return messages


def contract(module, folder):
    """The golden requests in an order in which the golden replies are the answers: names of those that differ."""
    requests, replies = golden(folder, "requests"), golden(folder, "replies")
    wrong = []

    def expect(what, got, reply):
        if got != (0, replies.get(reply, reply), True):
            wrong.append(f"{what}: {got[0]} {got[1].hex(' ')}")

    web = 1 << 8 | 2
    expect("hello", module.request(requests["hello"]), bytes.fromhex("01 01 5a 40 00 00 00"))
    expect("create-high", module.request(requests["create-high"]), b"\x02\x80\x02")
    expect("create-low", module.request(requests["create-low"]), b"\x02\x81\x02")
    expect("create-web", module.request(requests["create-web"]), "created")
    if module.request(requests["create-web"])[0] == 0:
        wrong.append("create-web again: made twice")
    enter = b"\x03" + bytes([web & 0x7F | 0x80, web >> 7])
    for pid in (10, 11):
        expect("enter", module.request(enter, pid=pid), "done")
    # each enter has a place for a member; the credentials are the kernel's to count
    for _ in range(5):
        module.tell("credential_shared", web)
    expect("lookup", module.request(requests["lookup"], now=3600), "cell")
    for operation, count in ((0, 1), (32, 300), (89, 2)):
        for _ in range(count):
            module.ask("denied", web, operation, 10, 3600)
    expect("policy", module.request(b"\x08" + enter[1:], now=3600), "policy")
    for _ in range(17):
        module.byte("ask_fork", web)
        module.tell("process_forked", web, 1)
        module.tell("process_exited", web, Long(1_000_000))
    expect("stats", module.request(b"\x07" + enter[1:], now=3600, live=(13_000_000, 1234, 56789)), "stats")
    expect("kill", module.request(b"\x04" + enter[1:] + b"\x0f"), b"\x03\x03")
    for message in (b"", b"\x63", b"\0\0", requests["create-web"][:-1], b"\x01\x7f" + b"a" * 40):
        if module.request(message)[0] == 0:
            wrong.append(f"{message.hex(' ')}: taken for a request")
    return wrong


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def scenario(seed, steps, requests):
    """Random calls, the same for the same seed: each is a function of a module that returns what there is to compare."""
    rng = random.Random(seed)
    handle = lambda: rng.choice((0, rng.randrange(4) << 8 | rng.randrange(6), rng.getrandbits(32)))
    known = list(requests.values())

    def create():
        name, root = f"c{rng.randrange(8)}".encode(), b"/" + b"r" * rng.randrange(1, 90)
        policy = rng.choice([m for m in known if m[0] == 1])
        at = 2 + policy[1]
        rest = policy[at + 1 + policy[at]:]
        return b"\x01" + varint(len(name)) + name + varint(len(root)) + root + rest

    def message():
        kind = rng.randrange(12)
        if kind == 0:
            return rng.choice(known)
        if kind == 1:
            made = bytearray(rng.choice(known))
            made[rng.randrange(len(made))] = rng.getrandbits(8)
            return bytes(made)
        if kind < 5:
            return create()
        cell = varint(handle())
        name = f"c{rng.randrange(8)}".encode()
        return rng.choice((b"\x02" + cell, b"\x03" + cell, b"\x04" + cell + bytes([rng.randrange(40)]),
                           b"\x05" + varint(len(name)) + name, b"\x06" + cell, b"\x07" + cell, b"\x08" + cell))

    now = 0
    for _ in range(steps):
        now += rng.randrange(2)
        cell, other, when = handle(), handle(), now
        op, pid, port = rng.randrange(OPERATIONS + 3), rng.getrandbits(15), rng.choice((0, 80, 8005, rng.getrandbits(16)))
        choice = rng.randrange(16)
        if choice < 6:
            # a host's root mostly: others are refused
            cell = rng.choice((0, 0, 0, cell))
            size, live = rng.choice(BUFFERS), (rng.getrandbits(40), rng.getrandbits(20), rng.getrandbits(20))
            text = message()
            size = size if len(text) + 2 <= size else 4096
            yield lambda m, t=text, w=when, s=size, v=live, c=cell, p=pid: m.request(
                t, now=w, size=s, live=v, cell=c, root=True, pid=p)
            continue
        block, read, write = (rng.random() < 0.5 for _ in range(3))
        major, minor, cpu = rng.choice((2, 5, 4095)), rng.choice((2, 0, 0xFFFFE)), Long(rng.getrandbits(45))
        yield rng.choice((
            lambda m, c=cell, o=op: m.byte("ask", c, o),
            lambda m, c=cell, o=op, t=other: m.byte("ask_process", c, o, t),
            lambda m, c=cell, p=port: m.byte("ask_bind", c, 6, p),
            lambda m, c=cell, p=port: m.byte("ask_picked", c, 17, p),
            lambda m, c=cell, a=(block, major, minor, read, write): m.byte("ask_device", c, *a),
            lambda m, c=cell: m.byte("ask_fork", c),
            lambda m, c=cell, w=write: m.byte("ask_exec", c, w),
            lambda m, c=cell, o=op, p=pid, w=when: m.byte("denied", c, o, p, w),
            lambda m, w=when: m.event(w),
            lambda m: m.byte("cells"),
            lambda m, c=cell: m.ask("processes", c),
            lambda m, c=cell: m.tell("doom", c),
            lambda m, c=cell: m.tell("spare", c),
        ))
        # what was counted once is counted down once
        yield lambda m, c=cell: [m.tell("credential_shared", c), m.tell("credential_dropped", c)]
        if rng.random() < 0.2:
            yield lambda m, c=cell, u=cpu: [
                m.tell("process_forked", c, 0), m.tell("process_exited", c, u)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arch", default="all", help="one architecture, or all")
    parser.add_argument("--objects", required=True, help="DIR/ARCH/cellcore.o")
    parser.add_argument("--native", required=True, help="the same code as a library for Linux")
    parser.add_argument("--golden", required=True, help="folder of the contract's messages")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = ["amd64", "aarch64", "armv7", "mipsel", "mipseb"] if options.arch == "all" else [options.arch]
    requests = golden(options.golden, "requests")
    # its state is one static: the contract's messages first, then the random calls, as on the others
    native = Module(Native(options.native))
    failures = [f"Linux: {line}" for line in contract(native, options.golden)]
    wanted = [step(native) for step in scenario(options.seed, options.steps, requests)]
    for name in names:
        machine = Emulated(os.path.join(options.objects, name, "cellcore.o"))
        before = len(failures)
        try:
            module = Module(machine)
            failures += [f"{name}: {line}" for line in contract(module, options.golden)]
            for index, step in enumerate(scenario(options.seed, options.steps, requests)):
                got = step(module)
                if got != wanted[index]:
                    failures.append(f"{name}: step {index}: {got}, on Linux {wanted[index]}")
                    break
        except Broken as broken:
            failures.append(f"{name}: {broken}")
        if machine.deepest > STACK_MAX:
            failures.append(f"{name}: {machine.deepest} bytes of stack, {STACK_MAX} at most")
        result = "FAIL" if len(failures) > before else "ok"
        print(f"kernel core {name}: {result}: {len(wanted)} calls, {machine.instructions} instructions, "
              f"{machine.deepest} bytes of stack")
    for line in failures:
        print(line, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
