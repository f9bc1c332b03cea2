//! Tables: what came, in which order it is shown, and which row is chosen.

use alloc::vec::Vec;

use libcell::ipc::Kind;
use libcell::table::{Align, Line, Owned, digits};

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A field by its index.
    Field(usize),
    /// Processor time in percent of the time between two answers.
    Load,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub heading: &'static str,
    pub what: What,
    pub width: u8,
    pub align: Align,
}

/// What is asked for a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// These fields.
    Fields(Kind, &'static str),
    /// The archives of volumes.
    Backups,
}

/// A kind of table. The first column is the name; it takes what the others leave.
#[derive(Debug)]
pub(crate) struct Form {
    pub source: Source,
    /// Of a name.
    pub longest: u8,
    pub columns: &'static [Column],
    /// The column that a list has beside the name.
    pub listed: usize,
    /// What it can be sorted by: the word, and an index of a column.
    pub sorts: &'static [(&'static str, usize)],
}

const fn left(heading: &'static str, field: usize, width: u8) -> Column {
    Column {
        heading,
        what: What::Field(field),
        width,
        align: Align::Left,
    }
}

const fn right(heading: &'static str, field: usize, width: u8) -> Column {
    Column {
        heading,
        what: What::Field(field),
        width,
        align: Align::Right,
    }
}

/// Fields of cells by their place in [`CELLS`].
const STATE: usize = 1;
const SERVICE: usize = 2;
const HEALTH: usize = 3;
const CPU: usize = 5;
const AGE: usize = 8;
const DRIFT: usize = 9;
const RUNNING: usize = 10;

pub(crate) static CELLS: Form = Form {
    source: Source::Fields(
        Kind::Cells,
        "name,state,service,health,procs,cpu,rss,restarts,age,drift,running,denials,reserved_ports",
    ),
    longest: 31,
    columns: &[
        left("NAME", 0, 16),
        left("STATE", STATE, 8),
        left("SERVICE", SERVICE, 10),
        left("HEALTH", HEALTH, 9),
        right("PROCS", 4, 5),
        Column {
            heading: "CPU%",
            what: What::Load,
            width: 5,
            align: Align::Right,
        },
        right("MEMORY", 6, 6),
        right("RESTART", 7, 7),
        right("AGE", AGE, 4),
        right("DENIED", 11, 6),
        left("DRIFT", DRIFT, 17),
        left("PORTS", 12, 20),
    ],
    listed: SERVICE,
    sorts: &[
        ("start order", 0),
        ("name", 0),
        ("service", 2),
        ("cpu", 5),
        ("memory", 6),
        ("restarts", 7),
        ("age", 8),
    ],
};

pub(crate) static VOLUMES: Form = Form {
    source: Source::Fields(
        Kind::Volumes,
        "name,state,refs,mounted,mode_there,owner_there,free,budget,used_by,path",
    ),
    longest: 31,
    columns: &[
        left("NAME", 0, 16),
        left("STATE", 1, 8),
        right("CELLS", 2, 5),
        right("MOUNTED", 3, 7),
        left("MODE", 4, 4),
        left("OWNER", 5, 11),
        right("FREE", 6, 5),
        right("BUDGET", 7, 6),
        left("USED BY", 8, 8),
        left("PATH", 9, 30),
    ],
    listed: 1,
    sorts: &[("start order", 0), ("name", 0)],
};

/// Of archives, by its place in [`BACKUPS`]: the volume. It is the beginning of the archive's name, too.
pub(crate) const VOLUME: usize = 1;

/// Archives, by what [`Ask::Backups`](libcell::ipc::Ask::Backups) tells with the archive first and the time last.
pub(crate) static BACKUPS: Form = Form {
    source: Source::Backups,
    longest: 53,
    columns: &[
        left("ARCHIVE", 0, 40),
        right("SIZE", 2, 6),
        left("CREATED", 3, 19),
    ],
    listed: 1,
    sorts: &[("time", 0), ("name", 0), ("size", 1)],
};

/// Which cells are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    Running,
    Stopped,
    Trouble,
}

