"""Runs one NetBSD program: nbrun.py [--release N] [--cell SOCKET] SANDBOX ELF ARGUMENT..."""

import argparse
import sys

from machine import Crash, Machine
from netbsd import System

#: __NetBSD_Version__ of the releases that differ in system calls.
RELEASES = {9: 900_000_000, 10: 1_000_000_000, 11: 1_100_000_000}


def run(elf, arguments, sandbox, cell=None, release=10, measured=None):
    """The exit status; 128 and a line on standard error for a program that died.

    Into the open file `measured` goes how many bytes of memory were the program's own in the end.
    """
    try:
        machine = Machine(elf, arguments, System(RELEASES[release], sandbox, cell))
        status = machine.run()
        if measured:
            measured.write(str(machine.private()))
            measured.flush()
        return status
    except Crash as crash:
        print(f"nbrun: {arguments[0]}: {crash}", file=sys.stderr)
        return 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--release", type=int, default=10, choices=RELEASES)
    parser.add_argument("--cell")
    parser.add_argument("sandbox")
    parser.add_argument("elf")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    arguments = [given.elf.rsplit("/", 1)[-1], *given.arguments]
    sys.exit(run(given.elf, arguments, given.sandbox, given.cell, given.release))


if __name__ == "__main__":
    main()
