//! What cellui takes: one table that is also the help, and the manual page is tested against it.

use libcell::options::{Choice, Command, Count, Operand};

pub(crate) const READ_ONLY: u8 = b'r';
pub(crate) const CONNECT: u8 = b'c';
pub(crate) const SERIAL: u8 = b's';
pub(crate) const SPEED: u8 = b'b';
pub(crate) const ASCII: u8 = b'a';
pub(crate) const MONO: u8 = b'm';

const fn choice(
    letter: u8,
    long: &'static str,
    value: &'static str,
    about: &'static str,
) -> Choice {
    Choice {
        letter,
        long,
        value,
        about,
    }
}

/// The command line.
pub(crate) static PROGRAM: Command = Command {
    name: "cellui",
    about: "Look at a device's cells and operate them, on a terminal of any speed.",
    options: &[
        choice(READ_ONLY, "read-only", "", "look only"),
        choice(
            CONNECT,
            "connect",
            "socket",
            "a local socket at which cellmgr ipc is served",
        ),
        choice(
            SERIAL,
            "serial",
            "device",
            "a line to a device's console, at a root shell",
        ),
        choice(
            SPEED,
            "speed",
            "baud",
            "of that line; as it is if not given",
        ),
        choice(ASCII, "ascii", "", "draw lines with - and |"),
        choice(MONO, "mono", "", "no colours"),
    ],
    operands: &[Operand {
        name: "command",
        count: Count::Rest,
        about: "started instead of cellmgr ipc --stdio --rw, for instance /usr/bin/ssh device ...",
    }],
};

pub(crate) const NOTES: &str = "\nInside, ? shows the keys.
Exit status: 0 quit, 1 failed or the terminal is gone, 64 misused.\n";
