//! The command line.

use std::path::PathBuf;

use argh::FromArgs;

use crate::USAGE;

/// Run a board's image on this workstation: the kernel's policy, cellinit and the cells as on the device. Ctrl-C stops
/// everything in order. Needs root, or user namespaces and a range of subordinate uids.
#[derive(FromArgs, Debug)]
struct Arguments {
    /// directory of the simulated device (default: /run/picocell, or picocell in $XDG_RUNTIME_DIR); made, and removed at
    /// the end
    #[argh(option)]
    state: Option<PathBuf>,

    /// at the end, tell what was looked through for remains
    #[argh(switch)]
    check_clean: bool,

    /// the board's directory
    #[argh(positional)]
    board: PathBuf,

    /// run this once the supervisor answers, with PICOCELL_PREFIX set, and stop when it ends
    #[argh(positional, greedy)]
    command: Vec<String>,
}

/// Whether the proof that nothing is left is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Shown,
    Silent,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Options {
    pub state: Option<PathBuf>,
    pub proof: Proof,
    pub board: PathBuf,
    pub command: Vec<String>,
}

/// Reads the arguments; otherwise a text and the exit status that goes with it.
pub(crate) fn parse(arguments: &[String]) -> Result<Options, (String, u8)> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Arguments::from_args(&["cellsim"], &arguments) {
        Ok(arguments) => Ok(Options {
            state: arguments.state,
            proof: if arguments.check_clean {
                Proof::Shown
            } else {
                Proof::Silent
            },
            board: arguments.board,
            command: arguments.command,
        }),
        Err(exit) => {
            let status = if exit.status.is_ok() { 0 } else { USAGE };
            Err((format!("{}\n", exit.output.trim_end()), status))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Options, (String, u8)> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        parse(&words)
    }

    #[test]
    fn what_follows_the_dashes_is_the_command() {
        let options = parse_words(&["board/desk", "--check-clean", "--", "sh", "-c", "true"]);
        let options = options.unwrap();
        assert_eq!(options.command, ["sh", "-c", "true"]);
        assert_eq!(options.proof, Proof::Shown);
        assert_eq!(options.board, PathBuf::from("board/desk"));
    }

    #[test]
    fn no_board_is_a_usage_error_and_help_is_not() {
        assert_eq!(parse_words(&[]).unwrap_err().1, USAGE);
        assert_eq!(parse_words(&["--bogus", "x"]).unwrap_err().1, USAGE);
        assert_eq!(parse_words(&["--help"]).unwrap_err().1, 0);
    }
}