impl Filter {
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::Running,
            Self::Running => Self::Stopped,
            Self::Stopped => Self::Trouble,
            Self::Trouble => Self::All,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Trouble => "in trouble",
        }
    }
}

/// A row as it came.
pub(crate) type Row = Vec<Owned>;

/// The text of a field; nothing if it is none.
pub(crate) fn text(row: &Row, field: usize) -> &str {
    match row.get(field) {
        Some(Owned::Text(text)) => text,
        Some(_) | None => "",
    }
}

/// A number to compare or to show: KiB, seconds, microseconds modulo 2^32; 0 where there is none.
fn number(row: &Row, field: usize) -> u32 {
    match row.get(field) {
        Some(Owned::Bytes(number)) => (number >> 10) as u32,
        Some(Owned::Number(number) | Owned::Seconds(number) | Owned::Micros(number)) => {
            *number as u32
        }
        Some(Owned::Absent | Owned::Unlimited | Owned::Flag(_) | Owned::Text(_)) | None => 0,
    }
}

pub(crate) fn is_running(row: &Row) -> bool {
    matches!(row.get(RUNNING), Some(Owned::Flag(true)))
}

/// Whether the kernel has a cell of that name.
pub(crate) fn is_made(rows: &[Row], name: &[u8]) -> bool {
    rows.iter().any(|row| {
        text(row, 0).as_bytes() == name && !matches!(row.get(AGE), None | Some(Owned::Absent))
    })
}

/// Whether somebody should look at a cell.
pub(crate) fn is_in_trouble(row: &Row) -> bool {
    let mut fields = [STATE, SERVICE, HEALTH, DRIFT].iter();
    fields.any(|field| severity(text(row, *field).as_bytes()) > 1)
}

/// Words for how it is, with how bad that is: 1 is good, from 2 on it is not.
static WORDS: &[(&str, u8)] = &[
    ("ready", 1),
    ("well", 1),
    ("degraded", 2),
    ("backoff", 2),
    ("pending", 2),
    ("orphaned", 2),
    ("definition", 2),
    ("policy", 2),
    ("failed", 3),
    ("crash-loop", 3),
];

/// How bad that is; 0 says nothing. What follows the word does not matter.
pub(crate) fn severity(text: &[u8]) -> u8 {
    let mut words = WORDS.iter();
    let word = words.find(|(word, _)| text.starts_with(word.as_bytes()));
    word.map_or(0, |(_, severity)| *severity)
}

/// An age of which nothing changes within a minute.
pub(crate) fn age(line: &mut Line, seconds: u32) {
    let (number, unit) = match seconds {
        0..60 => return line.extend_from_slice(b"<1m"),
        60..3600 => (seconds / 60, b'm'),
        3600..86_400 => (seconds / 3600, b'h'),
        _ => (seconds / 86_400, b'd'),
    };
    digits(line, number.into());
    line.push(unit);
}

/// What a processor did, in tenths of a percent; nothing is known of [`UNKNOWN`].
const UNKNOWN: u32 = u32::MAX;

/// A table with a row that is chosen.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub form: &'static Form,
    pub rows: Vec<Row>,
    /// Indices of the rows that are shown, in order.
    pub order: Vec<usize>,
    load: Vec<u32>,
    /// When the rows were told.
    told_at: u32,
    /// Place in `order` of the row that is chosen.
    pub chosen: usize,
    /// The name of it, which keeps it chosen.
    name: Line,
    /// The first that is seen.
    pub top: usize,
    pub sort: usize,
    pub filter: Filter,
    /// What names have in them.
    pub search: Line,
}

impl Sheet {
    pub const fn new(form: &'static Form) -> Self {
        Self {
            form,
            rows: Vec::new(),
            order: Vec::new(),
            load: Vec::new(),
            told_at: 0,
            chosen: 0,
            name: Line::new(),
            top: 0,
            sort: 0,
            filter: Filter::All,
            search: Line::new(),
        }
    }

