//! What cellrescue takes.

use libcell::options::{Choice, Command, Count, Operand, Program};

/// The commands, in the order of [`PROGRAM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Scan,
    Save,
    Restore,
    Verify,
    Delete,
    Resume,
    Auto,
}

impl Verb {
    const ALL: [Self; 7] = [
        Self::Scan,
        Self::Save,
        Self::Restore,
        Self::Verify,
        Self::Delete,
        Self::Resume,
        Self::Auto,
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

const fn rest(name: &'static str, about: &'static str) -> Operand {
    Operand {
        name,
        count: Count::Rest,
        about,
    }
}

const FOREIGN: Choice = choice(
    b'F',
    "foreign",
    "",
    "of another tar: no manifest, no digest",
);
const ALLOW: Choice = choice(
    b'A',
    "allow",
    "what",
    "devices or set-id, which are refused; repeats",
);

const ARCHIVE: &str = "a path, or DEVICE:FILE of a disk that scan lists";

/// The command line.
pub(crate) static PROGRAM: Program = Program {
    name: "cellrescue",
    about: "Save and restore volumes, with nothing else running.",
    commands: &[
        Command {
            name: "scan",
            about: "List disks, their file systems, and the archives on them.",
            options: &[
                choice(
                    b'c',
                    "check",
                    "",
                    "read every archive, to see whether it is whole",
                ),
                choice(b'T', "tsv", "", "tab-separated values"),
                choice(
                    b'H',
                    "no-header",
                    "",
                    "without the line of headings (with -T)",
                ),
                choice(b'J', "json", "", "JSON"),
            ],
            operands: &[],
        },
        Command {
            name: "save",
            about: "Make archives of volumes.",
            options: &[
                choice(b'a', "all", "", "of every volume"),
                choice(
                    b't',
                    "to",
                    "where",
                    "a directory, a device, or self; the only disk found",
                ),
                choice(b'k', "keep", "number", "delete older ones but for so many"),
                choice(
                    b'x',
                    "tight",
                    "",
                    "try where it fits only if it becomes smaller",
                ),
                ALLOW,
            ],
            operands: &[rest("volume", "its name")],
        },
        Command {
            name: "restore",
            about: "Replace a volume by what is in an archive.",
            options: &[
                choice(
                    b'n',
                    "name",
                    "volume",
                    "this volume, whatever the archive says",
                ),
                choice(b'y', "yes", "", "do not ask"),
                choice(
                    b'i',
                    "in-place",
                    "",
                    "give the old one up first where there is no room for both",
                ),
                choice(b'b', "any-board", "", "made on another board, too"),
                choice(
                    b's',
                    "signed",
                    "",
                    "only with a signature by the device's key",
                ),
                FOREIGN,
                ALLOW,
            ],
            operands: &[Operand {
                name: "archive",
                count: Count::One,
                about: ARCHIVE,
            }],
        },
        Command {
            name: "verify",
            about: "Read archives, to see whether they are whole.",
            options: &[FOREIGN],
            operands: &[rest("archive", ARCHIVE)],
        },
        Command {
            name: "delete",
            about: "Delete archives that are on the device itself.",
            options: &[choice(b'y', "yes", "", "do not ask")],
            operands: &[rest("file", "its name, as scan shows it")],
        },
        Command {
            name: "resume",
            about: "Finish or undo a restore that was cut.",
            options: &[choice(
                b'f',
                "forget",
                "",
                "leave a volume missing that was given up",
            )],
            operands: &[],
        },
        Command {
            name: "auto",
            about: "Carry out the signed recovery order on a disk, if there is one.",
            options: &[],
            operands: &[],
        },
    ],
    notes: "\nExit status: 0 done, 1 failed, 2 nothing found, 64 usage.\n",
};
