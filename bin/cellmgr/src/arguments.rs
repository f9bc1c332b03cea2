//! What cellmgr takes: one table that is also the help, and the manual page is tested against it.

use libcell::options::{Choice, Command, Count, LONG, Operand, Program};

/// What a command is allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look.
    Read,
    /// Change something.
    Change,
    /// Be this program's terminal.
    Terminal,
}

/// The commands, in the order of [`PROGRAM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    CellList,
    CellShow,
    CellFields,
    CellCreate,
    CellSet,
    CellRemove,
    CellStart,
    CellStop,
    CellRestart,
    CellShell,
    CellPlanRun,
    VolumeList,
    VolumeShow,
    VolumeFields,
    VolumeCreate,
    VolumeSet,
    VolumeRemove,
    Apply,
    Logs,
    Events,
    SystemStatus,
    SystemReset,
    SystemSeal,
    Ipc,
}

impl Verb {
    const ALL: [(Self, Access); 24] = [
        (Self::CellList, Access::Read),
        (Self::CellShow, Access::Read),
        (Self::CellFields, Access::Read),
        (Self::CellCreate, Access::Change),
        (Self::CellSet, Access::Change),
        (Self::CellRemove, Access::Change),
        (Self::CellStart, Access::Change),
        (Self::CellStop, Access::Change),
        (Self::CellRestart, Access::Change),
        (Self::CellShell, Access::Terminal),
        (Self::CellPlanRun, Access::Change),
        (Self::VolumeList, Access::Read),
        (Self::VolumeShow, Access::Read),
        (Self::VolumeFields, Access::Read),
        (Self::VolumeCreate, Access::Change),
        (Self::VolumeSet, Access::Change),
        (Self::VolumeRemove, Access::Change),
        (Self::Apply, Access::Change),
        (Self::Logs, Access::Read),
        (Self::Events, Access::Read),
        (Self::SystemStatus, Access::Read),
        (Self::SystemReset, Access::Change),
        (Self::SystemSeal, Access::Change),
        (Self::Ipc, Access::Terminal),
    ];