    /// Other rows came.
    pub fn replace(&mut self, rows: Vec<Row>, now: u32) {
        let passed = now.wrapping_sub(self.told_at);
        let mut load = Vec::new();
        for row in &rows {
            let name = text(row, 0);
            let before = self.rows.iter().find(|old| text(old, 0) == name);
            load.push(match (before, row.get(CPU)) {
                (Some(old), Some(Owned::Micros(_))) if passed > 0 => {
                    let spent = number(row, CPU).wrapping_sub(number(old, CPU));
                    // it began anew
                    if spent > 1 << 31 { 0 } else { spent / passed }
                }
                _ => UNKNOWN,
            });
        }
        self.load = load;
        self.rows = rows;
        self.told_at = now;
        self.arrange();
    }

    fn has(&self, row: &Row) -> bool {
        let name = text(row, 0).as_bytes();
        let found = self.search.is_empty()
            || name
                .windows(self.search.len())
                .any(|part| part == self.search.as_slice());
        found
            && match self.filter {
                Filter::All => true,
                Filter::Running => is_running(row),
                Filter::Stopped => !is_running(row),
                Filter::Trouble => is_in_trouble(row),
            }
    }

    /// Whether a row stands before another.
    fn is_before(&self, one: usize, other: usize) -> bool {
        let Some((_, column)) = self.form.sorts.get(self.sort).filter(|_| self.sort > 0) else {
            return one < other;
        };
        let (Some(a), Some(b)) = (self.rows.get(one), self.rows.get(other)) else {
            return false;
        };
        match self.form.columns.get(*column) {
            Some(column) if column.align == Align::Left => match column.what {
                What::Field(field) => text(a, field) < text(b, field),
                What::Load => false,
            },
            // the largest first
            Some(column) => match column.what {
                What::Field(field) => number(a, field) > number(b, field),
                What::Load => self.loaded(one).wrapping_add(1) > self.loaded(other).wrapping_add(1),
            },
            None => false,
        }
    }

    fn loaded(&self, row: usize) -> u32 {
        self.load.get(row).copied().unwrap_or(UNKNOWN)
    }

    /// Finds out anew what is shown and in which order; what is chosen stays so.
    pub fn arrange(&mut self) {
        let mut order: Vec<usize> = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            if self.has(row) {
                // behind what it is not before
                let mut at = order.len();
                while at > 0
                    && let Some(other) = order.get(at - 1)
                    && self.is_before(index, *other)
                {
                    at -= 1;
                }
                order.insert(at, index);
            }
        }
        self.order = order;
        let named = self.order.iter().position(|index| {
            self.rows
                .get(*index)
                .is_some_and(|row| text(row, 0).as_bytes() == self.name)
        });
        self.choose(named.unwrap_or(self.chosen));
    }

    /// Chooses the row at that place, or the last.
    pub fn choose(&mut self, at: usize) {
        self.chosen = at.min(self.order.len().saturating_sub(1));
        if let Some(row) = self.row() {
            self.name = text(row, 0).into();
        }
    }

    /// The text of a field of the row that is chosen; nothing if there is none.
    pub fn name(&self, field: usize) -> &[u8] {
        self.row().map_or(&[], |row| text(row, field).as_bytes())
    }

    /// The row that is chosen.
    pub fn row(&self) -> Option<&Row> {
        self.rows.get(*self.order.get(self.chosen)?)
    }

    /// What stands in a column of the row at that place.
    pub fn value(&self, place: usize, column: &Column, line: &mut Line) {
        let Some(index) = self.order.get(place) else {
            return;
        };
        let Some(row) = self.rows.get(*index) else {
            return;
        };
        match column.what {
            What::Load => match self.loaded(*index) {
                UNKNOWN => line.push(b'-'),
                tenths => {
                    digits(line, (tenths / 10).into());
                    line.push(b'.');
                    digits(line, (tenths % 10).into());
                }
            },
            What::Field(field) => match row.get(field) {
                Some(Owned::Seconds(_)) => age(line, number(row, field)),
                Some(value) => value.value().human(line),
                None => {}
            },
        }
    }
}

#[cfg(test)]
mod tests;
