//! The proof that nothing is left.

use std::fs;
use std::path::Path;

use cell_hosted::process::facts::{self, Pid};

/// Processes that have something of the state directory: their root, working directory or program.
pub(crate) fn processes(state: &Path) -> Vec<(Pid, String)> {
    let own = Pid::try_from(std::process::id()).ok();
    facts::all()
        .filter(|pid| Some(*pid) != own)
        .filter(|pid| {
            ["root", "cwd", "exe"].iter().any(|of| {
                fs::read_link(format!("/proc/{pid}/{of}")).is_ok_and(|path| path.starts_with(state))
            })
        })
        .map(|pid| {
            let name = facts::of(pid).map_or_else(String::new, |facts| facts.name);
            (pid, name)
        })
        .collect()
}

/// Mounts below the state directory in this process' namespace.
pub(crate) fn mounts(state: &Path) -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    below(&table, state)
}

fn below(table: &str, state: &Path) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(unescape)
        .filter(|target| Path::new(target).starts_with(state))
        .collect()
}

/// The table writes blanks and backslashes as `\040`.
fn unescape(field: &str) -> String {
    let mut text = String::new();
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let code = after
            .get(..3)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (code, after.get(3..)) {
            (Some(code), Some(after)) => {
                text.push(char::from(code));
                rest = after;
            }
            _ => {
                text.push('\\');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_are_found_and_neighbours_are_not() {
        let table = "1 2 0:1 / /run/picocell/root/cells/web rw - tmpfs tmpfs rw\n\
                     1 2 0:1 / /run/picocell2 rw - tmpfs tmpfs rw\n\
                     1 2 0:1 / /run/pico\\040cell/x rw - tmpfs tmpfs rw\n";
        assert_eq!(
            below(table, Path::new("/run/picocell")),
            ["/run/picocell/root/cells/web"]
        );
        assert_eq!(
            below(table, Path::new("/run/pico cell")),
            ["/run/pico cell/x"]
        );
    }
}
