//! The page of one cell.

use libcell::screen::{Grid, Style};

use crate::app::App;

/// The fields: first those in two columns, then those with a row of their own, where there is something to say.
pub(crate) const FIELDS: &str = "state,service,health,pid,last_exit,restarts,failures,procs,cpu,rss,denials,drift,\
    autostart,critical,profile,origin,rlimit_nproc,rlimit_nofile,rlimit_as,rlimit_core,\
    operations,reserved_ports,devices,volume_mounts,depends_on,healthcheck,supervise_cmd,supervise_run_as,root";

/// What they are called.
static LABELS: &[&str] = &[
    "state",
    "service",
    "health",
    "pid",
    "last exit",
    "restarts",
    "failures",
    "processes",
    "cpu",
    "memory",
    "denials",
    "drift",
    "autostart",
    "critical",
    "profile",
    "origin",
    "max procs",
    "max files",
    "max space",
    "max core",
    "operations",
    "ports",
    "devices",
    "volumes",
    "depends on",
    "health by",
    "command",
    "runs as",
    "root",
];

/// So many of them stand in two columns.
const SHORT: usize = 20;

/// Width of what a field is called.
const LABEL: u8 = 11;

/// Draws it from that row on; the row after it.
pub(crate) fn draw(app: &App, grid: &mut Grid, from: u8, end: u8) -> u8 {
    let half = grid.columns() / 2;
    let mut row = from;
    for (index, (label, value)) in LABELS.iter().zip(&app.details).enumerate() {
        let is_second = index < SHORT && index % 2 == 1;
        let is_shown = index < SHORT || value != b"-" && !value.is_empty();
        let column = 1 + if is_second { half } else { 0 };
        if is_shown && row < end {
            let width = if index < SHORT {
                half - half.min(LABEL + 2)
            } else {
                u8::MAX
            };
            let value = value.get(..usize::from(width)).unwrap_or(value);
            grid.put(row, column, Style::PLAIN, label.as_bytes());
            grid.put(row, column + LABEL, Style::BOLD, value);
        }
        row += u8::from(is_second || is_shown && index >= SHORT);
    }
    row.min(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_called_something() {
        assert_eq!(FIELDS.split(',').count(), LABELS.len());
        assert!(LABELS.iter().all(|label| label.len() < usize::from(LABEL)));
    }
}
