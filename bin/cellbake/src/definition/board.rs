//! `board.toml`.

use std::path::PathBuf;

use super::cell::environment;
use super::device::DeviceTables;
use super::service::{LimitsDef, LogDef, RestartDef};
use crate::files::{FileId, Located, Span};
use crate::keys;
use crate::quantity::{self, SIZE_HELP, TIME_HELP};
use crate::reader::Reader;
use crate::report::{Mistake, Report};
use crate::suggest;

/// The profiles that every board has.
pub const PROFILE_NAMES: [&str; 3] = ["low", "medium", "high"];

/// Architectures: what the scripts call them, and the simulated device.
const ARCHITECTURES: &[&str] = &[
    "amd64",
    "aarch64",
    "armv7",
    "mipsel",
    "mipseb",
    "amd64-linux",
    "aarch64-linux",
];

/// A board.
#[derive(Debug)]
pub struct BoardDef {
    /// The top of its file.
    pub top: Span,
    /// Its name.
    pub name: Option<Located<String>>,
    /// One of the architectures.
    pub arch: Option<String>,
    /// KiB.
    pub ram: Option<Located<u32>>,
    /// KiB.
    pub flash: Option<Located<u32>>,
    /// Seal after start.
    pub sealed: bool,
    /// Carry out signed recovery orders at boot.
    pub recovery: bool,
    /// Path of syslogd's socket.
    pub syslog: Option<Located<String>>,
    /// What things may take.
    pub budget: BudgetDef,
    /// First and last of the uids for cells that name no user.
    pub range: Option<Located<(u32, u32)>>,
    /// Text in the form of passwd(5) and group(5), below `files`.
    pub passwd: Option<Located<String>>,
    /// Likewise.
    pub group: Option<Located<String>>,
    /// Where files are copied from.
    pub source: Option<Located<PathBuf>>,
    /// What to install to have them.
    pub package: Option<String>,
    /// Device and period in seconds.
    pub watchdog: Option<(Located<String>, u32)>,
    /// Profile of cells that name none.
    pub profile: Option<Located<String>>,
    /// Likewise for each of these.
    pub stop_grace: Option<Located<u32>>,
    /// In every cell's environment.
    pub environment: Vec<(Located<String>, Located<String>)>,
    /// Limits of cells that do not say.
    pub limits: LimitsDef,
    /// Likewise.
    pub log: LogDef,
    /// Likewise.
    pub restart: RestartDef,
    /// Profiles of its own.
    pub profiles: Vec<ProfileDef>,
    /// The cell that is run alone when the image is refused.
    pub rescue: Option<Located<String>>,
    /// What it is beside its cells.
    pub device: DeviceTables,
}

/// `[budget]`, in KiB.
#[derive(Debug)]
pub struct BudgetDef {
    /// RAM of the cells at their limits.
    pub ram: Option<Located<u32>>,
    /// Flash of the image.
    pub image: Option<Located<u32>>,
    /// Flash of each root.
    pub root: Option<Located<u32>>,
    /// Flash of all roots.
    pub roots: Option<Located<u32>>,
    /// Flash of the volumes.
    pub volumes: Option<Located<u32>>,
    /// Flash of the programs and the module.
    pub toolkit: Option<Located<u32>>,
    /// Flash of the root file system.
    pub system: Option<Located<u32>>,
}

/// A profile of the board.
#[derive(Debug)]
pub struct ProfileDef {
    /// Its name.
    pub name: Located<String>,
    /// The profile it is made from.
    pub base: Option<Located<String>>,
    /// Operations added.
    pub allow: Vec<Located<String>>,
    /// Operations taken away.
    pub deny: Vec<Located<String>>,
}

impl BoardDef {
    /// Reads the definition in `file`.
    #[must_use]
    pub fn read(report: &Report<'_>, file: FileId) -> Self {
        Reader::document(report, file, &keys::BOARD, Self::from)
    }

