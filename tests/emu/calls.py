"""The table of system calls that the programs make, read from libcell (platform/netbsd/sys.rs): what does not stand
there, or not for a release, is answered with SIGSYS."""

import dataclasses
import os
import re

TABLE = os.path.join(os.path.dirname(__file__), "../../bin/libcell/src/platform/netbsd/sys.rs")

#: number, releases, name in syscalls.master, name for the assembler, function
ROW = re.compile(r'^    (\d+) +(\d+)\.\.(\d*) +(\w+) +"nb_\w+" +fn (\w+)\(', re.M)

#: 11's struct kevent is of this development version and later; what was before it had 10's.
ELEVEN = 1_099_001_200
FOR_EVER = 1 << 32


@dataclasses.dataclass(frozen=True)
class Call:
    """The releases, as __NetBSD_Version__ counts, in which a kernel without COMPAT options has it."""

    number: int
    since: int
    until: int
    name: str
    function: str


def version(release, otherwise):
    """Of a release of the table. Development versions come before the release that they become."""
    if not release:
        return otherwise
    return ELEVEN if release == "11" else int(release) * 100_000_000


def read():
    with open(TABLE, encoding="utf-8") as file:
        text = file.read()
    rows = [Call(int(number), version(since, 0), version(until, FOR_EVER), name, function)
            for number, since, until, name, function in ROW.findall(text)]
    # every line of the table is a row
    lines = text[text.index("calls! {\n    1 "):].split("\n}", 1)[0].splitlines()[1:]
    if len(rows) != sum(not line.strip().startswith("//") for line in lines):
        raise SystemExit(f"{TABLE}: a line of the table is not read")
    return {row.number: row for row in rows}


BY_NUMBER = read()
