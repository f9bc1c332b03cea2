//! Every field of a cell that cellctl shows, declared once, and the views of it.

use alloc::string::String;

use cell_abi::{CellInfo, CellState, Handle, Limits, Profile, Stats};
use libcell::table::{Align, Field, Value};

/// A cell, as the kernel tells of it.
pub(crate) struct Row {
    pub handle: Handle,
    pub name: String,
    pub root: String,
    pub profile: Profile,
    pub state: CellState,
    pub limits: Limits,
    /// What it uses; for `list`, only what the listing says of it.
    pub stats: Stats,
    /// Percent of one CPU over the last second, if it was measured.
    pub cpu_1s: Option<u32>,
    /// The same over ten.
    pub cpu_10s: Option<u32>,
}

impl Row {
    pub fn of(info: &CellInfo<'_>) -> Self {
        Self {
            handle: info.handle,
            name: info.name.as_str().into(),
            root: info.root.as_str().into(),
            profile: info.profile,
            state: info.state,
            limits: info.limits,
            stats: Stats {
                processes: info.processes,
                credentials: info.credentials,
                age_s: info.age_s,
                ..Stats::default()
            },
            cpu_1s: None,
            cpu_10s: None,
        }
    }
}

/// A list of fields, in the order of the columns.
pub(crate) type View = &'static [&'static Field<Row>];

/// `list -T`: the original's columns, then ours.
pub(crate) static LIST: View = &[
    &CID, &NAME, &REFS, &PROCS, &AGE, &ROOT, &NOFILE, &AS, &CORE, &PROFILE, &STATE, &MAXPROC,
];

/// `list` for people.
pub(crate) static LIST_HUMAN: View = &[
    &CID, &NAME, &PROFILE, &STATE, &PROCS, &MAXPROC, &AGE, &NOFILE, &AS, &CORE, &ROOT,
];

/// `stats -T`: the original's columns, then ours.
pub(crate) static STATS: View = &[
    &CID, &NAME, &CPU1S, &CPU10S, &PROCS, &REFS, &MEMORY, &AGE, &ROOT, &CPU, &RSS, &FORKS, &DENIALS,
];

/// `stats` for people.
pub(crate) static STATS_HUMAN: View = &[&CID, &NAME, &CPU, &PROCS, &AGE, &RSS, &MEMORY, &DENIALS];

/// `stats -s` for people.
pub(crate) static STATS_SAMPLED: View = &[
    &CID, &NAME, &CPU1S, &CPU10S, &CPU, &PROCS, &AGE, &RSS, &MEMORY, &DENIALS,
];

const fn number(name: &'static str, value: for<'a> fn(&'a Row) -> Value<'a>) -> Field<Row> {
    Field {
        name,
        align: Align::Right,
        value,
    }
}

const fn text(name: &'static str, value: for<'a> fn(&'a Row) -> Value<'a>) -> Field<Row> {
    Field {
        name,
        align: Align::Left,
        value,
    }
}

fn kib(kib: u32) -> Value<'static> {
    Value::Bytes(u64::from(kib) << 10)
}

pub(crate) fn count(count: u32) -> Value<'static> {
    Value::Number(u64::from(count))
}

fn limit(limit: Option<u32>, value: fn(u32) -> Value<'static>) -> Value<'static> {
    limit.map_or(Value::Unlimited, value)
}

pub(crate) fn maxproc(limits: &Limits) -> Value<'static> {
    limit(limits.processes.map(u32::from), count)
}

pub(crate) fn nofile(limits: &Limits) -> Value<'static> {
    limit(limits.nofile, count)
}

pub(crate) fn address_space(limits: &Limits) -> Value<'static> {
    limit(limits.address_space_kib, kib)
}

pub(crate) fn core_file(limits: &Limits) -> Value<'static> {
    limit(limits.core_kib, kib)
}

fn percent(measured: Option<u32>) -> Value<'static> {
    measured.map_or(Value::Absent, count)
}

static CID: Field<Row> = number("cid", |row| count(row.handle.raw()));
static NAME: Field<Row> = text("name", |row| Value::Text(&row.name));
static REFS: Field<Row> = number("refs", |row| count(row.stats.credentials));
static PROCS: Field<Row> = number("procs", |row| count(row.stats.processes));
static AGE: Field<Row> = number("age", |row| Value::Seconds(u64::from(row.stats.age_s)));
static ROOT: Field<Row> = text("root", |row| Value::Text(&row.root));
static NOFILE: Field<Row> = number("nofile", |row| nofile(&row.limits));
static AS: Field<Row> = number("as", |row| address_space(&row.limits));
static CORE: Field<Row> = number("core", |row| core_file(&row.limits));
static PROFILE: Field<Row> = text("profile", |row| Value::Text(row.profile.name()));
static STATE: Field<Row> = text("state", |row| {
    Value::Text(match row.state {
        CellState::Active => "active",
        CellState::Dying => "dying",
    })
});
static MAXPROC: Field<Row> = number("maxproc", |row| maxproc(&row.limits));
static CPU1S: Field<Row> = number("cpu1s", |row| percent(row.cpu_1s));
static CPU10S: Field<Row> = number("cpu10s", |row| percent(row.cpu_10s));
static MEMORY: Field<Row> = number("memory", |row| kib(row.stats.virtual_kib));
static CPU: Field<Row> = number("cpu", |row| Value::Micros(row.stats.cpu_us));
static RSS: Field<Row> = number("rss", |row| kib(row.stats.resident_kib));
static FORKS: Field<Row> = number("forks", |row| count(row.stats.forks));
static DENIALS: Field<Row> = number("denials", |row| count(row.stats.denials));
