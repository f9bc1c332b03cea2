//! What cellctl takes. Values are text here and parsed by the command: one kind of option is one copy of argh's code.

use std::prelude::rust_2024::*;

use argh::FromArgs;

/// Make, enter, watch and end cells.
#[derive(FromArgs)]
#[argh(
    note = "A cell is given by its number or its name; name:123 is the cell named 123.",
    error_code(0, "done; exec: the command's own status."),
    error_code(1, "failed; one line on standard error says what."),
    error_code(64, "arguments that are not as above."),
    error_code(126, "exec: the command cannot be executed."),
    error_code(127, "exec: no such command.")
)]
pub(crate) struct Arguments {
    #[argh(subcommand)]
    pub command: Command,
}

#[derive(FromArgs)]
#[argh(subcommand)]
pub(crate) enum Command {
    Create(Create),
    Destroy(Destroy),
    Enter(Enter),
    Exec(Exec),
    Kill(Kill),
    List(List),
    Stats(Stats),
    Policy(Policy),
    Events(Events),
    Seal(Seal),
}

/// make a cell and print its number
#[derive(FromArgs)]
#[argh(subcommand, name = "create")]
pub(crate) struct Create {
    /// low, medium or high (the default)
    #[argh(option, short = 'l', arg_name = "level")]
    pub profile: Option<String>,
    /// reserve ports: 80,tcp/443,udp/5000-5010
    #[argh(option, short = 'r', arg_name = "ports")]
    pub reserve: Option<String>,
    /// a device that members may open, as gpio0:rw (r, w; default rw); repeats
    #[argh(option, short = 'd', arg_name = "device")]
    pub device: Vec<String>,
    /// most processes, or unlimited (the default)
    #[argh(option, short = 'P', arg_name = "number")]
    pub processes: Option<String>,
    /// most open files of a process, or unlimited
    #[argh(option, short = 'N', arg_name = "number")]
    pub nofile: Option<String>,
    /// most address space of a process, as 16M, or unlimited
    #[argh(option, short = 'A', arg_name = "bytes")]
    pub address_space: Option<String>,
    /// largest core file, or unlimited
    #[argh(option, short = 'C', arg_name = "bytes")]
    pub core: Option<String>,
    /// name of the cell
    #[argh(option, short = 'n')]
    pub name: String,
    /// directory that is its root
    #[argh(positional)]
    pub root: String,
}

/// end a cell without processes
#[derive(FromArgs)]
#[argh(subcommand, name = "destroy")]
pub(crate) struct Destroy {
    /// number or name
    #[argh(positional)]
    pub cell: String,
}

/// start a shell in a cell
#[derive(FromArgs)]
#[argh(subcommand, name = "enter")]
pub(crate) struct Enter {
    /// user by number, with groups: uid[:gid[,group]...]
    #[argh(option, short = 'u', arg_name = "uid")]
    pub user: Option<String>,
    /// number or name
    #[argh(positional)]
    pub cell: String,
}

/// run a command in a cell, under its limits
#[derive(FromArgs)]
#[argh(subcommand, name = "exec")]
pub(crate) struct Exec {
    /// user by number, with groups: uid[:gid[,group]...]
    #[argh(option, short = 'u', arg_name = "uid")]
    pub user: Option<String>,
    /// a variable for its environment, NAME=value; repeats
    #[argh(option, short = 'e', arg_name = "variable")]
    pub env: Vec<String>,
    /// number or name
    #[argh(positional)]
    pub cell: String,
    /// command and its arguments; a shell if there is none
    #[argh(positional, greedy)]
    pub command: Vec<String>,
}

/// send a signal to every process of a cell
#[derive(FromArgs)]
#[argh(subcommand, name = "kill")]
pub(crate) struct Kill {
    /// name or number; TERM if not given, 0 only counts
    #[argh(option, short = 's')]
    pub signal: Option<String>,
    /// number or name
    #[argh(positional)]
    pub cell: String,
}

/// show the cells
#[derive(FromArgs)]
#[argh(subcommand, name = "list")]
pub(crate) struct List {
    /// tab-separated values
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// without the line of headings (with -T)
    #[argh(switch, short = 'H')]
    pub no_header: bool,
    /// JSON
    #[argh(switch, short = 'J')]
    pub json: bool,
}

/// show what the cells use
#[derive(FromArgs)]
#[argh(subcommand, name = "stats")]
pub(crate) struct Stats {
    /// measure CPU1S over 1 second, or CPU10S too over 10
    #[argh(option, short = 's', arg_name = "seconds")]
    pub sample: Option<String>,
    /// every column
    #[argh(switch, short = 'v')]
    pub verbose: bool,
    /// tab-separated values
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// without the line of headings (with -T)
    #[argh(switch, short = 'H')]
    pub no_header: bool,
    /// JSON
    #[argh(switch, short = 'J')]
    pub json: bool,
    /// text for Prometheus
    #[argh(switch, short = 'P')]
    pub prometheus: bool,
    /// after an HTTP header (with -P)
    #[argh(switch, short = 'h')]
    pub http: bool,
}

/// show what is enforced on a cell and what it was denied
#[derive(FromArgs)]
#[argh(subcommand, name = "policy")]
pub(crate) struct Policy {
    /// every operation, not only those denied or unusual for the profile
    #[argh(switch, short = 'v')]
    pub verbose: bool,
    /// tab-separated values, every operation
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// without the line of headings (with -T)
    #[argh(switch, short = 'H')]
    pub no_header: bool,
    /// JSON, every operation
    #[argh(switch, short = 'J')]
    pub json: bool,
    /// number or name
    #[argh(positional)]
    pub cell: String,
}

/// wait for events and show them
#[derive(FromArgs)]
#[argh(subcommand, name = "events")]
pub(crate) struct Events {
    /// go on until interrupted, or until the count of -n
    #[argh(switch, short = 'f')]
    pub follow: bool,
    /// end after so many; 1 if neither is given
    #[argh(option, short = 'n', arg_name = "number")]
    pub count: Option<String>,
    /// tab-separated values
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// without the line of headings (with -T)
    #[argh(switch, short = 'H')]
    pub no_header: bool,
    /// JSON, an object on each line
    #[argh(switch, short = 'J')]
    pub json: bool,
}

/// refuse to make, end or change cells until reboot
#[derive(FromArgs)]
#[argh(subcommand, name = "seal")]
pub(crate) struct Seal {
    /// do not ask
    #[argh(switch)]
    pub yes: bool,
}
