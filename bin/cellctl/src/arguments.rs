//! What cellctl takes.

use libcell::options::{Choice, Command, Count, Operand, Program};

/// The commands, in the order of [`PROGRAM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Destroy,
    Enter,
    Exec,
    Kill,
    List,
    Stats,
    Policy,
    Events,
    Seal,
}

impl Verb {
    const ALL: [Self; 10] = [
        Self::Create,
        Self::Destroy,
        Self::Enter,
        Self::Exec,
        Self::Kill,
        Self::List,
        Self::Stats,
        Self::Policy,
        Self::Events,
        Self::Seal,
    ];

    /// The command of that index.
    pub fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }
}

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

const CELL: Operand = Operand {
    name: "cell",
    count: Count::One,
    about: "its number or name; name:123 is the cell named 123",
};

const TSV: Choice = choice(b'T', "tsv", "", "tab-separated values");
const NO_HEADER: Choice = choice(
    b'H',
    "no-header",
    "",
    "without the line of headings (with -T)",
);
const JSON: Choice = choice(b'J', "json", "", "JSON");
const USER: Choice = choice(b'u', "user", "uid", "as this user: uid[:gid[,group]...]");

/// The command line.
pub(crate) static PROGRAM: Program = Program {
    name: "cellctl",
    about: "Make, enter, watch and end cells.",
    commands: &[
        Command {
            name: "create",
            about: "Make a cell and print its number.",
            options: &[
                choice(b'n', "name", "name", "its name; must be given"),
                choice(
                    b'l',
                    "profile",
                    "level",
                    "low, medium or high (the default)",
                ),
                choice(
                    b'r',
                    "reserve",
                    "ports",
                    "its ports: 80,tcp/443,udp/5000-5010",
                ),
                choice(
                    b'd',
                    "device",
                    "device",
                    "to open: gpio0:rw (or r, or w); repeats",
                ),
                choice(
                    b'P',
                    "processes",
                    "number",
                    "most processes; as for all limits, or unlimited",
                ),
                choice(b'N', "nofile", "number", "most open files of a process"),
                choice(b'A', "address-space", "bytes", "most of a process, as 16M"),
                choice(b'C', "core", "bytes", "largest core file"),
            ],
            operands: &[Operand {
                name: "root",
                count: Count::One,
                about: "the directory that is its root",
            }],
        },
        Command {
            name: "destroy",
            about: "End a cell without processes.",
            options: &[],
            operands: &[CELL],
        },
        Command {
            name: "enter",
            about: "Start a shell in a cell.",
            options: &[USER],
            operands: &[CELL],
        },
        Command {
            name: "exec",
            about: "Run a command in a cell, under its limits.",
            options: &[
                USER,
                choice(
                    b'e',
                    "env",
                    "variable",
                    "into its environment: NAME=value; repeats",
                ),
            ],
            operands: &[
                CELL,
                Operand {
                    name: "command",
                    count: Count::Rest,
                    about: "and its arguments; a shell if there is none",
                },
            ],
        },
        Command {
            name: "kill",
            about: "Send a signal to every process of a cell.",
            options: &[choice(
                b's',
                "signal",
                "signal",
                "name or number; 0 only counts (TERM)",
            )],
            operands: &[CELL],
        },
        Command {
            name: "list",
            about: "Show the cells.",
            options: &[TSV, NO_HEADER, JSON],
            operands: &[],
        },
        Command {
            name: "stats",
            about: "Show what the cells use.",
            options: &[
                choice(
                    b's',
                    "sample",
                    "seconds",
                    "for so long: 1 measures CPU1S, 10 CPU10S",
                ),
                choice(b'v', "verbose", "", "every column"),
                TSV,
                NO_HEADER,
                JSON,
                choice(b'P', "prometheus", "", "text for Prometheus"),
                choice(b'h', "http", "", "after an HTTP header (with -P)"),
            ],
            operands: &[],
        },
        Command {
            name: "policy",
            about: "Show what a cell may do and what it was denied.",
            options: &[
                choice(b'v', "verbose", "", "every operation, also the usual ones"),
                TSV,
                NO_HEADER,
                JSON,
            ],
            operands: &[CELL],
        },
        Command {
            name: "events",
            about: "Wait for events and show them.",
            options: &[
                choice(
                    b'f',
                    "follow",
                    "",
                    "go on until interrupted, or the count of -n",
                ),
                choice(
                    b'n',
                    "count",
                    "number",
                    "end after so many (1, with -f all)",
                ),
                TSV,
                NO_HEADER,
                JSON,
            ],
            operands: &[],
        },
        Command {
            name: "seal",
            about: "Until reboot, refuse to make, end or change cells.",
            options: &[choice(b'y', "yes", "", "do not ask")],
            operands: &[],
        },
    ],
    notes: "\ncellctl help command tells what a command takes.
Exit status: 0, 1 failed, 64 misused; that of what exec and enter run, or 126
cannot be executed, 127 not found.\n",
};

#[cfg(test)]
mod tests;
