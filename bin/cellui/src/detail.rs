//! The page of one cell.

use libcell::screen::{Grid, Style};

use crate::app::App;

/// Fields in two columns, and what they are called.
static SHORT: &[(&str, &str)] = &[
    ("state", "state"),
    ("service", "service"),
    ("health", "health"),
    ("pid", "pid"),
    ("last exit", "last_exit"),
    ("restarts", "restarts"),
    ("failures", "failures"),
    ("processes", "procs"),
    ("cpu", "cpu"),
    ("memory", "rss"),
    ("denials", "denials"),
    ("drift", "drift"),
    ("autostart", "autostart"),
    ("critical", "critical"),
    ("profile", "profile"),
    ("origin", "origin"),
    ("max procs", "rlimit_nproc"),
    ("max files", "rlimit_nofile"),
    ("max space", "rlimit_as"),
    ("max core", "rlimit_core"),
];

/// Fields with a row of their own, where there is something to say.
static LONG: &[(&str, &str)] = &[
    ("operations", "operations"),
    ("ports", "reserved_ports"),
    ("devices", "devices"),
    ("volumes", "volume_mounts"),
    ("depends on", "depends_on"),
    ("health by", "healthcheck"),
    ("command", "supervise_cmd"),
    ("runs as", "supervise_run_as"),
    ("root", "root"),
];

/// Names every field that is shown, in order.
pub(crate) fn fields(each: &mut dyn FnMut(&'static str)) {
    for (_, field) in SHORT.iter().chain(LONG) {
        each(field);
    }
}

/// Width of what a field is called.
const LABEL: u8 = 11;

/// Draws it from that row on; the row after it.
pub(crate) fn draw(app: &App, grid: &mut Grid, from: u8, end: u8) -> u8 {
    let mut values = app.details.iter();
    let half = grid.columns() / 2;
    let mut row = from;
    let mut column = 0;
    for (label, _) in SHORT {
        let Some(value) = values.next() else {
            return row;
        };
        if row < end {
            let width = usize::from(half.saturating_sub(LABEL + 2));
            let value = value.get(..width).unwrap_or(value);
            grid.put(row, column + 1, Style::PLAIN, label.as_bytes());
            grid.put(row, column + 1 + LABEL, Style::BOLD, value);
        }
        if column == 0 {
            column = half;
        } else {
            column = 0;
            row += 1;
        }
    }
    for (label, _) in LONG {
        let value = values.next().map_or(&b"-"[..], |value| value);
        if value != b"-" && !value.is_empty() && row < end {
            grid.put(row, 1, Style::PLAIN, label.as_bytes());
            grid.put(row, 1 + LABEL, Style::BOLD, value);
            row += 1;
        }
    }
    row
}