    /// The command of that index, and what it is allowed to do.
    pub fn at(index: usize) -> Option<(Self, Access)> {
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

const fn command(
    name: &'static str,
    about: &'static str,
    options: &'static [Choice],
    operands: &'static [Operand],
) -> Command {
    Command {
        name,
        about,
        options,
        operands,
    }
}

pub(crate) const VIEW: u8 = LONG;
pub(crate) const FIELDS: u8 = b'o';
pub(crate) const TSV: u8 = b'T';
pub(crate) const NO_HEADER: u8 = b'H';
pub(crate) const JSON: u8 = b'J';
pub(crate) const SCOPE: u8 = b's';
pub(crate) const YES: u8 = b'y';
pub(crate) const ALL: u8 = b'a';
pub(crate) const ORPHANS: u8 = LONG + 1;
pub(crate) const LIKE: u8 = LONG + 2;
pub(crate) const ROOT: u8 = LONG + 3;
pub(crate) const BUILT: u8 = LONG + 4;
pub(crate) const DRY_RUN: u8 = b'n';
pub(crate) const REAPPLY: u8 = LONG + 5;
pub(crate) const RESTART_CHANGED: u8 = LONG + 6;
pub(crate) const SILENT: u8 = LONG + 7;
pub(crate) const VERBOSE: u8 = b'v';
pub(crate) const FOLLOW: u8 = b'f';
pub(crate) const CELLS: u8 = LONG + 8;
pub(crate) const VOLUMES: u8 = LONG + 9;
pub(crate) const MODE: u8 = b'm';
pub(crate) const OWNER: u8 = LONG + 10;
pub(crate) const STDIO: u8 = LONG + 11;
pub(crate) const RW: u8 = LONG + 12;

pub(crate) const AUTOSTART: u8 = LONG + 32;
pub(crate) const CRITICAL: u8 = LONG + 33;
pub(crate) const DESCRIPTION: u8 = LONG + 34;
pub(crate) const PROFILE: u8 = LONG + 35;
pub(crate) const DENY: u8 = LONG + 36;
pub(crate) const PORTS: u8 = LONG + 37;
pub(crate) const DEVICE: u8 = LONG + 38;
pub(crate) const NPROC: u8 = LONG + 39;
pub(crate) const NOFILE: u8 = LONG + 40;
pub(crate) const AS: u8 = LONG + 41;
pub(crate) const CORE: u8 = LONG + 42;
pub(crate) const CMD: u8 = LONG + 43;
pub(crate) const RUN_AS: u8 = LONG + 44;
pub(crate) const DEPENDS: u8 = LONG + 45;
pub(crate) const RESTART: u8 = LONG + 46;
pub(crate) const HEALTH: u8 = LONG + 47;
pub(crate) const MOUNT: u8 = LONG + 48;
pub(crate) const FACILITY: u8 = LONG + 49;
pub(crate) const STDOUT: u8 = LONG + 50;
pub(crate) const STDERR: u8 = LONG + 51;
pub(crate) const TAG: u8 = LONG + 52;

/// Clears what the option of that letter sets.
pub(crate) const CLEAR: u8 = 32;

const CELL: Operand = Operand {
    name: "name",
    count: Count::One,
    about: "the cell",
};
const SOME_CELLS: Operand = Operand {
    name: "name",
    count: Count::Many,
    about: "cells",
};
const VOLUME: Operand = Operand {
    name: "name",
    count: Count::One,
    about: "the volume",
};
const SOME_VOLUMES: Operand = Operand {
    name: "name",
    count: Count::Many,
    about: "volumes",
};

const VIEWS: Choice = choice(VIEW, "view", "view", "compact, desired, runtime or merged");
const NAMES: Choice = choice(FIELDS, "output", "fields", "these, separated by commas");
const TSVS: Choice = choice(TSV, "tsv", "", "tab-separated values");
const HEADER: Choice = choice(
    NO_HEADER,
    "no-header",
    "",
    "without the line of headings (with -T)",
);
const JSONS: Choice = choice(JSON, "json", "", "JSON");
const SCOPES: Choice = choice(SCOPE, "scope", "scope", "desired, runtime or both");
const YESES: Choice = choice(YES, "yes", "", "do not ask");
const ALL_OF_THEM: Choice = choice(ALL, "all", "", "all of them");

const READING: &[Choice] = &[VIEWS, NAMES, TSVS, HEADER, JSONS];
const LISTING: &[Choice] = &[VIEWS, TSVS, HEADER, JSONS];
const LIFE: &[Choice] = &[ALL_OF_THEM, SCOPES];
const REMOVING: &[Choice] = &[
    ALL_OF_THEM,
    choice(
        ORPHANS,
        "orphans",
        "",
        "those that no definition names any more",
    ),
    SCOPES,
    YESES,
];
const VOLUME_SETTINGS: &[Choice] = &[
    choice(MODE, "mode", "mode", "of its directory, in octal (0755)"),
    choice(OWNER, "owner", "uid[:gid]", "of its directory (0)"),
    SCOPES,
];

macro_rules! settings {
    ($($extra:expr),*) => {
        &[
            $($extra,)*
            choice(AUTOSTART, "autostart", "YES|NO", "start it at boot"),
            choice(CMD, "cmd", "command", "program, an absolute path, and arguments"),
            choice(PROFILE, "profile", "level", "low, medium or high"),
            choice(DENY, "deny", "operations", "deny these too, by comma"),
            choice(PORTS, "reserved-ports", "ports", "80,tcp/443,udp/5000-5010"),
            choice(DEVICE, "device", "device", "gpio0:rw (or r, or w); repeats"),
            choice(NPROC, "rlimit-nproc", "number", "most processes"),
            choice(NOFILE, "rlimit-nofile", "number", "most open files of a process"),
            choice(AS, "rlimit-as", "bytes", "address space, as 16M"),
            choice(CORE, "rlimit-core", "bytes", "core file"),
            choice(RUN_AS, "run-as", "user", "uid[:gid[,group]...]"),
            choice(DEPENDS, "depends-on", "cells", "must be ready before it"),
            choice(RESTART, "restart", "when", "always, on-failure or never"),
            choice(HEALTH, "healthcheck", "command", "status 0 is well"),
            choice(MOUNT, "mount", "mount", "volume:/target[:ro|rw][:noexec]; repeats"),
            choice(FACILITY, "log-facility", "facility", "daemon, local0 ..."),
            choice(STDOUT, "stdout-level", "level", "emerg to debug"),
            choice(STDERR, "stderr-level", "level", "emerg to debug"),
            choice(TAG, "log-tag", "tag", "of its lines"),
            choice(CRITICAL, "critical", "YES|NO", "the watchdog looks at it"),
            choice(DESCRIPTION, "description", "text", "one line"),
            SCOPES,
        ]
    };
}

/// The command line.
pub(crate) static PROGRAM: Program = Program {
    name: "cellmgr",
    about: "Show, change and apply what a device's cells are to be.",
    commands: &[
        command("cell list", "Show cells.", READING, &[SOME_CELLS]),
        command(
            "cell show",
            "Show one cell, a field a line.",
            READING,
            &[CELL],
        ),
        command("cell fields", "Show what the fields are.", LISTING, &[]),
        command(
            "cell create",
            "Define a cell in the root of another.",
            settings!(
                choice(
                    LIKE,
                    "like",
                    "cell",
                    "a copy of this one, without its ports"
                ),
                choice(ROOT, "root", "directory", "nothing but the root of another")
            ),
            &[CELL],
        ),
        command(
            "cell set",
            "Change a cell's definition.",
            settings!(
                choice(BUILT, "as-built", "", "first undo all changes of it"),
                choice(PORTS + CLEAR, "clear-reserved-ports", "", "no ports"),
                choice(NPROC + CLEAR, "clear-rlimit-nproc", "", "no limit"),
                choice(NOFILE + CLEAR, "clear-rlimit-nofile", "", "no limit"),
                choice(AS + CLEAR, "clear-rlimit-as", "", "no limit"),
                choice(CORE + CLEAR, "clear-rlimit-core", "", "no limit"),
                choice(DEPENDS + CLEAR, "clear-depends-on", "", "depend on nothing"),
                choice(HEALTH + CLEAR, "clear-healthcheck", "", "no health command"),
                choice(MOUNT + CLEAR, "clear-mounts", "", "no volumes"),
                choice(
                    DEVICE + CLEAR,
                    "clear-devices",
                    "",
                    "the standard devices only"
                ),
                choice(
                    DENY + CLEAR,
                    "clear-deny",
                    "",
                    "deny no more than the profile"
                ),
                choice(FACILITY + CLEAR, "clear-log", "", "log as built")
            ),
            &[CELL],
        ),
        command(
            "cell remove",
            "Remove definitions, or stop what runs.",
            REMOVING,
            &[SOME_CELLS],
        ),
        command(
            "cell start",
            "Start cells, their dependencies first.",
            LIFE,
            &[SOME_CELLS],
        ),
        command(
            "cell stop",
            "Stop cells, their dependents first.",
            LIFE,
            &[SOME_CELLS],
        ),
        command("cell restart", "Stop and start cells.", LIFE, &[SOME_CELLS]),
        command(
            "cell shell",
            "Run a shell or a command in a cell, as its user.",
            &[],
            &[
                CELL,
                Operand {
                    name: "command",
                    count: Count::Rest,
                    about: "and its arguments",
                },
            ],
        ),
        command(
            "cell plan run",
            "Run a cell's plan again.",
            &[choice(DRY_RUN, "dry-run", "", "only look")],
            &[CELL],
        ),
        command("volume list", "Show volumes.", READING, &[SOME_VOLUMES]),
        command(
            "volume show",
            "Show one volume, a field a line.",
            READING,
            &[VOLUME],
        ),
        command("volume fields", "Show what the fields are.", LISTING, &[]),
        command(
            "volume create",
            "Define a volume.",
            VOLUME_SETTINGS,
            &[VOLUME],
        ),
        command(
            "volume set",
            "Change a volume's mode.",
            VOLUME_SETTINGS,
            &[VOLUME],
        ),
        command(
            "volume remove",
            "Remove definitions of volumes, or what is in them.",
            REMOVING,
            &[SOME_VOLUMES],
        ),
        command(
            "apply",
            "Make what runs as it is desired.",
            &[
                ALL_OF_THEM,
                choice(DRY_RUN, "dry-run", "", "only show; 2 is drift"),
                choice(REAPPLY, "reapply", "", "run plans again too"),
                choice(
                    RESTART_CHANGED,
                    "restart-changed",
                    "",
                    "restart for a changed policy too",
                ),
                choice(VERBOSE, "verbose", "", "what is as it should be too"),
                choice(SILENT, "silent", "", "nothing but failures"),
            ],
            &[SOME_CELLS],
        ),
        command(
            "logs",
            "Show the last lines of a cell.",
            &[choice(FOLLOW, "follow", "", "and what comes")],
            &[CELL],
        ),
        command(
            "events",
            "Show what happened.",
            &[choice(FOLLOW, "follow", "", "and what comes, denials too")],
            &[],
        ),
        command("system status", "Show the device on one screen.", &[], &[]),
        command(
            "system reset",
            "Undo all changes, or empty the volumes.",
            &[
                SCOPES,
                choice(CELLS, "cells", "", "of cells only"),
                choice(VOLUMES, "volumes", "", "of volumes only"),
                YESES,
            ],
            &[],
        ),
        command(
            "system seal",
            "Until reboot let nobody make, remove or change a cell.",
            &[YESES],
            &[],
        ),
        command(
            "ipc",
            "Serve a program over standard input and output.",
            &[
                choice(STDIO, "stdio", "", "must be given"),
                choice(RW, "rw", "", "changes too"),
            ],
            &[],
        ),
    ],
    notes: "\ncellmgr help command tells what a command takes.
Exit status: 0, 1 failed, 2 drift or nothing matched, 64 misused; that of what
cell shell runs.\n",
};