    fn from(top: &Reader<'_>) -> Self {
        let kib = |reader: &Reader<'_>, key| reader.parsed(key, SIZE_HELP, quantity::kib);
        let name = top.text("name");
        let arch = top.parsed("arch", "see board.toml(5)", |word| {
            if ARCHITECTURES.contains(&word) {
                Ok(word.to_owned())
            } else {
                let hint = suggest::hint(word, ARCHITECTURES.iter().copied());
                Err(format!("`{word}` is no architecture; {hint}"))
            }
        });
        let ram = kib(top, "ram");
        let flash = kib(top, "flash");
        for (key, example) in [
            ("name", "\"gateway\""),
            ("arch", "\"mipsel\""),
            ("ram", "\"64M\""),
            ("flash", "\"16M\""),
        ] {
            top.missing(key, example);
        }
        let budget = top.table("budget", &keys::BUDGET);
        let budget = |key| budget.as_ref().and_then(|budget| kib(budget, key));
        let users = top.table("users", &keys::USERS);
        let source = top.table("source", &keys::SOURCE);
        let defaults = top.table("defaults", &keys::DEFAULTS);
        let defaults = defaults.as_ref();
        Self {
            top: top.span().clone(),
            name,
            arch: arch.map(|arch| arch.value),
            ram,
            flash,
            sealed: top.flag("sealed").unwrap_or(false),
            recovery: top.flag("recovery").unwrap_or(false),
            syslog: top.text("syslog"),
            budget: BudgetDef {
                ram: budget("ram"),
                image: budget("image"),
                root: budget("root"),
                roots: budget("roots"),
                volumes: budget("volumes"),
                toolkit: budget("toolkit"),
                system: budget("system"),
            },
            rescue: top.text("rescue"),
            device: DeviceTables::from(top),
            range: users.as_ref().and_then(range),
            passwd: users.as_ref().and_then(|users| users.text("passwd")),
            group: users.as_ref().and_then(|users| users.text("group")),
            source: source
                .as_ref()
                .and_then(|source| source.text("root"))
                .map(|root| root.map(PathBuf::from)),
            package: source
                .as_ref()
                .and_then(|source| source.text("package"))
                .map(|package| package.value),
            watchdog: top
                .table("watchdog", &keys::WATCHDOG)
                .and_then(|watchdog| read_watchdog(&watchdog)),
            profile: defaults.and_then(|defaults| defaults.text("profile")),
            stop_grace: defaults.and_then(|defaults| {
                defaults.parsed("stop_grace", TIME_HELP, quantity::milliseconds)
            }),
            environment: defaults.map(environment).unwrap_or_default(),
            limits: LimitsDef::of(defaults),
            log: LogDef::of(defaults),
            restart: RestartDef::of(defaults),
            profiles: top
                .named_tables("profiles", &keys::PROFILE)
                .into_iter()
                .map(|(name, reader)| read_profile(name, &reader))
                .collect(),
        }
    }
}

fn range(users: &Reader<'_>) -> Option<Located<(u32, u32)>> {
    let span = users.place("range")?;
    let numbers = users.numbers("range", &(1..=2_147_483_646));
    let pair = match numbers.as_slice() {
        [first, last] if first.value <= last.value => (first.value, last.value),
        _ => {
            users.report().add(
                Mistake::at(
                    &span,
                    "`range` must be the first and the last uid for cells",
                )
                .help("for example: range = [5000, 5999]"),
            );
            return None;
        }
    };
    Some(Located { value: pair, span })
}

fn read_watchdog(watchdog: &Reader<'_>) -> Option<(Located<String>, u32)> {
    watchdog.missing("device", "\"/dev/watchdog\"");
    watchdog.missing("period", "\"30s\"");
    let period = watchdog.parsed("period", TIME_HELP, |text| {
        let period = quantity::milliseconds(text)?;
        if (3000..=3_600_000).contains(&period) && period % 1000 == 0 {
            Ok(period / 1000)
        } else {
            Err("must be whole seconds from 3s to 1h".to_owned())
        }
    })?;
    Some((watchdog.text("device")?, period.value))
}

fn read_profile(name: Located<String>, reader: &Reader<'_>) -> ProfileDef {
    reader.missing("base", "\"high\"");
    ProfileDef {
        name,
        base: reader.text("base"),
        allow: reader.words("allow"),
        deny: reader.words("deny"),
    }
}
