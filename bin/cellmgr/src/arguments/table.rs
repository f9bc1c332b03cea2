//! Every command with its options.

use libcell::options::{Choice, Command, Count, Operand, Program};

use super::*;

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

const STOPS: Choice = choice(STOP, "stop", "", "stop cells that mount it meanwhile");
const FROMS: Choice = choice(
    FROM,
    "from",
    "archive",
    "this one: a name as listed, or a path",
);
const LATESTS: Choice = choice(LATEST, "latest", "", "the newest, as without this");
const FOREIGNS: Choice = choice(
    FOREIGN,
    "foreign",
    "",
    "of another tar: no manifest, no digest",
);
const SIGNEDS: Choice = choice(SIGNED, "signed", "", "only if signed by the device's key");

const CREATING: &[Choice] = &[
    STOPS,
    choice(TO, "to", "directory", "there, not on the device itself"),
    choice(KEEP, "keep", "number", "delete older ones but for so many"),
    choice(
        TIGHT,
        "tight",
        "",
        "try where it fits only if it becomes smaller",
    ),
];
const ARCHIVES: &[Choice] = &[TSVS, HEADER, JSONS];
const RESTORING: &[Choice] = &[
    FROMS,
    LATESTS,
    STOPS,
    choice(
        IN_PLACE,
        "in-place",
        "",
        "give the old one up first where there is no room for both",
    ),
    choice(ANY_BOARD, "any-board", "", "made on another board, too"),
    SIGNEDS,
    FOREIGNS,
    YESES,
];
const VERIFYING: &[Choice] = &[FROMS, SIGNEDS, FOREIGNS];
const DELETING: &[Choice] = &[FROMS, LATESTS, ALL_OF_THEM, YESES];

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
        command(
            "cell backup create",
            "Make an archive of each volume that a cell writes to.",
            CREATING,
            &[CELL],
        ),
        command(
            "cell backup list",
            "Show archives, the newest first.",
            ARCHIVES,
            &[SOME_CELLS],
        ),
        command(
            "cell backup restore",
            "Replace each volume that a cell writes to by an archive.",
            RESTORING,
            &[CELL],
        ),
        command(
            "cell backup verify",
            "Read archives, to see whether they are whole.",
            VERIFYING,
            &[CELL],
        ),
        command(
            "cell backup delete",
            "Delete archives on the device itself.",
            DELETING,
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
            "volume backup create",
            "Make an archive of a volume.",
            CREATING,
            &[VOLUME],
        ),
        command(
            "volume backup list",
            "Show archives, the newest first.",
            ARCHIVES,
            &[SOME_VOLUMES],
        ),
        command(
            "volume backup restore",
            "Replace a volume by an archive.",
            RESTORING,
            &[VOLUME],
        ),
        command(
            "volume backup verify",
            "Read archives, to see whether they are whole.",
            VERIFYING,
            &[VOLUME],
        ),
        command(
            "volume backup delete",
            "Delete archives on the device itself.",
            DELETING,
            &[VOLUME],
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
