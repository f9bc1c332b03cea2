"""Runs every case with the device's files of each architecture and with the Linux build, and compares."""

import argparse
import ctypes
import difflib
import functools
import itertools
import os
import re
import sys
import time

import cases
import copies
import supervise
from world import DeviceWorld, LinuxWorld, Result

#: Each with a release whose system calls it is to manage with.
ARCHITECTURES = {"amd64": 11, "aarch64": 10, "armv7": 10, "mipsel": 9, "mipseb": 11}

#: Those that bring their own memmove.
COPYING = {"armv7": "armv7-unknown-netbsd-eabihf", "mipsel": "mipsel-unknown-netbsd",
           "mipseb": "mips-unknown-netbsd"}

#: How long what runs meanwhile takes to be where the case needs it.
SETTLE_S = 0.3


def outcome(world, case):
    """The result of a case, and of what ran meanwhile."""
    if case.during is None:
        return [world.masked(case, world.run([*case.program, *case.arguments], case.stdin))]
    meanwhile = world.start(["cellctl", *case.during])
    time.sleep(SETTLE_S)
    result = world.masked(case, world.run([*case.program, *case.arguments]))
    other = meanwhile.finish()
    # numbers of processes and seconds
    other.out = re.sub(r"\d+", "*", other.out)
    return [result, other]


def everything(make, bake):
    """Results by name: of commands before one kernel, then of cellinit before another."""
    with make() as world:
        results = [(case.name, outcome(world, case)) for case in cases.everything()]
    with make() as world:
        bake(world)
        return results + [(name, [result]) for name, result in supervise.scenario(world)]


def differences(wanted, got):
    for want, have in zip(wanted, got):
        if not isinstance(want, Result):
            if want != have:
                yield f"  {have!r}, on Linux {want!r}"
            continue
        if want.status != have.status:
            yield f"  status {have.status}, on Linux {want.status}"
        for what in ("out", "err"):
            ours, theirs = getattr(want, what), getattr(have, what)
            if ours != theirs:
                yield f"  std{what}, on Linux and here:"
                yield from ("    " + line.rstrip("\n") for line in difflib.ndiff(
                    ours.splitlines(True), theirs.splitlines(True)) if line[0] != " ")


def own_mounts():
    """What cellinit mounts is to be seen by nobody else."""
    libc = ctypes.CDLL(None, use_errno=True)
    newns, private = 0x20000, 0x44000
    if libc.unshare(newns) != 0 or libc.mount(b"none", b"/", None, private, None) != 0:
        sys.exit(f"emu: mounts: {os.strerror(ctypes.get_errno())}: run as root")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", default="all", choices=["all", *ARCHITECTURES])
    parser.add_argument("--device", required=True, help="DIR/ARCH/PROGRAM, of scripts/device-build")
    parser.add_argument("--built", help="target directory of scripts/device-build: files with their symbols")
    parser.add_argument("--linux", required=True, help="directory of the build host's programs")
    parser.add_argument("--kernel", required=True, help="cell-hosted's example")
    parser.add_argument("--busybox", default="/bin/busybox")
    given = parser.parse_args()
    own_mounts()
    # a cell's devices include those of pseudo terminals while there is one
    terminal = os.openpty()
    board = os.path.join(os.path.dirname(os.path.abspath(__file__)), "board")
    bake = functools.partial(supervise.bake, f"{given.linux}/cellbake", board)
    passed = failed = 0
    wanted = everything(lambda: LinuxWorld(given.kernel, given.busybox, given.linux), bake)
    # what the Linux build dies of is not to be agreed with
    for name, results in wanted:
        if isinstance(results[0], Result) and results[0].status < 0:
            print(f"FAILED Linux: {name}: killed by signal {-results[0].status}: {results[0].err}")
            failed += 1
    for arch in ARCHITECTURES if given.arch == "all" else [given.arch]:
        begin = time.monotonic()
        directory, release = f"{given.device}/{arch}", ARCHITECTURES[arch]
        results = everything(lambda: DeviceWorld(given.kernel, given.busybox, directory, release), bake)
        for (name, want), (other, have) in itertools.zip_longest(wanted, results, fillvalue=("nothing", [])):
            if name == other and want == have:
                passed += 1
            else:
                failed += 1
                print(f"FAILED {arch}: {name}", *differences(want, have), sep="\n")
        if given.built and arch in COPYING:
            wrong = copies.wrong(f"{given.built}/{COPYING[arch]}/device/cellbox")
            passed, failed = passed + (wrong is None), failed + (wrong is not None)
            if wrong:
                print(f"FAILED {arch}: {wrong}")
        print(f"{arch}: NetBSD {release}: {time.monotonic() - begin:.1f} s")
    for end in terminal:
        os.close(end)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
