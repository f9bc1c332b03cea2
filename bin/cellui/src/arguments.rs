//! What cellui takes: one table that is also the help, and the manual page is tested against it.

use libcell::options::{Choice, Command, Count, Operand};

pub(crate) const READ_ONLY: u8 = b'r';
pub(crate) const CONNECT: u8 = b'c';
pub(crate) const SERIAL: u8 = b's';
pub(crate) const SPEED: u8 = b'b';
pub(crate) const ASCII: u8 = b'a';
pub(crate) const MONO: u8 = b'm';

/// The command line.
pub(crate) static PROGRAM: Command = Command {
    name: "cellui",
    about: "Look at a device's cells and operate them, on a terminal of any speed.",
    options: &[
        Choice::new(READ_ONLY, "read-only", "", "look only"),
        Choice::new(
            CONNECT,
            "connect",
            "socket",
            "a local socket at which cellmgr ipc is served",
        ),
        Choice::new(
            SERIAL,
            "serial",
            "device",
            "a line to a device's console, at a root shell",
        ),
        Choice::new(
            SPEED,
            "speed",
            "baud",
            "of that line; as it is if not given",
        ),
        Choice::new(ASCII, "ascii", "", "draw lines with - and |"),
        Choice::new(MONO, "mono", "", "no colours"),
    ],
    operands: &[Operand {
        name: "command",
        count: Count::Rest,
        about: "started instead of cellmgr ipc --stdio --rw, for instance /usr/bin/ssh device ...",
    }],
};

pub(crate) const NOTES: &str = "\nInside, ? shows the keys.
Exit status: 0 quit, 1 failed or the terminal is gone, 64 misused.\n";
