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
    pub cpu_1s: Option<u64>,
    /// The same over ten.
    pub cpu_10s: Option<u64>,
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

/// `list -T`: the original's columns, then ours.
pub(crate) const LIST: &str = "cid,name,refs,procs,age,root,nofile,as,core,profile,state,maxproc";

/// `list` for people.
pub(crate) const LIST_HUMAN: &str = "cid,name,profile,state,procs,maxproc,age,nofile,as,core,root";

/// `stats -T`: the original's columns, then ours.
pub(crate) const STATS: &str =
    "cid,name,cpu1s,cpu10s,procs,refs,memory,age,root,cpu,rss,forks,denials";

/// `stats` for people.
pub(crate) const STATS_HUMAN: &str = "cid,name,cpu,procs,age,rss,memory,denials";

/// `stats -s` for people.
pub(crate) const STATS_SAMPLED: &str = "cid,name,cpu1s,cpu10s,cpu,procs,age,rss,memory,denials";

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

fn count(count: u32) -> Value<'static> {
    Value::Number(u64::from(count))
}

fn percent(measured: Option<u64>) -> Value<'static> {
    measured.map_or(Value::Absent, Value::Number)
}

/// The registry.
pub(crate) static FIELDS: [Field<Row>; 19] = [
    number("cid", |row| count(row.handle.raw())),
    text("name", |row| Value::Text(&row.name)),
    number("refs", |row| count(row.stats.credentials)),
    number("procs", |row| count(row.stats.processes)),
    number("age", |row| Value::Seconds(u64::from(row.stats.age_s))),
    text("root", |row| Value::Text(&row.root)),
    number("nofile", |row| {
        row.limits.nofile.map_or(Value::Unlimited, count)
    }),
    number("as", |row| {
        row.limits.address_space_kib.map_or(Value::Unlimited, kib)
    }),
    number("core", |row| {
        row.limits.core_kib.map_or(Value::Unlimited, kib)
    }),
    text("profile", |row| Value::Text(row.profile.name())),
    text("state", |row| {
        Value::Text(match row.state {
            CellState::Active => "active",
            CellState::Dying => "dying",
        })
    }),
    number("maxproc", |row| match row.limits.processes {
        Some(most) => count(u32::from(most)),
        None => Value::Unlimited,
    }),
    number("cpu1s", |row| percent(row.cpu_1s)),
    number("cpu10s", |row| percent(row.cpu_10s)),
    number("memory", |row| kib(row.stats.virtual_kib)),
    number("cpu", |row| Value::Micros(row.stats.cpu_us)),
    number("rss", |row| kib(row.stats.resident_kib)),
    number("forks", |row| count(row.stats.forks)),
    number("denials", |row| count(row.stats.denials)),
];
