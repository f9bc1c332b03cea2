"""Runs every case with the device's files of each architecture and with the Linux build, and compares."""

import argparse
import difflib
import re
import sys
import time

import cases
from world import DeviceWorld, LinuxWorld, Result

#: Each with a release whose system calls it is to manage with.
ARCHITECTURES = {"amd64": 11, "aarch64": 10, "armv7": 10, "mipsel": 9, "mipseb": 11}

#: How long what runs meanwhile takes to be where the case needs it.
SETTLE_S = 0.3


def outcome(world, case):
    """The result of a case, and of what ran meanwhile."""
    if case.during is None:
        return [world.masked(case, world.run(["cellctl", *case.arguments], case.stdin))]
    meanwhile = world.start(["cellctl", *case.during])
    time.sleep(SETTLE_S)
    result = world.masked(case, world.run(["cellctl", *case.arguments]))
    other = meanwhile.finish()
    # numbers of processes and seconds
    other.out = re.sub(r"\d+", "*", other.out)
    return [result, other]


def everything(world):
    """Results by case."""
    return [(case, outcome(world, case)) for case in cases.everything()]


def differences(wanted, got):
    for want, have in zip(wanted, got):
        if want.status != have.status:
            yield f"  status {have.status}, on Linux {want.status}"
        for what in ("out", "err"):
            ours, theirs = getattr(want, what), getattr(have, what)
            if ours != theirs:
                yield f"  std{what}, on Linux and here:"
                yield from ("    " + line.rstrip("\n") for line in difflib.ndiff(
                    ours.splitlines(True), theirs.splitlines(True)) if line[0] != " ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", default="all", choices=["all", *ARCHITECTURES])
    parser.add_argument("--device", required=True, help="DIR/ARCH/PROGRAM, of scripts/device-build")
    parser.add_argument("--linux", required=True, help="directory of the build host's programs")
    parser.add_argument("--kernel", required=True, help="cell-hosted's example")
    parser.add_argument("--busybox", default="/bin/busybox")
    given = parser.parse_args()
    passed = failed = 0
    with LinuxWorld(given.kernel, given.busybox, given.linux) as world:
        wanted = everything(world)
    # what the Linux build dies of is not to be agreed with
    for case, results in wanted:
        if any(result.status < 0 for result in results[:1]):
            print(f"FAILED Linux: {case.name}: killed by signal {-results[0].status}: {results[0].err}")
            failed += 1
    for arch in ARCHITECTURES if given.arch == "all" else [given.arch]:
        begin = time.monotonic()
        with DeviceWorld(given.kernel, given.busybox, f"{given.device}/{arch}", ARCHITECTURES[arch]) as world:
            for (case, want), (_, have) in zip(wanted, everything(world)):
                if want == have:
                    passed += 1
                else:
                    failed += 1
                    print(f"FAILED {arch}: {case.name}", *differences(want, have), sep="\n")
        print(f"{arch}: NetBSD {ARCHITECTURES[arch]}: {time.monotonic() - begin:.1f} s")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
