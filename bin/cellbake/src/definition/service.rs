//! How a service is run and what it may take: tables that a cell and the board's defaults share.

use libcell::image::{Facility, Level, RestartPolicy};

use crate::files::Located;
use crate::keys;
use crate::quantity::{self, SIZE_HELP, TIME_HELP};
use crate::reader::Reader;
use crate::words;

/// `[restart]`
#[derive(Debug, Default)]
pub struct RestartDef {
    /// When.
    pub policy: Option<Located<RestartPolicy>>,
    /// Failures in a row; 0 is no bound.
    pub max_failures: Option<Located<u32>>,
    /// Milliseconds.
    pub stable: Option<Located<u32>>,
}

/// `[health]`
#[derive(Debug)]
pub struct HealthDef {
    /// Program and arguments.
    pub command: Vec<Located<String>>,
    /// Milliseconds.
    pub interval: Option<Located<u32>>,
    /// Milliseconds.
    pub timeout: Option<Located<u32>>,
    /// Failures in a row.
    pub retries: Option<Located<u32>>,
    /// Milliseconds.
    pub start_period: Option<Located<u32>>,
}

/// `[log]`
#[derive(Debug, Default)]
pub struct LogDef {
    /// Of both streams.
    pub facility: Option<Located<Facility>>,
    /// Of standard output.
    pub stdout: Option<Located<Level>>,
    /// Of standard error.
    pub stderr: Option<Located<Level>>,
    /// Tag.
    pub tag: Option<Located<String>>,
    /// Bytes.
    pub ring: Option<Located<u64>>,
}

/// `[limits]`; sizes in KiB, CPU time in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct LimitsDef {
    /// In the cell.
    pub processes: Option<Located<u32>>,
    /// Each of the others is for each process.
    pub nofile: Option<Located<u32>>,
    /// Address space.
    pub address_space: Option<Located<u32>>,
    /// Core file.
    pub core: Option<Located<u32>>,
    /// Data segment.
    pub data: Option<Located<u32>>,
    /// Stack.
    pub stack: Option<Located<u32>>,
    /// File size.
    pub file_size: Option<Located<u32>>,
    /// CPU time.
    pub cpu: Option<Located<u32>>,
    /// Locked memory.
    pub locked: Option<Located<u32>>,
}

impl RestartDef {
    pub(super) fn of(parent: Option<&Reader<'_>>) -> Self {
        let Some(reader) = parent.and_then(|parent| parent.table("restart", &keys::RESTART)) else {
            return Self::default();
        };
        Self {
            policy: reader.parsed(
                "policy",
                "one of: \"always\", \"on-failure\", \"never\"",
                words::restart_policy,
            ),
            max_failures: reader.number("max_failures", 0..=1000),
            stable: reader.parsed("stable", TIME_HELP, quantity::milliseconds),
        }
    }
}

impl HealthDef {
    pub(super) fn from(reader: &Reader<'_>) -> Self {
        reader.missing("command", "[\"/bin/true\"]");
        let time = |key| reader.parsed(key, TIME_HELP, quantity::milliseconds);
        Self {
            command: reader.words("command"),
            interval: time("interval"),
            timeout: time("timeout"),
            retries: reader.number("retries", 1..=100),
            start_period: time("start_period"),
        }
    }
}

impl LogDef {
    pub(super) fn of(parent: Option<&Reader<'_>>) -> Self {
        let Some(reader) = parent.and_then(|parent| parent.table("log", &keys::LOG)) else {
            return Self::default();
        };
        Self {
            facility: reader.parsed("facility", words::FACILITY_HELP, words::facility),
            stdout: reader.parsed("stdout", words::LEVEL_HELP, words::level),
            stderr: reader.parsed("stderr", words::LEVEL_HELP, words::level),
            tag: reader.text("tag"),
            ring: reader.parsed("ring", SIZE_HELP, quantity::bytes),
        }
    }
}

impl LimitsDef {
    pub(super) fn of(parent: Option<&Reader<'_>>) -> Self {
        let Some(reader) = parent.and_then(|parent| parent.table("limits", &keys::LIMITS)) else {
            return Self::default();
        };
        let kib = |key| reader.parsed(key, SIZE_HELP, quantity::kib);
        Self {
            processes: reader.number("processes", 1..=65_535),
            nofile: reader.number("nofile", 3..=1_048_576),
            address_space: kib("address_space"),
            core: kib("core"),
            data: kib("data"),
            stack: kib("stack"),
            file_size: kib("file_size"),
            cpu: reader.parsed("cpu", TIME_HELP, quantity::milliseconds),
            locked: kib("locked"),
        }
    }

    /// These, and `defaults` where they do not say.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        let pick = |own: &Option<Located<u32>>, default: &Option<Located<u32>>| {
            own.clone().or_else(|| default.clone())
        };
        Self {
            processes: pick(&self.processes, &defaults.processes),
            nofile: pick(&self.nofile, &defaults.nofile),
            address_space: pick(&self.address_space, &defaults.address_space),
            core: pick(&self.core, &defaults.core),
            data: pick(&self.data, &defaults.data),
            stack: pick(&self.stack, &defaults.stack),
            file_size: pick(&self.file_size, &defaults.file_size),
            cpu: pick(&self.cpu, &defaults.cpu),
            locked: pick(&self.locked, &defaults.locked),
        }
    }
}
